"""Where the boxes and arrows of a task graph stand: layers from left to right, the same on every machine."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from flowsync.diff.picture import Edge, Node, State, TaskGraph
from flowsync.report.html.layers import BOX_HEIGHT, Pair, Part, Point, forward, parts
from flowsync.report.wording import printable

_GAP: Final = 54  # between columns
_PART_GAP: Final = 22  # between parts that do not hang together
_MARGIN: Final = 10
_CHARACTER: Final = 7.3
_PADDING: Final = 20
_LONGEST_LABEL: Final = 36
_SHELF: Final = 900
_TWIN_SHIFT: Final = 8  # between arrows that join the same two boxes


@dataclass(frozen=True, slots=True)
class Box:
    """A task in its place; `label` is its name, cut if it is long."""

    x: float
    y: float
    width: float
    label: str
    node: Node


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge as points that alternate: out of a box, through the columns it passes, into a box."""

    points: tuple[Point, ...]
    edge: Edge


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes and arrows, and the size of the whole."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def drawing(graph: TaskGraph) -> Drawing:
    """The whole graph. Arrows that close a cycle lead back from right to left."""
    labels = [label_of(node) for node in graph.nodes]
    widths = [_PADDING + _CHARACTER * sum(map(_columns_of, label)) for label in labels]
    ranks = forward(graph)
    pairs = {_sorted_pair(edge, ranks) for edge in graph.edges if edge.source != edge.target}
    boxes: dict[int, Box] = {}
    routes: dict[Pair, tuple[Point, ...]] = {}
    width = height = 0.0
    for part, (left, top) in _on_shelves(parts(len(labels), pairs), widths):
        columns = _column_edges(part, widths, left)
        for number, column in part.columns.items():
            if number < len(graph.nodes):
                start, _ = columns[column]
                boxes[number] = Box(
                    start, top + part.heights[number], widths[number], labels[number], graph.nodes[number]
                )
        routes.update(_routes(part, columns, top, widths))
        width = max(width, *(end for _, end in columns.values()))
        height = max(height, top + _height(part))
    return Drawing(
        width + _MARGIN,
        height + _MARGIN,
        tuple(boxes[number] for number in range(len(graph.nodes))),
        tuple(_arrows(graph.edges, routes, boxes, ranks)),
    )


def label_of(node: Node) -> str:
    """What stands in a box; both names of a renamed task."""
    if node.state is State.RENAMED and node.was:
        half = _LONGEST_LABEL * 2 // 3
        return f"{_cut(node.was, half)} → {_cut(node.name, half)}"
    return f"{MARKS[node.state]}{_cut(node.name, _LONGEST_LABEL)}"


MARKS: Final[Mapping[State, str]] = {
    State.SAME: "",
    State.ADDED: "+ ",
    State.REMOVED: "− ",  # noqa: RUF001 - the minus sign
    State.CHANGED: "~ ",
    State.RENAMED: "→ ",
}


def _cut(name: str, longest: int) -> str:
    shown = printable(name) or "(no name)"
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _height(part: Part) -> float:
    return max(part.heights.values()) + BOX_HEIGHT


def _on_shelves(placed: Sequence[Part], widths: Sequence[float]) -> Iterator[tuple[Part, Point]]:
    """The parts beside one another while there is room, then below."""
    spans = [max(end for _, end in _column_edges(part, widths, 0.0).values()) for part in placed]
    room = max([_SHELF, *spans])
    left = top = float(_MARGIN)
    below = top
    for part, span in zip(placed, spans, strict=True):
        if left > _MARGIN and left + span > room:
            left, top = float(_MARGIN), below + _PART_GAP
        yield part, (left, top)
        left += span + _PART_GAP
        below = max(below, top + _height(part))


def _column_edges(part: Part, widths: Sequence[float], left: float) -> dict[int, Point]:
    """Left and right edge of each column, as wide as its widest box."""
    widest = dict.fromkeys(range(max(part.columns.values()) + 1), 0.0)
    for number, column in part.columns.items():
        if number < len(widths):
            widest[column] = max(widest[column], widths[number])
    edges: dict[int, Point] = {}
    for column, width in widest.items():
        edges[column] = (left, left + width)
        left += width + _GAP
    return edges


def _routes(
    part: Part, columns: Mapping[int, Point], top: float, widths: Sequence[float]
) -> Iterator[tuple[Pair, tuple[Point, ...]]]:
    """The points of each chain: right edge of its first box, both edges of what it passes, left edge."""
    for pair, (first, *passed, last) in part.chains.items():
        start = columns[part.columns[first]][0] + widths[first]
        middle = BOX_HEIGHT / 2
        points = [(start, top + part.heights[first] + middle)]
        for number in passed:
            height = top + part.heights[number] + middle
            points += [(edge, height) for edge in columns[part.columns[number]]]
        points.append((columns[part.columns[last]][0], top + part.heights[last] + middle))
        yield pair, tuple(points)


def _sorted_pair(edge: Edge, ranks: Sequence[int]) -> Pair:
    if ranks[edge.source] <= ranks[edge.target]:
        return (edge.source, edge.target)
    return (edge.target, edge.source)


def _arrows(
    edges: Iterable[Edge],
    routes: Mapping[Pair, tuple[Point, ...]],
    boxes: Mapping[int, Box],
    ranks: Sequence[int],
) -> Iterator[Arrow]:
    twins: dict[Pair, int] = {}
    for edge in edges:
        if edge.source == edge.target:
            yield Arrow(tuple(_loop(boxes[edge.source])), edge)
            continue
        pair = _sorted_pair(edge, ranks)
        shift = _TWIN_SHIFT * twins.setdefault(pair, 0)
        twins[pair] += 1
        points = [(x, y + min(shift, BOX_HEIGHT / 2)) for x, y in routes[pair]]
        yield Arrow(tuple(points if pair[0] == edge.source else reversed(points)), edge)


def _loop(box: Box) -> list[Point]:
    """Out of the right edge of a box and back into it."""
    right, middle = box.x + box.width, box.y + BOX_HEIGHT / 2
    return [(right, middle - 6), (right + 14, middle), (right, middle + 6)]


def path_of(arrow: Arrow) -> str:
    """The points as an SVG path: curves between columns, straight lines through them."""
    (x, y), *_ = arrow.points
    steps = [f"M{x:.1f} {y:.1f}"]
    for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(arrow.points)):
        middle = (x0 + x1) / 2
        straight = number % 2 or y0 == y1
        steps.append(
            f"L{x1:.1f} {y1:.1f}"
            if straight
            else f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        )
    return "".join(steps)
