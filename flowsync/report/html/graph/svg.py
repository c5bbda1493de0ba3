"""Task graphs as inline SVG; shapes and signs repeat the meaning of colours."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from markupsafe import Markup

from flowsync.flow.printable import plural, printable_name
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState, changed_neighbourhood, limit_edges
from flowsync.report.html.graph.geometry import SIGNS, layout_graph
from flowsync.report.html.graph.layout import BOX_HEIGHT
from flowsync.report.html.templating import render_template
from flowsync.report.truncation import describe_omitted

MAX_NODES: Final = 300
_MAX_EDGES: Final = 900  # beyond, the layout takes seconds and nobody can read it
_MAX_NEIGHBOUR_EDGES: Final = 300
_MAX_UNFOLDED: Final = 40
_MAX_NEIGHBOURS: Final = 60
_SIGNS: Final = {state: mark.strip() for state, mark in SIGNS.items() if mark}


def draw_graphs(graph: GraphView, room: int = MAX_NODES) -> Markup:
    """Draw the graph; a large one folded away below its changed part, a very large one only as that part.

    `room` is the number of nodes that may still be drawn.
    """
    if room <= 0:
        return Markup('<p class="note">The graph is left out: this report has too many of them.</p>')
    count = len(graph.nodes)
    whole = count <= min(MAX_NODES, room) and len(graph.edges) <= _MAX_EDGES
    changed = any(one.state is not ViewState.SAME for one in _elements(graph))
    if changed and whole and count <= _MAX_UNFOLDED:
        return _drawn(near=graph)
    part = limit_edges(changed_neighbourhood(graph, min(_MAX_NEIGHBOURS, room)), _MAX_NEIGHBOUR_EDGES)
    title = "The whole graph" if changed else "The graph, unchanged"
    return _drawn(
        near=part if changed and part.nodes else None,
        whole=graph if whole else None,
        summary=f"{title}: {_tasks(graph)}",
    )


def draw_graph(graph: GraphView) -> Markup:
    """Draw the whole graph unfolded, or a note if it is too large to be read."""
    if len(graph.nodes) <= MAX_NODES and len(graph.edges) <= _MAX_EDGES:
        return _drawn(near=graph) if graph.nodes else Markup()
    return Markup('<p class="note">{} are too many for a picture.</p>').format(_tasks(graph))


def drawn_nodes(graph: GraphView, room: int = MAX_NODES) -> int:
    """Return how many boxes `draw_graphs` draws at most."""
    return min(len(graph.nodes), MAX_NODES, room) + min(len(graph.nodes), _MAX_NEIGHBOURS)


def _drawn(*, near: GraphView | None, whole: GraphView | None = None, summary: str = "") -> Markup:
    figures = {"near": near and _figure(near), "whole": whole and _figure(whole)}
    return render_template("graph", {**figures, "summary": summary, "box_height": BOX_HEIGHT})


def _elements(graph: GraphView) -> list[ViewNode | ViewEdge]:
    return [*graph.nodes, *graph.edges]


def _tasks(graph: GraphView) -> str:
    """Return how many tasks of the flow itself there are."""
    return plural(sum(node.is_task for node in graph.nodes), "task")


def _figure(graph: GraphView) -> Mapping[str, object]:
    drawing = layout_graph(graph)
    states = {one.state for one in _elements(graph)}
    arrows = sorted(drawing.arrows, key=lambda arrow: arrow.edge.state is not ViewState.SAME)
    legend = {
        "rounded: in another flow": any(node.linked for node in graph.nodes),
        "dotted: missing task": any(node.missing for node in graph.nodes),
        "arrow to the left: closes a cycle": any(arrow.leads_back for arrow in arrows),
    }
    return {
        "drawing": drawing,
        "summary": _summary(graph),
        "arrows": [
            (arrow, _arrow_title(arrow.edge, graph), _SIGNS.get(arrow.edge.state)) for arrow in arrows
        ],
        "boxes": [(box, _box_title(box.node)) for box in drawing.boxes],
        "signs": [(sign, state) for state, sign in _SIGNS.items() if state in states],
        "legend": [text for text, applies in legend.items() if applies],
        "omitted": describe_omitted(graph.omitted),
    }


def _summary(graph: GraphView) -> str:
    tasks = [node for node in graph.nodes if node.is_task]
    arrows = f"{plural(len(graph.edges), 'arrow')}{_count_states(graph.edges)}"
    return f"{plural(len(tasks), 'task')}{_count_states(tasks)}, {arrows}"


def _count_states(ones: Iterable[ViewNode | ViewEdge]) -> str:
    counts = Counter(one.state for one in ones)
    changed = ", ".join(f"{counts[state]} {state}" for state in _SIGNS if counts[state])
    return f" ({changed})" if changed else ""


def _box_title(node: ViewNode) -> str:
    name = printable_name(node.name)
    where = ", in another flow" if node.linked else ", missing task" if node.missing else ""
    match node.state:
        case ViewState.SAME:
            return f"{name}{where}"
        case ViewState.RENAMED if node.old_name:
            return f"{name}: renamed from {printable_name(node.old_name)}{where}"
        case _:
            return f"{name}: {'link ' if node.linked else ''}{node.state}{where}"


def _arrow_title(edge: ViewEdge, graph: GraphView) -> str:
    source, target = (printable_name(graph.nodes[end].name) for end in (edge.source, edge.target))
    change = "" if edge.state is ViewState.SAME else f": {edge.state}"
    return f"{target} waits for {source}{change}"
