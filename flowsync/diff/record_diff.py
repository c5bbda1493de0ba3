"""Compare two records or two entries of a list, field by field."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from flowsync.diff.list_matching import (
    Entry,
    Matching,
    Pair,
    are_identical,
    exclude_pairs,
    match_entries,
    pair_unique,
)
from flowsync.diff.model import Added, Change, Changed, Rekeyed, Removed
from flowsync.flow.canonical import is_keyed
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import PARAMETER
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Record, Value, json_text

Steps: TypeAlias = tuple[str, ...]

_ABSENT: Final = object()
_KEY: Final = PARAMETER.identity[0]
_DISTINCTIVE_LENGTH: Final = 8
_SEPARATORS: Final = re.compile(r"[\W_]+")


def record_changes(
    before: Record, after: Record, struct: Struct, steps: Steps, *, but: Sequence[str] = ()
) -> Iterator[Change]:
    """Yield the changes between two records, in table order; the fields `but` are left out."""
    for key in keys_of(before, after, struct):
        if key not in but and not is_shared(before, after, key):
            yield from key_changes(before, after, key, struct.by_name.get(key), steps)


def keys_of(before: Record, after: Record, struct: Struct) -> list[str]:
    """Return the keys of either side: those of the table in its order, then the others by code point."""
    known = [key for key in struct.by_name if key in before or key in after]
    return [*known, *sorted((before.keys() | after.keys()) - struct.by_name.keys())]


def is_shared(before: Record, after: Record, key: str) -> bool:
    """Return whether both sides share the same object, as versions of a document do."""
    return before.get(key, _ABSENT) is after.get(key, _ABSENT)


def key_changes(
    before: Record, after: Record, key: str, field: Field | None, steps: Steps
) -> Iterable[Change]:
    """Return the changes of one field of two records at `steps`."""
    inner = (*steps, key_step(key))
    if key not in before:
        return [Added(path(inner), after[key])]
    if key not in after:
        return [Removed(path(inner), before[key])]
    if are_identical(before[key], after[key]):
        return []
    return _field_changes(before[key], after[key], field, inner)


def _field_changes(before: Value, after: Value, field: Field | None, steps: Steps) -> Iterable[Change]:
    shape = field.shape if field else None
    if field and shape is Shape.RUN_MODE and isinstance(before, dict) and isinstance(after, dict):
        return record_changes(before, after, field.entries or Struct("", ()), steps)
    if isinstance(before, list) and isinstance(after, list):
        if shape is Shape.PARAMETERS:
            return _parameter_changes(before, after, steps)
        if shape is Shape.NAMES and _are_names(before) and _are_names(after):
            return _member_changes(before, after, steps)
    return value_changes(before, after, steps)


def value_changes(before: Value, after: Value, steps: Steps) -> list[Change]:
    """Return the changes between two values whose structure is not in the field table."""
    if isinstance(before, (dict, list)) and type(before) is type(after):
        from flowsync.diff.generic_diff import structure_changes  # noqa: PLC0415  # deepdiff is slow to load

        return structure_changes(before, after, steps)
    return [Changed(path(steps), before, after)]


def _are_names(value: list[Value]) -> bool:
    return all(isinstance(name, str) for name in value) and len({*map(str, value)}) == len(value)


def _member_changes(before: list[Value], after: list[Value], steps: Steps) -> Iterator[Change]:
    """Compare two sets of names; each member is added or removed, and is its own step in the path."""
    old, new = {*map(str, before)}, {*map(str, after)}
    for name in sorted(old ^ new):
        change = Removed if name in old else Added
        yield change(path((*steps, key_step(name))), name)


def _parameter_changes(before: list[Value], after: list[Value], steps: Steps) -> Iterator[Change]:
    keyed_before, others_before = _split_keyed(before)
    keyed_after, others_after = _split_keyed(after)
    # equal keys keep the order sent, so their order is significant
    parameters = match_entries(keyed_before, keyed_after, PARAMETER.identity, ordered=True)
    removed, added = (
        [(json_text({**entry.record, _KEY: None}), entry) for entry in side]
        for side in (parameters.removed, parameters.added)
    )
    renamed = [pair for pair in pair_unique(removed, added) if _is_same_parameter(*pair)]
    yield from sorted(entry_changes(parameters, renamed, PARAMETER, steps), key=display_path)
    if not are_identical(others_before, others_after):
        yield from value_changes(others_before, others_after, steps)


def _is_same_parameter(old: Entry, new: Entry) -> bool:
    """Return whether a parameter of equal value is the same one; a value such as `true` is not enough."""
    value = json_text(old.record.get(PARAMETER.fields[1].name))
    return len(value) >= _DISTINCTIVE_LENGTH or bool(_words(old) & _words(new))


def _words(parameter: Entry) -> set[str]:
    """Return the words of a key such as `late_minutes`."""
    return {*filter(None, _SEPARATORS.split(str(parameter.record[_KEY]).casefold()))}


def _split_keyed(parameters: list[Value]) -> tuple[list[Record], list[Value]]:
    keyed = [entry for entry in parameters if isinstance(entry, dict) and is_keyed(entry)]
    return keyed, [entry for entry in parameters if not is_keyed(entry)]


def entry_changes(
    entries: Matching, rekeyed: Collection[Pair], struct: Struct, steps: Steps
) -> Iterator[Change]:
    """Yield the changes of an identified list, given its rekeyed entries."""
    unpaired = exclude_pairs(entries, rekeyed)
    for old, new in entries.pairs:
        yield from record_changes(old.record, new.record, struct, (*steps, new.step))
    for old, new in rekeyed:
        yield rekeyed_entry(old, new, struct.identity, steps)
        yield from record_changes(old.record, new.record, struct, (*steps, new.step), but=struct.identity)
    yield from (Removed(path((*steps, old.step)), old.record) for old in unpaired.removed)
    yield from (Added(path((*steps, new.step)), new.record) for new in unpaired.added)


def rekeyed_entry(old: Entry, new: Entry, identity: Sequence[str], steps: Steps) -> Rekeyed:
    """Return the change that an entry has another identity."""
    before, after = (
        {key: entry.record[key] for key in identity if key in entry.record} for entry in (old, new)
    )
    return Rekeyed(path((*steps, old.step)), path((*steps, new.step)), before, after)


def display_path(change: Change) -> str:
    """Return the path of a change for readers: on the after side if it exists there."""
    return change.to if isinstance(change, Rekeyed) else change.path
