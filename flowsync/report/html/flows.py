"""What a comparison shows: its flows, the most severe first, and the groups of identical changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from markupsafe import Markup

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Group
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import plural
from flowsync.report.group_summary import group_timetables
from flowsync.report.headline import by_severity, format_headline, most_severe
from flowsync.report.html.graph.svg import draw_graphs, drawn_nodes

_OPEN_FLOWS: Final = 12  # more than these are folded away
_OPEN_FINDINGS: Final = 60

FlowKey: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Section:
    """One flow of a comparison; `number` is what the filters know it by."""

    flow: FlowComparison
    findings: tuple[Finding, ...]
    number: int
    pictures: Markup

    @property
    def counts(self) -> Mapping[Impact, int]:
        """The number of findings by impact, without zeros."""
        counts = {impact: sum(one.impact is impact for one in self.findings) for impact in IMPACTS}
        return {impact: count for impact, count in counts.items() if count}


@dataclass(frozen=True)
class GroupEntry:
    """An identical change in several places: what describes all of them, and each with its flow."""

    finding: Finding
    members: tuple[tuple[FlowComparison, Finding], ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class View:
    """A comparison as the page shows it; `prefix` makes the ids of its flows unique."""

    comparison: Comparison
    prefix: str
    sections: tuple[Section, ...]
    groups: tuple[GroupEntry, ...]

    @property
    def headline(self) -> str:
        """The first line of the report of this comparison alone."""
        return format_headline(self.comparison)

    @property
    def are_open(self) -> bool:
        """Whether the flows are few enough to be unfolded."""
        count = sum(len(one.findings) for one in self.sections)
        listed = len(self.sections) <= _OPEN_FLOWS and count <= _OPEN_FINDINGS
        return len(self.sections) == 1 or listed

    @property
    def flows_first(self) -> bool:
        """Whether the most severe flow comes before all groups."""
        shared = most_severe(group.finding for group in self.groups)
        return any(_severity(one.flow, one.findings) < shared for one in self.sections)

    @property
    def grouped_only(self) -> str:
        """A sentence about the flows whose findings are all in groups; empty if there are none."""
        rest = len(self.comparison.flows) - len(self.sections)
        if not rest:
            return ""
        more = "more flow" if self.sections else "flow"
        verb = "has" if rest == 1 else "have"
        return f"{plural(rest, more)} {verb} no changes but those that are the same in several places."


def view_of(comparison: Comparison, place: int, numbers: Mapping[FlowKey, int], boxes: int) -> View:
    """Return a comparison as the page shows it; its graphs have `boxes` boxes together."""
    ordered = sorted(comparison.groups, key=lambda group: IMPACTS.index(group.impact))
    groups = tuple(_group_entry(group, numbers) for group in ordered)
    return View(comparison, f"c{place}", tuple(_sections(comparison, numbers, boxes)), groups)


def _sections(comparison: Comparison, numbers: Mapping[FlowKey, int], boxes: int) -> list[Section]:
    """Return the flows that have findings of their own, or none at all."""
    all_flows = [(flow, comparison.own_findings(flow)) for flow in comparison.flows]
    own = sorted(
        (pair for pair in all_flows if pair[1] or not pair[0].findings), key=lambda pair: _severity(*pair)
    )
    made: list[Section] = []
    for flow, findings in own:
        ordered = tuple(by_severity(findings))
        drawn = draw_graphs(flow.graph, boxes) if flow.graph and flow.graph.nodes else Markup()
        made.append(Section(flow, ordered, numbers[flow.key], drawn))
        boxes -= drawn_nodes(flow.graph, boxes) if flow.graph else 0
    return made


def _severity(flow: FlowComparison, findings: tuple[Finding, ...]) -> int:
    """Return the position of a flow with these findings; the most severe is the least."""
    if flow.status in (FlowStatus.UNKNOWN, FlowStatus.MISSING):
        return -1
    return most_severe(findings)


def _group_entry(group: Group, numbers: Mapping[FlowKey, int]) -> GroupEntry:
    """Describe the common change; the effects are listed with each member."""
    shared = replace(
        group.members[0][1],
        subject=group.subject,
        verb=group.verb,
        impact=group.impact,
        sentence=group.sentence,
        timetables=group_timetables(group),
    )
    flows = dict.fromkeys(flow.key for flow, _ in group.members)
    return GroupEntry(shared, group.members, tuple(numbers[key] for key in flows))
