"""Detect tasks that continue under another name."""

import marshal
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from flowsync.diff.flow_version import FlowVersion, MatchedVersion, match_versions, multiset
from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs, pair_unique
from flowsync.diff.positions import PositionMatcher
from flowsync.diff.similarity import BODY, are_related, body_of, count_differing, find_similar
from flowsync.flow.fields import TASK
from flowsync.flow.values import Record

_NAME: Final = TASK.identity[0]

_Chain: TypeAlias = list[Pair]
_Entries: TypeAlias = Mapping[str, Entry]
_Key: TypeAlias = Callable[[Entry], Hashable | None]
_Step: TypeAlias = Callable[[Matching, Sequence[Pair], FlowVersion, FlowVersion], Iterable[Pair]]
"""Pairs removed and added tasks, given the pairs that were found before."""
_Successors: TypeAlias = Callable[[_Entries, _Entries], dict[str, str]]
"""From the step of a task before to that of the one it may have become."""


def detect_renames(tasks: Matching, before: FlowVersion, after: FlowVersion) -> list[Pair]:
    """Detect renamed tasks; return each as it was and as it is.

    The steps are, each near linear in the size of the flow: tasks that differ only in the name, also if names
    were exchanged; tasks of the same command; tasks of a similar command (see `find_similar`); tasks in the
    same place with related commands (see `are_related`). Among equals, the position in the task graph decides
    (see `positions`). A pair whose relations and links differ too much (see `_is_same_task`) is a removed and
    an added task.
    """
    if len(tasks.pairs) + len(tasks.removed) + len(tasks.added) < 2:  # noqa: PLR2004  # it takes two names
        return []
    exchanged = _exchanged_names(tasks, before, after)
    found = [*exchanged]
    equal_content, equal_body = (partial(_at_same_position, kind) for kind in (_content, _body))
    steps: tuple[_Step, ...] = (equal_content, equal_body, _similar, _in_place)
    for step in steps:
        rest = exclude_pairs(tasks, found)
        if rest.removed and rest.added:
            found += step(rest, found, before, after)
    versions = match_versions(found, before, after)
    return [*exchanged, *(pair for pair in found[len(exchanged) :] if _is_same_task(pair, *versions))]


def _at_same_position(
    kind: _Key, tasks: Matching, found: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> list[Pair]:
    versions = match_versions(found, before, after)
    return PositionMatcher(tasks.removed, tasks.added, kind, versions).match()


def _similar(tasks: Matching, _found: Sequence[Pair], before: FlowVersion, after: FlowVersion) -> list[Pair]:
    return find_similar(tasks.removed, tasks.added, before.tasks, after.tasks)


def _in_place(
    tasks: Matching, found: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> Iterator[Pair]:
    """Pair a removed and an added task that are the only ones with their relations and links.

    All fields but the command must be equal, and the commands related; for a task without a command, one
    field may differ.
    """
    removed, added = (
        [(multiset(version.edges_of({task.step: ""})), task) for task in side]
        for version, side in zip(
            match_versions(found, before, after), (tasks.removed, tasks.added), strict=True
        )
    )
    for old, new in pair_unique(removed, added):
        allowed = 1 if _body(old) is None or _body(old) == _body(new) else 0
        others = count_differing(old.record, new.record, but=(_NAME, BODY))
        if others <= allowed and are_related(old.record, new.record):
            yield old, new


def _is_same_task(pair: Pair, before: MatchedVersion, after: MatchedVersion) -> bool:
    """Return whether a removed and an added task are the same, judged by their relations and links.

    Relations to other added and removed tasks do not count. At most as many may be on one side only as on
    both; one more if the command is the same. If the command is empty or that of other tasks too, at most one
    of its relations, links and fields may differ.
    """
    old, new = pair
    old_edges, new_edges = _edges(before, old, new, new.step), _edges(after, new, old, new.step)
    difference = len(old_edges ^ new_edges)
    bodies = {_body(old), _body(new)}
    is_distinctive = None not in bodies and all(
        side.version.bodies[body] <= 1 for side in (before, after) for body in bodies
    )
    if is_distinctive:
        return difference <= len(old_edges & new_edges) + (len(bodies) == 1)
    return difference + count_differing(old.record, new.record) <= 1


def _edges(side: MatchedVersion, task: Entry, namesake: Entry, later: str) -> set[tuple[Hashable, Hashable]]:
    """Return the relations and links of a task to what both sides have, comparable between them.

    Those under its name on the other side count too if no task has that name here: somebody renamed the task
    and did not update them.
    """
    names = {task.step: later}
    if namesake.step not in side.version.steps:
        names[namesake.step] = later
    return {*side.edges_of(names)}


def _content(entry: Entry) -> Hashable:
    return marshal.dumps({key: value for key, value in entry.record.items() if key != _NAME}, 2)


def _body(entry: Entry) -> Hashable | None:
    return body_of(entry.record)


def _exchanged_names(tasks: Matching, before: FlowVersion, after: FlowVersion) -> list[Pair]:
    """Detect renames in which a name is reused: a to b and b to a, or b to c and a to b.

    Candidates are tasks that differ only in the name, then tasks of the same command, then of a similar one.
    A task that has its name on both sides counts as renamed only if that explains more with fewer changes.
    """
    found: list[Pair] = []
    for successors in (partial(_unique, _content), partial(_unique, _body), _most_similar):
        rest = exclude_pairs(tasks, found)
        if not rest.pairs:
            break
        namesakes = {old.step: (old.record, new.record) for old, new in rest.pairs}
        for chain in _chains(rest, successors):
            if _explains_more(chain, namesakes, before, after):
                found += chain
    return found


def _chains(tasks: Matching, successors: _Successors) -> Iterator[_Chain]:
    """Yield chains of tasks that become one another: open ones, then closed ones."""
    old_entries = {old.step: old for old in [*(old for old, _ in tasks.pairs), *tasks.removed]}
    new_entries = {new.step: new for new in [*(new for _, new in tasks.pairs), *tasks.added]}
    successor = {old: new for old, new in successors(old_entries, new_entries).items() if old != new}
    visited: set[str] = set()
    heads = sorted(successor.keys() - successor.values())
    for start in (*heads, *sorted(successor)):
        chain: _Chain = []
        step = start
        while step in successor and step not in visited:
            visited.add(step)
            chain.append((old_entries[step], new_entries[successor[step]]))
            step = successor[step]
        if any(old.step in new_entries or new.step in old_entries for old, new in chain):
            yield chain


def _unique(key: _Key, old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
    """Find the only task of the same key on the other side."""
    before, after = (
        [(same, entry) for entry in side.values() if (same := key(entry)) is not None]
        for side in (old_entries, new_entries)
    )
    return {old.step: new.step for old, new in pair_unique(before, after)}


def _most_similar(old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
    """Find the task with the most similar command, among those whose command has changed."""
    before, after = (
        [
            entry
            for step, entry in side.items()
            if step not in other_side or _body(entry) != _body(other_side[step])
        ]
        for side, other_side in ((old_entries, new_entries), (new_entries, old_entries))
    )
    pairs = find_similar(before, after, (old.record for old in before), (new.record for new in after))
    return {old.step: new.step for old, new in pairs}


def _explains_more(
    chain: _Chain, namesakes: Mapping[str, tuple[Record, Record]], before: FlowVersion, after: FlowVersion
) -> bool:
    """Return whether the renames leave fewer changes than comparing tasks by name, relations included.

    A displaced task without a counterpart counts as removed or added.
    """
    names = {old.step: new.step for old, new in chain}
    touched = names.keys() | names.values()
    by_name = sum(count_differing(*namesakes[step]) if step in namesakes else 1 for step in touched)
    by_name += _count_differing_edges(touched, {}, before, after)
    by_rename = sum(1 + count_differing(old.record, new.record) for old, new in chain)
    by_rename += sum(step in namesakes for step in names.keys() ^ names.values())
    by_rename += _count_differing_edges(touched, names, before, after)
    return by_rename < by_name


def _count_differing_edges(
    steps: Collection[str], names: Mapping[str, str], before: FlowVersion, after: FlowVersion
) -> int:
    """Count the relations of these tasks that are on one side only, with the tasks renamed."""
    displaced = {new: (new, "displaced") for new in names.values()}
    renamed: Mapping[str, Hashable] = {**displaced, **names}
    old = {
        (renamed.get(one, one), renamed.get(other, other))
        for step in steps
        for one, other in before.edges_at.get(step, ())
    }
    new = {ends for step in steps for ends in after.edges_at.get(step, ())}
    return len(old ^ new)
