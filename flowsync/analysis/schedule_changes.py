"""The schedule on either side of a change of a schedule."""

from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from flowsync.diff.field_location import Place
from flowsync.diff.model import Added, Change, Changed, Moved, Oversize, Removed
from flowsync.flow.field_types import Shape, Subject
from flowsync.flow.fields import FLOW
from flowsync.flow.values import Record, Value
from flowsync.schedule.timetable import Timetable, timetable

Timetables: TypeAlias = tuple[Timetable | None, Timetable | None]
"""Before and after; None where there is no schedule, or none that is text."""

_CRON: Final = next(row.name for row in FLOW.fields if row.shape is Shape.CRON)
_START: Final = next(row.name for row in FLOW.fields if row.shape is Shape.DATE)
_TYPE: Final = "type"
_BY_HAND: Final = 0


def timetables(change: Change, place: Place, before: Record, after: Record, since: datetime) -> Timetables:
    """Those of the flow, or of the task that the change is in; none for a change of anything else."""
    if place.subject is not Subject.SCHEDULE:
        return None, None
    if not place.entries:
        return flow_timetable(before, since), flow_timetable(after, since)
    was, becomes = _sides(change)
    return _task_timetable(was, before, since), _task_timetable(becomes, after, since)


def flow_timetable(flow: Record, since: datetime) -> Timetable | None:
    """The timetable of a whole flow."""
    cron = flow.get(_CRON)
    if not isinstance(cron, str):
        return None
    return timetable(cron, start=_start(flow), since=since, by_hand=flow.get(_TYPE) == _BY_HAND)


def restarted(before: Record, after: Record, since: datetime) -> Timetable | None:
    """The timetable that a flow had, from the first day that it has now."""
    return flow_timetable({**before, _START: after.get(_START)}, since)


def _task_timetable(cron: Value, flow: Record, since: datetime) -> Timetable | None:
    """A task without a schedule of its own has that of its flow."""
    if isinstance(cron, str) and cron.strip():
        return timetable(cron, start=_start(flow), since=since)
    if cron is not None and not isinstance(cron, str):
        return None
    whole = flow_timetable(flow, since) or timetable("", start=None, since=since)
    return replace(whole, words=f"that of the flow, {whole.words}")


def _start(flow: Record) -> str | None:
    start = flow.get(_START)
    return start if isinstance(start, str) else None


def _sides(change: Change) -> tuple[Value, Value]:
    match change:
        case Added(_, value):
            return None, value
        case Removed(_, value):
            return value, None
        case Changed(_, before, after) | Oversize(_, before, after):
            return before, after
        case Moved():
            return None, None
