"""Assess the impact of a change: from its effects, a few rules and the field table."""

from collections.abc import Container
from functools import lru_cache
from typing import Final

from flowsync.analysis.model import Consequence
from flowsync.diff.field_location import Location, locate
from flowsync.diff.model import Added, Change, Changed, Rekeyed, Removed
from flowsync.flow.field_types import Impact, Shape, Subject
from flowsync.flow.fields import TASK
from flowsync.flow.values import json_text
from flowsync.schedule.occurrences import same_times
from flowsync.schedule.quartz import CronError, parse_cron

_EDGES: Final = frozenset({Subject.RELATION, Subject.LINK})
_SEVERE: Final = (
    Consequence.CYCLE,
    Consequence.LEFT_WAITING,
    Consequence.LEFT_BEHIND,
    Consequence.STOPS,
)
_AS_LINK: Final = TASK.by_name["asLink"]
_NO_ALERT: Final = "0"


def assess_impact(change: Change, place: Location, consequences: Container[Consequence] = ()) -> Impact:
    """Return the impact: from the effects, then by the rules for some changes, else from the field's row.

    Unknown fields are behaviour. A removed edge is not a loss if its task depends on the same by another
    path.
    """
    blocks = Consequence.WAITED_FOR in consequences and blocks_dependents(change)
    if blocks or any(one in consequences for one in _SEVERE):
        return Impact.BREAKING
    if Consequence.STILL_WAITS in consequences or Consequence.UNVERIFIED in consequences:
        return Impact.BEHAVIOUR
    return _special_impact(change, place) or (place.row.impact if place.row else Impact.BEHAVIOUR)


def has_same_times(before: object, after: object) -> bool:
    """Return whether two schedules start a flow at the same times, however they are written."""
    return isinstance(before, str) and isinstance(after, str) and _same_schedules(before, after)


@lru_cache(maxsize=64)  # for the impact, then for the sentence
def _same_schedules(before: str, after: str) -> bool:
    try:
        return same_times(parse_cron(before), parse_cron(after))
    except CronError:
        return False


def blocks_dependents(change: Change) -> bool:
    """Return whether other flows may no longer depend on a task."""
    return isinstance(change, Changed) and change.after is False and locate(change.path).row is _AS_LINK


def _special_impact(change: Change, place: Location) -> Impact | None:
    """Return the impact of a change whose field does not decide it; None for other changes.

    Null in an unknown field is cosmetic: the platform has begun or ceased to send it. A list of owners that
    something else replaces is a loss, no alert is more than another channel.
    """
    is_entry = (place.is_entry or place.shape is Shape.JOINED) and place.subject is not Subject.PARAMETER
    impact = None
    match change:
        case Removed() if place.is_flow or is_entry:
            impact = Impact.BREAKING
        case Rekeyed() if is_entry and place.subject in _EDGES:
            impact = Impact.BREAKING
        case Removed(_, value) | Changed(_, list(value)) if place.subject is Subject.OWNER and value:
            impact = Impact.BREAKING
        case Added() | Rekeyed() if place.is_flow or is_entry:
            impact = Impact.BEHAVIOUR
        case Changed(_, before, after) if place.shape is Shape.CRON and has_same_times(before, after):
            impact = Impact.COSMETIC
        case Changed(_, _, int(after)) if place.subject is Subject.ALERTING and json_text(after) == _NO_ALERT:
            impact = Impact.BEHAVIOUR
        case Added(_, None) | Removed(_, None) if place.subject is Subject.UNKNOWN_FIELD:
            impact = Impact.COSMETIC
    return impact
