"""The changes that turn one document into another, each at the path where it happened."""

import marshal
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeAlias

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.flow.canonical import is_keyed
from flowsync.flow.fields import FLOW, LINK_RELATION, PARAMETER, Field, Shape, Struct
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.order import sorted_entries
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.values import Record, Value, json_text

_Steps: TypeAlias = tuple[str, ...]
_Pair: TypeAlias = tuple[str, Record | None, Record | None]

_HEADER: Final = frozenset({"format", "flowId"})
_LINK_FIELDS: Final = frozenset({"flowLinks", "taskLinks"})
_NO_STRUCT: Final = Struct("", ())


def changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Change]:
    """What differs between two canonical documents of one flow; nothing for equal meaning.

    Entries are matched by the identity that the field table gives them; links count as the edges they
    stand for, so two links of one source are the same as one link with the targets of both.
    """
    return [*_record_changes(_compared(before), _compared(after), FLOW, ())]


def identical(before: Value, after: Value) -> bool:
    """Equal in value and in kind: 1, 1.0, true and "1" are four values."""
    return before == after and marshal.dumps(before, 2) == marshal.dumps(after, 2)


def _compared(document: Mapping[str, Value]) -> Record:
    compared = {key: value for key, value in document.items() if key not in _HEADER}
    for key in _LINK_FIELDS:
        compared[key] = _merged(document.get(key), FLOW.by_name[key].identified_by)
    return compared


def _merged(links: Value, identity: Sequence[str]) -> Value:
    """Links that say the same but for their targets as one link with the targets of all."""
    merged: dict[str, Record] = {}
    for link in _records(links):
        own = {key: value for key, value in link.items() if key != TARGETS}
        entry = merged.setdefault(json_text(own), {**own, TARGETS: []})
        targets = [*_records(entry[TARGETS]), *_records(link.get(TARGETS))]
        entry[TARGETS] = [*sorted_entries(targets, LINK_RELATION.identity)]
    return [*sorted_entries([*merged.values()], identity)]


def _record_changes(before: Record, after: Record, struct: Struct, steps: _Steps) -> Iterator[Change]:
    for key in _keys(before, after, struct):
        inner = (*steps, key_step(key))
        if key not in before:
            yield Added(path(inner), after[key])
        elif key not in after:
            yield Removed(path(inner), before[key])
        elif not identical(before[key], after[key]):
            yield from _field_changes(before[key], after[key], _field(struct, key), inner)


def _keys(before: Record, after: Record, struct: Struct) -> list[str]:
    known = [key for key in struct.by_name if key in before or key in after]
    return [*known, *sorted((before.keys() | after.keys()) - struct.by_name.keys())]


def _field(struct: Struct, key: str) -> Field | None:
    return _DOCUMENT_FIELDS.get(key) or struct.by_name.get(key)


_DOCUMENT_FIELDS: Final = {
    TARGETS: Field(TARGETS, Shape.ENTRIES, FLOW.by_name["linkRelations"].doc, entries=LINK_RELATION)
}


def _field_changes(before: Value, after: Value, field: Field | None, steps: _Steps) -> Iterable[Change]:
    shape = field.shape if field else None
    if steps == (AMBIGUOUS,):
        return _set_changes(_records(before), _records(after), steps)
    if field and field.entries and isinstance(before, dict) and isinstance(after, dict):
        return _record_changes(before, after, field.entries, steps)
    if field and shape is Shape.ENTRIES:
        return _entry_changes(_records(before), _records(after), field.entries or _NO_STRUCT, steps)
    if shape is Shape.PARAMETERS and isinstance(before, list) and isinstance(after, list):
        return _parameter_changes(before, after, steps)
    if shape is Shape.NAMES:
        return [Changed(path(steps), before, after)]
    return _value_changes(before, after, steps)


def _parameter_changes(before: list[Value], after: list[Value], steps: _Steps) -> Iterator[Change]:
    keyed_before, others_before = _parted(before)
    keyed_after, others_after = _parted(after)
    yield from _entry_changes(keyed_before, keyed_after, PARAMETER, steps)
    if not identical(others_before, others_after):
        yield from _value_changes(others_before, others_after, steps)


def _parted(parameters: list[Value]) -> tuple[list[Record], list[Value]]:
    keyed = _records([entry for entry in parameters if is_keyed(entry)])
    return keyed, [entry for entry in parameters if not is_keyed(entry)]


def _entry_changes(
    before: list[Record], after: list[Record], struct: Struct, steps: _Steps
) -> Iterator[Change]:
    for step, was, becomes in _pairs(before, after, struct.identity):
        inner = (*steps, step)
        if was is None:
            yield Added(path(inner), becomes)
        elif becomes is None:
            yield Removed(path(inner), was)
        elif not identical(was, becomes):
            yield from _record_changes(was, becomes, struct, inner)


def _pairs(before: list[Record], after: list[Record], identity: Sequence[str]) -> Iterator[_Pair]:
    groups: dict[str, tuple[list[Record], list[Record]]] = defaultdict(lambda: ([], []))
    for side, entries in enumerate((before, after)):
        for entry in entries:
            groups[entry_step(entry, identity)][side].append(entry)
    for step, (was, becomes) in sorted(groups.items()):
        if len(was) <= 1 and len(becomes) <= 1:
            yield step, next(iter(was), None), next(iter(becomes), None)
        else:
            yield from _numbered_pairs(was, becomes, identity)


def _numbered_pairs(was: list[Record], becomes: list[Record], identity: Sequence[str]) -> Iterator[_Pair]:
    """Entries of one identity: equal ones are paired first, then the others in order, then what is left."""
    went, came = _without_equal(was, becomes)
    equal = len(was) - len(went)
    for number, (old, new) in enumerate(zip_longest(went, came), equal + 1):
        yield entry_step(old or new or {}, identity, number), old, new


def _without_equal(was: list[Record], becomes: list[Record]) -> tuple[list[Record], list[Record]]:
    """Both sides without the entries that the other side has too, one for one."""
    common = Counter(map(json_text, was)) & Counter(map(json_text, becomes))
    return _without(was, common.copy()), _without(becomes, common)


def _without(entries: list[Record], common: Counter[str]) -> list[Record]:
    left = []
    for entry in entries:
        text = json_text(entry)
        if common[text]:
            common[text] -= 1
        else:
            left.append(entry)
    return left


def _set_changes(before: list[Record], after: list[Record], steps: _Steps) -> Iterator[Change]:
    """Entries that nothing identifies: they come and go as a whole."""
    went, came = _without_equal(before, after)
    places = {id(entry): str(index) for side in (before, after) for index, entry in enumerate(side)}
    yield from (Removed(path((*steps, places[id(entry)])), entry) for entry in went)
    yield from (Added(path((*steps, places[id(entry)])), entry) for entry in came)


def _value_changes(before: Value, after: Value, steps: _Steps) -> list[Change]:
    if isinstance(before, (dict, list)) and type(before) is type(after):
        from flowsync.diff.structures import structure_changes  # noqa: PLC0415  # deepdiff is slow to load

        return structure_changes(before, after, steps)
    return [Changed(path(steps), before, after)]


def _records(value: Value) -> list[Record]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
