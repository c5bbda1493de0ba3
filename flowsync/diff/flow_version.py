"""Versions of a flow as graphs of steps, and their steps matched with the other version."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Pair
from flowsync.diff.similarity import body_of
from flowsync.flow.fields import LINK_RELATION, RELATION, TASK, TASK_LINK
from flowsync.flow.links import TARGETS
from flowsync.flow.multimap import multimap
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record
from flowsync.graph.edges import entries
from flowsync.graph.levels import depths_and_heights

_NAME: Final = TASK.identity[0]
_NAMES: Final = 100_000

Ends: TypeAlias = tuple[str, str]
"""The steps of both ends of a relation, or of a link and a task that waits for it."""


class FlowVersion:
    """The tasks, relations and links of one side."""

    def __init__(self, tasks: Sequence[Record], relations: Sequence[Record], links: Sequence[Record]) -> None:
        self.tasks = tasks
        self.relations = relations
        self.links = links

    @cached_property
    def edges(self) -> list[Ends]:
        """All relations, and all links once for each target."""
        source, target = RELATION.identity
        relations = [(_step_of(one, source), _step_of(one, target)) for one in self.relations]
        links = [
            (entry_step(link, TASK_LINK.identity), _step_of(record, LINK_RELATION.identity[0]))
            for link in self.links
            for record in entries(link, TARGETS)
        ]
        return relations + links

    @cached_property
    def edges_at(self) -> Mapping[str, list[Ends]]:
        """The edges by the step of each end."""
        return multimap((step, ends) for ends in self.edges for step in {*ends})

    @cached_property
    def upstream(self) -> Mapping[str, list[str]]:
        """The direct upstream of each task."""
        return multimap((target, source) for source, target in self.edges)

    @cached_property
    def downstream(self) -> Mapping[str, list[str]]:
        """The direct downstream of each task."""
        return multimap(self.edges)

    @cached_property
    def levels(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The depth of each task, counted from those without upstream, and its height, from the other end."""
        return depths_and_heights(self.edges)

    @cached_property
    def steps(self) -> frozenset[str]:
        """The steps of all tasks."""
        return frozenset(entry_step(task, TASK.identity) for task in self.tasks)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The steps of the sources of links."""
        return frozenset(entry_step(link, TASK_LINK.identity) for link in self.links)

    @cached_property
    def bodies(self) -> Counter[Hashable]:
        """The number of tasks with each command."""
        return Counter(map(body_of, self.tasks))


def _step_of(relation: Record, end: str) -> str:
    """Return the step of the task at one end of a relation."""
    name = relation.get(end)
    if isinstance(name, str):
        return _step_of_name(name)
    return entry_step({_NAME: name} if end in relation else {}, TASK.identity)


@lru_cache(maxsize=_NAMES)
def _step_of_name(name: str) -> str:
    return entry_step({_NAME: name}, TASK.identity)


class MatchedVersion:
    """A version, and the steps of its tasks and links that both sides have.

    `matched` leads from these steps to those on the after side. A link counts by the step of its source:
    a link with another source does not identify its tasks.
    """

    def __init__(self, version: FlowVersion, matched: dict[str, str]) -> None:
        self.version = version
        self.matched = matched

    def level(self, step: str) -> tuple[int, int]:
        """Return the depth and the height of a task."""
        depths, heights = self.version.levels
        return depths.get(step, 1), heights.get(step, 1)

    def matched_neighbours(self, step: str) -> Hashable:
        """Return the neighbours of a task that both sides have."""
        sides = (self.version.upstream.get(step, ()), self.version.downstream.get(step, ()))
        return tuple(multiset([self.matched[one] for one in side if one in self.matched]) for side in sides)

    def edges_of(self, names: Mapping[str, str]) -> list[tuple[Hashable, Hashable]]:
        """Return the edges at the steps of `names` to what both sides have, comparable between the sides.

        The edges of a step are those of its value in `names`.
        """
        edges = (ends for step in names for ends in self.version.edges_at.get(step, ()))
        found = ((self._common_step(one, names), self._common_step(other, names)) for one, other in edges)
        return [ends for ends in found if None not in ends]

    def _common_step(self, step: str, names: Mapping[str, str]) -> Hashable:
        """Return a step in terms of the other side; None if the other side lacks the task or link."""
        later = names[step] if step in names else self.matched.get(step)
        if later is not None:
            return (later,)
        return None if step in self.version.steps or step in self.version.sources else step


def match_versions(
    renamed: Iterable[Pair], before: FlowVersion, after: FlowVersion
) -> tuple[MatchedVersion, MatchedVersion]:
    """Return both versions; tasks and links of both sides match, and renamed tasks."""
    names = {old.step: new.step for old, new in renamed}
    new_names = {*names.values()}
    unchanged = (before.steps - names.keys()) & (after.steps - new_names) | (before.sources & after.sources)
    return (
        MatchedVersion(before, {**{step: step for step in unchanged}, **names}),
        MatchedVersion(after, {step: step for step in unchanged | new_names}),
    )


def multiset(values: Sequence[Hashable]) -> Hashable:
    """Return a key that is equal for the same values in any order."""
    return tuple(values) if len(values) <= 1 else frozenset(Counter(values).items())
