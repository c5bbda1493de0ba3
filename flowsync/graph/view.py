"""The tasks of a flow as a picture: nodes and edges, each with what became of it."""

import marshal
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import heappop, heappush
from itertools import chain, islice
from typing import Final, TypeAlias, TypeVar

from flowsync.flow.fields import LINK_RELATION, RELATION, TASK
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record
from flowsync.graph.components import components
from flowsync.graph.edges import RELATIONS, SOURCE, TARGET, TASKS, Link, entries, links
from flowsync.graph.task_renames import TASK_NAME, Continuity, Key


class State(StrEnum):
    """What became of a node or an edge of the picture."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


GRAVEST_FIRST: Final = (State.REMOVED, State.ADDED, State.RENAMED, State.CHANGED, State.SAME)


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or (`linked`) a flow or task of another flow that tasks here wait for.

    A `missing` node is a name that relations or links mention and that no task has on either side.

    `name` is that of the after side where there is one; `was` is the earlier name of a renamed task.
    """

    name: str
    state: State
    was: str = ""
    linked: bool = False
    missing: bool = False

    @property
    def is_task(self) -> bool:
        """Whether the node is a task of the flow."""
        return not self.linked and not self.missing


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` waits for `source`; both are places in the list of nodes."""

    source: int
    target: int
    state: State


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many nodes and edges of each state a part of a graph does not show.

    Edges that are the same count only where both their nodes are shown.
    """

    nodes: Mapping[State, int] = field(default_factory=dict)
    edges: Mapping[State, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """Both sides of a flow in one graph, or a part of it that says what it leaves out."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: LeftOut = field(default_factory=LeftOut)


NO_NAME: Final = "(no name)"


def graph_of(
    before: Record | None, after: Record | None, continuity: Continuity, touched: Collection[str]
) -> TaskGraph:
    """Both sides in one graph; a side that is None has no tasks.

    Nodes stand in this order: tasks of the after side as it has them, tasks that are gone, names that
    relations or links mention and no task has, sources of links. Tasks of one name are one node, as nothing
    tells which of them a relation means.
    """
    becomes = _side(after or {}, lambda name: name)
    loose = becomes.mentioned.keys() - becomes.tasks.keys()
    kept = {ends for ends in becomes.edges if not loose.isdisjoint(ends)} if loose else frozenset()
    was = _side(before or {}, continuity.before, kept)
    nodes = _nodes(was, becomes, continuity.old_names, touched)
    places = {key: place for place, key in enumerate(nodes)}
    return TaskGraph(tuple(nodes.values()), tuple(_edges(was.edges, becomes.edges, places)))


def neighbourhood(graph: TaskGraph, most: int) -> TaskGraph:
    """What changed, with what is next to it, of at most `most` nodes.

    Where there is too much, the ends of edges that came or went are kept first, then tasks that came or went,
    then what else changed, then the neighbours; among equals those that stand first.
    """
    return _part(graph, _by_importance(graph)[: max(most, 0)])


def opening(graph: TaskGraph, most: int) -> TaskGraph:
    """The first `most` nodes in the order in which tasks run, as far as they hang together."""
    return _part(graph, islice(_by_run(graph), max(most, 0)))


def thinned(graph: TaskGraph, most: int) -> TaskGraph:
    """The graph with at most `most` edges: those that came or went first, those that are the same last."""
    by_gravity = sorted(
        range(len(graph.edges)), key=lambda place: GRAVEST_FIRST.index(graph.edges[place].state)
    )
    kept = sorted(by_gravity[: max(most, 0)])
    return _shown(graph, graph.nodes, tuple(graph.edges[place] for place in kept), graph.edges)


_Place: TypeAlias = "Key | tuple[str, ...]"
"""A task by its key, ("", step) for a task without a name, or (kind, flow, task) for the source of a link."""

_Ends: TypeAlias = tuple[_Place, _Place]
_Said: TypeAlias = list[bytes]
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True)
class _Side:
    """What one side shows: tasks with the step in their path, other names, and what is said of edges."""

    tasks: dict[_Place, tuple[str, str]] = field(default_factory=dict)
    mentioned: dict[_Place, str] = field(default_factory=dict)
    sources: dict[_Place, tuple[str, _Said]] = field(default_factory=dict)
    edges: dict[_Ends, _Said] = field(default_factory=lambda: defaultdict(list))


def _side(document: Record, key_of: Callable[[str], Key], kept: Collection[_Ends] = frozenset()) -> _Side:
    """`kept` are edges of names that no task has any more: they stay with the name."""
    side = _Side()
    for task in entries(document, TASKS):
        name, step = task.get(TASK_NAME), entry_step(task, TASK.identity)
        shown = name if isinstance(name, str) else NO_NAME
        side.tasks[key_of(name) if isinstance(name, str) else ("", step)] = (shown, step)
    for relation in entries(document, RELATIONS):
        source, target = relation.get(SOURCE), relation.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            ends = (source, target) if (source, target) in kept else (key_of(source), key_of(target))
            side.mentioned.update(zip(ends, (source, target), strict=True))
            side.edges[ends].append(_rest(relation, RELATION.identity))
    for link in links(document):
        _note_link(link, side, key_of, kept)
    return side


def _note_link(link: Link, side: _Side, key_of: Callable[[str], Key], kept: Collection[_Ends]) -> None:
    place = ("flow", link.flow) if link.task is None else ("task", link.flow, link.task)
    _, said = side.sources.setdefault(place, (link.source, []))
    said.append(_rest(link.record, (TARGETS,)))
    for target in link.targets:
        name = target.get(LINK_RELATION.identity[0])
        if isinstance(name, str):
            key = name if (place, name) in kept else key_of(name)
            side.mentioned[key] = name
            side.edges[place, key].append(_rest(target, LINK_RELATION.identity))


def _rest(record: Record, identity: Collection[str]) -> bytes:
    """All that a record says but for these keys."""
    return marshal.dumps([(key, record[key]) for key in sorted(record) if key not in identity], 2)


def _nodes(
    was: _Side, becomes: _Side, old_names: Mapping[str, str], touched: Collection[str]
) -> dict[_Place, Node]:
    nodes: dict[_Place, Node] = {}
    for key, (name, step) in _of_both(was.tasks, becomes.tasks).items():
        old = old_names.get(key) if isinstance(key, str) and key in was.tasks else None
        state = _state(key in was.tasks, key in becomes.tasks, differs=step in touched)
        nodes[key] = Node(name, state) if old is None else Node(name, State.RENAMED, old)
    for key, name in _of_both(was.mentioned, becomes.mentioned).items():
        if key not in nodes:
            state = _state(key in was.mentioned, key in becomes.mentioned)
            nodes[key] = Node(name, state, missing=True)
    for key, (name, _) in _of_both(was.sources, becomes.sources).items():
        old_said, said = (side.sources[key][1] if key in side.sources else [] for side in (was, becomes))
        state = _state(bool(old_said), bool(said), differs={*old_said} != {*said})
        nodes[key] = Node(name, state, linked=True)
    return nodes


def _edges(
    was: Mapping[_Ends, _Said], becomes: Mapping[_Ends, _Said], places: Mapping[_Place, int]
) -> Iterator[Edge]:
    for ends in _of_both(was, becomes):
        source, target = ends
        old_said, said = sorted(was.get(ends, ())), sorted(becomes.get(ends, ()))
        state = _state(bool(old_said), bool(said), differs=old_said != said)
        yield Edge(places[source], places[target], state)


def _of_both(was: Mapping[_K, _V], becomes: Mapping[_K, _V]) -> dict[_K, _V]:
    """What either side has, in the order of the after side, then what only the before side has."""
    return {**becomes, **{key: value for key, value in was.items() if key not in becomes}}


def _state(was: bool, becomes: bool, *, differs: bool = False) -> State:  # noqa: FBT001  # a table of two columns
    if was and becomes:
        return State.CHANGED if differs else State.SAME
    return State.ADDED if becomes else State.REMOVED


def _part(graph: TaskGraph, kept: Iterable[int]) -> TaskGraph:
    """The nodes in these places, with the edges between them."""
    places = {old: new for new, old in enumerate(sorted(kept))}
    between = [edge for edge in graph.edges if edge.source in places and edge.target in places]
    wanted = [*between, *(edge for edge in graph.edges if _is_cut_off(edge, places))]
    edges = (replace(edge, source=places[edge.source], target=places[edge.target]) for edge in between)
    return _shown(graph, tuple(graph.nodes[place] for place in places), tuple(edges), wanted)


def _is_cut_off(edge: Edge, places: Collection[int]) -> bool:
    return edge.state is not State.SAME and not (edge.source in places and edge.target in places)


def _shown(
    graph: TaskGraph, nodes: tuple[Node, ...], edges: tuple[Edge, ...], wanted: Iterable[Edge]
) -> TaskGraph:
    """A part of a graph, which leaves out all other nodes, and of the edges those that are wanted."""
    left = (
        Counter(already) + Counter(one.state for one in every) - Counter(one.state for one in some)
        for already, every, some in (
            (graph.left_out.nodes, graph.nodes, nodes),
            (graph.left_out.edges, wanted, edges),
        )
    )
    return TaskGraph(nodes, edges, LeftOut(*left))


def _by_importance(graph: TaskGraph) -> list[int]:
    """The places of the nodes of the changed neighbourhood, the most important first."""
    nodes = {state: [at for at, node in enumerate(graph.nodes) if node.state is state] for state in State}
    edges = sorted(
        (edge for edge in graph.edges if edge.state is not State.SAME), key=_edge_rank(graph.nodes)
    )
    moved = [edge for edge in edges if edge.state is not State.CHANGED]
    core = {at for state, places in nodes.items() if state is not State.SAME for at in places}
    beside = [edge for edge in graph.edges if edge.source in core or edge.target in core]
    ordered = (
        _ends(moved),
        *(nodes[state] for state in (State.REMOVED, State.ADDED, State.RENAMED)),
        _ends(edges),
        nodes[State.CHANGED],
        sorted(_ends(beside)),
    )
    return [*dict.fromkeys(chain.from_iterable(ordered))]


def _edge_rank(nodes: Sequence[Node]) -> Callable[[Edge], tuple[bool, int]]:
    """Edges between tasks that stay come before those that only follow a task."""
    moved = (State.ADDED, State.REMOVED)

    def rank(edge: Edge) -> tuple[bool, int]:
        follows = nodes[edge.source].state in moved or nodes[edge.target].state in moved
        return follows, GRAVEST_FIRST.index(edge.state)

    return rank


def _ends(edges: Iterable[Edge]) -> list[int]:
    return [place for edge in edges for place in (edge.source, edge.target)]


def _by_run(graph: TaskGraph) -> Iterator[int]:
    """The places of all nodes: part by part, from a first task on to what is next to one that was met."""
    steps = _steps(graph)
    beside: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    met: set[int] = set()
    for first in sorted(steps, key=lambda place: (steps[place], place)):
        waiting = [] if first in met else [(steps[first], first)]
        met.add(first)
        while waiting:
            _, place = heappop(waiting)
            yield place
            for other in beside[place]:
                if other not in met:
                    met.add(other)
                    heappush(waiting, (steps[other], other))


def _steps(graph: TaskGraph) -> Mapping[int, int]:
    """When each node runs: one step after the last one it waits for; those in a cycle at once."""
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    waits_for: dict[int, set[int]] = defaultdict(set)
    for source, target in pairs:
        waits_for[target].add(source)
    found = dict.fromkeys(range(len(graph.nodes)), 0)
    for together in components(pairs):
        before = {source for place in together for source in waits_for[place]}.difference(together)
        found.update(dict.fromkeys(together, 1 + max((found[place] for place in before), default=-1)))
    return found
