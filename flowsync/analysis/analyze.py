"""Find what changed in a flow: each change with its subject, impact, sentence, fingerprint and effects."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from flowsync.analysis.consequences import find_effects, removed_name
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.fingerprint import fingerprint
from flowsync.analysis.impact import assess_impact, blocks_dependents, has_same_times
from flowsync.analysis.model import Consequence, Effect, Finding, Verb
from flowsync.analysis.schedule_changes import (
    Timetables,
    build_flow_timetable,
    compare_timetables,
    timetable_from_new_start,
)
from flowsync.analysis.wording.changes import describe, location_prefix
from flowsync.analysis.wording.values import format_values
from flowsync.diff.document_diff import compare_documents, resolve_versions
from flowsync.diff.field_location import Location, locate
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.diff.record_diff import display_path
from flowsync.diff.task_identity import renamed_tasks
from flowsync.flow.field_types import Impact, Shape, Subject
from flowsync.flow.fields import FLOW, FLOW_LINK
from flowsync.flow.printable import plural
from flowsync.flow.values import Record
from flowsync.graph.edges import TASKS, entries
from flowsync.schedule.timetable import WEEKS_A_YEAR, Timetable

_EDGES: Final = frozenset({Subject.RELATION, Subject.LINK})
_WITH_FIELDS: Final = _EDGES | {Subject.TASK, Subject.PARAMETER, Subject.SCHEDULE, Subject.RUN_MODE}
_TIMES: Final = frozenset({Shape.CRON, Shape.DATE})
_FLOW_TYPE: Final = FLOW.by_name["type"]
_MANY: Final = 10
_LONGEST: Final = 80
_WHOLE_FLOW: Final = frozenset({Shape.CRON, Shape.RUN_MODE, Shape.PARAMETERS, Shape.ENTRIES, Shape.JOINED})


def _no_dependents(_names: Collection[str]) -> Sequence[Dependent]:
    return ()


@dataclass(frozen=True)
class DiffContext:
    """Where and when a flow is compared: the inputs of fingerprints, times and effects.

    `since` is the moment, on the platform's wall clock, after which next runs are listed. `dependents`
    returns the links to flows of these names; it is called only for changes that dependents notice.
    `link_states` sets their state if the flow or a task was renamed. Without `downstream`, effects do not
    list the tasks that run after a changed one, and `dependents` is called only if an impact depends on it.
    `may_rename` returns whether a flow may have been renamed from one name to another, as far as is known.
    """

    environment: str
    flow_id: int
    since: datetime
    dependents: Callable[[Collection[str]], Sequence[Dependent]] = _no_dependents
    downstream: bool = True
    link_states: Callable[[Sequence[Dependent]], Sequence[Dependent]] = tuple
    may_rename: Callable[[str, str], bool] = lambda _old, _new: False


@dataclass(frozen=True)
class _Versions:
    """Two documents, and the tasks that were renamed, from the old name to the new one."""

    before: Record = field(default_factory=dict)
    after: Record = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


def analyze(before: Record, after: Record, context: DiffContext) -> tuple[Finding, ...]:
    """Return the findings between two canonical documents of one flow, in document order."""
    before, after = resolve_versions(before, after)
    found = compare_documents(before, after)
    is_asked = _is_noticed if context.downstream else _may_block_dependents
    dependents = context.dependents(_names(before, after)) if any(map(is_asked, found)) else ()
    if dependents and any(removed_name(change) is not None for change in found):
        dependents = context.link_states(dependents)
    effects = find_effects(before, after, found, dependents, downstream=context.downstream)
    sides = _Versions(before, after, dict(renamed_tasks(found)))
    return tuple(
        _finding(change, sides, effects.get(index, ()), context) for index, change in enumerate(found)
    )


def added_flow_finding(name: str, context: DiffContext, *, after: Record | None = None) -> Finding:
    """Return the finding for an added flow; with its document, including a summary."""
    return _flow_finding(Added("", name), "added", after, context)


def removed_flow_finding(name: str, context: DiffContext, *, before: Record | None = None) -> Finding:
    """Return the finding for a removed flow; with its document, including a summary."""
    return _flow_finding(Removed("", name), "removed", before, context)


def unlisted_flow_finding(name: str, context: DiffContext, *, before: Record | None = None) -> Finding:
    """Return the finding for a flow that the platform does not list: whether it was removed is not known."""
    return _flow_finding(Removed("", name), "no longer listed", before, context)


def _flow_finding(
    change: Added | Removed, verb: str, document: Record | None, context: DiffContext
) -> Finding:
    """Return the finding for a whole flow, with the number of its tasks and when they run."""
    effects: Sequence[Effect] = ()
    if document and isinstance(change, Removed):
        found = find_effects(document, None, [change], context.dependents(_names(document)))
        effects = found.get(0, ())
    sentence = f"flow {verb}"
    if document is not None:
        table = build_flow_timetable(document, context.since)
        tasks = plural(len(entries(document, TASKS)), "task")
        sentence += f" ({tasks}{f', {table.description}' if table else ''})"
    return replace(_finding(change, _Versions(), tuple(effects), context), sentence=sentence)


def _names(*sides: Record) -> list[str]:
    names = (side.get("name") for side in sides)
    return [*dict.fromkeys(name for name in names if isinstance(name, str))]


def _is_noticed(change: Change) -> bool:
    """Return whether dependents may notice the change."""
    row = locate(display_path(change)).row
    return row is None or row.impact is not Impact.COSMETIC


def _may_block_dependents(change: Change) -> bool:
    """Return whether the change breaks dependents, if there are any."""
    return removed_name(change) is not None or blocks_dependents(change)


def _finding(change: Change, sides: _Versions, effects: tuple[Effect, ...], context: DiffContext) -> Finding:
    place = locate(display_path(change))
    tables = compare_timetables(change, place, sides.before, sides.after, context.since)
    effects = (*effects, *_unverified(change, place, context), *_stops(place, tables, sides, context.since))
    return Finding(
        place.subject,
        _verb(change, place),
        change,
        _impact(change, place, tables, effects),
        f"{_sentence(change, place, tables, sides.renamed)}{_redundancy(change, effects)}"
        f"{_reason(change, place, sides.after)}",
        fingerprint(context.environment, context.flow_id, change),
        effects,
        tables,
    )


def _unverified(change: Change, place: Location, context: DiffContext) -> Iterator[Effect]:
    """Yield the effect that a retargeted link may only follow the rename of a flow that was not exported."""
    if isinstance(change, Rekeyed) and place.subject is Subject.LINK:
        old, new = (side.get(FLOW_LINK.identity[0]) for side in (change.before, change.after))
        if isinstance(old, str) and isinstance(new, str) and context.may_rename(old, new):
            sentence = f"may follow a rename: flow {format_name(old)} was not exported in this run"
            yield Effect(Consequence.UNVERIFIED, (old,), sentence)


def _impact(change: Change, place: Location, tables: Timetables, effects: Iterable[Effect]) -> Impact:
    """Return the impact; a schedule that never runs before and after is cosmetic."""
    if place.shape in _TIMES and all(table and table.never_runs and not table.is_by_hand for table in tables):
        return Impact.COSMETIC
    return assess_impact(change, place, {effect.consequence for effect in effects})


def _stops(place: Location, tables: Timetables, sides: _Versions, since: datetime) -> Iterator[Effect]:
    """Yield the effect that a schedule had runs and has none any more, as far as it is evaluated.

    The first day counts only if it alone stops the schedule.
    """
    before, after = tables
    if place.shape is Shape.DATE:
        after = timetable_from_new_start(sides.before, sides.after, since)
    never_runs = after is None or after.never_runs
    if place.shape in _TIMES and before and before.next_runs and never_runs:
        yield Effect(Consequence.STOPS, (), "no further run is scheduled")


def _verb(change: Change, place: Location) -> Verb:
    if place.subject is Subject.FLOW and not place.is_flow:
        return Verb.RENAMED
    is_field = _is_field(place)
    match change:
        case Rekeyed():
            return Verb.RETARGETED if place.subject in _EDGES else Verb.RENAMED
        case Oversize():
            return Verb.TOO_LARGE
        case Added() if not is_field:
            return Verb.ADDED
        case Removed() if not is_field:
            return Verb.REMOVED
        case Added() | Removed() | Changed():
            return Verb.CHANGED
        case _:
            assert_never(change)


def _is_field(place: Location) -> bool:
    """Return whether the path leads to one field of the finding's subject, not to all of it."""
    is_known = place.row is not None and not place.is_entry
    return is_known and place.subject in _WITH_FIELDS and place.shape not in _WHOLE_FLOW


def _sentence(change: Change, place: Location, tables: Timetables, renamed: Mapping[str, str]) -> str:
    """Describe a schedule in words if they distinguish the sides, else the change itself."""
    before, after = tables
    if not isinstance(change, Changed) or place.shape is not Shape.CRON:
        return describe(change, place, renamed)
    owner = location_prefix(place)
    if has_same_times(change.before, change.after):
        return f"{owner}schedule written differently, same times: {_expressions(change)}"
    if before is None or after is None or before.description == after.description:
        return describe(change, place)
    return f"{owner}schedule: {before.description} → {after.description}{_frequencies(before, after)}"


def _reason(change: Change, place: Location, after: Record) -> str:
    """Return the clause that says why the change of an owner or of the flow's type is breaking."""
    match change:
        case Removed(_, str()) if place.subject is Subject.OWNER and len(place.keys) > 1:
            owners = after.get(place.keys[0])
            left = len(owners) if isinstance(owners, list) else 0
            return f": {plural(left, 'owner') if left else 'no owner'} left"
        case Changed(_, _, 0) if place.row is _FLOW_TYPE:
            return ": no longer scheduled"
        case _:
            return ""


def _redundancy(change: Change, effects: Iterable[Effect]) -> str:
    """Return the end of the sentence on a removed edge whose task depends on the same by another path."""
    paths = [one.names for one in effects if one.consequence is Consequence.STILL_WAITS]
    if not paths or not isinstance(change, Removed):
        return ""
    return " directly" if paths[0] else " more than once"


def _expressions(change: Changed) -> str:
    """Return both expressions, unquoted if nothing in them could be overlooked or take effect."""
    texts = [str(change.before), str(change.after)]
    if all(len(text) <= _LONGEST and text.isprintable() and text.strip() == text for text in texts):
        return " → ".join(texts)
    return format_values(change.before, change.after)


def _frequencies(before: Timetable, after: Timetable) -> str:
    if before.per_week is None or after.per_week is None:
        return ""
    factor, span = (WEEKS_A_YEAR, "year") if max(before.per_week, after.per_week) < 1 else (1, "week")
    old, new = _number(before.per_week * factor), _number(after.per_week * factor)
    return f" ({old} → {new} runs a {span})" if old != new else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _MANY or value == int(value) else f"{value:.2g}"
