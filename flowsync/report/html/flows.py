"""Build the view model of a comparison for the HTML page: flows and groups of identical changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from markupsafe import Markup

from flowsync.analysis.comparison import Comparison, FlowComparison
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import plural
from flowsync.report.change_details import describe_change
from flowsync.report.group_summary import group_finding
from flowsync.report.html.graph.svg import draw_graphs, drawn_nodes
from flowsync.report.severity import Severity, by_severity, flow_order, flow_severity, impacts_of

_MAX_OPEN_FLOWS: Final = 12
_MAX_OPEN_FINDINGS: Final = 60

FlowKey: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class FlowSection:
    """One flow of a comparison; `number` identifies the flow in the filters."""

    flow: FlowComparison
    findings: tuple[Finding, ...]
    number: int
    graphs: Markup

    @property
    def counts(self) -> Mapping[Impact, int]:
        """The number of findings by impact, without zeros."""
        return impacts_of(self.findings)  # the findings are in the order of severity

    @property
    def why(self) -> str:
        """The sentence of the first breaking finding; empty if there is none."""
        first = self.findings[0] if self.findings else None
        return describe_change(first) if first and first.impact is Impact.BREAKING else ""


@dataclass(frozen=True)
class GroupSection:
    """A group of identical changes: a finding that describes all of them, and each with its flow."""

    finding: Finding
    members: tuple[tuple[FlowComparison, Finding], ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class ComparisonView:
    """A comparison as the page shows it; `prefix` makes the ids of its flows unique."""

    comparison: Comparison
    prefix: str
    sections: tuple[FlowSection, ...]
    groups: tuple[GroupSection, ...]

    @property
    def are_open(self) -> bool:
        """Whether the flows are few enough to be unfolded."""
        count = sum(len(one.findings) for one in self.sections)
        are_few = len(self.sections) <= _MAX_OPEN_FLOWS and count <= _MAX_OPEN_FINDINGS
        return len(self.sections) == 1 or are_few

    @property
    def are_flows_first(self) -> bool:
        """Whether the most severe flow comes before all groups."""
        shared = min((Severity(one.finding.impact).rank for one in self.groups), default=len(Severity))
        return any(flow_severity(one.flow, one.findings).rank < shared for one in self.sections)

    @property
    def grouped_only(self) -> str:
        """A sentence about the flows whose findings are all in groups; empty if there are none."""
        rest = len(self.comparison.flows) - len(self.sections)
        if not rest:
            return ""
        flows = plural(rest, "more flow" if self.sections else "flow")
        return f"{flows} {'has' if rest == 1 else 'have'} only changes that are listed above."


def view_comparison(
    comparison: Comparison, place: int, numbers: Mapping[FlowKey, int], boxes: int
) -> ComparisonView:
    """Return a comparison as the page shows it; its graphs have about `boxes` boxes together."""
    groups = []
    for group in sorted(comparison.groups, key=lambda group: IMPACTS.index(group.impact)):
        keys = dict.fromkeys(flow.key for flow, _ in group.members)
        groups.append(GroupSection(group_finding(group), group.members, tuple(numbers[key] for key in keys)))
    sections = tuple(_sections(comparison, numbers, boxes))
    return ComparisonView(comparison, f"c{place}", sections, tuple(groups))


def _sections(comparison: Comparison, numbers: Mapping[FlowKey, int], boxes: int) -> list[FlowSection]:
    """Return the flows that have findings of their own, or none at all."""
    own = [(flow, comparison.own_findings(flow)) for flow in comparison.flows]
    sections: list[FlowSection] = []
    for flow, findings in sorted(own, key=lambda pair: flow_order(*pair)):
        if findings or not flow.findings:
            graphs = draw_graphs(flow.graph, boxes) if flow.graph and flow.graph.nodes else Markup()
            sections.append(FlowSection(flow, tuple(by_severity(findings)), numbers[flow.key], graphs))
            boxes -= drawn_nodes(flow.graph, boxes) if flow.graph else 0
    return sections
