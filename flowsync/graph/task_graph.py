"""Which edges of the task graph a change took away and which it brought."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.flow.fields import LINK_RELATION, TASK
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import LINKS, Link, links, relation_edges, task_names
from flowsync.graph.task_renames import TASK_NAME, TaskRenames

Node: TypeAlias = "str | tuple[str, ...]"
"""A task as `continuity.Key` has it, or what a link waits for: `("flow", flow)`, `("task", flow, task)`."""

Edge: TypeAlias = tuple[Node, Node]

_TARGET_NAME: Final = LINK_RELATION.identity[0]


def source_of(link: Link) -> Node:
    """Return the node of a link: the flow or task that it leads to."""
    return ("flow", link.flow) if link.task is None else ("task", link.flow, link.task)


def name_of(node: Node) -> str:
    """Return the name of a task, or of a link's flow or task."""
    if isinstance(node, str):
        return node
    return node[0] if len(node) == 1 else " / ".join(node[1:])


@dataclass(frozen=True)
class TaskGraph:
    """One side of a flow; `continuity` is None on the after side, where every task has its own name."""

    document: Mapping[str, Value]
    renames: TaskRenames | None = None

    def node(self, name: str) -> Node:
        """Return the node of the task of that name."""
        return name if self.renames is None else self.renames.key_before(name)

    @cached_property
    def names(self) -> Mapping[Node, str]:
        """The named tasks, with their name on this side, in order."""
        return {self.node(name): name for name in task_names(self.document)}

    @cached_property
    def steps(self) -> Mapping[str, Node]:
        """The named tasks by the step that leads to them."""
        return {entry_step({TASK_NAME: name}, TASK.identity): node for node, name in self.names.items()}

    @cached_property
    def relations(self) -> list[Edge]:
        """The edges between tasks."""
        return [(self.node(source), self.node(target)) for source, target in relation_edges(self.document)]

    @cached_property
    def link_edges(self) -> list[Edge]:
        """The edges from links to tasks."""
        return [
            (source_of(link), self.node(name)) for link in links(self.document) for name in link.waiting_tasks
        ]

    @cached_property
    def all_edges(self) -> list[Edge]:
        """The edges from tasks and links to tasks."""
        return self.relations + self.link_edges

    @cached_property
    def edges_of_tasks(self) -> list[Edge]:
        """All edges except those of names that no task has: no path leads over them."""
        removed = {node for edge in self.relations for node in edge}.difference(self.names)
        return [edge for edge in self.all_edges if removed.isdisjoint(edge)] if removed else self.all_edges

    @cached_property
    def successors(self) -> Mapping[Node, list[Node]]:
        """The tasks that directly depend on each task or link."""
        found: dict[Node, list[Node]] = {}
        for source, target in self.all_edges:
            found.setdefault(source, []).append(target)
        return found

    @cached_property
    def waiting_tasks(self) -> frozenset[Node]:
        """The tasks that depend on anything."""
        return frozenset(target for _, target in self.all_edges)

    @cached_property
    def links_by_step(self) -> Mapping[tuple[str, str], list[Link]]:
        """The links by their list and the step that leads to them."""
        found: dict[tuple[str, str], list[Link]] = {}
        for link in links(self.document):
            key = next(
                key for key, struct in LINKS.items() if (link.task is None) == (len(struct.identity) == 1)
            )
            found.setdefault((key, entry_step(link.record, LINKS[key].identity)), []).append(link)
        return found


def target_names(targets: list[Record]) -> Iterator[str]:
    """Return the names of the tasks that these targets of a link name."""
    names = (target.get(_TARGET_NAME) for target in targets)
    return (name for name in names if isinstance(name, str))
