"""Summarise the effects of a change that several flows share, each once."""

from collections.abc import Iterator
from typing import Final

from flowsync.analysis.comparison import FlowComparison, Group
from flowsync.analysis.grouping import task_prefix
from flowsync.analysis.model import Consequence, Finding
from flowsync.flow.printable import escape_controls, escape_text
from flowsync.report.plural import plural
from flowsync.schedule.timetable import Timetable

_FIRST: Final = 5


def group_effects(group: Group) -> Iterator[str]:
    """Yield the first effects with the flows that have them."""
    flows: dict[str, dict[tuple[str, int], FlowComparison]] = {}
    for flow, finding in group.members:
        for sentence in effects_with_task(finding):
            flows.setdefault(sentence, {})[flow.key] = flow
    count = len({flow.key for flow, _ in group.members})
    for sentence, found in [*flows.items()][:_FIRST]:
        yield f"{escape_controls(sentence)}{_where(found, count)}"
    if len(flows) > _FIRST:
        yield f"and {plural(len(flows) - _FIRST, 'more effect')}"


def effects_with_task(finding: Finding) -> Iterator[str]:
    """Yield the effects in one place of a group with their task, without the tasks downstream."""
    for effect in finding.effects:
        if effect.consequence is not Consequence.DOWNSTREAM:
            yield f"{task_prefix(finding)}{effect.sentence}"


def group_timetables(group: Group) -> tuple[Timetable | None, Timetable | None]:
    """Return the schedule before and after, if it is the same in all flows."""
    found = {finding.timetables for _, finding in group.members}
    return found.pop() if len(found) == 1 else (None, None)


def _where(flows: dict[tuple[str, int], FlowComparison], count: int) -> str:
    if len(flows) == count:
        return " (in all of them)" if count > 1 else ""
    if len(flows) > 1:
        return f" (in {plural(len(flows), 'flow')})"
    (flow,) = flows.values()
    return f" (in {escape_text(f'{flow.environment} {flow.flow_id} {flow.name}'.rstrip())})"
