"""Task graphs as inline SVG; shapes and signs repeat what the colours say."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from flowsync.flow.printable import plural, printable_name
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState, changed_neighbourhood, limit_edges
from flowsync.report.html.graph.geometry import SIGNS, Arrow, Box, layout_graph, middle_of, path_of
from flowsync.report.html.graph.layout import BOX_HEIGHT
from flowsync.report.html.templating import render
from flowsync.report.truncation import describe_omitted

MAX_NODES: Final = 300
_MAX_EDGES: Final = 900  # beyond, the layout takes seconds and nobody can read it
_MAX_NEIGHBOUR_EDGES: Final = 300
_AT_A_GLANCE: Final = 40
_MAX_NEIGHBOURS: Final = 60  # of what changed and what is next to it
_HEAD: Final = 7
_SIGNS: Final[Mapping[ViewState, str]] = MappingProxyType(
    {state: mark.strip() for state, mark in SIGNS.items() if mark}
)


def draw_graphs(graph: GraphView, room: int = MAX_NODES) -> Markup:
    """Draw the graph, or what changed in it with the whole graph folded away, or what changed alone.

    `room` is the number of nodes that may still be drawn.
    """
    if room <= 0:
        return Markup('<p class="note">The graph is left out: this report has too many of them.</p>')
    count = len(graph.nodes)
    whole = count <= min(MAX_NODES, room) and len(graph.edges) <= _MAX_EDGES
    changed = any(one.state is not ViewState.SAME for one in _all(graph))
    if changed and whole and count <= _AT_A_GLANCE:
        return _drawn(near=graph)
    part = limit_edges(changed_neighbourhood(graph, min(_MAX_NEIGHBOURS, room)), _MAX_NEIGHBOUR_EDGES)
    title = "The whole graph" if changed else "The graph, nothing changed in it"
    return _drawn(
        near=part if changed and part.nodes else None,
        whole=graph if whole else None,
        summary=f"{title}: {_tasks(graph)}",
    )


def draw_graph(graph: GraphView) -> Markup:
    """Draw the whole graph unfolded; a note instead where it is too large to be read."""
    if len(graph.nodes) <= MAX_NODES and len(graph.edges) <= _MAX_EDGES:
        return _drawn(near=graph) if graph.nodes else Markup()
    return Markup('<p class="note">{} are too many for a picture.</p>').format(_tasks(graph))


def drawn_nodes(graph: GraphView, room: int = MAX_NODES) -> int:
    """Return how many boxes `pictures` draws."""
    return min(len(graph.nodes), MAX_NODES, room) + min(len(graph.nodes), _MAX_NEIGHBOURS)


def _drawn(*, near: GraphView | None, whole: GraphView | None = None, summary: str = "") -> Markup:
    figures = {"near": near and _figure(near), "whole": whole and _figure(whole)}
    return render("graph", {**figures, "summary": summary})


def _tasks(graph: GraphView) -> str:
    """Return how many tasks of the flow itself there are."""
    return plural(sum(node.is_task for node in graph.nodes), "task")


def _all(graph: GraphView) -> Iterator[ViewNode | ViewEdge]:
    yield from graph.nodes
    yield from graph.edges


def _figure(graph: GraphView) -> Mapping[str, object]:
    placed = layout_graph(graph)
    states = {one.state for one in _all(graph)}
    ordered = sorted(placed.arrows, key=lambda arrow: arrow.edge.state is not ViewState.SAME)
    return {
        "width": f"{placed.width:.0f}",
        "height": f"{placed.height:.0f}",
        "summary": _summary(graph),
        "arrows": [_arrow(arrow, graph) for arrow in ordered],
        "boxes": [_box(box) for box in placed.boxes],
        "signs": [(sign, state) for state, sign in _SIGNS.items() if state in states],
        "legend": [*_legend(graph, circular=any(arrow.leads_back for arrow in placed.arrows))],
        "left_out": describe_omitted(graph.omitted),
    }


def _legend(graph: GraphView, *, circular: bool) -> Iterator[str]:
    if any(node.linked for node in graph.nodes):
        yield "rounded: in another flow"
    if any(node.missing for node in graph.nodes):
        yield "dotted: no such task"
    if circular:
        yield "arrow to the left: closes a circle"


def _summary(graph: GraphView) -> str:
    def with_states(ones: tuple[ViewNode, ...] | tuple[ViewEdge, ...]) -> str:
        counts = Counter(one.state for one in ones)
        changed = [f"{counts[state]} {state}" for state in _SIGNS if counts[state]]
        return f" ({', '.join(changed)})" if changed else ""

    tasks = tuple(node for node in graph.nodes if node.is_task)
    return (
        f"{plural(len(tasks), 'task')}{with_states(tasks)}, "
        f"{plural(len(graph.edges), 'arrow')}{with_states(graph.edges)}"
    )


def _box(box: Box) -> Mapping[str, object]:
    node = box.node
    return {
        "title": _title(node),
        "kind": _kind(node),
        "label": box.label,
        "x": f"{box.x:.1f}",
        "y": f"{box.y:.1f}",
        "width": f"{box.width:.1f}",
        "height": BOX_HEIGHT,
        "radius": 13 if node.linked else 4,
        "text_x": f"{box.x + box.width / 2:.1f}",
        "text_y": f"{box.y + BOX_HEIGHT / 2 + 4:.1f}",
    }


def _kind(node: ViewNode) -> str:
    if node.linked:
        return f"{ViewState.SAME} linked"
    return f"{node.state} missing" if node.missing else node.state


def _title(node: ViewNode) -> str:
    name = printable_name(node.name)
    where = ", in another flow" if node.linked else ", no such task" if node.missing else ""
    match node.state:
        case ViewState.SAME:
            return f"{name}{where}"
        case ViewState.RENAMED if node.old_name:
            return f"{name}: renamed from {printable_name(node.old_name)}{where}"
        case _:
            return f"{name}: {'link ' if node.linked else ''}{node.state}{where}"


def _arrow(arrow: Arrow, graph: GraphView) -> Mapping[str, object]:
    edge = arrow.edge
    source, target = (printable_name(graph.nodes[end].name) for end in (edge.source, edge.target))
    change = "" if edge.state is ViewState.SAME else f": {edge.state}"
    x, y = middle_of(arrow) if edge.state in _SIGNS else (0, 0)
    return {
        "state": edge.state,
        "title": f"{target} waits for {source}{change}",
        "path": path_of(arrow),
        "head": _head(arrow),
        "sign": _SIGNS.get(edge.state, ""),
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "text_y": f"{y + 4:.1f}",
    }


def _head(arrow: Arrow) -> str:
    """Return the two strokes of an arrow's head; arrows arrive on the level."""
    (before, _), (x, y) = arrow.points[-2:]
    back = x - _HEAD if before <= x else x + _HEAD
    return f"M{back:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 4:.1f}"
