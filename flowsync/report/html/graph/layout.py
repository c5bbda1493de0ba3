"""Columns and heights of the tasks of a graph; the only module that uses the layout library."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from flowsync.graph.components import connected_parts
from flowsync.graph.view import GraphView, ViewState

BOX_HEIGHT: Final = 26
_ROW: Final = 38  # from one box to the next in a column
_PASSING_ROW: Final = 16  # for an arrow that passes a column
_BOX: Final = (-4, BOX_HEIGHT + 4)  # the range of a column that a box needs, relative to its top
_LANE: Final = (10, 24)  # the same for an arrow and its twin

Point: TypeAlias = tuple[float, float]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Connected nodes: column and height of each, and of each place where an arrow passes a column.

    Numbers beyond those of the nodes are such places; `chains` lead from node to node through them.
    """

    columns: Mapping[int, int]
    heights: Mapping[int, float]
    chains: Mapping[Pair, tuple[int, ...]]


def parts(count: int, pairs: Iterable[Pair]) -> list[Part]:
    """Return the connected parts of a graph without cycles, the largest first; a single box is one, too."""
    ordered = sorted(pairs)
    part_of = {number: at for at, part in enumerate(connected_parts(ordered)) for number in part}
    inside: dict[int, list[Pair]] = defaultdict(list)
    for pair in ordered:
        inside[part_of[pair[0]]].append(pair)
    alone = (Part({number: 0}, {number: 0.0}, {}) for number in range(count) if number not in part_of)
    found = [*(_layout_part(some, count) for some in inside.values()), *alone]
    return sorted(found, key=lambda part: (-len(part.columns), min(part.columns)))


def _layout_part(pairs: Sequence[Pair], count: int) -> Part:
    """Lay out one part with the library.

    It requires nodes that are numbered without gaps, and numbers the places that arrows pass after them. Two
    parts in one call would mix these numbers.
    """
    from fast_sugiyama import from_edges  # noqa: PLC0415 - start-up

    joined = sorted({number for pair in pairs for number in pair})
    dense = {number: place for place, number in enumerate(joined)}
    edges = [(dense[source], dense[target]) for source, target in pairs]
    ((positions, _, _, chained),) = from_edges(
        edges, vertex_spacing=_ROW, dummy_size=_PASSING_ROW, ranking_type="minimize"
    )
    named = {_number_of(place, joined, count): (float(x), float(y)) for place, (x, y) in positions}
    steps = [
        (_number_of(one, joined, count), _number_of(other, joined, count)) for one, other in chained or ()
    ]
    return _part(count, named, steps)


def _number_of(place: int | str, joined: Sequence[int], count: int) -> int:
    """Return the number of a node, or one beyond all nodes for a place that an arrow passes."""
    number = int(place)
    return joined[number] if number < len(joined) else number - len(joined) + count


def _part(count: int, positions: Mapping[int, Point], edges: Sequence[Pair]) -> Part:
    layers = sorted({round(y, 3) for _, y in positions.values()}, reverse=True)
    column_of = {layer: column for column, layer in enumerate(layers)}
    columns = {number: column_of[round(y, 3)] for number, (_, y) in positions.items()}
    return Part(columns, _heights(count, columns, positions), _chains(count, edges))


def _heights(count: int, columns: Mapping[int, int], positions: Mapping[int, Point]) -> Mapping[int, float]:
    """Return the library's heights, moved apart where boxes or arrows of one column would touch."""
    top = min(x for x, _ in positions.values())
    ordered = sorted(positions, key=lambda number: (columns[number], positions[number][0], number))
    heights: dict[int, float] = {}
    for _, column in groupby(ordered, key=columns.__getitem__):
        used = float(_BOX[0])
        for number in column:
            first, last = _BOX if number < count else _LANE
            heights[number] = max(positions[number][0] - top, used - first)
            used = heights[number] + last
    return heights


def _chains(count: int, edges: Sequence[Pair]) -> dict[Pair, tuple[int, ...]]:
    """Return the way of each arrow from node to node, through the places where it passes a column."""
    after = {source: target for source, target in edges if source >= count}
    chains: dict[Pair, tuple[int, ...]] = {}
    for source, target in edges:
        if source < count:
            chain = [source, target]
            while chain[-1] >= count:
                chain.append(after[chain[-1]])
            chains[source, chain[-1]] = tuple(chain)
    return chains


def forward(graph: GraphView) -> Sequence[int]:
    """Rank the nodes such that edges lead to higher ranks, except those that close a cycle.

    If there is a choice, an added or removed edge closes the cycle.
    """
    targets: list[list[int]] = [[] for _ in graph.nodes]
    for edge in sorted(graph.edges, key=lambda edge: edge.state is not ViewState.SAME):
        targets[edge.source].append(edge.target)
    upstream = {edge.target for edge in graph.edges if edge.state is ViewState.SAME}
    finished: dict[int, int] = {}
    visited: set[int] = set()
    for root in sorted(range(len(graph.nodes)), key=upstream.__contains__):
        stack = [(root, iter(targets[root]))] if root not in visited else []
        visited.add(root)
        while stack:
            number, rest = stack[-1]
            following = next((target for target in rest if target not in visited), None)
            if following is None:
                finished[number] = -len(finished)
                stack.pop()
            else:
                visited.add(following)
                stack.append((following, iter(targets[following])))
    return [finished[number] for number in range(len(graph.nodes))]
