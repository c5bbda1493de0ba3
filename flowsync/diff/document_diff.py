"""Compare documents: the changes that turn one into another, each at its path."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from flowsync.diff.ambiguous_links import resolve_links
from flowsync.diff.flow_version import FlowVersion
from flowsync.diff.link_diff import link_changes
from flowsync.diff.list_matching import Matching, Pair, exclude_pairs, match_entries
from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.diff.record_diff import (
    display_path,
    entry_changes,
    is_shared,
    key_changes,
    keys_of,
    record_changes,
)
from flowsync.diff.relation_diff import EdgeComparison, TaskChanges
from flowsync.diff.rename_detection import detect_renames
from flowsync.diff.task_identity import is_task
from flowsync.flow.fields import FLOW, RELATION, TASK
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import LINKS, RELATIONS, TASKS, entries

_ALL_STAY: Final = TaskChanges(MappingProxyType({}))
_HEADER: Final = ("format", "flowId")
_NAME: Final = TASK.identity[0]


def compare_documents(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Change]:
    """Compare two canonical documents of one flow; the result is empty for equal meaning.

    Entries are matched by the identity of the field table, and renamed tasks are detected (see
    `detect_renames`). Links are compared as the edges they stand for. Relations and link targets that were
    added, removed or rekeyed only because their task was, are part of that change (`cascaded`).
    """
    old, new = resolve_versions(before, after)
    for key in (TASKS, RELATIONS, *LINKS):
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
    """Match the tasks of two versions; return the entries, the renamed tasks, and the changes by name."""
    tasks = match_entries(before.tasks, after.tasks, TASK.identity)
    renamed = detect_renames(tasks, before, after)
    tasks = exclude_pairs(tasks, renamed)
    return tasks, renamed, _task_changes_by_name(tasks, renamed, before, after)


def _list_changes(old: Record, new: Record) -> dict[str, list[Change]]:
    """Return the changes of tasks, relations and links, which depend on one another."""
    lone = _lone_pair(old, new)
    if lone:
        steps = (TASKS, entry_step(lone[0], TASK.identity))
        found: dict[str, list[Change]] = {key: [] for key in (RELATIONS, *LINKS)}
        return {**found, TASKS: sorted(record_changes(*lone, TASK, steps), key=display_path)}
    before, after = map(_version, (old, new))
    tasks, renamed, task_changes = _match_tasks(before, after)
    edges = EdgeComparison(task_changes)
    found = {RELATIONS: edges.compare(before.relations, after.relations, RELATION, (RELATIONS,))}
    for key, struct in LINKS.items():
        found[key] = link_changes(entries(old, key), entries(new, key), struct, (key,), edges)
    changes = (_add_cascaded(one, edges) for one in entry_changes(tasks, renamed, TASK, (TASKS,)))
    found[TASKS] = sorted(changes, key=display_path)
    return found


def _lone_pair(before: Record, after: Record) -> tuple[Record, Record] | None:
    """Return the only task of both sides if it keeps its name and no side has edges."""
    if any(side[key] for side in (before, after) for key in (RELATIONS, *LINKS)):
        return None
    old, new = entries(before, TASKS), entries(after, TASKS)
    if not len(old) == len(new) == 1 or old[0].get(_NAME) != new[0].get(_NAME):
        return None
    return (old[0], new[0]) if isinstance(old[0].get(_NAME), str) else None


def _version(document: Record) -> FlowVersion:
    links = [link for key in LINKS for link in entries(document, key)]
    return FlowVersion(entries(document, TASKS), entries(document, RELATIONS), links)


def _task_changes_by_name(
    tasks: Matching, renamed: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> TaskChanges:
    """Classify each name; a name of several tasks stays if one of them stays."""
    if not renamed and not tasks.removed and not tasks.added:
        return _ALL_STAY
    removed, added = (_names(entry.record for entry in side) for side in (tasks.removed, tasks.added))
    old_names = removed + _names(old.record for old, _ in renamed)
    new_names = added + _names(new.record for _, new in renamed)
    kept_before, kept_after = _names(before.tasks) - old_names, _names(after.tasks) - new_names
    pairs = ((old.record.get(_NAME), new.record.get(_NAME)) for old, new in renamed)
    names = {
        old: new
        for old, new in pairs
        if isinstance(old, str) and isinstance(new, str) and old not in kept_after
    }
    return TaskChanges(
        names,
        removed.keys() - kept_after.keys() - names.keys(),
        (added.keys() - kept_before.keys()).difference(names.values()),
    )


def _names(tasks: Iterable[Record]) -> Counter[str]:
    return Counter(name for task in tasks if isinstance(name := task.get(_NAME), str))


def _add_cascaded(change: Change, edges: EdgeComparison) -> Change:
    """Add the changes that follow a task; of several tasks with one name, the first gets them."""
    match change:
        case Added(path, {"name": str(name)}) | Removed(path, {"name": str(name)}) if is_task(path):
            return replace(change, cascaded=(*edges.cascaded.pop((type(change), name), ()),))
        case Rekeyed(path, _, {"name": str(name)}) if is_task(path):
            renames = edges.cascaded.pop((Rekeyed, name), ())
            return replace(change, cascaded=tuple(one for one in renames if isinstance(one, Rekeyed)))
        case _:
            return change
