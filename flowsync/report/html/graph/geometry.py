"""Positions of boxes and arrows of a task graph: layers from left to right, the same on every machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from flowsync.flow.printable import printable_name, shorten
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState
from flowsync.report.html.graph.layout import BOX_HEIGHT, Pair, Part, Point, forward, parts
from flowsync.report.wrapping import columns

_GAP: Final = 54  # between columns
_PART_GAP: Final = 22  # between parts that are not connected
_MARGIN: Final = 10
_CHARACTER: Final = 7.3
_PADDING: Final = 20
_LONGEST_LABEL: Final = 36
_SHELF: Final = 900
_HEAD: Final = 7
_LOOP: Final = 24  # how far a curve that leads back is pulled out of its box
_TWIN_SHIFT: Final = 8  # between arrows that join the same two boxes
_LOWEST: Final = 9  # how far from the middle of its end an arrow may meet a box
_PORTS: Final[Mapping[ViewState, int]] = {ViewState.ADDED: -8, ViewState.CHANGED: -8, ViewState.REMOVED: 8}
"""Where arrows meet a box, from the middle of its end; changed and unchanged arrows have separate heads."""


@dataclass(frozen=True, slots=True)
class Box:
    """A task in its place; `label` is its name, cut if it is long."""

    x: float
    y: float
    width: float
    label: str
    node: ViewNode


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge as points from box to box: level inside a column, a curve between columns.

    `leads_back` is true if it closes a cycle.
    """

    points: tuple[Point, ...]
    edge: ViewEdge
    leads_back: bool

    @property
    def middle(self) -> Point:
        """The position of its sign: between two columns, away from boxes."""
        (x0, y0), *_, (x1, y1) = self.points
        if x0 == x1:
            return x0 + _LOOP * 9 / 16, y0 + (y1 - y0) * 27 / 32  # three quarters of the way
        ordered = sorted(self.points)  # the last step leads to a column, as does every second one before it
        gaps = [*zip(ordered[-2::-2], ordered[::-2], strict=False)]
        (x0, y0), (x1, y1) = gaps[len(gaps) // 2]
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def path(self) -> str:
        """Its points as an SVG path: anything that is not level is a curve."""
        (x, y), *_, (last, _) = self.points
        steps = pairwise(self.points) if x != last else [(self.points[0], self.points[2])]
        return f"M{x:.1f} {y:.1f}" + "".join(_step(*step) for step in steps)

    @property
    def head(self) -> str:
        """The two strokes of its head as an SVG path; arrows arrive on the level."""
        (before, _), (x, y) = self.points[-2:]
        back = x - _HEAD if before <= x else x + _HEAD
        return f"M{back:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 4:.1f}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes and arrows, and the size of the whole."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def layout_graph(graph: GraphView) -> Drawing:
    """Lay out the whole graph. Arrows that close a cycle lead back from right to left."""
    labels = [label_of(node) for node in graph.nodes]
    widths = [_PADDING + _CHARACTER * columns(label) for label in labels]
    ranks = forward(graph)
    pairs = {_sort_pair(edge, ranks) for edge in graph.edges if edge.source != edge.target}
    corners: dict[int, Point] = {}
    routes: dict[Pair, tuple[Point, ...]] = {}
    for part, (left, top) in _on_shelves(parts(len(labels), pairs), widths):
        edges = _column_edges(part, widths, left)
        corners.update(
            {at: (edges[column][0], top + part.heights[at]) for at, column in part.columns.items()}
        )
        routes.update(_routes(part, edges, top, widths))
    boxes = tuple(
        Box(*corners[number], widths[number], labels[number], node) for number, node in enumerate(graph.nodes)
    )
    arrows = tuple(_arrows(graph.edges, routes, boxes, ranks))
    return Drawing(*_size(boxes, arrows), boxes, arrows)


def _size(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Point:
    """Return width and height around all boxes and arrows."""
    ends = [(box.x + box.width, box.y + BOX_HEIGHT) for box in boxes]
    ends += [point for arrow in arrows for point in arrow.points]
    return max((x for x, _ in ends), default=0) + _MARGIN, max((y for _, y in ends), default=0) + _MARGIN


def label_of(node: ViewNode) -> str:
    """Return the label of a box; both names of a renamed task."""
    if node.state is ViewState.RENAMED and node.old_name:
        half = _LONGEST_LABEL * 2 // 3
        return f"{shorten(printable_name(node.old_name), half)} → {shorten(printable_name(node.name), half)}"
    mark = "" if node.linked else SIGNS[node.state]  # only its link changed, not the task of the other flow
    return f"{mark}{shorten(printable_name(node.name), _LONGEST_LABEL)}"


SIGNS: Final[Mapping[ViewState, str]] = {
    ViewState.SAME: "",
    ViewState.ADDED: "+ ",
    ViewState.REMOVED: "− ",  # noqa: RUF001 - the minus sign
    ViewState.CHANGED: "~ ",
    ViewState.RENAMED: "→ ",
}


def _on_shelves(placed: Sequence[Part], widths: Sequence[float]) -> Iterator[tuple[Part, Point]]:
    """Place the parts side by side while there is room, then below."""
    spans = [max(end for _, end in _column_edges(part, widths, 0.0).values()) for part in placed]
    room = max([_SHELF, *spans])
    left = top = float(_MARGIN)
    below = top
    for part, span in zip(placed, spans, strict=True):
        if left > _MARGIN and left + span > room:
            left, top = float(_MARGIN), below + _PART_GAP
        yield part, (left, top)
        left += span + _PART_GAP
        below = max(below, top + max(part.heights.values()) + BOX_HEIGHT)


def _column_edges(part: Part, widths: Sequence[float], left: float) -> dict[int, Point]:
    """Return the left and right edge of each column, as wide as its widest box."""
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
    """Return the points of each chain: level to the edge of its column, through others, to the next box."""
    for pair, (first, *passed, last) in part.chains.items():
        left, right = columns[part.columns[first]]
        ways = [(left + widths[first], right), *(columns[part.columns[number]] for number in passed)]
        heights = [top + part.heights[number] + BOX_HEIGHT / 2 for number in (first, *passed, last)]
        points = [(x, height) for way, height in zip(ways, heights, strict=False) for x in way]
        yield pair, (*points, (columns[part.columns[last]][0], heights[-1]))


def _sort_pair(edge: ViewEdge, ranks: Sequence[int]) -> Pair:
    if ranks[edge.source] <= ranks[edge.target]:
        return (edge.source, edge.target)
    return (edge.target, edge.source)


def _arrows(
    edges: Iterable[ViewEdge],
    routes: Mapping[Pair, tuple[Point, ...]],
    boxes: Sequence[Box],
    ranks: Sequence[int],
) -> Iterator[Arrow]:
    drawn: set[Pair] = set()
    for edge in edges:
        if edge.source == edge.target:
            yield Arrow(tuple(_loop(boxes[edge.source])), edge, leads_back=True)
            continue
        pair = _sort_pair(edge, ranks)
        back = pair[0] != edge.source
        shift = _TWIN_SHIFT if pair in drawn else 0
        port = _PORTS.get(edge.state, -_PORTS[ViewState.ADDED] if back else 0)
        drawn.add(pair)
        points = _shift(routes[pair], shift, min(port + shift, _LOWEST))
        yield Arrow(tuple(reversed(points) if back else points), edge, back)


def _shift(route: Sequence[Point], inside: float, at_ends: float) -> list[Point]:
    """Move a route down; its ends only as far as they still meet the boxes."""
    last = len(route) - 1
    moved = ((x, y + (at_ends if at <= 1 or at == last else inside)) for at, (x, y) in enumerate(route))
    return [*dict.fromkeys(moved)]


def _loop(box: Box) -> list[Point]:
    """Return an arrow out of the right edge of a box and back into it; its middle point pulls the curve."""
    right, middle = box.x + box.width, box.y + BOX_HEIGHT / 2
    return [(right, middle - 9), (right + _LOOP, middle), (right, middle + 9)]


def _step(before: Point, after: Point) -> str:
    (x0, y0), (x1, y1) = before, after
    middle = (x0 + x1) / 2 if x0 != x1 else x0 + _LOOP
    curve = f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return f"L{x1:.1f} {y1:.1f}" if y0 == y1 else curve
