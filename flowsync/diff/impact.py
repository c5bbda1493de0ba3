"""How much a change matters: the field table's word, refined by a few rules."""

from collections.abc import Callable, Container
from typing import Final, TypeAlias

from flowsync.diff.change import Added, Change, Changed, Moved, Removed
from flowsync.diff.finding import Consequence
from flowsync.diff.places import Place
from flowsync.flow.cron import CronError, parse_cron
from flowsync.flow.rows import Impact, Shape, Subject
from flowsync.flow.schedule import same_times

_EDGES: Final = frozenset({Subject.RELATION, Subject.LINK})

Rule: TypeAlias = Callable[[Change, Place], Impact | None]
"""The impact of a change at a place; None where the rule says nothing."""


def impact_of(change: Change, place: Place, consequences: Container[Consequence] = ()) -> Impact:
    """The first rule that knows the change decides, else the row of the field; unknown fields are behaviour.

    Whatever the field, it breaks tasks to make them wait for one another, and other flows to take away the
    name that they wait for. An edge is no loss where its task waits for the same by another way.
    """
    loses_name = Consequence.WAITED_FOR in consequences and _loses_its_name(change, place)
    if loses_name or Consequence.CYCLE in consequences:
        return Impact.BREAKING
    if Consequence.STILL_WAITS in consequences:
        return Impact.BEHAVIOUR
    found = (rule(change, place) for rule in RULES)
    return next((impact for impact in found if impact), place.row.impact if place.row else Impact.BEHAVIOUR)


def means_the_same_times(before: object, after: object) -> bool:
    """Whether two schedules start a flow at the same times, however they are written."""
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    try:
        return same_times(parse_cron(before), parse_cron(after))
    except CronError:
        return False


def _loses_its_name(change: Change, place: Place) -> bool:
    """Links name flows and tasks by their names."""
    is_flow_name = place.subject is Subject.FLOW and not place.is_flow
    return is_flow_name or (place.subject is Subject.TASK and isinstance(change, Moved))


def _flow_came_or_went(change: Change, place: Place) -> Impact | None:
    if not place.is_flow:
        return None
    return Impact.BREAKING if isinstance(change, Removed) else Impact.BEHAVIOUR


def _entry_came_or_went(change: Change, place: Place) -> Impact | None:
    """A task, relation or link that is there no more, or leads elsewhere, may break; one more does not."""
    whole = place.is_entry or (place.row is not None and place.row.shape is Shape.JOINED)
    if not whole or not isinstance(change, (Added, Removed, Moved)) or place.subject is Subject.PARAMETER:
        return None
    if isinstance(change, Moved):
        return Impact.BREAKING if place.subject in _EDGES else Impact.BEHAVIOUR
    return Impact.BREAKING if isinstance(change, Removed) else Impact.BEHAVIOUR


def _owner_lost(change: Change, place: Place) -> Impact | None:
    """A member that is gone, or all of them where something else than a list has taken their place."""
    if place.subject is not Subject.OWNER:
        return None
    replaced = isinstance(change, Changed) and isinstance(change.before, list) and bool(change.before)
    return Impact.BREAKING if replaced or isinstance(change, Removed) else None


def _same_times(change: Change, place: Place) -> Impact | None:
    is_cron = place.row is not None and place.row.shape is Shape.CRON
    if is_cron and isinstance(change, Changed) and means_the_same_times(change.before, change.after):
        return Impact.COSMETIC
    return None


def _null_field(change: Change, place: Place) -> Impact | None:
    """A field that the platform has begun to send, with nothing in it."""
    is_new = place.subject is Subject.UNKNOWN_FIELD and isinstance(change, (Added, Removed))
    return Impact.COSMETIC if is_new and getattr(change, "value", 0) is None else None


RULES: Final[tuple[Rule, ...]] = (
    _flow_came_or_went,
    _entry_came_or_went,
    _owner_lost,
    _same_times,
    _null_field,
)
