"""The changes that turn one document into another, each at the path where it happened."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from flowsync.diff.change import Added, Change, Moved, Removed
from flowsync.diff.entries import Entry, Matched, Pair, matched, without_common
from flowsync.diff.links import link_changes
from flowsync.diff.records import Steps, key_changes, keys_of, moved_entry, place, record_changes
from flowsync.diff.references import Follows, Tasks, reference_changes
from flowsync.diff.renames import Side, renames, without
from flowsync.flow.fields import FLOW, FLOW_LINK, RELATION, TASK, TASK_LINK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Record, Value

_HEADER: Final = ("format", "flowId")
_NAME: Final = TASK.identity[0]
_TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
_RELATIONS: Final = next(row.name for row in FLOW.fields if row.entries is RELATION)
_LINKS: Final = {row.name: row.entries for row in FLOW.fields if row.entries in (FLOW_LINK, TASK_LINK)}


def changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Change]:
    """What differs between two canonical documents of one flow; nothing for equal meaning.

    Entries are matched by the identity that the field table gives them, and tasks that go on under another
    name are found (see `renames`). Links count as the edges they stand for. Relations and link targets that
    came, went or moved only because their task did stand in its `follows`.
    """
    was, becomes = ({**side} for side in (before, after))
    for key in (_TASKS, _RELATIONS, *_LINKS):
        was.setdefault(key, [])
        becomes.setdefault(key, [])
    lists = _list_changes(was, becomes)
    found: list[Change] = []
    for key in keys_of(was, becomes, FLOW):
        steps = (key_step(key),)
        if key in lists:
            found += lists[key]
        elif key == AMBIGUOUS:
            found += _set_changes(_records(was, key), _records(becomes, key), steps)
        elif key not in _HEADER:
            found += key_changes(was, becomes, key, FLOW.by_name.get(key), steps)
    return found


def _list_changes(was: Record, becomes: Record) -> dict[str, list[Change]]:
    """The changes of tasks, relations and links, which depend on one another."""
    entries = matched(_records(was, _TASKS), _records(becomes, _TASKS), TASK.identity)
    sides = (Side(_records(side, _TASKS), _records(side, _RELATIONS)) for side in (was, becomes))
    renamed = renames(entries, *sides)
    entries = without(entries, renamed)
    tasks, follows = _fates(entries, renamed, was, becomes), Follows()
    found: dict[str, list[Change]] = {key: [] for key in (_RELATIONS, *_LINKS)}
    # Versions of a history share what is equal; names that are exchanged make equal entries differ.
    if renamed or was[_RELATIONS] is not becomes[_RELATIONS]:
        relations = (_records(was, _RELATIONS), _records(becomes, _RELATIONS))
        found[_RELATIONS] = reference_changes(*relations, RELATION, (_RELATIONS,), tasks, follows)
    for key, struct in _LINKS.items():
        assert struct is not None
        if renamed or was[key] is not becomes[key]:
            links = (_records(was, key), _records(becomes, key))
            found[key] = link_changes(*links, struct, (key,), tasks, follows)
    found[_TASKS] = sorted(_task_changes(entries, renamed, follows), key=place)
    return found


def _fates(entries: Matched, renamed: Sequence[Pair], was: Record, becomes: Record) -> Tasks:
    """What became of each name; where several tasks share one and some of them stay, it stays."""
    left, come = ([*(pair[side] for pair in renamed)] for side in (0, 1))
    stays_before = _names(_records(was, _TASKS)) - _names_of([*left, *entries.gone])
    stays_after = _names(_records(becomes, _TASKS)) - _names_of([*come, *entries.come])
    pairs = ((old.record.get(_NAME), new.record.get(_NAME)) for old, new in renamed)
    names = {
        old: new
        for old, new in pairs
        if isinstance(old, str) and isinstance(new, str) and old not in stays_after
    }
    return Tasks(
        names,
        frozenset(_names_of(entries.gone).keys() - stays_after.keys() - names.keys()),
        frozenset(_names_of(entries.come).keys() - stays_before.keys() - {*names.values()}),
    )


def _names_of(entries: Iterable[Entry]) -> Counter[str]:
    return _names(entry.record for entry in entries)


def _names(tasks: Iterable[Record]) -> Counter[str]:
    """The names of tasks, each as often as it occurs."""
    names = (task.get(_NAME) for task in tasks)
    return Counter(name for name in names if isinstance(name, str))


def _task_changes(entries: Matched, renamed: Iterable[Pair], follows: Follows) -> Iterator[Change]:
    for old, new in entries.pairs:
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step))
    for old, new in renamed:
        following = tuple(one for one in _followers(follows.of_old, old) if isinstance(one, Moved))
        yield moved_entry(old, new, TASK.identity, (_TASKS,), following)
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step), but=TASK.identity)
    for old in entries.gone:
        yield Removed(path((_TASKS, old.step)), old.record, _followers(follows.of_old, old))
    for new in entries.come:
        yield Added(path((_TASKS, new.step)), new.record, _followers(follows.of_added, new))


def _followers(follows: dict[str, list[Change]], entry: Entry) -> tuple[Change, ...]:
    """What follows a task; of several tasks of one name, the first takes it."""
    name = entry.record.get(_NAME)
    return tuple(follows.pop(name, ())) if isinstance(name, str) else ()


def _set_changes(before: list[Record], after: list[Record], steps: Steps) -> Iterator[Change]:
    """Entries that nothing identifies: they come and go as a whole."""
    went, came = without_common(before, after)
    places = {id(entry): str(index) for side in (before, after) for index, entry in enumerate(side)}
    yield from (Removed(path((*steps, places[id(entry)])), entry) for entry in went)
    yield from (Added(path((*steps, places[id(entry)])), entry) for entry in came)


def _records(side: Record, key: str) -> list[Record]:
    value = side.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
