"""The tasks of a flow as a picture: nodes and edges, each with what became of it."""

import marshal
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from flowsync.diff.change import Change
from flowsync.diff.continuity import TASK_NAME, Continuity, Key, touched_tasks
from flowsync.flow.fields import LINK_RELATION, RELATION, TASK
from flowsync.flow.graph import RELATIONS, SOURCE, TARGET, TASKS, Link, entries, links
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record


class State(StrEnum):
    """What became of a node or an edge of the picture."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or (`linked`) a flow or task of another flow that tasks here wait for.

    `name` is that of the after side where there is one; `was` is the earlier name of a renamed task.
    """

    name: str
    state: State
    was: str = ""
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` waits for `source`; both are places in the list of nodes."""

    source: int
    target: int
    state: State


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """Both sides of a flow in one graph; `left_out` counts the nodes that a part of it does not show."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int = 0


NO_NAME: Final = "(no name)"


def task_graph(before: Record | None, after: Record | None, changes: Sequence[Change]) -> TaskGraph:
    """Both sides in one graph; a side that is None has no tasks.

    Nodes stand in this order: tasks of the after side as it has them, tasks that are gone, names that
    relations or links mention and no task has, sources of links. Tasks of one name are one node, as nothing
    tells which of them a relation means.
    """
    continuity = Continuity.of(after or {}, changes)
    was = _side(before or {}, continuity.before)
    becomes = _side(after or {}, lambda name: name)
    nodes = _nodes(was, becomes, continuity.old_names, touched_tasks(changes))
    places = {key: place for place, key in enumerate(nodes)}
    return TaskGraph(tuple(nodes.values()), tuple(_edges(was.edges, becomes.edges, places)))


def neighbourhood(graph: TaskGraph, most: int) -> TaskGraph:
    """What changed, with what is next to it, of at most `most` nodes; `left_out` counts all the others.

    Where there is too much, nodes that changed are kept first, then the ends of edges that changed, then
    the neighbours; among equals those that stand first.
    """
    kept = sorted(_by_importance(graph)[: max(most, 0)])
    places = {old: new for new, old in enumerate(kept)}
    return TaskGraph(
        tuple(graph.nodes[place] for place in kept),
        tuple(
            replace(edge, source=places[edge.source], target=places[edge.target])
            for edge in graph.edges
            if edge.source in places and edge.target in places
        ),
        graph.left_out + len(graph.nodes) - len(kept),
    )


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


def _side(document: Record, key_of: Callable[[str], Key]) -> _Side:
    side = _Side()
    for task in entries(document, TASKS):
        name, step = task.get(TASK_NAME), entry_step(task, TASK.identity)
        shown = name if isinstance(name, str) else NO_NAME
        side.tasks[key_of(name) if isinstance(name, str) else ("", step)] = (shown, step)
    for relation in entries(document, RELATIONS):
        source, target = relation.get(SOURCE), relation.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            side.mentioned.update({key_of(source): source, key_of(target): target})
            side.edges[key_of(source), key_of(target)].append(_rest(relation, RELATION.identity))
    for link in links(document):
        _note_link(link, side, key_of)
    return side


def _note_link(link: Link, side: _Side, key_of: Callable[[str], Key]) -> None:
    place = ("flow", link.flow) if link.task is None else ("task", link.flow, link.task)
    _, said = side.sources.setdefault(place, (link.source, []))
    said.append(_rest(link.record, (TARGETS,)))
    for target in link.targets:
        name = target.get(LINK_RELATION.identity[0])
        if isinstance(name, str):
            side.mentioned[key_of(name)] = name
            side.edges[place, key_of(name)].append(_rest(target, LINK_RELATION.identity))


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
            nodes[key] = Node(name, _state(key in was.mentioned, key in becomes.mentioned))
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


def _by_importance(graph: TaskGraph) -> list[int]:
    """The places of the nodes of the changed neighbourhood, the most important first."""
    changed = [place for place, node in enumerate(graph.nodes) if node.state is not State.SAME]
    ends, neighbours = set[int](), set[int]()
    core = {*changed}
    for edge in graph.edges:
        if edge.state is not State.SAME:
            ends |= {edge.source, edge.target}
        if edge.source in core or edge.target in core:
            neighbours |= {edge.source, edge.target}
    return [*dict.fromkeys([*changed, *sorted(ends), *sorted(neighbours)])]
