"""Compute the downstream of every node of a graph as sets of bits."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flowsync.graph.components import find_components

_Node = TypeVar("_Node", bound=Hashable)


@dataclass(frozen=True)
class NodeNumbering(Generic[_Node]):
    """Nodes as the bits of integers, so that sets of thousands are compared and joined quickly."""

    nodes: Sequence[_Node]
    numbers: Mapping[_Node, int]

    @classmethod
    def of(cls, edges: Collection[tuple[_Node, _Node]], others: Iterable[_Node]) -> "NodeNumbering[_Node]":
        """Assign numbers to all nodes of the edges, each after those it depends on, then to the others."""
        ordered = (node for component in find_components(edges) for node in component)
        nodes = [*dict.fromkeys([*ordered, *others])]
        return cls(nodes, {node: number for number, node in enumerate(nodes)})

    def bits(self, nodes: Iterable[_Node]) -> int:
        """Return the set of these nodes; those without a number are left out."""
        flags = bytearray(len(self.nodes) // 8 + 1)
        for node in nodes:
            number = self.numbers.get(node)
            if number is not None:
                flags[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(flags, "little")

    def contains(self, bits: int, node: _Node) -> bool:
        """Return whether the node is in a set."""
        number = self.numbers.get(node)
        return number is not None and bool(bits >> number & 1)

    def nodes_of(self, bits: int) -> Iterator[_Node]:
        """Yield the nodes of a set in the order of their numbers, lazily."""
        flags = bin(bits)[:1:-1]
        number = flags.find("1")
        while number >= 0:
            yield self.nodes[number]
            number = flags.find("1", number + 1)


def downstream_sets(
    edges: Collection[tuple[_Node, _Node]], numbering: NodeNumbering[_Node]
) -> dict[_Node, int]:
    """Return the set of nodes downstream of every node with an edge; itself only if it is in a cycle."""
    followers: dict[_Node, list[_Node]] = {}
    for source, target in edges:
        followers.setdefault(source, []).append(target)
    below: dict[_Node, int] = {}
    for nodes in reversed(find_components(edges)):
        own = 0
        for node in nodes:
            for follower in followers.get(node, ()):
                own |= below.get(follower, 0) | 1 << numbering.numbers[follower]
        below.update(dict.fromkeys(nodes, own))
    return below
