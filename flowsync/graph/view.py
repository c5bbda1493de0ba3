"""Build the view model of a task graph, and limit it to the nodes and edges that fit."""

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
from flowsync.graph.edges import RELATIONS, SOURCE, TARGET, TASKS, Link, entries, links
from flowsync.graph.levels import levels
from flowsync.graph.task_graph import source_of
from flowsync.graph.task_renames import TASK_NAME, TaskKey, TaskRenames


class ViewState(StrEnum):
    """The state of a node or an edge, the most severe first."""

    REMOVED = "removed"
    ADDED = "added"
    RENAMED = "renamed"
    CHANGED = "changed"
    SAME = "same"


BY_SEVERITY: Final = tuple(ViewState)


@dataclass(frozen=True, slots=True)
class ViewNode:
    """A task, or (`linked`) a flow or task of another flow that tasks here depend on.

    A `missing` node is a name that relations or links mention and that no task has in either version. `name`
    is the one after, if any; `old_name` is the earlier name of a renamed task.
    """

    name: str
    state: ViewState
    old_name: str = ""
    linked: bool = False
    missing: bool = False

    @property
    def is_task(self) -> bool:
        """Whether the node is a task of the flow."""
        return not self.linked and not self.missing


@dataclass(frozen=True, slots=True)
class ViewEdge:
    """A dependency of `target` on `source`; both are indexes of nodes."""

    source: int
    target: int
    state: ViewState


@dataclass(frozen=True, slots=True)
class Omitted:
    """The numbers of nodes and edges of each state that a part of a graph leaves out.

    Unchanged edges count only if both their nodes are included.
    """

    nodes: Mapping[ViewState, int] = field(default_factory=dict)
    edges: Mapping[ViewState, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphView:
    """Both versions of a flow in one graph, or a part of it with the numbers of what it leaves out."""

    nodes: tuple[ViewNode, ...]
    edges: tuple[ViewEdge, ...]
    omitted: Omitted = field(default_factory=Omitted)


UNNAMED: Final = "(no name)"


def build_view(
    before: Record | None, after: Record | None, renames: TaskRenames, touched: Collection[str]
) -> GraphView:
    """Combine both versions in one graph; a version that is None has no tasks.

    The order of nodes is: tasks after in their order, removed tasks, names that relations or links mention
    and no task has, sources of links. Tasks of one name are one node, because a relation cannot distinguish
    them.
    """
    new = _version_view(after or {}, lambda name: name)
    unattached = new.mentioned.keys() - new.tasks.keys()
    retained = {ends for ends in new.edges if not unattached.isdisjoint(ends)} if unattached else frozenset()
    old = _version_view(before or {}, renames.key_before, retained)
    nodes = _nodes(old, new, renames.old_names, touched)
    indexes = {key: index for index, key in enumerate(nodes)}
    return GraphView(tuple(nodes.values()), tuple(_edges(old.edges, new.edges, indexes)))


def changed_neighbourhood(graph: GraphView, limit: int) -> GraphView:
    """Return the changed nodes and their neighbours, at most `limit` nodes.

    If there are more, the ends of added and removed edges are kept first, then added and removed tasks, then
    other changed tasks, then neighbours; in the order of nodes among equals.
    """
    return _part(graph, _by_importance(graph)[: max(limit, 0)])


def first_nodes(graph: GraphView, limit: int) -> GraphView:
    """Return the first `limit` nodes in the order in which tasks run, part by part."""
    return _part(graph, islice(_by_execution(graph), max(limit, 0)))


def limit_edges(graph: GraphView, limit: int) -> GraphView:
    """Return the graph with at most `limit` edges: added and removed ones first, unchanged ones last."""
    by_severity = sorted(
        range(len(graph.edges)), key=lambda index: BY_SEVERITY.index(graph.edges[index].state)
    )
    retained = sorted(by_severity[: max(limit, 0)])
    return _part_view(graph, graph.nodes, tuple(graph.edges[index] for index in retained), graph.edges)


_NodeKey: TypeAlias = "TaskKey | tuple[str, ...]"
"""A task by its key, ("", step) for a task without a name, or (kind, flow, task) for the source of a link."""

_Ends: TypeAlias = "tuple[_NodeKey, _NodeKey] | tuple[_NodeKey, _NodeKey, str]"
"""The nodes of an edge, with a third item for an edge that is parallel to another one."""

_Facts: TypeAlias = list[bytes]
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True)
class _VersionView:
    """One version: tasks with the step in their path, names in edges, and the contents of links and edges."""

    tasks: dict[_NodeKey, tuple[str, str]] = field(default_factory=dict)
    mentioned: dict[_NodeKey, str] = field(default_factory=dict)
    sources: dict[_NodeKey, tuple[str, _Facts]] = field(default_factory=dict)
    edges: dict[_Ends, _Facts] = field(default_factory=lambda: defaultdict(list))


def _version_view(
    document: Record, key_of: Callable[[str], TaskKey], retained: Collection[_Ends] = frozenset()
) -> _VersionView:
    """Return one version; `retained` are edges of names that no task has any more, which keep the name."""
    view = _VersionView()
    for task in entries(document, TASKS):
        name, step = task.get(TASK_NAME), entry_step(task, TASK.identity)
        name_text = name if isinstance(name, str) else UNNAMED
        view.tasks[key_of(name) if isinstance(name, str) else ("", step)] = (name_text, step)
    for relation in entries(document, RELATIONS):
        source, target = relation.get(SOURCE), relation.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            ends = _edge_key((source, target), (key_of(source), key_of(target)), retained)
            view.mentioned.update(zip(ends, (source, target), strict=False))
            view.edges[ends].append(_other_fields(relation, RELATION.identity))
    for link in links(document):
        _add_link(link, view, key_of, retained)
    return view


def _add_link(
    link: Link, view: _VersionView, key_of: Callable[[str], TaskKey], retained: Collection[_Ends]
) -> None:
    node = source_of(link)
    _, facts = view.sources.setdefault(node, (link.source, []))
    facts.append(_other_fields(link.record, (TARGETS,)))
    for target in link.targets:
        name = target.get(LINK_RELATION.identity[0])
        if isinstance(name, str):
            ends = _edge_key((node, name), (node, key_of(name)), retained)
            view.mentioned[ends[1]] = name
            view.edges[ends].append(_other_fields(target, LINK_RELATION.identity))


def _edge_key(ends: _Ends, renamed: _Ends, retained: Collection[_Ends]) -> _Ends:
    """Return the key of an edge; one whose renamed ends equal those of a retained edge is parallel to it."""
    if ends in retained:
        return ends
    return (*renamed, "") if renamed in retained else renamed


def _other_fields(record: Record, identity: Collection[str]) -> bytes:
    """Return the record without these keys."""
    return marshal.dumps([(key, record[key]) for key in sorted(record) if key not in identity], 2)


def _nodes(
    before: _VersionView, after: _VersionView, old_names: Mapping[str, str], touched: Collection[str]
) -> dict[_NodeKey, ViewNode]:
    nodes: dict[_NodeKey, ViewNode] = {}
    for key, (name, step) in _union(before.tasks, after.tasks).items():
        old = old_names.get(key) if isinstance(key, str) and key in before.tasks else None
        state = _state(key in before.tasks, key in after.tasks, differs=step in touched)
        nodes[key] = ViewNode(name, state) if old is None else ViewNode(name, ViewState.RENAMED, old)
    for key, name in _union(before.mentioned, after.mentioned).items():
        if key not in nodes:
            state = _state(key in before.mentioned, key in after.mentioned)
            nodes[key] = ViewNode(name, state, missing=True)
    for key, (name, _) in _union(before.sources, after.sources).items():
        old_facts, facts = (view.sources[key][1] if key in view.sources else [] for view in (before, after))
        state = _state(bool(old_facts), bool(facts), differs={*old_facts} != {*facts})
        nodes[key] = ViewNode(name, state, linked=True)
    return nodes


def _edges(
    before: Mapping[_Ends, _Facts], after: Mapping[_Ends, _Facts], indexes: Mapping[_NodeKey, int]
) -> Iterator[ViewEdge]:
    for ends in _union(before, after):
        source, target = ends[:2]
        old_facts, facts = before.get(ends, []), after.get(ends, [])
        differs = old_facts != facts and sorted(old_facts) != sorted(facts)
        state = _state(bool(old_facts), bool(facts), differs=differs)
        yield ViewEdge(indexes[source], indexes[target], state)


def _union(before: Mapping[_K, _V], after: Mapping[_K, _V]) -> dict[_K, _V]:
    """Return the items after in their order, then the items that exist only before."""
    return {**after, **{key: value for key, value in before.items() if key not in after}}


def _state(before: bool, after: bool, *, differs: bool = False) -> ViewState:  # noqa: FBT001  # a table of two columns
    if before and after:
        return ViewState.CHANGED if differs else ViewState.SAME
    return ViewState.ADDED if after else ViewState.REMOVED


def _part(graph: GraphView, retained: Iterable[int]) -> GraphView:
    """Return the nodes at these indexes, with the edges between them."""
    indexes = {old: new for new, old in enumerate(sorted(retained))}
    between = [edge for edge in graph.edges if edge.source in indexes and edge.target in indexes]
    wanted = [edge for edge in graph.edges if edge.state is not ViewState.SAME]
    wanted += (edge for edge in between if edge.state is ViewState.SAME)
    edges = (replace(edge, source=indexes[edge.source], target=indexes[edge.target]) for edge in between)
    return _part_view(graph, tuple(graph.nodes[index] for index in indexes), tuple(edges), wanted)


def _part_view(
    graph: GraphView, nodes: tuple[ViewNode, ...], edges: tuple[ViewEdge, ...], wanted: Iterable[ViewEdge]
) -> GraphView:
    """Return a part of a graph with some nodes and edges, and count what it leaves out."""
    remaining = (
        Counter(already) + Counter(one.state for one in every) - Counter(one.state for one in some)
        for already, every, some in (
            (graph.omitted.nodes, graph.nodes, nodes),
            (graph.omitted.edges, wanted, edges),
        )
    )
    return GraphView(nodes, edges, Omitted(*remaining))


def _by_importance(graph: GraphView) -> list[int]:
    """Return the indexes of the changed neighbourhood, the most important node first."""
    nodes = {
        state: [index for index, node in enumerate(graph.nodes) if node.state is state] for state in ViewState
    }
    edges = sorted(
        (edge for edge in graph.edges if edge.state is not ViewState.SAME),
        key=lambda edge: _edge_rank(edge, graph.nodes),
    )
    moved = [edge for edge in edges if edge.state is not ViewState.CHANGED]
    core = {index for state, indexes in nodes.items() if state is not ViewState.SAME for index in indexes}
    neighbours = [edge for edge in graph.edges if edge.source in core or edge.target in core]
    ordered = (
        _ends(moved),
        *(nodes[state] for state in (ViewState.REMOVED, ViewState.ADDED, ViewState.RENAMED)),
        _ends(edges),
        nodes[ViewState.CHANGED],
        sorted(_ends(neighbours)),
    )
    return [*dict.fromkeys(chain.from_iterable(ordered))]


def _edge_rank(edge: ViewEdge, nodes: Sequence[ViewNode]) -> tuple[bool, int]:
    """Rank edges between tasks of both versions before those of an added or removed task."""
    states = {nodes[edge.source].state, nodes[edge.target].state}
    return not states.isdisjoint((ViewState.ADDED, ViewState.REMOVED)), BY_SEVERITY.index(edge.state)


def _ends(edges: Iterable[ViewEdge]) -> list[int]:
    return [index for edge in edges for index in (edge.source, edge.target)]


def _by_execution(graph: GraphView) -> Iterator[int]:
    """Yield the indexes of all nodes, part by part, from a first task to its neighbours."""
    found = levels((edge.source, edge.target) for edge in graph.edges)
    steps = [found.get(index, 1) for index in range(len(graph.nodes))]
    neighbours: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    visited: set[int] = set()
    for first in sorted(range(len(steps)), key=steps.__getitem__):
        queue = [] if first in visited else [(steps[first], first)]
        visited.add(first)
        while queue:
            _, index = heappop(queue)
            yield index
            for other in neighbours[index]:
                if other not in visited:
                    visited.add(other)
                    heappush(queue, (steps[other], other))
