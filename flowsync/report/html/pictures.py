"""Task graphs as inline SVG; shapes and signs say what the colours say."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from flowsync.diff.picture import Edge, Node, State, TaskGraph, neighbourhood, thinned
from flowsync.report.html.drawing import MARKS, Arrow, Box, Drawing, drawing, middle_of, path_of
from flowsync.report.html.layers import BOX_HEIGHT
from flowsync.report.html.markup import Markup, element, joined
from flowsync.report.left_out import left_out_in_words
from flowsync.report.wording import printable

MOST_NODES: Final = 300
_MOST_EDGES: Final = 900  # beyond, the layout takes seconds and nobody can read it
_MOST_EDGES_NEAR: Final = 300
_AT_A_GLANCE: Final = 40
_MOST_NEAR: Final = 60  # of what changed and what is next to it
_HEAD: Final = 7

_SCROLLED: Final = {"class_": "scroll", "tabindex": "0", "role": "region", "aria_label": "Task graph"}
_SIGNS: Final[Mapping[State, str]] = MappingProxyType(
    {state: mark.strip() for state, mark in MARKS.items() if mark}
)


def pictures(graph: TaskGraph, room: int = MOST_NODES) -> Markup:
    """The graph, or what changed in it with the whole graph folded away, or what changed alone.

    `room` is the number of nodes that may still be drawn.
    """
    count = len(graph.nodes)
    whole = count <= min(MOST_NODES, room) and len(graph.edges) <= _MOST_EDGES
    changed = any(one.state is not State.SAME for one in _all(graph))
    if changed and whole and count <= _AT_A_GLANCE:
        return _figure(graph)
    part = thinned(neighbourhood(graph, min(_MOST_NEAR, room)), _MOST_EDGES_NEAR)
    told = "The whole graph" if changed else "The graph, nothing changed in it"
    return joined(
        (
            _figure(part) if changed and part.nodes else "",
            _folded(f"{told}: {_tasks(_count(graph))}", graph) if whole else "",
        )
    )


def picture(graph: TaskGraph) -> Markup:
    """The whole graph in sight, changed or not; a note instead where it is too large to be read."""
    if len(graph.nodes) <= MOST_NODES and len(graph.edges) <= _MOST_EDGES:
        return _figure(graph) if graph.nodes else Markup()
    return element("p", f"{_tasks(_count(graph))} are too many for a picture.", class_="note")


def _count(graph: TaskGraph) -> int:
    """How many tasks of the flow itself there are."""
    return sum(not node.linked for node in graph.nodes)


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _all(graph: TaskGraph) -> Iterator[Node | Edge]:
    yield from graph.nodes
    yield from graph.edges


def _folded(summary: str, graph: TaskGraph) -> Markup:
    return element("details", element("summary", summary), _figure(graph), class_="whole")


def drawn_nodes(graph: TaskGraph, room: int = MOST_NODES) -> int:
    """How many boxes `pictures` draws."""
    return min(len(graph.nodes), MOST_NODES, room) + min(len(graph.nodes), _MOST_NEAR)


def _figure(graph: TaskGraph) -> Markup:
    placed = drawing(graph)
    notes = [_legend(graph, circular=any(arrow.leads_back for arrow in placed.arrows))]
    more = left_out_in_words(graph.left_out)
    if more:
        told = f"What changed and what is next to it; not shown: {more}."
        notes.append(element("span", told, class_="note"))
    return element(
        "figure",
        element("div", _svg(graph, placed), **_SCROLLED),
        element("figcaption", *notes),
        class_="graph",
    )


def _legend(graph: TaskGraph, *, circular: bool) -> Markup:
    states = {one.state for one in _all(graph)}
    told = [
        element("span", element("b", sign, aria_hidden="true"), f" {state}", class_=f"key {state}")
        for state, sign in _SIGNS.items()
        if state in states
    ]
    if any(node.linked for node in graph.nodes):
        told.append(element("span", "rounded: in another flow", class_="key"))
    if circular:
        told.append(element("span", "arrow to the left: closes a circle", class_="key"))
    return element("span", *told, class_="legend")


def _svg(graph: TaskGraph, placed: Drawing) -> Markup:
    ordered = sorted(placed.arrows, key=lambda arrow: arrow.edge.state is not State.SAME)
    width, height = f"{placed.width:.0f}", f"{placed.height:.0f}"
    return element(
        "svg",
        *(_arrow(arrow, graph) for arrow in ordered),
        *map(_box, placed.boxes),
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=_summary(graph),
    )


def _summary(graph: TaskGraph) -> str:
    def counted(ones: tuple[Node, ...] | tuple[Edge, ...]) -> str:
        counts = Counter(one.state for one in ones)
        told = [f"{counts[state]} {state}" for state in _SIGNS if counts[state]]
        return f" ({', '.join(told)})" if told else ""

    return f"{len(graph.nodes)} tasks{counted(graph.nodes)}, {len(graph.edges)} arrows{counted(graph.edges)}"


def _box(box: Box) -> Markup:
    node = box.node
    kind = " linked" if node.linked else ""
    return element(
        "g",
        element("title", _told(node)),
        element(
            "rect",
            x=f"{box.x:.1f}",
            y=f"{box.y:.1f}",
            width=f"{box.width:.1f}",
            height=BOX_HEIGHT,
            rx="13" if node.linked else "4",
        ),
        element(
            "text",
            box.label,
            x=f"{box.x + box.width / 2:.1f}",
            y=f"{box.y + BOX_HEIGHT / 2 + 4:.1f}",
            text_anchor="middle",
        ),
        class_=f"node {State.SAME if node.linked else node.state}{kind}",
    )


def _told(node: Node) -> str:
    name = printable(node.name) or "(no name)"
    where = ", in another flow" if node.linked else ""
    match node.state:
        case State.SAME:
            return f"{name}{where}"
        case State.RENAMED if node.was:
            return f"{name}: renamed from {printable(node.was)}{where}"
        case _:
            return f"{name}: {'link ' if node.linked else ''}{node.state}{where}"


def _arrow(arrow: Arrow, graph: TaskGraph) -> Markup:
    edge = arrow.edge
    source, target = (printable(graph.nodes[end].name) for end in (edge.source, edge.target))
    told = "" if edge.state is State.SAME else f": {edge.state}"
    return element(
        "g",
        element("title", f"{target} waits for {source}{told}"),
        element("path", d=path_of(arrow)),
        element("path", d=_head(arrow), class_="head"),
        *_sign(arrow),
        class_=f"edge {edge.state}",
    )


def _head(arrow: Arrow) -> str:
    """The two strokes of an arrow's head; arrows arrive on the level."""
    (before, _), (x, y) = arrow.points[-2:]
    back = x - _HEAD if before <= x else x + _HEAD
    return f"M{back:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 4:.1f}"


def _sign(arrow: Arrow) -> Iterator[Markup]:
    """The sign of a changed arrow, in its middle."""
    sign = _SIGNS.get(arrow.edge.state)
    if sign:
        x, y = middle_of(arrow)
        yield element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="7")
        yield element("text", sign, x=f"{x:.1f}", y=f"{y + 4:.1f}", text_anchor="middle")
