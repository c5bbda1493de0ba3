"""The task graph of one version of a flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from flowsync.flow.fields import TASK
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Value
from flowsync.graph.edges import LINKS, Link, links, relation_edges, task_names
from flowsync.graph.task_renames import TASK_NAME, TaskRenames

Node: TypeAlias = "str | tuple[str, ...]"
"""A task by its `TaskKey`, or the source of a link: `("flow", flow)` or `("task", flow, task)`."""

Edge: TypeAlias = tuple[Node, Node]


def source_of(link: Link) -> Node:
    """Return the node of a link: the flow or task that it depends on."""
    return ("flow", link.flow) if link.task is None else ("task", link.flow, link.task)


def name_of(node: Node) -> str:
    """Return the name of a task, or of a link's flow or task."""
    if isinstance(node, str):
        return node
    return node[0] if len(node) == 1 else " / ".join(node[1:])


@dataclass(frozen=True)
class TaskGraph:
    """One version of a flow; `renames` is None for the later one, whose tasks keep their names."""

    document: Mapping[str, Value]
    renames: TaskRenames | None = None

    def node(self, name: str) -> Node:
        """Return the node of the task of that name."""
        return name if self.renames is None else self.renames.key_before(name)

    @cached_property
    def names(self) -> Mapping[Node, str]:
        """The named tasks, with their name in this version, in order."""
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
    def all_edges(self) -> list[Edge]:
        """The edges from tasks and links to tasks."""
        named = ((source_of(link), name) for link in links(self.document) for name in link.waiting_tasks)
        return [*self.relations, *((source, self.node(name)) for source, name in named)]

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
            step = entry_step(link.record, LINKS[link.key].identity)
            found.setdefault((link.key, step), []).append(link)
        return found
