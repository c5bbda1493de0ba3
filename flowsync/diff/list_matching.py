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
class Matched:
    """The entries of two lists by what became of them; those that are identical are left out."""

    pairs: list[Pair] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    come: list[Entry] = field(default_factory=list)


def without(entries: Matched, pairs: Collection[Pair]) -> Matched:
    """What is left where the entries of these pairs are told otherwise.

    Versions of a document share records: one may be both what an entry was and what another has become.
    """
    if not pairs:
        return entries
    olds = {id(old.record) for old, _ in pairs}
    news = {id(new.record) for _, new in pairs}
    left = Matched()
    for old, new in entries.pairs:
        went, came = id(old.record) in olds, id(new.record) in news
        if not went and not came:
            left.pairs.append((old, new))
        elif not went:
            left.gone.append(old)
        elif not came:
            left.come.append(new)
    left.gone.extend(entry for entry in entries.gone if id(entry.record) not in olds)
    left.come.extend(entry for entry in entries.come if id(entry.record) not in news)
    return left


def identical(before: Value, after: Value) -> bool:
    """Equal in value, kind and order of keys: 1, 1.0, true and "1" are four values."""
    return before is after or marshal.dumps(before, 2) == marshal.dumps(after, 2)


def matched(
    before: Sequence[Record],
    after: Sequence[Record],
    identity: Sequence[str],
    *,
    ordered: bool = False,
    renamed: Mapping[str, Hashable] = _NO_NAMES,
    same: Callable[[Record, Record], bool] = identical,
) -> Matched:
    """Entries of one identity are the same entry.

    Of several that share it, equal ones are paired first and the others in order; where the order of such
    entries means something (`ordered`), each is paired with the one at its place. `renamed` are names of the
    before side that mean something else on the after side; they count as what they lead to. `same` says
    which entries are left out, of those that are alone in having their identity.
    """
    found = Matched()
    if not renamed and same is identical and before == after and identical([*before], [*after]):
        return found
    was = _groups(before, _key_of(identity, renamed))
    becomes = _groups(after, _key_of(identity))
    for key, olds in was.items():
        news = becomes.get(key, [])
        if len(olds) == len(news) == 1 and same(olds[0], news[0]):
            continue
        _sort_out(olds, news, identity, found, ordered=ordered)
    for key, news in becomes.items():
        if key not in was:
            _sort_out([], news, identity, found, ordered=ordered)
    return found


def _groups(entries: Iterable[Record], key_of: Callable[[Record], Hashable]) -> _Groups:
    groups: _Groups = {}
    for entry in entries:
        groups.setdefault(key_of(entry), []).append(entry)
    return groups


def _key_of(
    identity: Sequence[str], renamed: Mapping[str, Hashable] = _NO_NAMES
) -> Callable[[Record], Hashable]:
    """Names are compared as text at once; what is no text (null, missing, 1, true) by its step."""

    def key(entry: Record) -> Hashable:
        names = tuple(map(entry.get, identity))
        if {*map(type, names)} != _TEXTS:
            return entry_step(entry, identity)
        return tuple(renamed.get(str(name), name) for name in names) if renamed else names

    return key


def _sort_out(
    olds: list[Record], news: list[Record], identity: Sequence[str], found: Matched, *, ordered: bool
) -> None:
    """Put the entries of one identity where they belong in `found`."""
    numbered = len(olds) > 1 or len(news) > 1
    went, came = (olds, news) if ordered else _without_equal(olds, news)
    equal = len(olds) - len(went)
    for number, (old, new) in enumerate(zip_longest(went, came), equal + 1):
        place = number if numbered else None
        if old is None:
            found.come.append(_entry(new, identity, place))
        elif new is None:
            found.gone.append(_entry(old, identity, place))
        elif not numbered or not identical(old, new):
            found.pairs.append((_entry(old, identity, place), _entry(new, identity, place)))


def _entry(record: Record, identity: Sequence[str], place: int | None) -> Entry:
    return Entry(entry_step(record, identity, place), record)


def _without_equal(olds: list[Record], news: list[Record]) -> tuple[list[Record], list[Record]]:
    """Both sides without the entries that the other side has too, one for one."""
    if not olds or not news or len(olds) == len(news) == 1:
        return olds, news
    return without_common(olds, news)


def without_common(olds: list[Record], news: list[Record]) -> tuple[list[Record], list[Record]]:
    """Two lists without the entries that both have, counted one for one."""
    common = Counter(map(json_text, olds)) & Counter(map(json_text, news))
    return _without(olds, common.copy()), _without(news, common)


def _without(entries: list[Record], common: Counter[str]) -> list[Record]:
    left = []
    for entry in entries:
        text = json_text(entry)
        if common[text]:
            common[text] -= 1
        else:
            left.append(entry)
    return left
