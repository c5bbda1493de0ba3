"""Compute the order in which the tasks of a flow run, in steps."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from flowsync.flow.values import Value
from flowsync.graph.components import find_components
from flowsync.graph.edges import relation_edges, task_names

_Node = TypeVar("_Node", bound=Hashable)


def levels(edges: Iterable[tuple[_Node, _Node]]) -> dict[_Node, int]:
    """Return the level of each node of the edges: 1 for those that depend on no other.

    A node is one level below the last one that it depends on; nodes of a cycle share a level.
    """
    pairs = [*edges]
    return _levels(pairs, find_components(pairs))


def depths_and_heights(edges: Iterable[tuple[_Node, _Node]]) -> tuple[dict[_Node, int], dict[_Node, int]]:
    """Return the level of each node from those without upstream, and from those without downstream."""
    pairs = [*edges]
    components = find_components(pairs)
    backwards = ((target, source) for source, target in pairs)
    return _levels(pairs, components), _levels(backwards, reversed(components))


def _levels(pairs: Iterable[tuple[_Node, _Node]], components: Iterable[Iterable[_Node]]) -> dict[_Node, int]:
    """Return the levels, given the components, each after all those that it depends on."""
    upstream: dict[_Node, set[_Node]] = {}
    for source, target in pairs:
        upstream.setdefault(target, set()).add(source)
    found: dict[_Node, int] = {}
    for nodes in components:
        before = {source for node in nodes for source in upstream.get(node, ())}.difference(nodes)
        found.update(dict.fromkeys(nodes, 1 + max((found[node] for node in before), default=0)))
    return found


def task_levels(document: Mapping[str, Value]) -> dict[str, int]:
    """Return the step of every named task: 1 for a task that depends on no other.

    A task runs one step after the last one that it depends on. Tasks of a cycle share a step. Relations with
    a name that no task has do not count.
    """
    names = task_names(document)
    tasks = {*names}
    found = levels(edge for edge in relation_edges(document) if tasks.issuperset(edge))
    return {name: found.get(name, 1) for name in names}


def direct_upstream(document: Mapping[str, Value]) -> dict[str, list[str]]:
    """Return the tasks that each task directly depends on, in document order; every task is a key."""
    found: dict[str, list[str]] = {name: [] for name in task_names(document)}
    for source, target in relation_edges(document):
        found.setdefault(target, []).append(source)
    return {name: [*dict.fromkeys(sources)] for name, sources in found.items()}
