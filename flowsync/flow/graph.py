"""The tasks of a flow as a graph: which task waits for which."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from flowsync.flow.fields import FLOW, FLOW_LINK, LINK_RELATION, RELATION, TASK, TASK_LINK
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.rows import Struct
from flowsync.flow.values import Record, Value

TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
RELATIONS: Final = next(row.name for row in FLOW.fields if row.entries is RELATION)
LINKS: Final = {
    row.name: struct for struct in (FLOW_LINK, TASK_LINK) for row in FLOW.fields if row.entries is struct
}
SOURCE, TARGET, *_ = RELATION.identity

Edge: TypeAlias = tuple[str, str]
"""An upstream and a downstream task, by name."""

_Node = TypeVar("_Node", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Link:
    """What tasks here wait for in another flow; `task` is None where they wait for the whole flow.

    `key` is the list of the document that the link stands in.
    """

    key: str
    flow: str
    task: str | None
    targets: tuple[Record, ...]
    record: Record

    @property
    def source(self) -> str:
        """The flow, and the task where there is one, as people read them."""
        return self.flow if self.task is None else f"{self.flow} / {self.task}"

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the tasks that wait for it."""
        names = (target.get(LINK_RELATION.identity[0]) for target in self.targets)
        return tuple(name for name in names if isinstance(name, str))


def entries(document: Mapping[str, Value], key: str) -> list[Record]:
    """The records of a list of a document; what is no record or no list is left out."""
    value = document.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def task_names(document: Mapping[str, Value]) -> list[str]:
    """The names of the tasks that have one, in order, each as often as it stands."""
    names = (task.get(TASK.identity[0]) for task in entries(document, TASKS))
    return [name for name in names if isinstance(name, str)]


def edges(document: Mapping[str, Value]) -> list[Edge]:
    """The relations of a document whose two ends have a name, in order, each as often as it stands."""
    found = []
    for relation in entries(document, RELATIONS):
        source, target = relation.get(SOURCE), relation.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            found.append((source, target))
    return found


def links(document: Mapping[str, Value]) -> Iterator[Link]:
    """The links of a document whose source has its names, in order; ambiguous ones are left out."""
    for key, struct in LINKS.items():
        for record in entries(document, key):
            yield from _link(key, struct, record, entries(record, TARGETS))


def all_links(document: Mapping[str, Value]) -> Iterator[Link]:
    """As `links`, then the ambiguous ones, each with all targets that it may have."""
    yield from links(document)
    for entry in entries(document, AMBIGUOUS):
        for key, struct in LINKS.items():
            for record in entries(entry, key):
                yield from _link(key, struct, record, entries(entry, TARGETS))


def _link(key: str, struct: Struct, record: Record, targets: Iterable[Record]) -> Iterator[Link]:
    names = [record.get(part) for part in struct.identity]
    match [name for name in names if isinstance(name, str)]:
        case [flow] if len(names) == 1:
            yield Link(key, flow, None, tuple(targets), record)
        case [flow, task]:
            yield Link(key, flow, task, tuple(targets), record)


def cycles(edges: Iterable[Edge]) -> list[list[str]]:
    """The sets of tasks that wait for one another, or for themselves, however long the way round is.

    These are the strongly connected components that hold a cycle; names are sorted, and so are the
    components. Linear in the number of edges, but for the sorting.
    """
    edges = list(edges)
    return sorted(sorted(names) for names in cyclic(components(edges), edges))


def components(edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """The strongly connected components, each after all those it waits for."""
    edges = list(edges)
    backwards = _neighbours((target, source) for source, target in edges)
    return [*_components(_neighbours(edges), backwards)]


def cyclic(components: Iterable[list[_Node]], edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """Those of the strongly connected components that hold a cycle."""
    itself = {source for source, target in edges if source == target}
    return [nodes for nodes in components if len(nodes) > 1 or nodes[0] in itself]


def parts(edges: Iterable[tuple[_Node, _Node]]) -> list[list[_Node]]:
    """The nodes by what hangs together, whichever way the edges point."""
    neighbours = _neighbours(
        both for source, target in edges for both in ((source, target), (target, source))
    )
    seen: set[_Node] = set()
    found = ([*_finished(neighbours, root, seen)] for root in neighbours)
    return [part for part in found if part]


def downstream(edges: Iterable[Edge], task: str) -> frozenset[str]:
    """Every task that waits for `task`, directly or not; itself only where it is part of a cycle."""
    neighbours = _neighbours(edges)
    seen: set[str] = set()
    for follower in neighbours.get(task, ()):
        for _ in _finished(neighbours, follower, seen):
            pass
    return frozenset(seen)


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
    seen: set[_Node] = set()
    order = [name for root in successors for name in _finished(successors, root, seen)]
    seen.clear()
    for root in reversed(order):
        component = [*_finished(predecessors, root, seen)]
        if component:
            yield component


def _finished(neighbours: Mapping[_Node, list[_Node]], root: _Node, seen: set[_Node]) -> Iterator[_Node]:
    """What is reached from `root` and not yet seen, each after everything found through it."""
    if root in seen:
        return
    seen.add(root)
    branch = [(root, iter(neighbours.get(root, ())))]  # no recursion: chains of thousands of tasks are legal
    while branch:
        name, following = branch[-1]
        for follower in following:
            if follower not in seen:
                seen.add(follower)
                branch.append((follower, iter(neighbours.get(follower, ()))))
                break
        else:
            branch.pop()
            yield name
