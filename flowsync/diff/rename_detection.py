"""Tasks that go on under another name."""

import marshal
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs
from flowsync.diff.positions import Graph, PositionMatcher, Topology, multiset
from flowsync.diff.similarity import BODY, are_at_all_alike, differing, find_similar
from flowsync.flow.fields import LINK_RELATION, RELATION, TASK, TASK_LINK
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record
from flowsync.graph.edges import entries

_NAME: Final = TASK.identity[0]

_Ends: TypeAlias = tuple[str, str]
_Chain: TypeAlias = list[Pair]


@dataclass(frozen=True)
class FlowVersion:
    """The tasks, relations and links of one side."""

    tasks: Sequence[Record]
    relations: Sequence[Record]
    links: Sequence[Record] = ()

    @cached_property
    def ends_at(self) -> Mapping[str, list[_Ends]]:
        """Both ends of every relation and link, by the step of each end."""
        found: dict[str, list[_Ends]] = defaultdict(list)
        for ends in self.topology.edges:
            for step in {*ends}:
                found[step].append(ends)
        return found

    @cached_property
    def topology(self) -> Topology:
        """All relations and links, by the steps of both ends."""
        source, target = RELATION.identity
        relations = [(self._step_of(one, source), self._step_of(one, target)) for one in self.relations]
        links = [
            (entry_step(link, TASK_LINK.identity), self._step_of(record, LINK_RELATION.identity[0]))
            for link in self.links
            for record in entries(link, TARGETS)
        ]
        return Topology([*relations, *links])

    @cached_property
    def steps(self) -> frozenset[str]:
        """The steps of all tasks."""
        return frozenset(entry_step(task, TASK.identity) for task in self.tasks)

    @cached_property
    def _steps_by_name(self) -> dict[str, str]:
        return {}

    def _step_of(self, relation: Record, end: str) -> str:
        """Return the step of the task at one end of a relation, as the task itself has it."""
        name = relation.get(end)
        if not isinstance(name, str):
            return entry_step({_NAME: name} if end in relation else {}, TASK.identity)
        if name not in self._steps_by_name:
            self._steps_by_name[name] = entry_step({_NAME: name}, TASK.identity)
        return self._steps_by_name[name]

    @cached_property
    def sources(self) -> frozenset[str]:
        """The steps of the sources of links."""
        return frozenset(entry_step(link, TASK_LINK.identity) for link in self.links)

    @cached_property
    def bodies(self) -> Counter[Hashable]:
        """The number of tasks with each command."""
        return Counter(map(_body_of, self.tasks))


def detect_renames(tasks: Matching, before: FlowVersion, after: FlowVersion) -> list[Pair]:
    """Detect renamed tasks; return each as it was and as it is.

    The steps are, each near linear in the size of the flow: tasks that differ only in the name, also where
    names were exchanged; tasks of the same command; tasks of a similar command (see `find_similar`); tasks in
    the same place with commands that are at all alike. Among equals, the position in the task graph decides
    (see `positions`). A pair whose relations and links differ too much (see `_is_same_task`) is a removed and
    an added task.
    """
    if len(tasks.pairs) + len(tasks.removed) + len(tasks.added) < 2:  # noqa: PLR2004  # it takes two names
        return []
    exchanged = _exchanged_names(tasks, before, after)
    found = [*exchanged]
    for step in (_of_equal(_content), _of_equal(_body), _similar, _in_place):
        rest = exclude_pairs(tasks, found)
        if rest.removed and rest.added:
            found += step(rest, found, before, after)
    sides = _known_sides(found, before, after)
    return [*exchanged, *(pair for pair in found[len(exchanged) :] if _is_same_task(pair, *sides))]


_Step: TypeAlias = Callable[[Matching, Sequence[Pair], FlowVersion, FlowVersion], Iterable[Pair]]
"""Pairs removed and added tasks, given the pairs that were found before."""


def _of_equal(kind: Callable[[Entry], Hashable | None]) -> _Step:
    def paired(tasks: Matching, found: Sequence[Pair], before: FlowVersion, after: FlowVersion) -> list[Pair]:
        return PositionMatcher(tasks.removed, tasks.added, kind, *_graphs(found, before, after)).match()

    return paired


def _similar(tasks: Matching, _found: Sequence[Pair], before: FlowVersion, after: FlowVersion) -> list[Pair]:
    return find_similar(tasks.removed, tasks.added, before.tasks, after.tasks)


def _graphs(found: Sequence[Pair], before: FlowVersion, after: FlowVersion) -> tuple[Graph, Graph]:
    """Both task graphs; known are the links and tasks of both sides, and the renamed tasks."""
    renamed = {old.step: new.step for old, new in found}
    old_stay, new_stay = before.steps - renamed.keys(), after.steps - {*renamed.values()}
    stay = (old_stay & new_stay) | (before.sources & after.sources)
    anchors = {step: step for step in stay}
    return Graph(before.topology, {**anchors, **renamed}), Graph(
        after.topology, {**anchors, **{new: new for new in renamed.values()}}
    )


def _known_sides(
    found: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> "tuple[_RenamedVersion, _RenamedVersion]":
    names = {old.step: new.step for old, new in found}
    stay = (before.steps - names.keys()) & (after.steps - {*names.values()})
    stay |= before.sources & after.sources
    return _RenamedVersion(before, names, stay), _RenamedVersion(
        after, {new: new for new in names.values()}, stay
    )


def _in_place(
    tasks: Matching, found: Sequence[Pair], before: FlowVersion, after: FlowVersion
) -> Iterator[Pair]:
    """Pair a removed and an added task that are the only ones with their relations and links.

    All fields but the command must be equal, and the commands at all alike; for a task without a command,
    one field may differ.
    """
    was, becomes = _known_sides(found, before, after)
    old_entries, new_entries = _by(was.ends_alone, tasks.removed), _by(becomes.ends_alone, tasks.added)
    for ends in old_entries.keys() & new_entries.keys():
        if len(old_entries[ends]) == len(new_entries[ends]) == 1:
            (old,), (new,) = old_entries[ends], new_entries[ends]
            allowed = 1 if _body(old) is None or _body(old) == _body(new) else 0
            others = differing(old.record, new.record, but=(_NAME, BODY))
            if others <= allowed and are_at_all_alike(old.record, new.record):
                yield old, new


@dataclass(frozen=True)
class _RenamedVersion:
    """One side with the later steps of its renamed tasks, and the steps that both sides have.

    A link counts by the step of its source: a link with another source says nothing about its tasks.
    """

    version: FlowVersion
    renamed: Mapping[str, str]
    unchanged: Container[str]

    def ends_of(self, task: Entry, namesake: Entry, later: str) -> set[tuple[Hashable, Hashable]]:
        """Return the relations and links of a task to what both sides have, comparable between them.

        Those under its name on the other side count too if no task has that name here: somebody renamed the
        task and did not update them.
        """
        forgotten = namesake.step not in self.version.steps
        own = {task.step: later, **({namesake.step: later} if forgotten else {})}
        found = (
            (self._common_step(one, own), self._common_step(other, own)) for one, other in self._ends(own)
        )
        return {ends for ends in found if None not in ends}

    def ends_alone(self, task: Entry) -> Hashable:
        """Return the relations and links of a task to what both sides have, with its own name left open."""
        found = (
            (self._common_step(one, {task.step: ""}), self._common_step(other, {task.step: ""}))
            for one, other in self._ends((task.step,))
        )
        return multiset([ends for ends in found if None not in ends])

    def _ends(self, own: Iterable[str]) -> Iterator[_Ends]:
        return (ends for step in own for ends in self.version.ends_at.get(step, ()))

    def _common_step(self, step: str, own: Mapping[str, str]) -> Hashable:
        """Return a step as the other side knows it; None if the other side lacks the task or link."""
        later = own[step] if step in own else self.renamed.get(step)
        if later is not None:
            return (later, "renamed")
        is_known = step in self.unchanged or (
            step not in self.version.steps and step not in self.version.sources
        )
        return step if is_known else None


def _is_same_task(pair: Pair, before: _RenamedVersion, after: _RenamedVersion) -> bool:
    """Return whether a removed and an added task are the same, judged by their relations and links.

    Relations to other added and removed tasks do not count. At most as many may be on one side only as on
    both; one more if the command is the same. If the command is empty or that of other tasks too, at most one
    of its relations, links and fields may differ.
    """
    old, new = pair
    was, becomes = before.ends_of(old, new, new.step), after.ends_of(new, old, new.step)
    unlike = len(was ^ becomes)
    bodies = {_body(old), _body(new)}
    if None in bodies or any(
        max(side.version.bodies[body] for side in (before, after)) > 1 for body in bodies
    ):
        return unlike + differing(old.record, new.record) <= 1
    return unlike <= len(was & becomes) + (len(bodies) == 1)


def _by(key: Callable[[Entry], Hashable | None], entries: Iterable[Entry]) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        found = key(entry)
        if found is not None:
            groups[found].append(entry)
    return groups


def _content(entry: Entry) -> Hashable:
    return marshal.dumps({key: value for key, value in entry.record.items() if key != _NAME}, 2)


def _body(entry: Entry) -> Hashable | None:
    return _body_of(entry.record)


def _body_of(task: Record) -> Hashable | None:
    body = task.get(BODY)
    return body if isinstance(body, str) and body.strip() else None


def _exchanged_names(tasks: Matching, before: FlowVersion, after: FlowVersion) -> list[Pair]:
    """Detect renames in which a name is reused: a to b and b to a, or b to c and a to b.

    Candidates are tasks that differ only in the name, then tasks of the same command, then of a similar one.
    A task that has its name on both sides counts as renamed only if that explains more with fewer changes.
    """
    found: list[Pair] = []
    for followers in (_unique(_content), _unique(_body), _are_alike):
        rest = exclude_pairs(tasks, found)
        if not rest.pairs:
            break
        namesakes = {old.step: (old.record, new.record) for old, new in rest.pairs}
        for chain in _chains(rest, followers):
            if _explains_more(chain, namesakes, before, after):
                found += chain
    return found


def _chains(tasks: Matching, followers: "_Followers") -> Iterator[_Chain]:
    """Yield chains of tasks that become one another: open ones, then closed ones."""
    old_entries = {old.step: old for old in [*(old for old, _ in tasks.pairs), *tasks.removed]}
    new_entries = {new.step: new for new in [*(new for _, new in tasks.pairs), *tasks.added]}
    follower = {old: new for old, new in followers(old_entries, new_entries).items() if old != new}
    visited: set[str] = set()
    heads = sorted(follower.keys() - follower.values())
    for start in (*heads, *sorted(follower)):
        steps = _walk(start, follower, visited)
        chain = [
            (old_entries[old], new_entries[new]) for old, new in zip([start, *steps], steps, strict=False)
        ]
        if any(old.step in new_entries or new.step in old_entries for old, new in chain):
            yield chain


def _walk(start: str, follower: Mapping[str, str], visited: set[str]) -> list[str]:
    """Follow the names from one to the next, up to one that was visited."""
    steps: list[str] = []
    step = start
    while step in follower and step not in visited:
        visited.add(step)
        step = follower[step]
        steps.append(step)
    return steps


_Entries: TypeAlias = Mapping[str, Entry]
_Followers: TypeAlias = Callable[[_Entries, _Entries], dict[str, str]]
"""From the step of a task before to that of the one it may have become."""


def _unique(key: Callable[[Entry], Hashable | None]) -> _Followers:
    """Return a function that finds the only task of the same key on the other side."""

    def followers(old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
        before, after = _by(key, old_entries.values()), _by(key, new_entries.values())
        return {
            before[same][0].step: after[same][0].step
            for same in before.keys() & after.keys()
            if len(before[same]) == len(after[same]) == 1
        }

    return followers


def _are_alike(old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
    """Find the task with the most similar command, among those whose command has changed."""
    before = [
        old
        for step, old in old_entries.items()
        if step not in new_entries or _body(old) != _body(new_entries[step])
    ]
    after = [
        new
        for step, new in new_entries.items()
        if step not in old_entries or _body(new) != _body(old_entries[step])
    ]
    pairs = find_similar(before, after, (old.record for old in before), (new.record for new in after))
    return {old.step: new.step for old, new in pairs}


def _explains_more(
    chain: _Chain, namesakes: Mapping[str, tuple[Record, Record]], before: FlowVersion, after: FlowVersion
) -> bool:
    """Return whether the renames leave fewer changes than comparing tasks by name, relations included.

    A displaced task without a counterpart counts as removed or added.
    """
    names = {old.step: new.step for old, new in chain}
    touched = [*{*names, *names.values()}]
    by_name = sum(differing(*namesakes[step]) if step in namesakes else 1 for step in touched)
    bereft = names.keys() ^ {*names.values()}
    by_rename = sum(1 + differing(old.record, new.record) for old, new in chain)
    by_rename += sum(step in namesakes for step in bereft)
    by_name += _differing_relations(touched, {}, before, after)
    return by_rename + _differing_relations(touched, names, before, after) < by_name


def _differing_relations(
    steps: Sequence[str], names: Mapping[str, str], before: FlowVersion, after: FlowVersion
) -> int:
    """Count the relations of these tasks that are on one side only, with the tasks renamed."""
    bereft = {new: (new, "gone") for new in names.values()}
    exchanged: Mapping[str, Hashable] = {**bereft, **names}
    old = {
        (exchanged.get(one, one), exchanged.get(other, other))
        for step in steps
        for one, other in before.ends_at.get(step, ())
    }
    becomes = {ends for step in steps for ends in after.ends_at.get(step, ())}
    return len(old ^ becomes)
