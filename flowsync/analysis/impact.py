"""How much a change matters: the field table's word, refined by a few rules."""

from collections.abc import Callable, Container
from functools import lru_cache
from typing import Final, TypeAlias

from flowsync.analysis.model import Consequence
from flowsync.diff.field_location import Location, locate
from flowsync.diff.model import Added, Change, Changed, Rekeyed, Removed
from flowsync.flow.field_types import Impact, Shape, Subject
from flowsync.flow.fields import TASK
from flowsync.schedule.occurrences import same_times
from flowsync.schedule.quartz import CronError, parse_cron

_EDGES: Final = frozenset({Subject.RELATION, Subject.LINK})
_GRAVE: Final = (
    Consequence.CYCLE,
    Consequence.LEFT_WAITING,
    Consequence.LEFT_BEHIND,
    Consequence.STOPS,
)
_AS_LINK: Final = TASK.by_name["asLink"]
_NO_ALERT: Final = 0

Rule: TypeAlias = Callable[[Change, Location], Impact | None]
"""The impact of a change at a place; None where the rule says nothing."""


def assess_impact(change: Change, place: Location, consequences: Container[Consequence] = ()) -> Impact:
    """Return the impact: from the effects, then by the first rule that applies, else from the field's row.

    Unknown fields are behaviour. A removed edge is not a loss if its task depends on the same by another
    path.
    """
    shut_out = Consequence.WAITED_FOR in consequences and blocks_dependents(change)
    if shut_out or any(one in consequences for one in _GRAVE):
        return Impact.BREAKING
    if Consequence.STILL_WAITS in consequences:
        return Impact.BEHAVIOUR
    found = (rule(change, place) for rule in RULES)
    return next((impact for impact in found if impact), place.row.impact if place.row else Impact.BEHAVIOUR)


def has_same_times(before: object, after: object) -> bool:
    """Return whether two schedules start a flow at the same times, however they are written."""
    return isinstance(before, str) and isinstance(after, str) and _same_schedules(before, after)


@lru_cache(maxsize=64)  # the impact asks, then the sentence
def _same_schedules(before: str, after: str) -> bool:
    try:
        return same_times(parse_cron(before), parse_cron(after))
    except CronError:
        return False


def blocks_dependents(change: Change) -> bool:
    """Return whether other flows may no longer depend on a task."""
    return isinstance(change, Changed) and change.after is False and locate(change.path).row is _AS_LINK


def _flow_added_or_removed(change: Change, place: Location) -> Impact | None:
    if not place.is_flow:
        return None
    return Impact.BREAKING if isinstance(change, Removed) else Impact.BEHAVIOUR


def _entry_added_or_removed(change: Change, place: Location) -> Impact | None:
    """Rate an entry: a removed or retargeted task, relation or link is breaking, an added one is not."""
    whole = place.is_entry or (place.row is not None and place.row.shape is Shape.JOINED)
    if not whole or not isinstance(change, (Added, Removed, Rekeyed)) or place.subject is Subject.PARAMETER:
        return None
    if isinstance(change, Rekeyed):
        return Impact.BREAKING if place.subject in _EDGES else Impact.BEHAVIOUR
    return Impact.BREAKING if isinstance(change, Removed) else Impact.BEHAVIOUR


def _owner_removed(change: Change, place: Location) -> Impact | None:
    """Rate a removed owner, or all owners if something other than a list replaces them."""
    if place.subject is not Subject.OWNER:
        return None
    match change:
        case Removed(_, value) if value:
            return Impact.BREAKING
        case Changed(_, list(value)) if value:
            return Impact.BREAKING
        case _:
            return None


def _same_times(change: Change, place: Location) -> Impact | None:
    is_cron = place.row is not None and place.row.shape is Shape.CRON
    if is_cron and isinstance(change, Changed) and has_same_times(change.before, change.after):
        return Impact.COSMETIC
    return None


def _alerts_off(change: Change, place: Location) -> Impact | None:
    """Another channel is cosmetic; none is not."""
    off = isinstance(change, Changed) and type(change.after) is int and change.after == _NO_ALERT
    return Impact.BEHAVIOUR if place.subject is Subject.ALERTING and off else None


def _null_field(change: Change, place: Location) -> Impact | None:
    """Rate a field that the platform has begun to send with null."""
    is_new = place.subject is Subject.UNKNOWN_FIELD and isinstance(change, (Added, Removed))
    return Impact.COSMETIC if is_new and getattr(change, "value", 0) is None else None


RULES: Final[tuple[Rule, ...]] = (
    _flow_added_or_removed,
    _entry_added_or_removed,
    _owner_removed,
    _same_times,
    _alerts_off,
    _null_field,
)
