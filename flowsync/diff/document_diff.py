"""The changes that turn one document into another, each at the path where it happened."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

from flowsync.diff.link_diff import link_changes
from flowsync.diff.list_matching import Entry, Matched, Pair, matched, without, without_common
from flowsync.diff.model import Added, Change, Moved, Removed
from flowsync.diff.record_diff import Steps, are_one, key_changes, keys_of, moved_entry, place, record_changes
from flowsync.diff.relation_diff import Follows, Tasks, reference_changes
from flowsync.diff.rename_detection import Side, renames
from flowsync.flow.fields import FLOW, FLOW_LINK, RELATION, TASK, TASK_LINK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.values import Record, Value

_ALL_STAY: Final = Tasks(MappingProxyType({}), frozenset(), frozenset())
_RECORDS: Final = {dict}
_HEADER: Final = ("format", "flowId")
_NAME: Final = TASK.identity[0]
_TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
_RELATIONS: Final = next(row.name for row in FLOW.fields if row.entries is RELATION)
_LINKS: Final = {row.name: row.entries for row in FLOW.fields if row.entries in (FLOW_LINK, TASK_LINK)}
_EDGES: Final = (_RELATIONS, *_LINKS)


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
        if key in lists:
            found += lists[key]
        elif key == AMBIGUOUS:
            found += _set_changes(_records(was, key), _records(becomes, key), (key_step(key),))
        elif key not in _HEADER and not are_one(was, becomes, key):
            found += key_changes(was, becomes, key, FLOW.by_name.get(key), ())
    return found


def _list_changes(was: Record, becomes: Record) -> dict[str, list[Change]]:
    """The changes of tasks, relations and links, which depend on one another."""
    lone = _lone_pair(was, becomes)
    if lone:
        steps = (_TASKS, entry_step(lone[0], TASK.identity))
        return {**{key: [] for key in _EDGES}, _TASKS: sorted(record_changes(*lone, TASK, steps), key=place)}
    before, after = map(_side, (was, becomes))
    entries = matched(before.tasks, after.tasks, TASK.identity)
    renamed = renames(entries, before, after)
    entries = without(entries, renamed)
    tasks, follows = _fates(entries, renamed, before, after), Follows()
    found = {
        _RELATIONS: reference_changes(
            before.relations, after.relations, RELATION, (_RELATIONS,), tasks, follows
        )
    }
    for key, struct in _LINKS.items():
        assert struct is not None
        links = (_records(was, key), _records(becomes, key))
        found[key] = link_changes(*links, struct, (key,), tasks, follows)
    found[_TASKS] = sorted(_task_changes(entries, renamed, follows), key=place)
    return found


def _lone_pair(was: Record, becomes: Record) -> tuple[Record, Record] | None:
    """The only task of either side, where it has one name and is tied to nothing: nothing depends on it."""
    if any(side[key] for side in (was, becomes) for key in _EDGES):
        return None
    olds, news = _records(was, _TASKS), _records(becomes, _TASKS)
    if not len(olds) == len(news) == 1:
        return None
    steps = [entry_step(task, TASK.identity) for task in (*olds, *news)]
    return (olds[0], news[0]) if steps[0] == steps[1] else None


def _side(document: Record) -> Side:
    links = [link for key in _LINKS for link in _records(document, key)]
    return Side(_records(document, _TASKS), _records(document, _RELATIONS), links)


def _fates(entries: Matched, renamed: Sequence[Pair], before: Side, after: Side) -> Tasks:
    """What became of each name; where several tasks share one and some of them stay, it stays."""
    if not renamed and not entries.gone and not entries.come:
        return _ALL_STAY
    left, new = ([*(pair[side] for pair in renamed)] for side in (0, 1))
    gone, come = (_names(entry.record for entry in some) for some in (entries.gone, entries.come))
    lost = gone + _names(entry.record for entry in left)
    won = come + _names(entry.record for entry in new)
    stays_before = _names(before.tasks, among=won) - lost
    stays_after = _names(after.tasks, among=lost) - won
    pairs = ((old.record.get(_NAME), later.record.get(_NAME)) for old, later in renamed)
    names = {
        old: later
        for old, later in pairs
        if isinstance(old, str) and isinstance(later, str) and old not in stays_after
    }
    return Tasks(
        names,
        frozenset(gone.keys() - stays_after.keys() - names.keys()),
        frozenset(come.keys() - stays_before.keys() - {*names.values()}),
    )


def _names(tasks: Iterable[Record], *, among: Container[str] | None = None) -> Counter[str]:
    """The names of tasks, each as often as it occurs; of all, or of those `among`."""
    names = (task.get(_NAME) for task in tasks)
    texts = (name for name in names if isinstance(name, str))
    return Counter(name for name in texts if among is None or name in among)


def _task_changes(entries: Matched, renamed: Iterable[Pair], follows: Follows) -> Iterator[Change]:
    for old, new in entries.pairs:
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step))
    for old, new in renamed:
        yield moved_entry(old, new, TASK.identity, (_TASKS,), _moved_followers(follows.of_old, old))
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step), but=TASK.identity)
    for old in entries.gone:
        yield Removed(path((_TASKS, old.step)), old.record, _followers(follows.of_old, old))
    for new in entries.come:
        yield Added(path((_TASKS, new.step)), new.record, _followers(follows.of_added, new))


def _followers(follows: dict[str, list[Change]], entry: Entry) -> tuple[Change, ...]:
    """What follows a task; of several tasks of one name, the first takes it."""
    name = entry.record.get(_NAME)
    return tuple(follows.pop(name, ())) if isinstance(name, str) else ()


def _moved_followers(follows: dict[str, list[Change]], entry: Entry) -> tuple[Moved, ...]:
    """What follows a renamed task; what went goes with another task of its name."""
    told = _followers(follows, entry)
    others: list[Change] = [one for one in told if not isinstance(one, Moved)]
    if others:
        follows[str(entry.record[_NAME])] = others
    return tuple(one for one in told if isinstance(one, Moved))


def _set_changes(before: list[Record], after: list[Record], steps: Steps) -> Iterator[Change]:
    """Entries that nothing identifies: they come and go as a whole."""
    went, came = without_common(before, after)
    places = {id(entry): str(index) for side in (before, after) for index, entry in enumerate(side)}
    yield from (Removed(path((*steps, places[id(entry)])), entry) for entry in went)
    yield from (Added(path((*steps, places[id(entry)])), entry) for entry in came)


def _records(side: Record, key: str) -> list[Record]:
    value = side.get(key)
    entries = value if isinstance(value, list) else []
    if {*map(type, entries)} <= _RECORDS:
        return cast("list[Record]", entries)
    return [entry for entry in entries if isinstance(entry, dict)]
