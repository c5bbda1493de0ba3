"""Task graphs of both versions under shared node names; derived values are lazy."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from flowsync.diff.edge_diff import added_edges, removed_edges
from flowsync.diff.model import Added, Change
from flowsync.diff.task_identity import find_task_renames, is_task
from flowsync.flow.values import Value
from flowsync.graph.components import connected_parts, cyclic_components
from flowsync.graph.reachability import NodeNumbering, downstream_sets
from flowsync.graph.task_graph import Edge, Node, TaskGraph
from flowsync.graph.task_renames import TASK_NAME

Part: TypeAlias = tuple[int, Hashable]
"""A part of the before side's graph and what it belongs to on the after side."""


@dataclass(frozen=True)
class GraphComparison:
    """The documents of a flow and the changes between them."""

    document_before: Mapping[str, Value]
    document_after: Mapping[str, Value]
    changes: Sequence[Change]

    @cached_property
    def before(self) -> TaskGraph:
        """The before side; renamed tasks have their new name."""
        return TaskGraph(self.document_before, find_task_renames(self.document_after, self.changes))

    @cached_property
    def after(self) -> TaskGraph:
        """The after side."""
        return TaskGraph(self.document_after)

    @cached_property
    def common_tasks(self) -> AbstractSet[Node]:
        """The tasks of both sides."""
        return self.before.names.keys() & self.after.names.keys()

    @cached_property
    def removed_edges(self) -> Mapping[int, list[Edge]]:
        """The edges that each change removed, by its index."""
        found = ((index, removed_edges(change, self.before)) for index, change in enumerate(self.changes))
        return {index: edges for index, edges in found if edges}

    @cached_property
    def added_edges(self) -> Mapping[int, list[Edge]]:
        """The edges that each change added, by its index."""
        found = ((index, added_edges(change, self.after)) for index, change in enumerate(self.changes))
        return {index: edges for index, edges in found if edges}

    @cached_property
    def added_tasks(self) -> Mapping[int, str]:
        """The names of the added tasks, by the index of the change."""
        found: dict[int, str] = {}
        for index, change in enumerate(self.changes):
            if isinstance(change, Added) and is_task(change.path) and isinstance(change.value, dict):
                name = change.value.get(TASK_NAME)
                if isinstance(name, str):
                    found[index] = name
        return found

    @cached_property
    def numbering(self) -> NodeNumbering[Node]:
        """All tasks and links of both sides, in the order in which they run on the after side."""
        before = (node for edge in self.before.all_edges for node in edge)
        return NodeNumbering.of(self.after.all_edges, [*self.after.names, *self.before.names, *before])

    @cached_property
    def upstream_before(self) -> Mapping[Node, int]:
        """The direct upstream of each task before."""
        return _direct(self.before, self.numbering)

    @cached_property
    def upstream_after(self) -> Mapping[Node, int]:
        """The direct upstream of each task after."""
        return _direct(self.after, self.numbering)

    @cached_property
    def downstream_before(self) -> Mapping[Node, int]:
        """Everything downstream of each node before."""
        return downstream_sets(self.before.edges_of_tasks, self.numbering)

    @cached_property
    def downstream_after(self) -> Mapping[Node, int]:
        """Everything downstream of each node after."""
        return downstream_sets(self.after.edges_of_tasks, self.numbering)

    @cached_property
    def tasks_before(self) -> int:
        """The set of the tasks of the before side."""
        return self.numbering.bits(self.before.names)

    @cached_property
    def tasks_after(self) -> int:
        """The set of the tasks of the after side."""
        return self.numbering.bits(self.after.names)

    @cached_property
    def unblocked(self) -> AbstractSet[Node]:
        """The tasks that had an upstream and have none now."""
        return (self.before.waiting_tasks & self.common_tasks) - self.after.waiting_tasks

    @cached_property
    def new_cycles(self) -> Mapping[Node, list[Node]]:
        """The tasks of each new cycle in document order, by each of them."""
        found = _cycles(self.after)
        known = (
            {node: number for number, nodes in enumerate(_cycles(self.before)) for node in nodes}
            if found
            else {}
        )
        order = {node: number for number, node in enumerate(self.after.names)}
        new: dict[Node, list[Node]] = {}
        for nodes in found:
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
        parts_by_whole: dict[int, dict[Part, list[Node]]] = {}
        for node in self.after.names:
            part = self.part_of(node) if node in self.before.names else None
            if part is not None:
                parts_by_whole.setdefault(part[0], {}).setdefault(part, []).append(node)
        cut: dict[Part, list[Node]] = {}
        for parts_of_one in parts_by_whole.values():
            rest = max(parts_of_one.values(), key=len)
            if len(rest) > 1:
                cut.update((part, nodes) for part, nodes in parts_of_one.items() if nodes is not rest)
        return cut

    def part_of(self, node: Node) -> Part | None:
        """Return the part of a task before and after; None if it had no relations."""
        part_before = self._parts_before.get(node)
        return None if part_before is None else (part_before, self._parts_after.get(node, node))

    def has_relations(self, node: Node) -> bool:
        """Return whether a task of the after side has relations."""
        return node in self._parts_after

    @cached_property
    def _parts_before(self) -> Mapping[Node, int]:
        return _part_numbers(self.before)

    @cached_property
    def _parts_after(self) -> Mapping[Node, int]:
        return _part_numbers(self.after)


def _direct(side: TaskGraph, numbering: NodeNumbering[Node]) -> Mapping[Node, int]:
    sources: dict[Node, list[Node]] = {}
    for source, target in side.all_edges:
        sources.setdefault(target, []).append(source)
    return {target: numbering.bits(nodes) for target, nodes in sources.items()}


def _cycles(side: TaskGraph) -> list[list[Node]]:
    return cyclic_components(side.relations)


def _part_numbers(side: TaskGraph) -> Mapping[Node, int]:
    return {node: number for number, nodes in enumerate(connected_parts(side.relations)) for node in nodes}
