"""Pair removed and added tasks of equal content by their position in the task graph."""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Final, TypeAlias

from flowsync.diff.flow_version import MatchedVersion, multiset
from flowsync.diff.list_matching import Entry, Pair
from flowsync.diff.similarity import count_differing
from flowsync.flow.multimap import multimap

_ROUNDS: Final = 16
_MANY_PAIRS: Final = 100

_Natural: TypeAlias = list[tuple[str, int]]
_Colour: TypeAlias = Hashable
_Class: TypeAlias = tuple[list[str], list[str]]
"""The tasks of one colour before and after."""


class PositionMatcher:
    """Pairs removed and added tasks of equal `kind`, starting from matched neighbours.

    The versions learn each pair, and a pair identifies neighbours that are the only ones of their kind. The
    pairs do not depend on the order of the sides.
    """

    def __init__(
        self,
        removed: Sequence[Entry],
        added: Sequence[Entry],
        kind: Callable[[Entry], Hashable | None],
        versions: tuple[MatchedVersion, MatchedVersion],
    ) -> None:
        old_kinds, new_kinds = (
            {entry.step: key for entry in side if (key := kind(entry)) is not None}
            for side in (removed, added)
        )
        common = {*old_kinds.values()} & {*new_kinds.values()}
        self._kinds = tuple(
            {step: key for step, key in side.items() if key in common} for side in (old_kinds, new_kinds)
        )
        self._entries = tuple({entry.step: entry for entry in side} for side in (removed, added))
        self._versions = versions
        self._queue: deque[tuple[str, str]] = deque()
        self._pairs: list[Pair] = []

    def match(self) -> list[Pair]:
        """Pair by unique kind, by graph, by neighbours, by depth, and at last in topological order."""
        self._match_unique(self._kinds)
        for rounds, with_levels in ((_ROUNDS, True), (1, False), (0, True)):
            if all(self._kinds):
                colours = self._refine(rounds, with_levels=with_levels)
                self._match_unique(colours)
                self._match_classes(colours)
        for old_steps, new_steps in self._in_order(*self._kinds):
            self._match_equals(old_steps, new_steps)
        return self._pairs

    def _match_unique(self, colours: Sequence[Mapping[str, _Colour]]) -> None:
        """Pair the tasks that are the only ones of their colour on both sides."""
        self._pair_unique(colours)
        self._match_neighbours()

    def _pair_unique(self, colours: Sequence[Mapping[str, _Colour]]) -> None:
        for old_steps, new_steps in _common_classes(*colours):
            if len(old_steps) == len(new_steps) == 1:
                self._pair(old_steps[0], new_steps[0])

    def _match_classes(self, colours: Sequence[Mapping[str, _Colour]]) -> None:
        """Pair the tasks of one colour that have the same matched neighbours."""
        rest = (
            {step: side[step] for step in kinds} for side, kinds in zip(colours, self._kinds, strict=True)
        )
        for steps_of_colour in self._in_order(*rest):
            neighbours = (
                {step: version.matched_neighbours(step) for step in steps if step in kinds}
                for version, steps, kinds in zip(self._versions, steps_of_colour, self._kinds, strict=True)
            )
            for old_steps, new_steps in self._in_order(*neighbours):
                self._match_equals(old_steps, new_steps)

    def _in_order(self, before: Mapping[str, _Colour], after: Mapping[str, _Colour]) -> list[_Class]:
        """Return the tasks of each common colour, in topological order."""
        classes = _common_classes(before, after)
        if len(classes) < 2:  # noqa: PLR2004  # the order needs the levels of all tasks
            return classes
        return sorted(classes, key=lambda sides: self._order(sides[0][0], sides[1][0]))

    def _match_equals(self, old_steps: list[str], new_steps: list[str]) -> None:
        """Pair tasks of the same position: by their fields, then in topological order."""
        for old, new in self._rank(old_steps, new_steps):
            if old in self._kinds[0] and new in self._kinds[1]:
                self._pair(old, new)
                self._match_neighbours()

    def _rank(self, old_steps: list[str], new_steps: list[str]) -> Iterable[tuple[str, str]]:
        if len(old_steps) * len(new_steps) <= _MANY_PAIRS:
            return sorted(product(old_steps, new_steps), key=lambda pair: self._distance(*pair))
        ordered = (
            sorted(steps, key=lambda step: (version.level(step), _natural(step)))
            for steps, version in zip((old_steps, new_steps), self._versions, strict=True)
        )
        return zip(*ordered, strict=False)

    def _distance(self, old: str, new: str) -> tuple[int, int, list[_Natural]]:
        fields = count_differing(self._entries[0][old].record, self._entries[1][new].record)
        levels_of = zip(self._versions[0].level(old), self._versions[1].level(new), strict=True)
        return fields, sum(abs(one - other) for one, other in levels_of), self._order(old, new)[1]

    def _order(self, old: str, new: str) -> tuple[int, list[_Natural]]:
        """Return the topological order, then the names: the same from either side."""
        depth = min(self._versions[0].level(old), self._versions[1].level(new))[0]
        return depth, sorted((_natural(old), _natural(new)))

    def _pair(self, old: str, new: str) -> None:
        for side, step in enumerate((old, new)):
            del self._kinds[side][step]
            self._versions[side].matched[step] = new
        self._pairs.append((self._entries[0][old], self._entries[1][new]))
        self._queue.append((old, new))

    def _match_neighbours(self) -> None:
        """Pair the neighbours of pairs that are the only ones of their kind on both sides."""
        before, after = (version.version for version in self._versions)
        while self._queue and all(self._kinds):
            old, new = self._queue.popleft()
            for sides in (
                (before.downstream.get(old, ()), after.downstream.get(new, ())),
                (before.upstream.get(old, ()), after.upstream.get(new, ())),
            ):
                self._pair_unique(
                    [
                        {step: kinds[step] for step in steps if step in kinds}
                        for steps, kinds in zip(sides, self._kinds, strict=True)
                    ]
                )

    def _refine(self, rounds: int, *, with_levels: bool) -> list[dict[str, int]]:
        """Colour the tasks by kind and level, then by the colours of their neighbours until stable."""
        numbers: dict[Hashable, int] = {}
        colours = [
            {
                step: numbers.setdefault((kind, version.level(step) if with_levels else None), len(numbers))
                for step, kind in kinds.items()
            }
            for kinds, version in zip(self._kinds, self._versions, strict=True)
        ]
        count = 0
        for _ in range(rounds):
            if len({*colours[0].values(), *colours[1].values()}) == count:
                break
            count = len({*colours[0].values(), *colours[1].values()})
            colours = [
                {
                    step: numbers.setdefault(_neighbourhood_colour(step, version, side), len(numbers))
                    for step in side
                }
                for side, version in zip(colours, self._versions, strict=True)
            ]
        return colours


def _neighbourhood_colour(step: str, version: MatchedVersion, colours: Mapping[str, int]) -> Hashable:
    """Return the colour of a task with its neighbours' colours.

    Neighbours without a counterpart count as one.
    """
    neighbours = (
        multiset([version.matched.get(one) or colours.get(one) for one in side.get(step, ())])
        for side in (version.version.upstream, version.version.downstream)
    )
    return (colours[step], *neighbours)


def _common_classes(before: Mapping[str, _Colour], after: Mapping[str, _Colour]) -> list[_Class]:
    """Return the tasks of each colour that both sides have."""
    old, new = (multimap((colour, step) for step, colour in side.items()) for side in (before, after))
    return [(steps, new[colour]) for colour, steps in old.items() if colour in new]


def _natural(step: str) -> _Natural:
    """Return a sort key that puts step2 before step10."""
    return [(text, int(digits or 0)) for text, digits in re.findall(r"([^0-9]*)([0-9]{0,18})", step)]
