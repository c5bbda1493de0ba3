"""Group identical changes in several places."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from flowsync.analysis.comparison import Comparison, FlowComparison, Group
from flowsync.analysis.fingerprint import hash_facts
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.analysis.wording.changes import location_prefix
from flowsync.analysis.wording.names import format_name
from flowsync.diff.field_location import Location, locate
from flowsync.diff.model import Added, Changed, Oversize, Rekeyed, Removed
from flowsync.diff.record_diff import display_path
from flowsync.flow.field_types import Subject
from flowsync.flow.fields import TASK
from flowsync.flow.multimap import multimap
from flowsync.flow.printable import plural
from flowsync.flow.values import Value, json_text

FEWEST: Final = 3
"""The number of places from which on the same change is a group."""

_ANY_TASK: Final = "/tasks/*"

_Member: TypeAlias = tuple[FlowComparison, Finding]


def group_findings(comparison: Comparison, fewest: int = FEWEST) -> Comparison:
    """Add a group for every change that `fewest` places or more have in common.

    Changes are identical if path, values, impact and sentence are equal, apart from the name of the task.
    Added, removed and renamed flows and tasks are never grouped: their names matter.
    """
    if sum(len(flow.findings) for flow in comparison.flows) < fewest:
        return comparison
    identical = multimap(
        (json_text([shared, finding.impact, _without_task_name(finding)]), (flow, finding))
        for flow in comparison.flows
        for finding in flow.findings
        if (shared := _shared_facts(finding)) is not None
    )
    groups = [_group(members) for members in identical.values() if len(members) >= fewest]
    return replace(comparison, groups=(*_split_by_meaning(sorted(groups, key=_by_severity_and_size)),))


def _split_by_meaning(groups: Iterable[Group]) -> Iterator[Group]:
    """Give groups of one change with different meanings different fingerprints.

    Their members decide; sentence and number are not part of a fingerprint.
    """
    groups = [*groups]
    firsts = [min(finding.fingerprint for _, finding in group.members) for group in groups]
    known: dict[str, str] = {}
    for group, first in zip(groups, firsts, strict=True):
        known[group.fingerprint] = min(first, known.get(group.fingerprint, first))
    for group, first in zip(groups, firsts, strict=True):
        is_first = known[group.fingerprint] == first
        yield group if is_first else replace(group, fingerprint=hash_facts([group.fingerprint, first]))


def _by_severity_and_size(group: Group) -> tuple[int, int, str]:
    return (IMPACTS.index(group.impact), -len(group.members), group.sentence)


def _shared_facts(finding: Finding) -> list[Value] | None:
    """Return what the finding may have in common with others; None for a finding that is never grouped."""
    change = finding.change
    if isinstance(change, Oversize) or finding.subject is Subject.FLOW:
        return None
    place = _location(finding)
    if place.is_entry and place.struct is TASK:
        return None
    path = display_path(change)
    if place.is_in_task:
        path = "/".join((_ANY_TASK, *path.split("/")[3:]))
    match change:
        case Added(_, value) | Removed(_, value):
            return [type(change).__name__, path, value]
        case Changed(_, before, after):
            return [type(change).__name__, path, before, after]
        case Rekeyed(_, _, before, after):
            return ["Moved", path, before, after]  # the fingerprints of groups are public


def _group(members: Sequence[_Member]) -> Group:
    first = members[0][1]
    return Group(
        _sentence(first, members),
        first.subject,
        first.verb,
        first.impact,
        hash_facts(_shared_facts(first)),
        tuple(members),
    )


def _sentence(first: Finding, members: Sequence[_Member]) -> str:
    flow, flows = members[0][0], len({flow.key for flow, _ in members})
    where = plural(flows, "flow") if flows > 1 else f"{flow.environment} {format_name(flow.name)}"
    tasks = f" on {plural(len(members), 'task')}" if _location(first).is_in_task else ""
    return f"{_without_task_name(first)}{tasks} in {where}"


def _without_task_name(finding: Finding) -> str:
    """Return the sentence without the name of its task."""
    return finding.sentence.removeprefix(task_prefix(finding))


def task_prefix(finding: Finding) -> str:
    """Return the start of a sentence about a task, which a group leaves out; empty for other findings."""
    place = _location(finding)
    return location_prefix(place) if place.is_in_task else ""


def _location(finding: Finding) -> Location:
    return locate(display_path(finding.change))
