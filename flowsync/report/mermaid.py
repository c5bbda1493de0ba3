"""Task graphs as Mermaid flowcharts: the neighbourhood of what changed, small enough for every viewer."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowVerdict, Verdict
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.flow.printable import printable
from flowsync.graph.view import Edge, Node, State, TaskGraph, neighbourhood, opening, thinned
from flowsync.report.headline import headline
from flowsync.report.result import Run
from flowsync.report.truncation import left_out_in_words

_MOST_NODES: Final = 60
_FEWEST_OF_A_FLOW: Final = 6
_MOST_EDGES: Final = 480  # viewers refuse 500 edges and 50,000 characters
_MOST_CHARACTERS: Final = 48_000
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 160

# Only plain words are written as they are: everything that Mermaid, Markdown or HTML could read as syntax,
# and the three characters that Mermaid itself puts in the place of an entity, become entities.
_UNSAFE: Final = re.compile(r"[!-,.:-@\[-^`{-~ﬂ°¶]|(?<![^\W_])[-_/]|[-_/](?![^\W_])")

_CLASSES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.ADDED: "fill:#dafbe1,stroke:#1a7f37,stroke-width:3px,color:#0b3d17",
        State.REMOVED: "fill:#ffebe9,stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4,color:#6e0b14",
        State.CHANGED: "fill:#fff8c5,stroke:#9a6700,stroke-width:2px,color:#4d3300",
        State.RENAMED: "fill:#ddf4ff,stroke:#0969da,stroke-width:2px,color:#0a3069",
    }
)
_ARROWS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SAME: "-->",
        State.ADDED: "==>|added|",
        State.REMOVED: "-.->|removed|",
        State.CHANGED: "-->|changed|",
        State.RENAMED: "-->|moved|",
    }
)
_STROKES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.ADDED: "stroke:#1a7f37,stroke-width:3px",
        State.REMOVED: "stroke:#cf222e,stroke-width:2px",
        State.CHANGED: "stroke:#9a6700,stroke-width:2px",
        State.RENAMED: "stroke:#0969da,stroke-width:2px",
    }
)


def flowchart(graph: TaskGraph, most: int = _MOST_NODES) -> str:
    """What changed in the graph and what is next to it, up to `most` tasks; says how many it leaves out."""
    return _largest(most, lambda size: thinned(neighbourhood(graph, size), _MOST_EDGES))


def whole(graph: TaskGraph) -> str:
    """All tasks, or as many of those that run first as viewers take; says how many it leaves out."""
    return _largest(len(graph.nodes), lambda size: opening(graph, size))


def mermaid(run: Run) -> str:
    """A run as one flowchart: the verdict lines, then the gravest flows as far as there is room."""
    charts = (_flows(run, room) for room in range(_MOST_NODES, 0, -_FEWEST_OF_A_FLOW))
    return next(chart for chart in charts if len(chart) <= _MOST_CHARACTERS)


def _largest(most: int, part_of: Callable[[int], TaskGraph]) -> str:
    """The chart of the largest part of at most `most` tasks that viewers take."""

    def is_too_large(size: int) -> bool:
        part = part_of(size)
        return len(part.edges) > _MOST_EDGES or len(_alone(part)) > _MOST_CHARACTERS

    if is_too_large(most):
        most = bisect_right(range(1, most + 1), x=False, key=is_too_large)
    return _alone(part_of(most))


def _alone(graph: TaskGraph) -> str:
    drawing = _drawing(graph, first=0, prefix="")
    return _chart([*drawing.nodes, *drawing.edges], drawing.states)


def _flows(run: Run, room: int) -> str:
    """The run with at most `room` tasks of all flows together."""
    lines = [
        f'verdict{number}["{_safe(line, _LONGEST_LINE)}"]' for number, line in enumerate(_headlines(run))
    ]
    flows = _gravest_first(run.comparisons)
    most = max(_FEWEST_OF_A_FLOW, room // max(1, len(flows)))
    states: list[State] = []
    shown = 0
    for commit, flow in flows:
        part = _part(flow, most)
        if room < _size(part) or len(states) >= _MOST_EDGES:
            break
        title = f"{commit}{_title(flow)}"
        if part.nodes:
            drawing = _drawing(part, first=len(states), prefix=f"f{shown}")
            lines += _subgraph(title, drawing, shown)
            states += drawing.states
        else:
            lines += [f'f{shown}["{title}"]']
        room -= _size(part)
        shown += 1
    return _chart([*lines, *_left_out(len(flows) - shown)], states)


@dataclass(frozen=True)
class _Drawing:
    """Lines for nodes and edges, and the state of each edge in the order of the chart."""

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    states: tuple[State, ...]


def _chart(lines: Iterable[str], states: Sequence[State]) -> str:
    classes = [f"classDef {state} {look}" for state, look in _CLASSES.items()]
    return (
        "\n".join(["flowchart LR", *(f"  {line}" for line in [*lines, *classes, *_link_styles(states)])])
        + "\n"
    )


def _link_styles(states: Sequence[State]) -> Iterator[str]:
    for state, look in _STROKES.items():
        places = [str(number) for number, one in enumerate(states) if one is state]
        if places:
            yield f"linkStyle {','.join(places)} {look}"


def _drawing(graph: TaskGraph, *, first: int, prefix: str) -> _Drawing:
    shown = thinned(graph, _MOST_EDGES - first)
    return _Drawing(
        nodes=(
            *(_node(node, f"{prefix}n{number}") for number, node in enumerate(shown.nodes)),
            *_notes(shown, prefix),
        ),
        edges=tuple(_edge(edge, prefix) for edge in shown.edges),
        states=tuple(edge.state for edge in shown.edges),
    )


def _notes(graph: TaskGraph, prefix: str) -> Iterator[str]:
    more = left_out_in_words(graph.left_out)
    if not graph.nodes:
        yield f'{prefix}none["{"no task changed" if more else "no tasks"}"]'
    elif more:
        yield f'{prefix}rest(["and {more}, not shown"])'


def _edge(edge: Edge, prefix: str) -> str:
    return f"{prefix}n{edge.source} {_ARROWS[edge.state]} {prefix}n{edge.target}"


def _node(node: Node, identity: str) -> str:
    opening, closing = ("([", "])") if node.linked else ("{{", "}}") if node.missing else ("[", "]")
    told = _told(node)
    label = _safe(node.name, _LONGEST_NAME) + (f"<br/>{told}" if told else "")
    mark = "" if node.state is State.SAME else f":::{node.state}"
    return f'{identity}{opening}"{label}"{closing}{mark}'


def _told(node: Node) -> str:
    no_task = "no such task, " if node.missing else ""
    match node.state:
        case State.SAME:
            return "other flow" if node.linked else "no such task" if node.missing else ""
        case State.RENAMED if node.was:
            return f"renamed from {_safe(node.was, _LONGEST_NAME)}"
        case _:
            return f"link {node.state}" if node.linked else f"{no_task}{node.state}"


def _safe(name: str, longest: int) -> str:
    """The name as text of a quoted label, whatever it holds."""
    shown = printable(name)
    cut = shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", cut) if cut.strip() else "no name"


def _headlines(run: Run) -> Iterator[str]:
    if run.error is not None:
        yield f"failed: {run.error.message}"
    for comparison in run.comparisons[:_FEWEST_OF_A_FLOW]:
        commit = f"{comparison.commit.id[:10]}: " if comparison.commit else ""
        yield f"{commit}{headline(comparison)}"
    further = len(run.comparisons) - _FEWEST_OF_A_FLOW
    if further > 0:
        yield f"and {further} more commits, not shown"
    if run.error is None and not run.comparisons:
        yield "Nothing was compared"


def _gravest_first(comparisons: Sequence[Comparison]) -> list[tuple[str, FlowVerdict]]:
    """Every flow, with the commit of a history in front of it."""
    flows = [(_commit(comparison), flow) for comparison in comparisons for flow in comparison.flows]
    return sorted(flows, key=lambda pair: _gravity(pair[1]))


def _commit(comparison: Comparison) -> str:
    return f"{_safe(comparison.commit.id[:10], _LONGEST_NAME)}#58; " if comparison.commit else ""


def _gravity(flow: FlowVerdict) -> int:
    if flow.verdict is not Verdict.CHANGED:
        return 0
    return 1 + min((_rank(finding) for finding in flow.findings), default=len(IMPACTS))


def _rank(finding: Finding) -> int:
    return IMPACTS.index(finding.impact)


def _part(flow: FlowVerdict, most: int) -> TaskGraph:
    return TaskGraph((), ()) if flow.graph is None else neighbourhood(flow.graph, most)


def _size(part: TaskGraph) -> int:
    return max(1, len(part.nodes))


def _title(flow: FlowVerdict) -> str:
    environment = _safe(flow.environment, _LONGEST_NAME)
    return f"{_safe(flow.name, _LONGEST_NAME)} in {environment}, {flow.flow_id}#58; {flow.verdict}"


def _subgraph(title: str, drawing: _Drawing, number: int) -> Iterator[str]:
    yield f'subgraph f{number}["{title}"]'
    yield "  direction LR"
    yield from (f"  {line}" for line in [*drawing.nodes, *drawing.edges])
    yield "end"


def _left_out(flows: int) -> Iterator[str]:
    if flows:
        yield f"%% {flows} more flows are not shown"
        yield f'rest(["and {flows} more flow{"" if flows == 1 else "s"}, not shown"])'
