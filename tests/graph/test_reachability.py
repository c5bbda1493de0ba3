"""Compare components, parts and downstream sets with a transitive closure."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flowsync.graph.components import connected_parts, cyclic_components, find_components, find_cycles
from flowsync.graph.edges import Edge
from flowsync.graph.reachability import NodeNumbering, downstream_sets

NAMES = st.sampled_from("abcdefgh")
EDGES = st.lists(st.tuples(NAMES, NAMES), max_size=16)


def downstream(edges: list[Edge], name: str) -> frozenset[str]:
    """Return the transitive closure of one name."""
    found = {target for source, target in edges if source == name}
    for _ in edges:
        found |= {target for source, target in edges if source in found}
    return frozenset(found)


@given(EDGES)
def test_downstream_set_equals_transitive_closure(edges: list[Edge]) -> None:
    numbering = NodeNumbering.of(edges, "abcdefgh")
    sets = downstream_sets(edges, numbering)
    for name in "abcdefgh":
        found = [*numbering.nodes_of(sets.get(name, 0))]
        assert sorted(found) == sorted(downstream(edges, name))
        assert all(numbering.contains(sets.get(name, 0), other) == (other in found) for other in "abcdefgh")


@given(EDGES)
def test_numbers_follow_edges_outside_cycles(edges: list[Edge]) -> None:
    numbers = NodeNumbering.of(edges, []).numbers
    for source, target in edges:
        assert source in downstream(edges, target) or numbers[source] < numbers[target]


@given(EDGES)
def test_components_partition_nodes_and_cyclic_ones_reach_themselves(edges: list[Edge]) -> None:
    found = find_components(edges)
    nodes = [node for component in found for node in component]
    assert sorted(nodes) == sorted({node for edge in edges for node in edge})
    for component in found:
        is_cyclic = component[0] in downstream(edges, component[0])
        assert (component in cyclic_components(edges)) == is_cyclic


@given(EDGES)
def test_cycle_is_set_of_tasks_downstream_of_one_another(edges: list[Edge]) -> None:
    below = {name: downstream(edges, name) for name in "abcdefgh"}
    mutual = {
        frozenset(other for other in below if other in below[name] and name in below[other])
        for name in below
        if name in below[name]
    }
    assert {frozenset(names) for names in find_cycles(edges)} == mutual


@given(EDGES)
def test_parts_are_connected_in_either_direction(edges: list[Edge]) -> None:
    both = [*edges, *((target, source) for source, target in edges)]
    assert {frozenset(part) for part in connected_parts(edges)} == {
        downstream(both, node) for edge in edges for node in edge
    }


@given(st.sets(st.integers(0, 2_000), max_size=40))
def test_nodes_of_set_are_in_order_of_numbers(members: set[int]) -> None:
    numbering = NodeNumbering[int].of([], range(2_001))
    assert [*numbering.nodes_of(numbering.bits(members))] == sorted(members)


def test_nodes_without_number_are_left_out_of_sets() -> None:
    numbering = NodeNumbering.of([("a", "b")], [])
    assert numbering.bits(["x", "a"]) == numbering.bits(["a"])
    assert not numbering.contains(numbering.bits(["a"]), "x")


def test_chain_of_thousands_needs_no_recursion() -> None:
    chain = [*pairwise(range(5_000))]
    below = downstream_sets(chain, NodeNumbering.of(chain, []))
    assert [below[node].bit_count() for node in (0, 2_500, 4_999)] == [4_999, 2_499, 0]
