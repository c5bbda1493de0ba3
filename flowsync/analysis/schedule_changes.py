"""Build the timetables before and after a change of a schedule."""

from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from flowsync.diff.field_location import Location
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.field_types import Shape, Subject
from flowsync.flow.fields import FLOW
from flowsync.flow.values import Record, Value
from flowsync.schedule.timetable import Timetable, build_timetable

Timetables: TypeAlias = tuple[Timetable | None, Timetable | None]
"""Before and after; None without a schedule, or with one that is not text."""

_CRON: Final = next(row.name for row in FLOW.fields if row.shape is Shape.CRON)
_START: Final = next(row.name for row in FLOW.fields if row.shape is Shape.DATE)
_TYPE: Final = "type"
_MANUAL: Final = 0


def compare_timetables(
    change: Change, place: Location, before: Record, after: Record, since: datetime
) -> Timetables:
    """Return the timetables of the flow, or of the task that contains the change; none for other changes."""
    if place.subject is not Subject.SCHEDULE:
        return None, None
    if not place.entries:
        return build_flow_timetable(before, since), build_flow_timetable(after, since)
    old, new = _values(change)
    return _task_timetable(old, before, since), _task_timetable(new, after, since)


def build_flow_timetable(flow: Record, since: datetime) -> Timetable | None:
    """Return the timetable of a whole flow."""
    cron = flow.get(_CRON)
    if not isinstance(cron, str):
        return None
    return build_timetable(cron, start=_start(flow), since=since, by_hand=flow.get(_TYPE) == _MANUAL)


def timetable_from_new_start(before: Record, after: Record, since: datetime) -> Timetable | None:
    """Return the timetable that a flow had, from its new first day on."""
    return build_flow_timetable({**before, _START: after.get(_START)}, since)


def _task_timetable(cron: Value, flow: Record, since: datetime) -> Timetable | None:
    """Return the timetable of a task; without a schedule of its own, that of its flow."""
    if isinstance(cron, str) and cron.strip():
        return build_timetable(cron, start=_start(flow), since=since)
    if cron is not None and not isinstance(cron, str):
        return None
    whole = build_flow_timetable(flow, since) or build_timetable("", start=None, since=since)
    return replace(whole, description=f"that of the flow, {whole.description}")


def _start(flow: Record) -> str | None:
    start = flow.get(_START)
    return start if isinstance(start, str) else None


def _values(change: Change) -> tuple[Value, Value]:
    match change:
        case Added(_, value):
            return None, value
        case Removed(_, value):
            return value, None
        case Changed(_, before, after) | Oversize(_, before, after):
            return before, after
        case Rekeyed():
            return None, None
