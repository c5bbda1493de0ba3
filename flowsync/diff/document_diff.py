"""The changes that turn one document into another, each at the path where it happened."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

from flowsync.diff.ambiguous_links import resolve_links
from flowsync.diff.link_diff import link_changes
from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs, match_entries
from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.diff.record_diff import (
    display_path,
    is_shared,
    key_changes,
    keys_of,
    record_changes,
    rekeyed_entry,
)
from flowsync.diff.relation_diff import CascadedChanges, TaskChanges, reference_changes
from flowsync.diff.rename_detection import FlowVersion, detect_renames
from flowsync.flow.fields import FLOW, FLOW_LINK, RELATION, TASK, TASK_LINK
from flowsync.flow.paths import entry_step, path
from flowsync.flow.values import Record, Value

_ALL_STAY: Final = TaskChanges(MappingProxyType({}), frozenset(), frozenset())
_RECORDS: Final = {dict}
_HEADER: Final = ("format", "flowId")
_NAME: Final = TASK.identity[0]
_TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
_RELATIONS: Final = next(row.name for row in FLOW.fields if row.entries is RELATION)
_LINKS: Final = {row.name: row.entries for row in FLOW.fields if row.entries in (FLOW_LINK, TASK_LINK)}
_EDGES: Final = (_RELATIONS, *_LINKS)


def compare_documents(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Change]:
    """Compare two canonical documents of one flow; the result is empty for equal meaning.

    Entries are matched by the identity of the field table, and renamed tasks are detected (see
    `detect_renames`). Links are compared as the edges they stand for. Relations and link targets that were
    added, removed or rekeyed only because their task was, are part of that change (`cascaded`).
    """
    old, new = resolve_versions(before, after)
    for key in (_TASKS, _RELATIONS, *_LINKS):
        old.setdefault(key, [])
        new.setdefault(key, [])
    lists = _list_changes(old, new)
    found: list[Change] = []
    for key in keys_of(old, new, FLOW):
        if key in lists:
            found += lists[key]
        elif key not in _HEADER and not is_shared(old, new, key):
            found += key_changes(old, new, key, FLOW.by_name.get(key), ())
    return found


def resolve_versions(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Record, Record]:
    """Return copies of both documents that have no ambiguous links (see `ambiguous_links`)."""
    sides = {**before}, {**after}
    old, new = resolve_links(*sides, _ALL_STAY)
    if old is sides[0]:
        return sides
    return resolve_links(*sides, _match_tasks(_version(old), _version(new))[2])


def _match_tasks(before: FlowVersion, after: FlowVersion) -> tuple[Matching, list[Pair], TaskChanges]:
    """Match the tasks of two versions: the entries, the renamed ones among them, and all by name."""
    entries = match_entries(before.tasks, after.tasks, TASK.identity)
    renamed = [*detect_renames(entries, before, after)]
    entries = exclude_pairs(entries, renamed)
    return entries, renamed, _task_changes_by_name(entries, renamed, before, after)


def _list_changes(old: Record, new: Record) -> dict[str, list[Change]]:
    """Return the changes of tasks, relations and links, which depend on one another."""
    lone = _lone_pair(old, new)
    if lone:
        steps = (_TASKS, entry_step(lone[0], TASK.identity))
        return {
            **{key: [] for key in _EDGES},
            _TASKS: sorted(record_changes(*lone, TASK, steps), key=display_path),
        }
    before, after = map(_version, (old, new))
    entries, renamed, tasks = _match_tasks(before, after)
    cascaded_changes = CascadedChanges()
    found = {
        _RELATIONS: reference_changes(
            before.relations, after.relations, RELATION, (_RELATIONS,), tasks, cascaded_changes
        )
    }
    for key, struct in _LINKS.items():
        assert struct is not None
        links = (_records(old, key), _records(new, key))
        found[key] = link_changes(*links, struct, (key,), tasks, cascaded_changes)
    found[_TASKS] = sorted(_task_changes(entries, renamed, cascaded_changes), key=display_path)
    return found


def _lone_pair(before: Record, after: Record) -> tuple[Record, Record] | None:
    """Return the only task of both sides if it keeps its name and has no relations or links."""
    if any(side[key] for side in (before, after) for key in _EDGES):
        return None
    old_entries, new_entries = _records(before, _TASKS), _records(after, _TASKS)
    if not len(old_entries) == len(new_entries) == 1:
        return None
    steps = [entry_step(task, TASK.identity) for task in (*old_entries, *new_entries)]
    return (old_entries[0], new_entries[0]) if steps[0] == steps[1] else None


def _version(document: Record) -> FlowVersion:
    links = [link for key in _LINKS for link in _records(document, key)]
    return FlowVersion(_records(document, _TASKS), _records(document, _RELATIONS), links)


def _task_changes_by_name(
    entries: Matching, renamed: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> TaskChanges:
    """Classify each name; a name of several tasks stays if one of them stays."""
    if not renamed and not entries.removed and not entries.added:
        return _ALL_STAY
    rest, new = ([*(pair[side] for pair in renamed)] for side in (0, 1))
    removed_entries, added_entries = (
        _names(entry.record for entry in some) for some in (entries.removed, entries.added)
    )
    removed_names = removed_entries + _names(entry.record for entry in rest)
    won = added_entries + _names(entry.record for entry in new)
    kept_before = _names(before.tasks, among=won) - removed_names
    kept_after = _names(after.tasks, among=removed_names) - won
    pairs = ((old.record.get(_NAME), later.record.get(_NAME)) for old, later in renamed)
    names = {
        old: later
        for old, later in pairs
        if isinstance(old, str) and isinstance(later, str) and old not in kept_after
    }
    return TaskChanges(
        names,
        frozenset(removed_entries.keys() - kept_after.keys() - names.keys()),
        frozenset(added_entries.keys() - kept_before.keys() - {*names.values()}),
    )


def _names(tasks: Iterable[Record], *, among: Container[str] | None = None) -> Counter[str]:
    """Count the names of tasks; of all, or of those `among`."""
    names = (task.get(_NAME) for task in tasks)
    texts = (name for name in names if isinstance(name, str))
    return Counter(name for name in texts if among is None or name in among)


def _task_changes(
    entries: Matching, renamed: Iterable[Pair], cascaded_changes: CascadedChanges
) -> Iterator[Change]:
    for old, new in entries.pairs:
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step))
    for old, new in renamed:
        yield rekeyed_entry(
            old, new, TASK.identity, (_TASKS,), _cascaded_renames(cascaded_changes.of_old, old)
        )
        yield from record_changes(old.record, new.record, TASK, (_TASKS, new.step), but=TASK.identity)
    for old in entries.removed:
        yield Removed(path((_TASKS, old.step)), old.record, _followers(cascaded_changes.of_old, old))
    for new in entries.added:
        yield Added(path((_TASKS, new.step)), new.record, _followers(cascaded_changes.of_added, new))


def _followers(cascaded_changes: dict[str, list[Change]], entry: Entry) -> tuple[Change, ...]:
    """Return the cascaded changes of a task; of several tasks with one name, the first gets them."""
    name = entry.record.get(_NAME)
    return tuple(cascaded_changes.pop(name, ())) if isinstance(name, str) else ()


def _cascaded_renames(cascaded_changes: dict[str, list[Change]], entry: Entry) -> tuple[Rekeyed, ...]:
    """Return the cascaded renames of a task; removals belong to another task of its name."""
    reported = _followers(cascaded_changes, entry)
    others: list[Change] = [one for one in reported if not isinstance(one, Rekeyed)]
    if others:
        cascaded_changes[str(entry.record[_NAME])] = others
    return tuple(one for one in reported if isinstance(one, Rekeyed))


def _records(side: Record, key: str) -> list[Record]:
    value = side.get(key)
    entries = value if isinstance(value, list) else []
    if {*map(type, entries)} <= _RECORDS:
        return cast("list[Record]", entries)
    return [entry for entry in entries if isinstance(entry, dict)]
