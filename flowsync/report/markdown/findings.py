"""Findings as rows of a table, and what explains them: lines of commands, values, the tasks around."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Final

from flowsync.analysis.comparison import FlowVerdict, Group
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.diff.model import Change, Moved
from flowsync.flow.field_types import Impact
from flowsync.graph.view import State, TaskGraph
from flowsync.report.change_details import Detail, details, has_details
from flowsync.report.group_summary import named_effects
from flowsync.report.markdown.budget import Block, Worth
from flowsync.report.markdown.escaping import code, fenced, inline, sentence, summary
from flowsync.report.mermaid import flowchart
from flowsync.schedule.timetable import Timetable

_TIMES: Final = "%a %Y-%m-%d %H:%M"
_LONGEST_VALUE: Final = 240
_LONGEST_LINE: Final = 400
_MOST_LINES: Final = 100
_MOST_TASKS: Final = 40
_FIRST_FLOWS: Final = 5
_TABLE: Final = "\n| impact | what | where |\n|---|---|---|\n"

_WORTH: Final[Mapping[Impact, Worth]] = MappingProxyType(
    {
        Impact.BREAKING: Worth.BREAKING,
        Impact.BEHAVIOUR: Worth.BEHAVIOUR,
        Impact.COSMETIC: Worth.COSMETIC,
    }
)
_DETAIL: Final[Mapping[Impact, Worth]] = MappingProxyType(
    {
        Impact.BREAKING: Worth.BREAKING_DETAIL,
        Impact.BEHAVIOUR: Worth.BEHAVIOUR_DETAIL,
        Impact.COSMETIC: Worth.COSMETIC_DETAIL,
    }
)
_GRAPH: Final[Mapping[Impact, Worth]] = MappingProxyType(
    {
        Impact.BREAKING: Worth.BREAKING_GRAPH,
        Impact.BEHAVIOUR: Worth.BEHAVIOUR_GRAPH,
        Impact.COSMETIC: Worth.COSMETIC_GRAPH,
    }
)


def flow_block(flow: FlowVerdict, findings: Sequence[Finding], context: int) -> Block:
    """A flow that changed, with the findings that no group tells, the gravest first."""
    told = sorted(findings, key=lambda finding: IMPACTS.index(finding.impact))
    said: set[str] = set()
    rows = [_row(finding, said, rank) for rank, finding in enumerate(told)]
    explained = (_details(finding.impact, finding.sentence, finding.change, context) for finding in told)
    blocks = [block for some in explained for block in some]
    graph = [*_graph(flow, told[0].impact)] if told else []
    place = " · ".join(part for part in (code(flow.file), inline(flow.directory)) if part)
    head = f"\n#### {flow_name(flow)}\n{f'{chr(10)}{place}{chr(10)}' if place else ''}"
    return Block(f"{head}{_TABLE}", None, (*rows, *blocks, *graph))


def groups_block(groups: Iterable[Group], context: int) -> Block:
    """What several places have in common; the groups are of one impact."""
    groups = [*groups]
    rows = [Block(_group_row(group), _WORTH[group.impact]) for group in groups]
    below = [block for group in groups for block in _group_details(group, context)]
    title = f"The same in several places, {groups[0].impact}" if groups else ""
    return Block(f"\n#### {title}\n{_TABLE}", None, (*rows, *below))


def flow_name(flow: FlowVerdict) -> str:
    """Environment, id and name."""
    return inline(f"{flow.environment} {flow.flow_id} {flow.name}".strip())


def effect_lines(findings: Iterable[Finding], said: set[str]) -> Iterator[Block]:
    """What follows, each once; `said` holds what was told of the flow already."""
    for finding in findings:
        for effect in finding.effects:
            if effect.sentence not in said:
                said.add(effect.sentence)
                yield Block(f"<br>↳ {sentence(effect.sentence)}", Worth.EFFECT)


def _row(finding: Finding, said: set[str], rank: int) -> Block:
    return Block(
        f"| {_impact(finding.impact)} | {sentence(finding.sentence)}",
        _WORTH[finding.impact],
        (*effect_lines([finding], said), *_times(finding, said)),
        f" | {_path(finding.change)} |\n",
        rank,
    )


def _impact(impact: Impact) -> str:
    return f"**{impact}**" if impact is Impact.BREAKING else str(impact)


def _path(change: Change) -> str:
    if isinstance(change, Moved) and change.path != change.to:
        return f"{code(change.path)} → {code(change.to)}"
    return code(change.path or "/")


def _times(finding: Finding, said: set[str]) -> Iterator[Block]:
    """Words and next runs on either side; two changes of one schedule have the same."""
    before, after = finding.timetables
    if before and after and (before.words, before.coming) != (after.words, after.coming):
        told = f"<br>before: {_timetable(before)}<br>after: {_timetable(after)}"
        if told not in said:
            said.add(told)
            yield Block(told, Worth.TIMES)


def _timetable(timetable: Timetable) -> str:
    """The words too: without them a flow that is started by hand looks like one of which nothing is known."""
    times = ", ".join(time.strftime(_TIMES) for time in timetable.coming)
    coming = f"next after {timetable.since:{_TIMES}}: {times}" if times else "no next run known"
    return f"{inline(timetable.words)}; {coming}"


def _group_row(group: Group) -> str:
    names = [*_flows(group)]
    left = len(names) - _FIRST_FLOWS
    more = f" and {left:,} more" if left > 0 else ""
    told = f"{sentence(group.sentence)}<br>{', '.join(names[:_FIRST_FLOWS])}{more}"
    return f"| {_impact(group.impact)} | {told} | {_open_path(group)} |\n"


def _open_path(group: Group) -> str:
    """The path that the members share, the name of the task left open."""
    change = group.members[0][1].change
    path = change.to if isinstance(change, Moved) else change.path
    return code(_TASK.sub("/tasks/*", path))


_TASK: Final = re.compile("^/tasks/[^/]+")


def _flows(group: Group) -> dict[str, list[Finding]]:
    flows: dict[str, list[Finding]] = {}
    for flow, finding in group.members:
        flows.setdefault(flow_name(flow), []).append(finding)
    return flows


def _group_details(group: Group, context: int) -> Iterator[Block]:
    flows = _flows(group)
    lines = [f"- {name}{_effects_of(findings)}\n" for name, findings in flows.items()]
    if len(flows) > _FIRST_FLOWS or any("<br>" in line for line in lines):
        yield _folded(f"Where: {summary(group.sentence)}", partial("".join, lines), Worth.FLOWS)
    yield from _details(group.impact, group.sentence, group.members[0][1].change, context)


def _effects_of(findings: Iterable[Finding]) -> str:
    """What follows in one flow of a group; what only runs later is too much for a list."""
    told = (one for finding in findings for one in named_effects(finding))
    return "".join(f"<br>↳ {sentence(one)}" for one in dict.fromkeys(told))


def _details(impact: Impact, told: str, change: Change, context: int) -> Iterator[Block]:
    if has_details(change):
        yield _folded(summary(told), partial(_diff, change, context), _DETAIL[impact])


def _diff(change: Change, context: int) -> str:
    lines = [*islice(_diff_lines(details(change, context, _LONGEST_VALUE, _LONGEST_LINE)), _MOST_LINES + 1)]
    left = len(lines) > _MOST_LINES
    rest = f"\nOnly the first {_MOST_LINES} lines are shown.\n" if left else ""
    return fenced("diff", lines[:_MOST_LINES]) + rest


def _diff_lines(lines: Iterable[Detail]) -> Iterator[str]:
    return (text if mark == "@" else f"{mark}{text}" for mark, text in lines)


def _graph(flow: FlowVerdict, impact: Impact) -> Iterator[Block]:
    if flow.graph is not None and _is_changed(flow.graph):
        title = "Picture: what changed and what is next to it"
        yield _folded(title, partial(_chart, flow.graph), _GRAPH[impact])


def _is_changed(graph: TaskGraph) -> bool:
    return any(one.state is not State.SAME for some in (graph.nodes, graph.edges) for one in some)


def _chart(graph: TaskGraph) -> str:
    return fenced("mermaid", flowchart(graph, _MOST_TASKS).rstrip("\n").split("\n"))


def _folded(title: str, content: Callable[[], str], worth: Worth) -> Block:
    """What is only shown when it is asked for; `content` is written if there is room."""
    return Block(lambda: f"\n<details><summary>{title}</summary>\n\n{content()}\n</details>\n", worth)
