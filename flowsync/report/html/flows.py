"""The flows of a comparison, the gravest first, and what several of them share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from flowsync.diff.finding import IMPACTS, Finding
from flowsync.diff.picture import NO_NAME
from flowsync.diff.verdicts import Comparison, FlowVerdict, Group, Verdict
from flowsync.report.html.findings import badge, effect_list, explained, finding_entry
from flowsync.report.html.markup import Markup, element
from flowsync.report.html.pictures import drawn_nodes, pictures
from flowsync.report.together import group_timetables
from flowsync.report.wording import escaped, printable

_OPEN_FLOWS: Final = 12  # more than these are folded away
_OPEN_FINDINGS: Final = 60
_MOST_BOXES: Final = 4_000  # of all graphs together


Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Section:
    """One flow of a comparison; `number` is what filters know it by, `boxes` the room left for its graph."""

    flow: FlowVerdict
    findings: tuple[Finding, ...]
    number: int
    boxes: int


def name_of(flow: FlowVerdict) -> str:
    """The name of a flow, or that it has none."""
    name = printable(flow.name)
    return name if name.strip() else NO_NAME


def sections(comparison: Comparison, numbers: Mapping[Key, int], boxes: int = _MOST_BOXES) -> list[Section]:
    """The flows that have something of their own to tell; their graphs have `boxes` boxes together."""
    told = [(flow, comparison.own_findings(flow)) for flow in comparison.flows]
    own = sorted((pair for pair in told if pair[1] or not pair[0].findings), key=lambda pair: gravity(*pair))
    made: list[Section] = []
    for flow, findings in own:
        ordered = tuple(sorted(findings, key=lambda finding: IMPACTS.index(finding.impact)))
        made.append(Section(flow, ordered, numbers[flow.key], boxes))
        boxes -= drawn_nodes(flow.graph, boxes) if flow.graph else 0
    return made


def flow_sections(made: list[Section], context: int, place: str, *, titled: bool) -> Iterator[Markup]:
    """Each flow, below a heading that is seen where other things stand above."""
    if made:
        count = sum(len(one.findings) for one in made)
        few = len(made) == 1 or (len(made) <= _OPEN_FLOWS and count <= _OPEN_FINDINGS)
        yield element("h3", "Flows", class_="seen" if titled else "hidden")
        yield from (_flow(one, context, place, is_open=few) for one in made)


def group_sections(groups: tuple[Group, ...], numbers: Mapping[Key, int], context: int) -> Iterator[Markup]:
    """A heading with each change that several places share."""
    if groups:
        ordered = sorted(groups, key=lambda group: IMPACTS.index(group.impact))
        yield element("h3", "The same in several places")
        yield element("ul", *(_group(group, numbers, context) for group in ordered), class_="findings groups")


def gravity(flow: FlowVerdict, findings: tuple[Finding, ...]) -> int:
    """How far at the back a flow with these findings stands."""
    if flow.verdict in (Verdict.UNKNOWN, Verdict.MISSING):
        return -1
    return min((IMPACTS.index(finding.impact) for finding in findings), default=len(IMPACTS))


def _flow(section: Section, context: int, place: str, *, is_open: bool) -> Markup:
    flow = section.flow
    return element(
        "details",
        element("summary", element("h4", *_heading(flow)), *_counts(section.findings)),
        element("div", *_content(section, context), class_="content"),
        class_="flow",
        id=f"{place}-flow-{section.number}",
        data_flow=str(section.number),
        open=is_open or (flow.verdict is Verdict.UNKNOWN and bool(flow.reason)),
    )


def _heading(flow: FlowVerdict) -> Iterator[Markup]:
    yield element("span", name_of(flow), class_="name")
    yield element("span", f" {printable(flow.environment)} {flow.flow_id} ", class_="id")
    yield element("span", str(flow.verdict), class_=f"verdict {flow.verdict}")


def _counts(findings: tuple[Finding, ...]) -> Iterator[Markup]:
    for impact in IMPACTS:
        count = sum(finding.impact is impact for finding in findings)
        if count:
            yield element("span", f"{count} {impact}", class_=f"badge {impact}")


def _content(section: Section, context: int) -> Iterator[Markup]:
    flow = section.flow
    if flow.file or flow.directory:
        directory = f"in {printable(flow.directory)}" if flow.directory else ""
        yield element("p", element("code", printable(flow.file)), f" {directory}", class_="place")
    if flow.reason:
        yield element("p", escaped(flow.reason), class_="reason")
    yield from _graph(section)
    if section.findings:
        entries = (finding_entry(finding, str(section.number), context) for finding in section.findings)
        yield element("ul", *entries, class_="findings")


def _graph(section: Section) -> Iterator[Markup]:
    graph = section.flow.graph
    if graph is None or not graph.nodes:
        return
    if section.boxes <= 0:
        yield element("p", "The graph is left out: this report has too many of them.", class_="note")
    else:
        yield pictures(graph, section.boxes)


def _group(group: Group, numbers: Mapping[Key, int], context: int) -> Markup:
    """What explains the change is the same in all places; what follows from it stands with each of them."""
    shared = replace(group.members[0][1], sentence=group.sentence, timetables=group_timetables(group))
    flows = dict.fromkeys(flow.key for flow, _ in group.members)
    members = element("ul", *(_member(flow, finding) for flow, finding in group.members), class_="members")
    return element(
        "li",
        element("p", badge(group.impact), element("span", escaped(group.sentence), class_="sentence")),
        element("details", element("summary", f"All {len(group.members)} places"), members),
        *explained(shared, context),
        class_="finding",
        data_impact=group.impact,
        data_kind=f"{group.subject}-{group.verb}",
        data_flow=" ".join(str(numbers[key]) for key in flows),
    )


def _member(flow: FlowVerdict, finding: Finding) -> Markup:
    where = f" {printable(flow.environment)} {flow.flow_id}: "
    name = element("span", name_of(flow), class_="name")
    return element("li", name, where, escaped(finding.sentence), *effect_list(finding))
