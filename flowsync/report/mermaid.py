"""Task graphs as Mermaid flowcharts: the neighbourhood of what changed, small enough for every viewer."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison
from flowsync.flow.printable import escape_text, plural, printable_name, short_id, shorten
from flowsync.graph.view import (
    GraphView,
    ViewEdge,
    ViewNode,
    ViewState,
    changed_neighbourhood,
    first_nodes,
    limit_edges,
)
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.severity import flow_order
from flowsync.report.truncation import describe_omitted

_MAX_NODES: Final = 60
_FEWEST_OF_A_FLOW: Final = 6
_MAX_EDGES: Final = 480  # viewers refuse 500 edges and 50,000 characters
_MAX_CHARACTERS: Final = 48_000
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 160

# Everything but plain words becomes an entity: what Mermaid, Markdown or HTML could read as syntax, and the
# three characters that Mermaid uses for entities internally.
_UNSAFE: Final = re.compile(r"[!-,.:-@\[-^`{-~ﬂ°¶]|(?<![^\W_])[-_/]|[-_/](?![^\W_])")

_STYLES: Final = {
    ViewState.ADDED: ("fill:#dafbe1,{},color:#0b3d17", "stroke:#1a7f37,stroke-width:3px"),
    ViewState.REMOVED: (
        "fill:#ffebe9,{},stroke-dasharray:6 4,color:#6e0b14",
        "stroke:#cf222e,stroke-width:2px",
    ),
    ViewState.CHANGED: ("fill:#fff8c5,{},color:#4d3300", "stroke:#9a6700,stroke-width:2px"),
    ViewState.RENAMED: ("fill:#ddf4ff,{},color:#0a3069", "stroke:#0969da,stroke-width:2px"),
}
"""The style of tasks, and the line of tasks and relations, by state."""

_ARROWS: Final = {
    ViewState.SAME: "-->",
    ViewState.ADDED: "==>|added|",
    ViewState.REMOVED: "-.->|removed|",
    ViewState.CHANGED: "-->|changed|",
    ViewState.RENAMED: "-->|moved|",
}


def flowchart(graph: GraphView, limit: int = _MAX_NODES) -> str:
    """Draw the changed tasks and their neighbours, at most `limit`, with a note about the others."""
    return _largest(limit, lambda size: limit_edges(changed_neighbourhood(graph, size), _MAX_EDGES))


def draw_all(graph: GraphView) -> str:
    """Draw all tasks, or as many of the first ones as viewers accept, with a note about the others."""
    return _largest(len(graph.nodes), lambda size: first_nodes(graph, size))


def mermaid(run: RunResult) -> str:
    """Draw a run as one flowchart: the first lines of the report, then the most severe flows that fit."""
    charts = (_flows(run, room) for room in range(_MAX_NODES, 0, -_FEWEST_OF_A_FLOW))
    return next(chart for chart in charts if len(chart) <= _MAX_CHARACTERS)


def _largest(limit: int, part_of: Callable[[int], GraphView]) -> str:
    """Return the chart of the largest part, of at most `limit` tasks, that viewers accept."""

    def is_too_large(size: int) -> bool:
        part = part_of(size)
        return len(part.edges) > _MAX_EDGES or len(_alone(part)) > _MAX_CHARACTERS

    if is_too_large(limit):
        limit = bisect_right(range(1, limit + 1), x=False, key=is_too_large)
    return _alone(part_of(limit))


def _alone(graph: GraphView) -> str:
    visible = limit_edges(graph, _MAX_EDGES)
    return _chart(_elements(visible, ""), visible.edges)


def _flows(run: RunResult, room: int) -> str:
    """Draw the run with at most `room` tasks of all flows together."""
    headlines = (_label(escape_text(line), _LONGEST_LINE) for line in _headlines(run))
    lines = [f'verdict{number}["{line}"]' for number, line in enumerate(headlines)]
    flows = _by_severity(run.comparisons)
    limit = max(_FEWEST_OF_A_FLOW, room // max(1, len(flows)))
    edges: list[ViewEdge] = []
    visible = 0
    for commit, flow in flows:
        part = changed_neighbourhood(flow.graph or GraphView((), ()), limit)
        size = max(1, len(part.nodes))
        if room < size or len(edges) >= _MAX_EDGES:
            break
        part = limit_edges(part, _MAX_EDGES - len(edges))
        identity, title = f"f{visible}", f"{commit}{_title(flow)}"
        if part.nodes:
            elements = (f"  {line}" for line in _elements(part, identity))
            lines += [f'subgraph {identity}["{title}"]', "  direction LR", *elements, "end"]
            edges += part.edges
        else:
            lines += [f'{identity}["{title}"]']
        room -= size
        visible += 1
    if visible < len(flows):
        more = plural(len(flows) - visible, "more flow")
        lines += [f"%% not shown: {more}", f'rest(["and {more}, not shown"])']
    return _chart(lines, edges)


def _chart(lines: Iterable[str], edges: Sequence[ViewEdge]) -> str:
    classes = (f"classDef {state} {style.format(line)}" for state, (style, line) in _STYLES.items())
    body = (f"  {line}\n" for line in (*lines, *classes, *_link_styles(edges)))
    return f"flowchart LR\n{''.join(body)}"


def _link_styles(edges: Sequence[ViewEdge]) -> Iterator[str]:
    for state, (_, line) in _STYLES.items():
        places = [str(number) for number, edge in enumerate(edges) if edge.state is state]
        if places:
            yield f"linkStyle {','.join(places)} {line}"


def _elements(graph: GraphView, prefix: str) -> list[str]:
    """Return the lines of nodes, notes and edges."""
    return [
        *(_node(node, f"{prefix}n{number}") for number, node in enumerate(graph.nodes)),
        *_notes(graph, prefix),
        *(f"{prefix}n{one.source} {_ARROWS[one.state]} {prefix}n{one.target}" for one in graph.edges),
    ]


def _notes(graph: GraphView, prefix: str) -> Iterator[str]:
    more = describe_omitted(graph.omitted)
    if not graph.nodes:
        yield f'{prefix}none["{"no task changed" if more else "no tasks"}"]'
    elif more:
        yield f'{prefix}rest(["and {more}, not shown"])'


def _node(node: ViewNode, identity: str) -> str:
    opening, closing = ("([", "])") if node.linked else ("{{", "}}") if node.missing else ("[", "]")
    described = _describe(node)
    label = _name(node.name) + (f"<br/>{described}" if described else "")
    mark = "" if node.state is ViewState.SAME else f":::{node.state}"
    return f'{identity}{opening}"{label}"{closing}{mark}'


def _describe(node: ViewNode) -> str:
    missing = "missing task, " if node.missing else ""
    match node.state:
        case ViewState.SAME:
            return "other flow" if node.linked else "missing task" if node.missing else ""
        case ViewState.RENAMED if node.old_name:
            return f"renamed from {_name(node.old_name)}"
        case _:
            return f"link {node.state}" if node.linked else f"{missing}{node.state}"


def _name(name: str) -> str:
    """Return a name for a quoted label."""
    return _label(printable_name(name), _LONGEST_NAME)


def _label(text: str, longest: int) -> str:
    """Return printable text for a quoted label."""
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", shorten(text, longest))


def _headlines(run: RunResult) -> Iterator[str]:
    if run.error is not None:
        yield f"failed: {run.error.sentence}"
    for comparison in run.comparisons[:_FEWEST_OF_A_FLOW]:
        commit = f"{short_id(comparison.commit.id)}: " if comparison.commit else ""
        yield f"{commit}{format_headline(comparison)}"
    further = len(run.comparisons) - _FEWEST_OF_A_FLOW
    if further > 0:
        yield f"and {plural(further, 'more commit')}, not shown"
    if run.error is None and not run.comparisons:
        yield "Nothing was compared"


def _by_severity(comparisons: Sequence[Comparison]) -> list[tuple[str, FlowComparison]]:
    """Return all flows with their commits, the most severe first."""
    commits = (f"{_name(short_id(one.commit.id))}#58; " if one.commit else "" for one in comparisons)
    flows = [(commit, flow) for commit, one in zip(commits, comparisons, strict=True) for flow in one.flows]
    return sorted(flows, key=lambda pair: flow_order(pair[1], pair[1].findings))


def _title(flow: FlowComparison) -> str:
    name = _name(flow.name) if flow.name else "no name"
    return f"{name} in {_name(flow.environment)}, {flow.flow_id}#58; {flow.status}"
