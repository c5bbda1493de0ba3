"""Words and safe text that all formats share."""

from collections.abc import Sequence
from typing import Final

from flowsync.analysis.comparison import Comparison, Verdict
from flowsync.report.plural import counted


def headline(*comparisons: Comparison) -> str:
    """The verdict line, with all counts; only a complete run without differences says "No changes"."""
    if len(comparisons) != 1 or comparisons[0].commit:
        return _history(comparisons)
    (comparison,) = comparisons
    checked = f"({counted(comparison.checked, 'flow')} checked)"
    if not comparison.differs and comparison.is_complete:
        return f"No changes {checked}"
    counts = comparison.counts
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in _SHOWN) + f" {checked}"


def _history(comparisons: Sequence[Comparison]) -> str:
    flows = {flow.key for comparison in comparisons for flow in comparison.flows}
    unknown = sum(comparison.counts[Verdict.UNKNOWN] for comparison in comparisons)
    missed = f", {unknown} unknown" if unknown else ""
    return f"{counted(len(comparisons), 'commit')} changed {counted(len(flows), 'flow')}{missed}"


def impact_counts(comparison: Comparison) -> str:
    """How many findings there are of each impact, the gravest first."""
    return ", ".join(f"{count} {impact}" for impact, count in comparison.impacts.items())


_SHOWN: Final = (Verdict.CHANGED, Verdict.NEW, Verdict.MISSING, Verdict.UNKNOWN)
