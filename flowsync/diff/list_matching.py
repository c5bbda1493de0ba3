"""Match the entries of an identified list before and after."""

import marshal
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from types import MappingProxyType
from typing import Final, TypeAlias

from flowsync.flow.multimap import multimap
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value, json_text

_NO_NAMES: Final[Mapping[str, Hashable]] = MappingProxyType({})
_TEXTS: Final = {str}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and the step that leads to it."""

    step: str
    record: Record


Pair: TypeAlias = tuple[Entry, Entry]
"""One entry before and after."""

_Keyed: TypeAlias = tuple[Hashable, Entry]


@dataclass(frozen=True, slots=True)
class Matching:
    """The entries of two lists that are not identical on both sides."""

    pairs: list[Pair] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)


def exclude_pairs(entries: Matching, pairs: Collection[Pair]) -> Matching:
    """Return the entries without those of these pairs.

    Versions of a document share records: one may be both what an entry was and what another has become.
    """
    if not pairs:
        return entries
    excluded_old = {id(old.record) for old, _ in pairs}
    excluded_new = {id(new.record) for _, new in pairs}
    rest = Matching()
    for old, new in entries.pairs:
        match id(old.record) in excluded_old, id(new.record) in excluded_new:
            case False, False:
                rest.pairs.append((old, new))
            case False, True:
                rest.removed.append(old)
            case True, False:
                rest.added.append(new)
    rest.removed.extend(entry for entry in entries.removed if id(entry.record) not in excluded_old)
    rest.added.extend(entry for entry in entries.added if id(entry.record) not in excluded_new)
    return rest


def are_identical(before: Value, after: Value) -> bool:
    """Return whether values are equal in value, kind and order of keys: 1, 1.0, true and "1" all differ."""
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
    old = multimap((_key(record, identity, renamed), record) for record in before)
    new = multimap((_key(record, identity, _NO_NAMES), record) for record in after)
    for key in {**old, **new}:
        old_group, new_group = old.get(key, []), new.get(key, [])
        is_unique = len(old_group) == len(new_group) == 1
        if not (is_unique and same(old_group[0], new_group[0])):
            _match_group(old_group, new_group, identity, found, ordered=ordered)
    return found


def pair_unique(removed: Iterable[_Keyed], added: Iterable[_Keyed]) -> list[Pair]:
    """Pair the entries that are the only ones of their key on both sides."""
    before, after = multimap(removed), multimap(added)
    return [
        (entries[0], after[key][0])
        for key, entries in before.items()
        if len(entries) == len(after.get(key, ())) == 1
    ]


def _key(record: Record, identity: Sequence[str], renamed: Mapping[str, Hashable]) -> Hashable:
    """Return the names that identify an entry, or its step if one of them is not text."""
    names = tuple(map(record.get, identity))
    if {*map(type, names)} != _TEXTS:
        return entry_step(record, identity)
    return tuple(renamed.get(str(name), name) for name in names) if renamed else names


def _match_group(
    before: list[Record], after: list[Record], identity: Sequence[str], found: Matching, *, ordered: bool
) -> None:
    """Add the entries of one identity to `found`."""
    is_numbered = len(before) > 1 or len(after) > 1
    old_rest, new_rest = (before, after) if ordered or not is_numbered else _exclude_common(before, after)
    first = len(before) - len(old_rest) + 1
    for number, (old, new) in enumerate(zip_longest(old_rest, new_rest), first):
        suffix = number if is_numbered else None
        if old is None:
            found.added.append(_entry(new, identity, suffix))
        elif new is None:
            found.removed.append(_entry(old, identity, suffix))
        elif not is_numbered or not are_identical(old, new):
            found.pairs.append((_entry(old, identity, suffix), _entry(new, identity, suffix)))


def _entry(record: Record, identity: Sequence[str], number: int | None) -> Entry:
    return Entry(entry_step(record, identity, number), record)


def _exclude_common(before: list[Record], after: list[Record]) -> tuple[list[Record], list[Record]]:
    """Return two lists without the entries that both contain, counted one for one."""
    common = Counter(map(json_text, before)) & Counter(map(json_text, after))
    return _exclude(before, common.copy()), _exclude(after, common)


def _exclude(entries: list[Record], common: Counter[str]) -> list[Record]:
    rest = []
    for entry in entries:
        text = json_text(entry)
        if common[text]:
            common[text] -= 1
        else:
            rest.append(entry)
    return rest
