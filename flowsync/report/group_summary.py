"""Describe groups of identical changes: their common finding, and each effect once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from flowsync.analysis.comparison import FlowComparison, Group
from flowsync.analysis.grouping import task_prefix
from flowsync.analysis.model import Consequence, Finding
from flowsync.flow.printable import escape_controls, plural
from flowsync.report.labels import flow_label

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


def group_finding(group: Group) -> Finding:
    """Return the finding that describes a group; it has a schedule if all members have the same one."""
    timetables = {finding.timetables for _, finding in group.members}
    return replace(
        group.members[0][1],
        subject=group.subject,
        verb=group.verb,
        impact=group.impact,
        sentence=group.sentence,
        effects=(),
        timetables=timetables.pop() if len(timetables) == 1 else (None, None),
    )


def describe_next_runs(finding: Finding, time_format: str) -> Iterator[str]:
    """Yield the next runs by the schedules before and after, if both are known and differ for readers."""
    before, after = finding.timetables
    if before and after and (before.description, before.next_runs) != (after.description, after.next_runs):
        for verb, timetable in (("were:", before), ("are: ", after)):
            times = ", ".join(time.strftime(time_format) for time in timetable.next_runs)
            yield f"next runs {verb} {times or 'none known'}"


def _where(flows: dict[tuple[str, int], FlowComparison], count: int) -> str:
    if len(flows) == count:
        return " (in all of them)" if count > 1 else ""
    if len(flows) > 1:
        return f" (in {plural(len(flows), 'flow')})"
    (flow,) = flows.values()
    return f" (in {flow_label(*flow.key, flow.name)})"
