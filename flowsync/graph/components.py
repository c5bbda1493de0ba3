"""Find strongly connected components, cycles and connected parts of a graph given by its edges."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from flowsync.graph.edges import Edge

_Node = TypeVar("_Node", bound=Hashable)


def find_cycles(edges: Iterable[Edge]) -> list[list[str]]:
    """Return the sets of tasks that wait for one another, or for themselves.

    These are the strongly connected components with a cycle; names and components are sorted. Linear in the
    number of edges, except for the sorting.
    """
    edges = list(edges)
    return sorted(sorted(names) for names in cyclic_components(find_components(edges), edges))


def find_components(edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Return the strongly connected components, each after all those that it depends on."""
    edges = list(edges)
    backwards = _neighbours((target, source) for source, target in edges)
    return [*_components(_neighbours(edges), backwards)]


def cyclic_components(
    components: Iterable[list[_Node]], edges: Iterable[tuple[_Node, _Node]]
) -> list[list[_Node]]:
    """Return the strongly connected components with a cycle."""
    itself = {source for source, target in edges if source == target}
    return [nodes for nodes in components if len(nodes) > 1 or nodes[0] in itself]


def connected_parts(edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Return the connected sets of nodes, whatever the direction of the edges."""
    neighbours = _neighbours(
        both for source, target in edges for both in ((source, target), (target, source))
    )
    visited: set[_Node] = set()
    found = ([*_postorder(neighbours, root, visited)] for root in neighbours)
    return [part for part in found if part]


def find_downstream(edges: Iterable[Edge], task: str) -> frozenset[str]:
    """Return every task that depends on `task`, directly or not; itself only if it is part of a cycle."""
    neighbours = _neighbours(edges)
    visited: set[str] = set()
    for follower in neighbours.get(task, ()):
        for _ in _postorder(neighbours, follower, visited):
            pass
    return frozenset(visited)


def _neighbours(edges: Iterable[tuple[_Node, _Node]]) -> dict[_Node, list[_Node]]:
    neighbours: dict[_Node, list[_Node]] = {}
    for source, target in edges:
        neighbours.setdefault(source, []).append(target)
        neighbours.setdefault(target, [])
    return neighbours


def _components(
    successors: Mapping[_Node, list[_Node]], predecessors: Mapping[_Node, list[_Node]]
) -> Iterator[list[_Node]]:
    """Strongly connected components by two depth-first searches (Kosaraju and Sharir)."""
    visited: set[_Node] = set()
    order = [name for root in successors for name in _postorder(successors, root, visited)]
    visited.clear()
    for root in reversed(order):
        component = [*_postorder(predecessors, root, visited)]
        if component:
            yield component


def _postorder(neighbours: Mapping[_Node, list[_Node]], root: _Node, visited: set[_Node]) -> Iterator[_Node]:
    """Yield the nodes reachable from `root` that were not visited, each after everything found through it."""
    if root in visited:
        return
    visited.add(root)
    branch = [(root, iter(neighbours.get(root, ())))]  # no recursion: chains of thousands of tasks are legal
    while branch:
        name, following = branch[-1]
        for follower in following:
            if follower not in visited:
                visited.add(follower)
                branch.append((follower, iter(neighbours.get(follower, ()))))
                break
        else:
            branch.pop()
            yield name
