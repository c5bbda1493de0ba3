"""The order of severity, which all formats share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.field_types import Impact


class Severity(StrEnum):
    """The impact of a finding, an unknown flow, or a failed run; the first is the most severe."""

    FAILED = "failed"
    BREAKING = Impact.BREAKING.value
    UNKNOWN = "unknown"
    BEHAVIOUR = Impact.BEHAVIOUR.value
    COSMETIC = Impact.COSMETIC.value

    @property
    def rank(self) -> int:
        """The place in the order; 0 is the most severe."""
        return [*Severity].index(self)


def flow_severity(flow: FlowComparison, findings: Iterable[Finding]) -> Severity:
    """Return the severity of a flow with these findings; of a changed flow, that of its worst finding."""
    found = by_severity(findings) if flow.status is FlowStatus.CHANGED else []
    return Severity(found[0].impact) if found else _SEVERITIES[flow.status]


def run_severity(comparisons: Iterable[Comparison]) -> str:
    """Return the severity of the most severe flow; empty if all flows are the same."""
    severities = (flow_severity(flow, flow.findings) for one in comparisons for flow in one.flows)
    return min(severities, key=lambda one: one.rank, default="")


def flow_order(flow: FlowComparison, findings: Iterable[Finding]) -> tuple[int, int]:
    """Return the sort key of a flow with these findings: the most severe first, of those removed flows."""
    return flow_severity(flow, findings).rank, [*_SEVERITIES].index(flow.status)


_SEVERITIES: Final = {
    FlowStatus.REMOVED: Severity.BREAKING,
    FlowStatus.MISSING: Severity.BREAKING,
    FlowStatus.UNKNOWN: Severity.UNKNOWN,
    FlowStatus.CHANGED: Severity.COSMETIC,  # without findings: only the notation differs
    FlowStatus.NEW: Severity.BEHAVIOUR,
    FlowStatus.SAME: Severity.COSMETIC,
}


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the most severe first."""
    return sorted(findings, key=lambda one: IMPACTS.index(one.impact))


def count_impacts(counts: Mapping[Impact, int]) -> str:
    """Return the numbers of findings, the most severe first: `1 breaking, 6 behaviour`; no zeros."""
    return ", ".join(f"{counts[impact]:,} {impact}" for impact in IMPACTS if counts[impact])


def impacts_of(findings: Iterable[Finding]) -> Mapping[Impact, int]:
    """Count findings by impact."""
    return Counter(one.impact for one in findings)
