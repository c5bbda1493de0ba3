"""Tasks that go on under another name."""

import marshal
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs
from flowsync.diff.positions import Graph, PositionMatcher, Topology
from flowsync.diff.similarity import BODY, are_at_all_alike, differing, find_similar
from flowsync.flow.fields import LINK_RELATION, RELATION, TASK, TASK_LINK
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value
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
        relations = [(_step_of(one, source), _step_of(one, target)) for one in self.relations]
        links = [
            (entry_step(link, TASK_LINK.identity), _step_of(record, LINK_RELATION.identity[0]))
            for link in self.links
            for record in entries(link, TARGETS)
        ]
        return Topology([*relations, *links])

    @cached_property
    def steps(self) -> frozenset[str]:
        """The steps of all tasks."""
        return frozenset(entry_step(task, TASK.identity) for task in self.tasks)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The steps of what the links lead to."""
        return frozenset(entry_step(link, TASK_LINK.identity) for link in self.links)

    @cached_property
    def bodies(self) -> Counter[Hashable]:
        """How many tasks have each command."""
        return Counter(map(_body_of, self.tasks))


def detect_renames(tasks: Matching, before: FlowVersion, after: FlowVersion) -> list[Pair]:
    """Find the tasks that were renamed, each as it was and as it is.

    In this order, each near linear in the size of the flow: tasks that are the same but for the name, also
    where names were exchanged; tasks of the same command; tasks of nearly the same command (see `similar`);
    tasks in the same place with a command that is at all alike. Among equals, position in the task graph
    decides (see `positions`). A pair whose relations and links differ too much (see `_goes_on`) is a removed
    and an added task.
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
    """One side, the steps of its renamed tasks with those that they have later, and the steps that stay.

    Of links, the steps of what they lead to: a link that leads elsewhere now tells nothing of its tasks.
    """

    version: FlowVersion
    renamed: Mapping[str, str]
    unchanged: Container[str]

    def ends_of(self, task: Entry, namesake: Entry, later: str) -> set[tuple[Hashable, Hashable]]:
        """The relations and links of a task to what both sides have, comparable between them.

        Those under the name that it has on the other side are its own where nobody has that name here:
        somebody renamed the task, and forgot them.
        """
        forgotten = namesake.step not in self.version.steps
        own = {task.step: later, **({namesake.step: later} if forgotten else {})}
        found = (
            (self._common_step(one, own), self._common_step(other, own)) for one, other in self._ends(own)
        )
        return {ends for ends in found if None not in ends}

    def ends_alone(self, task: Entry) -> Hashable:
        """The relations and links of a task to what both sides have, its own name left open."""
        found = (
            (self._common_step(one, {task.step: ""}), self._common_step(other, {task.step: ""}))
            for one, other in self._ends((task.step,))
        )
        return frozenset(Counter(ends for ends in found if None not in ends).items())

    def _ends(self, own: Iterable[str]) -> Iterator[_Ends]:
        return (ends for step in own for ends in self.version.ends_at.get(step, ()))

    def _common_step(self, step: str, own: Mapping[str, str]) -> Hashable:
        """A step as the other side knows it; None for a task or link that the other side has not."""
        later = own[step] if step in own else self.renamed.get(step)
        if later is not None:
            return (later, "renamed")
        is_known = step in self.unchanged or (
            step not in self.version.steps and step not in self.version.sources
        )
        return step if is_known else None


def _is_same_task(pair: Pair, before: _RenamedVersion, after: _RenamedVersion) -> bool:
    """Whether a task that is gone is one that came, by what it waits for and what waits for it.

    Of its relations and links, less those to tasks that went or came, no more may be on one side only than
    are on both; one more where the command is the same. Where the command is that of other tasks too, or
    there is none, it says nothing: all but one of its relations, links and fields are to be the same.
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
    """Renames in which a name is taken over: a to b and b to a, or b to c and a to b.

    They are looked for among tasks that are the same but for the name, then among those of the same command,
    then among those of nearly the same one. A task that has its name on both sides counts as renamed only
    where that explains more with less.
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
    """Chains of tasks that go on as one another: open ones, then those that come back to where they start."""
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
    """The names that one name after the other went to, as far as they were not seen."""
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
    """The only task of the same key on the other side."""

    def followers(old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
        before, after = _by(key, old_entries.values()), _by(key, new_entries.values())
        return {
            before[same][0].step: after[same][0].step
            for same in before.keys() & after.keys()
            if len(before[same]) == len(after[same]) == 1
        }

    return followers


def _are_alike(old_entries: _Entries, new_entries: _Entries) -> dict[str, str]:
    """The task of the most similar command, among those whose own command is another one now."""
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
    """Whether the renames leave fewer changes than comparing tasks of one name, relations included.

    Whoever has its name taken from it, and goes on as nobody, counts as removed or added.
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
    """How many relations of these tasks are on one side only, with the tasks renamed."""
    bereft = {new: (new, "gone") for new in names.values()}
    exchanged: Mapping[str, Hashable] = {**bereft, **names}
    old = {
        (exchanged.get(one, one), exchanged.get(other, other))
        for step in steps
        for one, other in before.ends_at.get(step, ())
    }
    becomes = {ends for step in steps for ends in after.ends_at.get(step, ())}
    return len(old ^ becomes)


def _step_of(relation: Mapping[str, Value], end: str) -> str:
    """The step of the task at one end of a relation, as the task itself has it."""
    named = {_NAME: relation[end]} if end in relation else {}
    return entry_step(named, TASK.identity)
