"""Pair tasks that only their position in the task graph distinguishes."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Entry, Pair
from flowsync.diff.similarity import differing
from flowsync.graph.levels import depths_and_heights

_ROUNDS: Final = 16
_MANY_PAIRS: Final = 100

_Edge: TypeAlias = tuple[str, str]
_Natural: TypeAlias = list[tuple[str, int]]


@dataclass(frozen=True)
class Topology:
    """Which task of one side waits for which, by the steps of tasks and links."""

    edges: Sequence[_Edge]

    @cached_property
    def sources(self) -> Mapping[str, list[str]]:
        """The direct upstream of each task."""
        return _by_second(self.edges)

    @cached_property
    def targets(self) -> Mapping[str, list[str]]:
        """The direct downstream of each task."""
        return _by_second((target, source) for source, target in self.edges)

    @cached_property
    def levels(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The depth of each task, counted from those without upstream, and its height, from the other end."""
        return depths_and_heights(self.edges)


@dataclass(frozen=True)
class Graph:
    """The topology of one side with what is known of the other side.

    `known` leads from a task or link that both sides have to its step on the after side.
    """

    topology: Topology
    known: dict[str, str]

    def level(self, step: str) -> tuple[int, int]:
        """Return the depth and the height of a task."""
        depths, heights = self.topology.levels
        return depths.get(step, 1), heights.get(step, 1)

    def anchors(self, step: str) -> Hashable:
        """Return the neighbours of a task that both sides have."""
        sides = (self.topology.sources.get(step, ()), self.topology.targets.get(step, ()))
        return tuple(multiset([self.known[one] for one in side if one in self.known]) for side in sides)


_Colour: TypeAlias = Hashable
_Class: TypeAlias = tuple[list[str], list[str]]
"""The tasks of one colour before and after."""
_Colours: TypeAlias = dict[str, _Colour]


class PositionMatcher:
    """Pairs removed and added tasks of equal `kind`, starting from the neighbours that are known.

    The graphs learn each pair, and a pair identifies neighbours that are the only ones of their kind. The
    pairs do not depend on the order of the sides.
    """

    def __init__(
        self,
        removed: Sequence[Entry],
        added: Sequence[Entry],
        kind: Callable[[Entry], Hashable | None],
        before: Graph,
        after: Graph,
    ) -> None:
        old_entries, new_entries = (
            {entry.step: key for entry in side if (key := kind(entry)) is not None}
            for side in (removed, added)
        )
        common = {*old_entries.values()} & {*new_entries.values()}
        self._kinds = tuple(
            {step: key for step, key in side.items() if key in common} for side in (old_entries, new_entries)
        )
        self._entries = tuple({entry.step: entry for entry in side} for side in (removed, added))
        self._graphs = (before, after)
        self._queue: deque[_Edge] = deque()
        self.pairs: list[Pair] = []

    def match(self) -> list[Pair]:
        """Pair by unique kind, by graph, by neighbours, by depth, and at last in topological order."""
        self._match_unique(self._kinds)
        for rounds, with_levels in ((_ROUNDS, True), (1, False), (0, True)):
            if all(self._kinds):
                colours = self._refined(rounds, with_levels=with_levels)
                self._match_unique(colours)
                self._match_classes(colours)
        for old_entries, new_entries in self._in_order(*self._kinds):
            self._match_equals(old_entries, new_entries)
        return self.pairs

    def _match_unique(self, colours: Sequence[Mapping[str, _Colour]]) -> None:
        """Pair the tasks that are the only ones of their colour on both sides."""
        for old_entries, new_entries in _common(*colours):
            if len(old_entries) == len(new_entries) == 1:
                self._pair(old_entries[0], new_entries[0])
        self._match_neighbours()

    def _match_classes(self, colours: Sequence[Mapping[str, _Colour]]) -> None:
        """Pair the tasks of one colour that have the same known neighbours."""
        rest = (
            {step: side[step] for step in kinds} for side, kinds in zip(colours, self._kinds, strict=True)
        )
        for sides in self._in_order(*rest):
            anchors = (
                {step: graph.anchors(step) for step in steps if step in kinds}
                for graph, steps, kinds in zip(self._graphs, sides, self._kinds, strict=True)
            )
            for old_entries, new_entries in self._in_order(*anchors):
                self._match_equals(old_entries, new_entries)

    def _in_order(self, before: Mapping[str, _Colour], after: Mapping[str, _Colour]) -> list[_Class]:
        """Return the tasks of each common colour, in topological order."""
        classes = _common(before, after)
        if len(classes) < 2:  # noqa: PLR2004  # the order needs the levels of all tasks
            return classes
        return sorted(classes, key=lambda sides: self._order(sides[0][0], sides[1][0]))

    def _match_equals(self, old_entries: list[str], new_entries: list[str]) -> None:
        """Pair tasks of the same position: by their fields, then in topological order."""
        for old, new in self._ranked(old_entries, new_entries):
            if old in self._kinds[0] and new in self._kinds[1]:
                self._pair(old, new)
                self._match_neighbours()

    def _ranked(self, old_entries: list[str], new_entries: list[str]) -> Iterable[_Edge]:
        if len(old_entries) * len(new_entries) <= _MANY_PAIRS:
            return sorted(
                ((old, new) for old in old_entries for new in new_entries),
                key=lambda pair: self._distance(*pair),
            )
        ordered = (
            sorted(steps, key=lambda step: (graph.level(step), _natural(step)))
            for steps, graph in zip((old_entries, new_entries), self._graphs, strict=True)
        )
        return zip(*ordered, strict=False)

    def _distance(self, old: str, new: str) -> tuple[int, int, list[_Natural]]:
        fields = differing(self._entries[0][old].record, self._entries[1][new].record)
        levels_of = zip(self._graphs[0].level(old), self._graphs[1].level(new), strict=True)
        return fields, sum(abs(one - other) for one, other in levels_of), self._order(old, new)[1]

    def _order(self, old: str, new: str) -> tuple[int, list[_Natural]]:
        """Topological order, then names: the same from either side."""
        depth = min(self._graphs[0].level(old), self._graphs[1].level(new))[0]
        return depth, sorted((_natural(old), _natural(new)))

    def _pair(self, old: str, new: str) -> None:
        for side, step in enumerate((old, new)):
            del self._kinds[side][step]
            self._graphs[side].known[step] = new
        self.pairs.append((self._entries[0][old], self._entries[1][new]))
        self._queue.append((old, new))

    def _match_neighbours(self) -> None:
        """Pair the neighbours of pairs that are the only ones of their kind on both sides."""
        while self._queue and all(self._kinds):
            old, new = self._queue.popleft()
            before, after = (graph.topology for graph in self._graphs)
            for old_entries, new_entries in (
                (before.targets.get(old, ()), after.targets.get(new, ())),
                (before.sources.get(old, ()), after.sources.get(new, ())),
            ):
                neighbours = (
                    {step: kinds[step] for step in steps if step in kinds}
                    for steps, kinds in zip((old_entries, new_entries), self._kinds, strict=True)
                )
                for left, right in _common(*neighbours):
                    if len(left) == len(right) == 1:
                        self._pair(left[0], right[0])

    def _refined(self, rounds: int, *, with_levels: bool) -> tuple[_Colours, _Colours]:
        """Colour the tasks by kind and level, then by the colours of their neighbours until stable."""
        numbers: dict[Hashable, int] = {}
        colours = tuple(
            {
                step: numbers.setdefault((kind, graph.level(step) if with_levels else None), len(numbers))
                for step, kind in kinds.items()
            }
            for kinds, graph in zip(self._kinds, self._graphs, strict=True)
        )
        count = 0
        for _ in range(rounds):
            if len({*colours[0].values(), *colours[1].values()}) == count:
                break
            count = len({*colours[0].values(), *colours[1].values()})
            colours = tuple(
                {
                    step: numbers.setdefault(_neighbourhood_colour(step, graph, side), len(numbers))
                    for step in side
                }
                for side, graph in zip(colours, self._graphs, strict=True)
            )
        before, after = colours
        return {**before}, {**after}


def _neighbourhood_colour(step: str, graph: Graph, colours: Mapping[str, int]) -> Hashable:
    """Return the colour of a task with its neighbours' colours.

    Neighbours without a counterpart count as one.
    """
    neighbours = (
        multiset([graph.known.get(one) or colours.get(one) for one in side.get(step, ())])
        for side in (graph.topology.sources, graph.topology.targets)
    )
    return (colours[step], *neighbours)


def multiset(values: Sequence[Hashable]) -> Hashable:
    """Return a key that is equal for the same values in any order."""
    return tuple(values) if len(values) <= 1 else frozenset(Counter(values).items())


def _common(before: Mapping[str, _Colour], after: Mapping[str, _Colour]) -> list[_Class]:
    """Return the tasks of each colour that both sides have."""
    old_entries, new_entries = _classes(before), _classes(after)
    return [(old_entries[colour], new_entries[colour]) for colour in old_entries if colour in new_entries]


def _classes(colours: Mapping[str, _Colour]) -> dict[_Colour, list[str]]:
    found: dict[_Colour, list[str]] = defaultdict(list)
    for step, colour in colours.items():
        found[colour].append(step)
    return found


def _by_second(edges: Iterable[_Edge]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for first, second in edges:
        found[second].append(first)
    return found


def _natural(step: str) -> _Natural:
    """Return a sort key that puts step2 before step10."""
    return [(text, int(digits or 0)) for text, digits in re.findall(r"([^0-9]*)([0-9]{0,18})", step)]
