"""Task graphs of both versions under shared node names; derived values are lazy."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TypeAlias

from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.diff.task_identity import find_task_renames
from flowsync.flow.links import TARGETS
from flowsync.flow.multimap import multimap
from flowsync.flow.values import Record, Value
from flowsync.graph.components import connected_parts, cyclic_components
from flowsync.graph.edges import LINKS, RELATIONS, SOURCE, TARGET, entries, target_names
from flowsync.graph.reachability import NodeNumbering, downstream_sets
from flowsync.graph.task_graph import Edge, Node, TaskGraph, source_of
from flowsync.graph.task_renames import TASKS_PATH

Part: TypeAlias = tuple[int, Hashable]
"""The number of a connected part before, and the part it belongs to after."""


class GraphComparison:
    """The task graphs of both versions of a flow and the changes between them.

    Renamed tasks have their new name in both graphs.
    """

    def __init__(
        self, before: Mapping[str, Value], after: Mapping[str, Value], changes: Sequence[Change]
    ) -> None:
        self.changes = changes
        self.before = TaskGraph(before, find_task_renames(after, changes))
        self.after = TaskGraph(after)

    @cached_property
    def removed_edges(self) -> Mapping[int, list[Edge]]:
        """The edges that each change removed, by its index."""
        return self._edges_by_change(Removed, self.before)

    @cached_property
    def added_edges(self) -> Mapping[int, list[Edge]]:
        """The edges that each change added, by its index."""
        return self._edges_by_change(Added, self.after)

    def _edges_by_change(self, kind: type[Added | Removed], side: TaskGraph) -> Mapping[int, list[Edge]]:
        return multimap(
            (index, edge)
            for index, change in enumerate(self.changes)
            for edge in _changed_edges(change, kind, side)
        )

    @cached_property
    def numbering(self) -> NodeNumbering[Node]:
        """All tasks and links of both sides, in the order in which they run on the after side."""
        before = (node for edge in self.before.all_edges for node in edge)
        return NodeNumbering.of(self.after.all_edges, [*self.after.names, *self.before.names, *before])

    @cached_property
    def nodes_before(self) -> "NodeSets":
        """The sets of nodes of the before side."""
        return NodeSets(self.before, self.numbering)

    @cached_property
    def nodes_after(self) -> "NodeSets":
        """The sets of nodes of the after side."""
        return NodeSets(self.after, self.numbering)

    @cached_property
    def unblocked(self) -> AbstractSet[Node]:
        """The tasks that had an upstream and have none now."""
        common = self.before.names.keys() & self.after.names.keys()
        return (self.before.waiting_tasks & common) - self.after.waiting_tasks

    @cached_property
    def new_cycles(self) -> Mapping[Node, list[Node]]:
        """The tasks of each new cycle in document order, by each of them."""
        cycles = _cycles(self.after)
        known = _numbers(_cycles(self.before)) if cycles else {}
        order = {node: number for number, node in enumerate(self.after.names)}
        new: dict[Node, list[Node]] = {}
        for nodes in cycles:
            if known.get(nodes[0]) is None or any(known.get(node) != known[nodes[0]] for node in nodes):
                ordered = sorted(nodes, key=lambda node: order.get(node, len(order)))
                new.update(dict.fromkeys(nodes, ordered))
        return new

    @cached_property
    def detached_parts(self) -> Mapping[Part, list[Node]]:
        """The tasks of both sides in each part that was connected with a main part and no longer is.

        The main part contains most of the tasks, the first one among equals. If no tasks are connected any
        more, there is none.
        """
        common = [(part, node) for node in self.after.names if (part := self.part_of(node)) is not None]
        parts = multimap(common)
        detached: dict[Part, list[Node]] = {}
        for of_whole in multimap((part[0], part) for part in parts).values():
            main = max(of_whole, key=lambda part: len(parts[part]))
            if len(parts[main]) > 1:
                detached.update((part, parts[part]) for part in of_whole if part != main)
        return detached

    def part_of(self, node: Node) -> Part | None:
        """Return the part of a task before and after; None if it had no relations before."""
        part_before = self._parts_before.get(node)
        return None if part_before is None else (part_before, self._parts_after.get(node, node))

    def has_relations(self, node: Node) -> bool:
        """Return whether a task of the after side has relations."""
        return node in self._parts_after

    @cached_property
    def _parts_before(self) -> Mapping[Node, int]:
        return _numbers(connected_parts(self.before.relations))

    @cached_property
    def _parts_after(self) -> Mapping[Node, int]:
        return _numbers(connected_parts(self.after.relations))


class NodeSets:
    """Sets of nodes of one side, as bits of a numbering."""

    def __init__(self, side: TaskGraph, numbering: NodeNumbering[Node]) -> None:
        self.numbering = numbering
        self._side = side

    @cached_property
    def tasks(self) -> int:
        """All tasks."""
        return self.numbering.bits(self._side.names)

    @cached_property
    def upstream(self) -> Mapping[Node, int]:
        """The direct upstream of each task."""
        sources = multimap((target, source) for source, target in self._side.all_edges)
        return {target: self.numbering.bits(nodes) for target, nodes in sources.items()}

    @cached_property
    def downstream(self) -> Mapping[Node, int]:
        """Everything downstream of each node."""
        return downstream_sets(self._side.edges_of_tasks, self.numbering)


def _cycles(side: TaskGraph) -> list[list[Node]]:
    return cyclic_components(side.relations)


def _numbers(groups: Iterable[Iterable[Node]]) -> Mapping[Node, int]:
    return {node: number for number, nodes in enumerate(groups) for node in nodes}


def _changed_edges(change: Change, kind: type[Added | Removed], side: TaskGraph) -> Iterator[Edge]:
    """Yield the edges that a change added to the after side, or removed from the before side.

    Those of an added or removed task are included.
    """
    match change:
        case Added(path, value, cascaded) | Removed(path, value, cascaded) if isinstance(change, kind):
            yield from _edges(path, value, side)
            for one in cascaded:
                yield from _changed_edges(one, kind, side)
        case Rekeyed(path, to, before, after) if not path.startswith(TASKS_PATH):
            yield from _edges(path, before, side) if kind is Removed else _edges(to, after, side)


def _edges(path: str, value: Value, side: TaskGraph) -> Iterator[Edge]:
    """Yield the edges at a path: of a relation, of a link, or of one target of a link."""
    _, key, *steps = path.split("/") if path else ("", "")
    if isinstance(value, dict) and key == RELATIONS and len(steps) == 1:
        source, target = value.get(SOURCE), value.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            yield side.node(source), side.node(target)
    elif isinstance(value, dict) and key in LINKS and steps:
        yield from _link_edges(key, steps, value, side)


def _link_edges(key: str, steps: list[str], record: Record, side: TaskGraph) -> Iterator[Edge]:
    step, *inner_steps = steps
    links = side.links_by_step.get((key, step.partition("~#")[0]), [])
    targets: list[Record] = []
    if inner_steps[:1] == [TARGETS] and len(inner_steps) > 1:
        targets = [record]
    elif not inner_steps:  # an identity has no targets: they are those of its links
        linked = [target for link in links for target in link.targets]
        targets = entries(record, TARGETS) if TARGETS in record else linked
    for link in links[:1]:
        yield from ((source_of(link), side.node(name)) for name in target_names(targets))
