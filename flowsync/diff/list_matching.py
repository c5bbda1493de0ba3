"""Which entry of an identified list on one side is which on the other."""

import marshal
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from types import MappingProxyType
from typing import Final, TypeAlias

from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value, json_text

_NO_NAMES: Final[Mapping[str, Hashable]] = MappingProxyType({})

_TEXTS: Final = {str}

_Groups: TypeAlias = dict[Hashable, list[Record]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and the step that leads to it."""

    step: str
    record: Record


Pair: TypeAlias = tuple[Entry, Entry]
"""One entry before and after."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The entries of two lists by what became of them; those that are identical are left out."""

    pairs: list[Pair] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)


def exclude_pairs(entries: Matching, pairs: Collection[Pair]) -> Matching:
    """Return the entries without those of these pairs.

    Versions of a document share records: one may be both what an entry was and what another has become.
    """
    if not pairs:
        return entries
    old_entries = {id(old.record) for old, _ in pairs}
    new_entries = {id(new.record) for _, new in pairs}
    rest = Matching()
    for old, new in entries.pairs:
        is_removed, is_added = id(old.record) in old_entries, id(new.record) in new_entries
        if not is_removed and not is_added:
            rest.pairs.append((old, new))
        elif not is_removed:
            rest.removed.append(old)
        elif not is_added:
            rest.added.append(new)
    rest.removed.extend(entry for entry in entries.removed if id(entry.record) not in old_entries)
    rest.added.extend(entry for entry in entries.added if id(entry.record) not in new_entries)
    return rest


def are_identical(before: Value, after: Value) -> bool:
    """Equal in value, kind and order of keys: 1, 1.0, true and "1" are four values."""
    if before is after:
        return True
    if type(before) is str and type(after) is str:  # the most frequent kind, compared without a copy
        return before == after
    return marshal.dumps(before, 2) == marshal.dumps(after, 2)


def match_entries(
    before: Sequence[Record],
    after: Sequence[Record],
    identity: Sequence[str],
    *,
    ordered: bool = False,
    renamed: Mapping[str, Hashable] = _NO_NAMES,
    same: Callable[[Record, Record], bool] = are_identical,
) -> Matching:
    """Match entries of equal identity.

    Of several entries with one identity, equal ones are paired first and the others in order. If their order
    is significant (`ordered`), entries at the same position are paired. `renamed` maps names of the before
    side that mean something else on the after side. `same` decides which unique entries are equal and left
    out.
    """
    found = Matching()
    if not renamed and same is are_identical and before == after and are_identical([*before], [*after]):
        return found
    old = _groups(before, _key_of(identity, renamed))
    new = _groups(after, _key_of(identity))
    for key, old_entries in old.items():
        new_entries = new.get(key, [])
        if len(old_entries) == len(new_entries) == 1 and same(old_entries[0], new_entries[0]):
            continue
        _match_group(old_entries, new_entries, identity, found, ordered=ordered)
    for key, new_entries in new.items():
        if key not in old:
            _match_group([], new_entries, identity, found, ordered=ordered)
    return found


def _groups(entries: Iterable[Record], key_of: Callable[[Record], Hashable]) -> _Groups:
    groups: _Groups = {}
    for entry in entries:
        groups.setdefault(key_of(entry), []).append(entry)
    return groups


def _key_of(
    identity: Sequence[str], renamed: Mapping[str, Hashable] = _NO_NAMES
) -> Callable[[Record], Hashable]:
    """Return the identity as a key: text directly, anything else (null, missing, 1, true) as its step."""

    def key(entry: Record) -> Hashable:
        names = tuple(map(entry.get, identity))
        if {*map(type, names)} != _TEXTS:
            return entry_step(entry, identity)
        return tuple(renamed.get(str(name), name) for name in names) if renamed else names

    return key


def _match_group(
    old_entries: list[Record],
    new_entries: list[Record],
    identity: Sequence[str],
    found: Matching,
    *,
    ordered: bool,
) -> None:
    """Put the entries of one identity where they belong in `found`."""
    numbered = len(old_entries) > 1 or len(new_entries) > 1
    is_removed, is_added = (old_entries, new_entries) if ordered else _without_equal(old_entries, new_entries)
    equal = len(old_entries) - len(is_removed)
    for number, (old, new) in enumerate(zip_longest(is_removed, is_added), equal + 1):
        place = number if numbered else None
        if old is None:
            found.added.append(_entry(new, identity, place))
        elif new is None:
            found.removed.append(_entry(old, identity, place))
        elif not numbered or not are_identical(old, new):
            found.pairs.append((_entry(old, identity, place), _entry(new, identity, place)))


def _entry(record: Record, identity: Sequence[str], place: int | None) -> Entry:
    return Entry(entry_step(record, identity, place), record)


def _without_equal(old_entries: list[Record], new_entries: list[Record]) -> tuple[list[Record], list[Record]]:
    """Both sides without the entries that the other side has too, one for one."""
    if not old_entries or not new_entries or len(old_entries) == len(new_entries) == 1:
        return old_entries, new_entries
    return exclude_common(old_entries, new_entries)


def exclude_common(old_entries: list[Record], new_entries: list[Record]) -> tuple[list[Record], list[Record]]:
    """Two lists without the entries that both have, counted one for one."""
    common = Counter(map(json_text, old_entries)) & Counter(map(json_text, new_entries))
    return _without(old_entries, common.copy()), _without(new_entries, common)


def _without(entries: list[Record], common: Counter[str]) -> list[Record]:
    rest = []
    for entry in entries:
        text = json_text(entry)
        if common[text]:
            common[text] -= 1
        else:
            rest.append(entry)
    return rest
