"""Findings as entries of a list, with diffs of commands and values and a graph of the tasks around."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Final

from flowsync.analysis.comparison import FlowComparison, Group
from flowsync.analysis.model import Finding
from flowsync.diff.model import Change
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import join_first
from flowsync.graph.view import GraphView, ViewState
from flowsync.report.change_details import describe_change, has_details, list_details, one_line_edit
from flowsync.report.group_summary import describe_next_runs, effects_with_task
from flowsync.report.labels import flow_label
from flowsync.report.markdown.budget import Block, Priority
from flowsync.report.markdown.escaping import code, excerpt, fence, inline, sentence, summary
from flowsync.report.mermaid import flowchart
from flowsync.report.severity import by_severity

_TIME: Final = "%a %Y-%m-%d %H:%M"
_LONGEST_VALUE: Final = 240
_LONGEST_LINE: Final = 400
_MAX_LINES: Final = 100
_MAX_TASKS: Final = 40
_FIRST_FLOWS: Final = 5


def flow_block(flow: FlowComparison, findings: Sequence[Finding], context: int) -> Block:
    """Return a changed flow with its own findings, the most severe first."""
    described = by_severity(findings)
    sentences = {""}
    entries = [_entry(finding, sentences, rank) for rank, finding in enumerate(described)]
    details = (_details(finding.impact, finding.sentence, finding.change, context) for finding in described)
    graph = [*_graph(flow.graph, described[0].impact)] if described else []
    place = " · ".join(part for part in (code(flow.file), inline(flow.directory)) if part)
    head = f"\n#### {flow_name(flow)}\n{f'{chr(10)}{place}{chr(10)}' if place else ''}"
    return Block(f"{head}\n", None, (*entries, *chain.from_iterable(details), *graph))


def groups_block(groups: Iterable[Group], context: int) -> Block:
    """Return the groups of one impact."""
    groups = [*groups]
    entries = [Block(_group_entry(group), Priority[group.impact.name]) for group in groups]
    below = [block for group in groups for block in _group_details(group, context)]
    title = f"Identical changes, {groups[0].impact}" if groups else ""
    return Block(f"\n#### {title}\n\n", None, (*entries, *below))


def flow_name(flow: FlowComparison) -> str:
    """Return environment, id and name of a flow."""
    return excerpt(flow_label(*flow.key, flow.name))


def effect_lines(findings: Iterable[Finding], sentences: set[str]) -> Iterator[Block]:
    """Yield the effects that are not in `sentences`, and add them to it."""
    for finding in findings:
        for effect in finding.effects:
            if effect.sentence not in sentences:
                sentences.add(effect.sentence)
                yield Block(f"<br>↳ {sentence(effect.sentence)}", Priority.EFFECT)


def _entry(finding: Finding, sentences: set[str], rank: int) -> Block:
    return Block(
        f"- {_impact(finding.impact)}: {sentence(describe_change(finding))}",
        Priority[finding.impact.name],
        (*effect_lines([finding], sentences), *_times(finding, sentences)),
        "\n",
        rank,
    )


def _impact(impact: Impact) -> str:
    return f"**{impact}**" if impact is Impact.BREAKING else str(impact)


def _times(finding: Finding, sentences: set[str]) -> Iterator[Block]:
    """Yield the next runs by both schedules, unless they are in `sentences` or alike."""
    described = "".join(f"<br>{line}" for line in describe_next_runs(finding, _TIME))
    if described not in sentences:
        sentences.add(described)
        yield Block(described, Priority.TIMES)


def _group_entry(group: Group) -> str:
    edit = one_line_edit(group.members[0][1].change)
    described = [sentence(group.sentence), *([sentence(edit)] if edit else [])]
    flows = join_first([*_flows(group)], _FIRST_FLOWS)
    return f"- {_impact(group.impact)}: {'<br>'.join([*described, flows])}\n"


def _flows(group: Group) -> dict[str, list[Finding]]:
    flows: dict[str, list[Finding]] = {}
    for flow, finding in group.members:
        flows.setdefault(flow_name(flow), []).append(finding)
    return flows


def _group_details(group: Group, context: int) -> Iterator[Block]:
    flows = _flows(group)
    lines = [f"- {name}{_effects_of(findings)}\n" for name, findings in flows.items()]
    if len(flows) > _FIRST_FLOWS or any("<br>" in line for line in lines):
        yield _collapsed(f"Where: {summary(group.sentence)}", partial("".join, lines), Priority.FLOWS)
    yield from _details(group.impact, group.sentence, group.members[0][1].change, context)


def _effects_of(findings: Iterable[Finding]) -> str:
    """Return the effects in one flow of a group, without the tasks downstream."""
    described = (one for finding in findings for one in effects_with_task(finding))
    return "".join(f"<br>↳ {sentence(one)}" for one in dict.fromkeys(described))


def _details(impact: Impact, described: str, change: Change, context: int) -> Iterator[Block]:
    if has_details(change):
        diff = partial(_diff, change, context)
        yield _collapsed(summary(described), diff, Priority[f"{impact.name}_DETAIL"])


def _diff(change: Change, context: int) -> str:
    details = list_details(change, context, _LONGEST_VALUE, _LONGEST_LINE)
    lines = [line for _, line in islice(details, _MAX_LINES + 1)]
    is_cut = len(lines) > _MAX_LINES
    note = f"\nOnly the first {_MAX_LINES} lines are shown.\n" if is_cut else ""
    return fence("diff", lines[:_MAX_LINES]) + note


def _graph(graph: GraphView | None, impact: Impact) -> Iterator[Block]:
    """Return the changed part of a graph, if there is one."""
    if graph and any(one.state is not ViewState.SAME for ones in (graph.nodes, graph.edges) for one in ones):

        def chart() -> str:
            return fence("mermaid", flowchart(graph, _MAX_TASKS).rstrip("\n").split("\n"))

        title = "Graph: changed tasks and their neighbours"
        yield _collapsed(title, chart, Priority[f"{impact.name}_GRAPH"])


def _collapsed(title: str, content: Callable[[], str], priority: Priority) -> Block:
    """Return a collapsed block; `content` is written if there is room."""
    return Block(lambda: f"\n<details><summary>{title}</summary>\n\n{content()}\n</details>\n", priority)
