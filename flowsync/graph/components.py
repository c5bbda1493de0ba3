"""Find strongly connected components, cycles and connected parts of a graph given by its edges."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from flowsync.graph.edges import Edge

_Node = TypeVar("_Node", bound=Hashable)


def find_cycles(edges: Iterable[Edge]) -> list[list[str]]:
    """Return the sets of tasks that wait for one another, or for themselves; names and sets are sorted."""
    return sorted(sorted(names) for names in cyclic_components([*edges]))


def find_components(edges: Collection[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Return the strongly connected components, each after all those that it depends on.

    Two depth-first searches (Kosaraju and Sharir), linear in the number of edges.
    """
    successors = _neighbours(edges)
    predecessors = _neighbours((target, source) for source, target in edges)
    order = [*chain.from_iterable(_search(successors, successors))]
    return [*_search(predecessors, reversed(order))]


def cyclic_components(edges: Collection[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Return the strongly connected components with a cycle."""
    itself = {source for source, target in edges if source == target}
    return [nodes for nodes in find_components(edges) if len(nodes) > 1 or nodes[0] in itself]


def connected_parts(edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Return the connected sets of nodes, whatever the direction of the edges."""
    neighbours = _neighbours(
        both for source, target in edges for both in ((source, target), (target, source))
    )
    return [*_search(neighbours, neighbours)]


def _neighbours(edges: Iterable[tuple[_Node, _Node]]) -> dict[_Node, list[_Node]]:
    neighbours: dict[_Node, list[_Node]] = {}
    for source, target in edges:
        neighbours.setdefault(source, []).append(target)
        neighbours.setdefault(target, [])
    return neighbours


def _search(neighbours: Mapping[_Node, list[_Node]], roots: Iterable[_Node]) -> Iterator[list[_Node]]:
    """Search from each root that no earlier root leads to; yield the new nodes in postorder."""
    visited: set[_Node] = set()
    for root in roots:
        if root in visited:
            continue
        visited.add(root)
        found: list[_Node] = []
        branch = [(root, iter(neighbours[root]))]  # no recursion: chains of thousands of tasks are legal
        while branch:
            node, following = branch[-1]
            for follower in following:
                if follower not in visited:
                    visited.add(follower)
                    branch.append((follower, iter(neighbours[follower])))
                    break
            else:
                branch.pop()
                found.append(node)
        yield found
