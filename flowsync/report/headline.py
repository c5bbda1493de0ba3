"""Words and safe text that all formats share."""

from collections.abc import Sequence
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowStatus
from flowsync.flow.printable import plural


def format_headline(*comparisons: Comparison) -> str:
    """Return the first line of a report with all counts.

    Only a complete run without differences says "No changes".
    """
    if len(comparisons) != 1 or comparisons[0].commit:
        return _history(comparisons)
    (comparison,) = comparisons
    checked = f"({plural(comparison.checked, 'flow')} checked)"
    if not comparison.differs and comparison.is_complete:
        return f"No changes {checked}"
    counts = comparison.counts
    return ", ".join(f"{counts[status]} {status}" for status in _COUNTED) + f" {checked}"


def _history(comparisons: Sequence[Comparison]) -> str:
    flows = {flow.key for comparison in comparisons for flow in comparison.flows}
    unknown = sum(comparison.counts[FlowStatus.UNKNOWN] for comparison in comparisons)
    missed = f", {unknown} unknown" if unknown else ""
    return f"{plural(len(comparisons), 'commit')} changed {plural(len(flows), 'flow')}{missed}"


def impact_counts(comparison: Comparison) -> str:
    """Return the number of findings of each impact, the most severe first."""
    return ", ".join(f"{count} {impact}" for impact, count in comparison.impacts.items())


_COUNTED: Final = (FlowStatus.CHANGED, FlowStatus.NEW, FlowStatus.MISSING, FlowStatus.UNKNOWN)
