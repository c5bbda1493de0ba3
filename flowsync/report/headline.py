"""Headlines, counts and labels that all formats share."""

from collections.abc import Iterable, Sequence
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowStatus
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.printable import plural, printable_name


def format_headline(*comparisons: Comparison) -> str:
    """Return the first line of a report with all counts.

    Only the headline of a complete run without differences is "No changes".
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
    missing = f", {unknown} unknown" if unknown else ""
    return f"{plural(len(comparisons), 'commit')} changed {plural(len(flows), 'flow')}{missing}"


def flow_label(environment: str, flow_id: int, name: str) -> str:
    """Return environment, id and name of a flow; the name is "" if it is not known."""
    return f"{printable_name(environment)} {flow_id}" + (f" {printable_name(name)}" if name else "")


def severity(finding: Finding) -> int:
    """Return the rank of a finding; 0 is the most severe."""
    return IMPACTS.index(finding.impact)


def most_severe(findings: Iterable[Finding]) -> int:
    """Return the rank of the most severe finding; that of no finding is the last."""
    return min(map(severity, findings), default=len(IMPACTS))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the most severe first."""
    return sorted(findings, key=severity)


def impact_counts(comparison: Comparison) -> str:
    """Return the number of findings of each impact, the most severe first."""
    return ", ".join(f"{count} {impact}" for impact, count in comparison.impacts.items())


_COUNTED: Final = (FlowStatus.CHANGED, FlowStatus.NEW, FlowStatus.MISSING, FlowStatus.UNKNOWN)
