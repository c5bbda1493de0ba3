"""Sets of what lies downstream, against a search from each node."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flowsync.graph.components import connected_parts, cyclic_components, find_components, find_downstream
from flowsync.graph.reachability import NodeNumbering, downstream_sets

NAMES = st.sampled_from("abcdefgh")
EDGES = st.lists(st.tuples(NAMES, NAMES), max_size=16)


@given(EDGES)
def test_what_is_reached_is_what_a_search_from_each_node_finds(edges: list[tuple[str, str]]) -> None:
    numbering = NodeNumbering.of(edges, "abcdefgh")
    below = downstream_sets(edges, numbering)
    for name in "abcdefgh":
        found = [*numbering.nodes_of(below.get(name, 0))]
        assert sorted(found) == sorted(find_downstream(edges, name))
        assert all(numbering.contains(below.get(name, 0), other) == (other in found) for other in "abcdefgh")


@given(EDGES)
def test_numbers_follow_the_edges_but_for_cycles(edges: list[tuple[str, str]]) -> None:
    numbers = NodeNumbering.of(edges, []).numbers
    for source, target in edges:
        assert source in find_downstream(edges, target) or numbers[source] < numbers[target]


@given(EDGES)
def test_components_hold_each_node_once_and_cyclic_ones_lead_back(edges: list[tuple[str, str]]) -> None:
    found = find_components(edges)
    nodes = [node for component in found for node in component]
    assert sorted(nodes) == sorted({node for edge in edges for node in edge})
    for component in found:
        leads_back = component[0] in find_downstream(edges, component[0])
        assert (component in cyclic_components(found, edges)) == leads_back


@given(EDGES)
def test_parts_are_what_edges_tie_together_either_way(edges: list[tuple[str, str]]) -> None:
    both = [*edges, *((target, source) for source, target in edges)]
    assert {frozenset(part) for part in connected_parts(edges)} == {
        find_downstream(both, node) for edge in edges for node in edge
    }


@given(st.sets(st.integers(0, 2_000), max_size=40))
def test_a_set_lists_its_members_in_order_however_far_apart_they_are(members: set[int]) -> None:
    numbering = NodeNumbering[int].of([], range(2_001))
    assert [*numbering.nodes_of(numbering.bits(members))] == sorted(members)


def test_nodes_without_a_number_are_in_no_set() -> None:
    numbering = NodeNumbering.of([("a", "b")], [])
    assert numbering.bits(["x", "a"]) == numbering.bits(["a"])
    assert not numbering.contains(numbering.bits(["a"]), "x")


def test_a_chain_of_thousands_is_reached_to_its_end() -> None:
    chain = [*pairwise(range(5_000))]
    below = downstream_sets(chain, NodeNumbering.of(chain, []))
    assert [below[node].bit_count() for node in (0, 2_500, 4_999)] == [4_999, 2_499, 0]
