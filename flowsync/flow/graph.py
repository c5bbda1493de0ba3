"""The tasks of a flow as a graph: which task waits for which."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from flowsync.flow.values import Value

Edge: TypeAlias = tuple[str, str]
"""An upstream and a downstream task, by name."""

_Neighbours: TypeAlias = Mapping[str, list[str]]


def edges(document: Mapping[str, Value]) -> list[Edge]:
    """The relations of a document whose two ends have a name, in order, each as often as it stands."""
    relations = document.get("relations")
    found = []
    for relation in relations if isinstance(relations, list) else []:
        if isinstance(relation, dict):
            source, target = relation.get("sourceTaskName"), relation.get("targetTaskName")
            if isinstance(source, str) and isinstance(target, str):
                found.append((source, target))
    return found


def cycles(edges: Iterable[Edge]) -> list[list[str]]:
    """The sets of tasks that wait for one another, or for themselves, however long the way round is.

    These are the strongly connected components that hold a cycle; names are sorted, and so are the
    components. Linear in the number of edges, but for the sorting.
    """
    edges = list(edges)
    itself = {source for source, target in edges if source == target}
    components = _components(_neighbours(edges), _neighbours((target, source) for source, target in edges))
    return sorted(sorted(names) for names in components if len(names) > 1 or names[0] in itself)


def downstream(edges: Iterable[Edge], task: str) -> frozenset[str]:
    """Every task that waits for `task`, directly or not; itself only where it is part of a cycle."""
    neighbours = _neighbours(edges)
    seen: set[str] = set()
    for follower in neighbours.get(task, ()):
        for _ in _finished(neighbours, follower, seen):
            pass
    return frozenset(seen)


def _neighbours(edges: Iterable[Edge]) -> _Neighbours:
    neighbours: dict[str, list[str]] = {}
    for source, target in edges:
        neighbours.setdefault(source, []).append(target)
        neighbours.setdefault(target, [])
    return neighbours


def _components(successors: _Neighbours, predecessors: _Neighbours) -> Iterator[list[str]]:
    """Strongly connected components by two depth-first searches (Kosaraju and Sharir)."""
    seen: set[str] = set()
    order = [name for root in successors for name in _finished(successors, root, seen)]
    seen.clear()
    for root in reversed(order):
        component = [*_finished(predecessors, root, seen)]
        if component:
            yield component


def _finished(neighbours: _Neighbours, root: str, seen: set[str]) -> Iterator[str]:
    """What is reached from `root` and not yet seen, each after everything found through it."""
    if root in seen:
        return
    seen.add(root)
    branch = [(root, iter(neighbours.get(root, ())))]  # no recursion: chains of thousands of tasks are legal
    while branch:
        name, following = branch[-1]
        follower = next((one for one in following if one not in seen), None)
        if follower is None:
            branch.pop()
            yield name
        else:
            seen.add(follower)
            branch.append((follower, iter(neighbours.get(follower, ()))))
