"""Describe a change in one sentence for readers who do not have the documents."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from flowsync.analysis.wording.names import format_name, join_names
from flowsync.analysis.wording.text_change import describe_text_change
from flowsync.analysis.wording.values import format_value, format_values
from flowsync.diff.field_location import EntryNames, Location
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.field_types import Shape, Struct, Subject
from flowsync.flow.fields import FLOW_LINK, LINK_RELATION, PARAMETER, RELATION, TASK, TASK_LINK
from flowsync.flow.links import TARGETS
from flowsync.flow.printable import plural, printable_name
from flowsync.flow.values import Value
from flowsync.graph.edges import entries

_MEMBERS: Final = (Subject.OWNER, Subject.VISITOR)
_RERUN: Final = {True: "now starts", False: "no longer starts"}
_MAY_LINK: Final = {True: "may now wait", False: "may no longer wait"}
_WAITS: Final = {
    Added: ("now waits for", "now wait for"),
    Removed: ("no longer waits for", "no longer wait for"),
}
_NO_NAME: Final = "(no name)"
_RELATIONS: Final = "/relations/"
_LABELS: Final[Mapping[Subject, str]] = {Subject.BODY: "command", Subject.DESCRIPTION: "description"}
_AS_LINK: Final = TASK.by_name["asLink"]


def describe(change: Change, place: Location, renamed: Mapping[str, str] = MappingProxyType({})) -> str:
    """Describe a change with names and short values; `place` is its location for readers.

    `renamed` are the renamed tasks, from the old name to the new one.
    """
    match change:
        case Added() | Removed():
            return _describe_presence(change, place, renamed)
        case Rekeyed():
            return _describe_rekeyed(change, place, renamed)
        case Changed():
            return _describe_changed(change, place)
        case Oversize():
            return f"{location_prefix(place)}{_label(place)} changed; too large to compare in detail"
        case _:
            assert_never(change)


def _describe_presence(change: Added | Removed, place: Location, renamed: Mapping[str, str]) -> str:
    is_added = isinstance(change, Added)
    verb = "added" if is_added else "removed"
    if place.is_flow:
        return f"flow {verb}"
    if place.is_entry:
        return _describe_entry(change, place, {} if is_added else renamed)
    value = format_value(change.value, place.row)
    if place.subject is Subject.FLOW:
        return f"flow renamed: {f'{_NO_NAME} → {value}' if is_added else f'{value} → {_NO_NAME}'}"
    if place.subject in _MEMBERS and len(place.keys) > 1:
        name = format_name(change.value) if isinstance(change.value, str) else value
        return f"{place.subject} {name} {verb}"
    field = f"{_label(place)} added: {value}" if is_added else f"{_label(place)} removed, was {value}"
    if is_added and place.subject is Subject.UNKNOWN_FIELD:
        field = f"new field {_label(place)} = {value}"
    return f"{location_prefix(place)}{field}"


def _describe_entry(change: Added | Removed, place: Location, renamed: Mapping[str, str]) -> str:
    match place.struct, change:
        case struct, Added() if struct is TASK:
            return f"{_entry(place)} added{_neighbours(change)}"
        case struct, Removed() if struct is TASK:
            return f"{_entry(place)} removed{_cascaded(change, 'with')}"
        case struct, Added(_, value) if struct is PARAMETER:
            return f"{_entry(place)} = {format_value(_field(value, PARAMETER, 1))} added"
        case struct, Removed(_, value) if struct is PARAMETER:
            return f"{_entry(place)} removed, was {format_value(_field(value, PARAMETER, 1))}"
        case _:
            return _describe_edge(change, place, renamed)


def _describe_edge(change: Added | Removed, place: Location, renamed: Mapping[str, str]) -> str:
    """Describe which task depends on what, through a relation, a link, or a target of a link."""
    singular, several = _WAITS[type(change)]
    if place.struct is RELATION:
        source, target = (_format_task(name, renamed) for name in place.names)
        return f"{target} {singular} {source}"
    if place.struct is LINK_RELATION:
        return f"{_format_task(place.names[0], renamed)} {singular} {_source(place.entries[-2])}"
    source = _source(place.entries[-1])
    targets = entries(change.value, TARGETS) if isinstance(change.value, dict) else []
    tasks = [_format_task(_field(target, LINK_RELATION, 1), renamed) for target in targets]
    if not tasks:
        added = "added" if isinstance(change, Added) else "removed"
        return f"link to {source} {added}; no task waits for it"
    return f"{join_names(tasks)} {several if len(tasks) > 1 else singular} {source}"


def _format_task(name: Value, renamed: Mapping[str, str]) -> str:
    """Return the name of a task of the before side, with its new name if it was renamed."""
    later = _later(name, renamed)
    return _name(name) if later == name else f"{_name(later)} (was {_name(name)})"


def _later(name: Value, renamed: Mapping[str, str]) -> Value:
    return renamed.get(name, name) if isinstance(name, str) else name


def _describe_rekeyed(change: Rekeyed, place: Location, renamed: Mapping[str, str]) -> str:
    struct = place.struct or FLOW_LINK
    old, new = ([side.get(key) for key in struct.identity] for side in (change.before, change.after))
    match struct:
        case _ if struct in (TASK, PARAMETER):
            return f"{struct.subject} {_name(old[0])} renamed {_name(new[0])}{_cascaded(change, 'also in')}"
        case _ if struct is RELATION:
            return _rekeyed_relation(old, new, renamed)
        case _ if struct is LINK_RELATION:
            before = _format_task(old[0], renamed)
            return f"{_source(place.entries[-2])}: {_name(new[0])} waits for it now, {before} no longer does"
        case _:
            names = tuple(name if isinstance(name, str) else None for name in old)
            return f"link to {_source(place.entries[-1])} instead of {_source((struct, names))}"


def _rekeyed_relation(old: Sequence[Value], new: Sequence[Value], renamed: Mapping[str, str]) -> str:
    before, after = [_format_task(name, renamed) for name in old], [*map(_name, new)]
    unchanged = [_later(one, renamed) == other for one, other in zip(old, new, strict=True)]
    match unchanged:
        case [_, True]:
            return f"{after[1]} now waits for {after[0]} instead of {before[0]}"
        case [True, _]:
            return f"task {after[0]}: {after[1]} waits for it now, {before[1]} no longer does"
        case _:
            return f"{after[1]} now waits for {after[0]}; {before[1]} no longer waits for {before[0]}"


def _describe_changed(change: Changed, place: Location) -> str:
    before, after = change.before, change.after
    if place.subject is Subject.FLOW:
        return f"flow renamed: {_format_rename(before, after)}"
    if place.struct in (RELATION, LINK_RELATION) and place.row and type(before) is type(after) is bool:
        is_relation = place.struct is RELATION
        source = _name(place.names[0]) if is_relation else _source(place.entries[-2])
        return f"a re-run of {source} {_RERUN[after is True]} {_name(place.names[-1])}"
    if place.row is _AS_LINK and type(before) is type(after) is bool:
        return f"{location_prefix(place)}other flows {_MAY_LINK[after is True]} for it"
    if isinstance(before, str) and isinstance(after, str):
        described = describe_text_change(_label(place), before, after)
        if described:
            return f"{location_prefix(place)}{described}"
    if place.struct is PARAMETER and place.row is PARAMETER.fields[1] and len(place.keys) == 1:
        return f"{location_prefix(place)}{format_values(before, after)}"
    return f"{location_prefix(place)}{_label(place)}: {format_values(before, after, place.row)}"


def _format_rename(before: Value, after: Value) -> str:
    """Return both names of a flow; as names if one of them is printed in quotes."""
    match before, after:
        case (str(old), str(new)) if (old, new) != (printable_name(old), printable_name(new)):
            return f"{format_name(old)} → {format_name(new)}"
        case _:
            return format_values(before, after)


def _neighbours(change: Added) -> str:
    """Describe what a new task waits for and what waits for it."""
    name = _field(change.value, TASK, 0)
    ends = [_ends(one) for one in change.cascaded if one.path.startswith(_RELATIONS)]
    up = [_name(source) for source, target in ends if target == name]
    down = [_name(target) for source, target in ends if source == name]
    links = len(change.cascaded) - len(ends)
    parts = [
        f"it waits for {join_names(up)}" if up else "",
        f"{join_names(down)} {'waits' if len(down) == 1 else 'wait'} for it" if down else "",
        f"with {plural(links, 'link')}" if links else "",
    ]
    return "".join(f"; {part}" for part in parts if part)


def _ends(change: Change) -> tuple[Value, Value]:
    value = change.value if isinstance(change, Added) else None
    return _field(value, RELATION, 0), _field(value, RELATION, 1)


def _cascaded(change: Removed | Rekeyed, lead: str) -> str:
    """Return the numbers of relations and links that follow a task: `, with its relation and 2 links`."""
    relations = sum(one.path.startswith(_RELATIONS) for one in change.cascaded)
    counts = ((relations, "relation"), (len(change.cascaded) - relations, "link"))
    text = " and ".join(plural(count, noun) for count, noun in counts if count)
    return f", {lead} its {text.removeprefix('1 ')}" if text else ""


def location_prefix(place: Location) -> str:
    """Return the entry that a field belongs to."""
    return f"{_entry(place)}: " if place.entries else ""


def _entry(place: Location) -> str:
    struct, names = place.entries[-1]
    if struct is RELATION:
        return f"relation {_name(names[0])} → {_name(names[1])}"
    if struct is LINK_RELATION:
        return f"{_name(names[0])} waiting for {_source(place.entries[-2])}"
    if struct in (FLOW_LINK, TASK_LINK):
        return f"link to {_source(place.entries[-1])}"
    which = f" (no. {place.number} of that name)" if place.number else ""
    return f"{struct.subject} {_name(names[0])}{which}"


def _source(link: EntryNames) -> str:
    """Return the source of a link: a flow, or a task in a flow."""
    struct, names = link
    what = "flow" if struct is FLOW_LINK else "task"
    return f"{what} {' / '.join(map(_name, names))}"


def _label(place: Location) -> str:
    """Return the name of a field: a common word if there is one, else the platform's name."""
    if place.subject in _LABELS:
        return _LABELS[place.subject]
    keys = ("schedule",) if place.shape is Shape.CRON else place.keys
    return " / ".join(map(format_name, keys)) or place.subject


def _field(entry: Value, struct: Struct, index: int) -> Value:
    return entry.get(struct.fields[index].name) if isinstance(entry, dict) else None


def _name(value: Value) -> str:
    if isinstance(value, str):
        return format_name(value)
    return _NO_NAME if value is None else format_value(value)
