"""Task graphs as Mermaid flowcharts: the neighbourhood of what changed, small enough for every viewer."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.printable import escape_text, plural
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
from flowsync.report.truncation import describe_omitted

_MAX_NODES: Final = 60
_FEWEST_OF_A_FLOW: Final = 6
_MAX_EDGES: Final = 480  # viewers refuse 500 edges and 50,000 characters
_MAX_CHARACTERS: Final = 48_000
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 160

# Only plain words are written as they are: everything that Mermaid, Markdown or HTML could read as syntax,
# and the three characters that Mermaid itself puts in the place of an entity, become entities.
_UNSAFE: Final = re.compile(r"[!-,.:-@\[-^`{-~ﬂ°¶]|(?<![^\W_])[-_/]|[-_/](?![^\W_])")

_CLASSES: Final[Mapping[ViewState, str]] = MappingProxyType(
    {
        ViewState.ADDED: "fill:#dafbe1,stroke:#1a7f37,stroke-width:3px,color:#0b3d17",
        ViewState.REMOVED: "fill:#ffebe9,stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4,color:#6e0b14",
        ViewState.CHANGED: "fill:#fff8c5,stroke:#9a6700,stroke-width:2px,color:#4d3300",
        ViewState.RENAMED: "fill:#ddf4ff,stroke:#0969da,stroke-width:2px,color:#0a3069",
    }
)
_ARROWS: Final[Mapping[ViewState, str]] = MappingProxyType(
    {
        ViewState.SAME: "-->",
        ViewState.ADDED: "==>|added|",
        ViewState.REMOVED: "-.->|removed|",
        ViewState.CHANGED: "-->|changed|",
        ViewState.RENAMED: "-->|moved|",
    }
)
_STROKES: Final[Mapping[ViewState, str]] = MappingProxyType(
    {
        ViewState.ADDED: "stroke:#1a7f37,stroke-width:3px",
        ViewState.REMOVED: "stroke:#cf222e,stroke-width:2px",
        ViewState.CHANGED: "stroke:#9a6700,stroke-width:2px",
        ViewState.RENAMED: "stroke:#0969da,stroke-width:2px",
    }
)


def flowchart(graph: GraphView, limit: int = _MAX_NODES) -> str:
    """Draw the changed tasks and their neighbours, at most `most`, with a note about the others."""
    return _largest(limit, lambda size: limit_edges(changed_neighbourhood(graph, size), _MAX_EDGES))


def draw_all(graph: GraphView) -> str:
    """Draw all tasks, or as many of the first ones as viewers accept, with a note about the others."""
    return _largest(len(graph.nodes), lambda size: first_nodes(graph, size))


def mermaid(run: RunResult) -> str:
    """Draw a run as one flowchart: the first lines of the report, then the most severe flows that fit."""
    charts = (_flows(run, room) for room in range(_MAX_NODES, 0, -_FEWEST_OF_A_FLOW))
    return next(chart for chart in charts if len(chart) <= _MAX_CHARACTERS)


def _largest(limit: int, part_of: Callable[[int], GraphView]) -> str:
    """Return the chart of the largest part, of at most `most` tasks, that viewers accept."""

    def is_too_large(size: int) -> bool:
        part = part_of(size)
        return len(part.edges) > _MAX_EDGES or len(_alone(part)) > _MAX_CHARACTERS

    if is_too_large(limit):
        limit = bisect_right(range(1, limit + 1), x=False, key=is_too_large)
    return _alone(part_of(limit))


def _alone(graph: GraphView) -> str:
    drawing = _drawing(graph, first=0, prefix="")
    return _chart([*drawing.nodes, *drawing.edges], drawing.states)


def _flows(run: RunResult, room: int) -> str:
    """Draw the run with at most `room` tasks of all flows together."""
    lines = [
        f'verdict{number}["{_safe(line, _LONGEST_LINE)}"]' for number, line in enumerate(_headlines(run))
    ]
    flows = _by_severity(run.comparisons)
    limit = max(_FEWEST_OF_A_FLOW, room // max(1, len(flows)))
    states: list[ViewState] = []
    visible = 0
    for commit, flow in flows:
        part = _part(flow, limit)
        if room < _size(part) or len(states) >= _MAX_EDGES:
            break
        title = f"{commit}{_title(flow)}"
        if part.nodes:
            drawing = _drawing(part, first=len(states), prefix=f"f{visible}")
            lines += _subgraph(title, drawing, visible)
            states += drawing.states
        else:
            lines += [f'f{visible}["{title}"]']
        room -= _size(part)
        visible += 1
    return _chart([*lines, *_omitted(len(flows) - visible)], states)


@dataclass(frozen=True)
class _Drawing:
    """Lines for nodes and edges, and the state of each edge in the order of the chart."""

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    states: tuple[ViewState, ...]


def _chart(lines: Iterable[str], states: Sequence[ViewState]) -> str:
    classes = [f"classDef {state} {style}" for state, style in _CLASSES.items()]
    return (
        "\n".join(["flowchart LR", *(f"  {line}" for line in [*lines, *classes, *_link_styles(states)])])
        + "\n"
    )


def _link_styles(states: Sequence[ViewState]) -> Iterator[str]:
    for state, style in _STROKES.items():
        places = [str(number) for number, one in enumerate(states) if one is state]
        if places:
            yield f"linkStyle {','.join(places)} {style}"


def _drawing(graph: GraphView, *, first: int, prefix: str) -> _Drawing:
    visible = limit_edges(graph, _MAX_EDGES - first)
    return _Drawing(
        nodes=(
            *(_node(node, f"{prefix}n{number}") for number, node in enumerate(visible.nodes)),
            *_notes(visible, prefix),
        ),
        edges=tuple(_edge(edge, prefix) for edge in visible.edges),
        states=tuple(edge.state for edge in visible.edges),
    )


def _notes(graph: GraphView, prefix: str) -> Iterator[str]:
    more = describe_omitted(graph.omitted)
    if not graph.nodes:
        yield f'{prefix}none["{"no task changed" if more else "no tasks"}"]'
    elif more:
        yield f'{prefix}rest(["and {more}, not shown"])'


def _edge(edge: ViewEdge, prefix: str) -> str:
    return f"{prefix}n{edge.source} {_ARROWS[edge.state]} {prefix}n{edge.target}"


def _node(node: ViewNode, identity: str) -> str:
    opening, closing = ("([", "])") if node.linked else ("{{", "}}") if node.missing else ("[", "]")
    described = _describe(node)
    label = _safe(node.name, _LONGEST_NAME) + (f"<br/>{described}" if described else "")
    mark = "" if node.state is ViewState.SAME else f":::{node.state}"
    return f'{identity}{opening}"{label}"{closing}{mark}'


def _describe(node: ViewNode) -> str:
    no_task = "no such task, " if node.missing else ""
    match node.state:
        case ViewState.SAME:
            return "other flow" if node.linked else "no such task" if node.missing else ""
        case ViewState.RENAMED if node.old_name:
            return f"renamed from {_safe(node.old_name, _LONGEST_NAME)}"
        case _:
            return f"link {node.state}" if node.linked else f"{no_task}{node.state}"


def _safe(name: str, longest: int) -> str:
    """Return the name as text of a quoted label."""
    visible = escape_text(name)
    cut = visible if len(visible) <= longest else f"{visible[: longest - 1]}…"
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", cut) if cut.strip() else "no name"


def _headlines(run: RunResult) -> Iterator[str]:
    if run.error is not None:
        yield f"failed: {run.error.sentence}"
    for comparison in run.comparisons[:_FEWEST_OF_A_FLOW]:
        commit = f"{comparison.commit.id[:10]}: " if comparison.commit else ""
        yield f"{commit}{format_headline(comparison)}"
    further = len(run.comparisons) - _FEWEST_OF_A_FLOW
    if further > 0:
        yield f"and {plural(further, 'more commit')}, not shown"
    if run.error is None and not run.comparisons:
        yield "Nothing was compared"


def _by_severity(comparisons: Sequence[Comparison]) -> list[tuple[str, FlowComparison]]:
    """Return every flow with the commit of a history, the most severe first."""
    flows = [(_commit(comparison), flow) for comparison in comparisons for flow in comparison.flows]
    return sorted(flows, key=lambda pair: _severity_rank(pair[1]))


def _commit(comparison: Comparison) -> str:
    return f"{_safe(comparison.commit.id[:10], _LONGEST_NAME)}#58; " if comparison.commit else ""


def _severity_rank(flow: FlowComparison) -> int:
    if flow.status is not FlowStatus.CHANGED:
        return 0
    return 1 + min((_rank(finding) for finding in flow.findings), default=len(IMPACTS))


def _rank(finding: Finding) -> int:
    return IMPACTS.index(finding.impact)


def _part(flow: FlowComparison, limit: int) -> GraphView:
    return GraphView((), ()) if flow.graph is None else changed_neighbourhood(flow.graph, limit)


def _size(part: GraphView) -> int:
    return max(1, len(part.nodes))


def _title(flow: FlowComparison) -> str:
    environment = _safe(flow.environment, _LONGEST_NAME)
    return f"{_safe(flow.name, _LONGEST_NAME)} in {environment}, {flow.flow_id}#58; {flow.status}"


def _subgraph(title: str, drawing: _Drawing, number: int) -> Iterator[str]:
    yield f'subgraph f{number}["{title}"]'
    yield "  direction LR"
    yield from (f"  {line}" for line in [*drawing.nodes, *drawing.edges])
    yield "end"


def _omitted(flows: int) -> Iterator[str]:
    if flows:
        yield f"%% not shown: {plural(flows, 'more flow')}"
        yield f'rest(["and {plural(flows, "more flow")}, not shown"])'
