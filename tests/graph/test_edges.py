"""Which task waits for which: edges, cycles, and what lies downstream."""

from hypothesis import given
from hypothesis import strategies as st

from flowsync.flow.values import Value
from flowsync.graph.components import find_cycles, find_downstream
from flowsync.graph.edges import Edge, relation_edges

NAMES = st.sampled_from("abcdefg")
EDGES = st.lists(st.tuples(NAMES, NAMES), max_size=20)
CHAIN = [(f"t{number}", f"t{number + 1}") for number in range(5_000)]


def relation(source: Value, target: Value) -> Value:
    return {"sourceTaskName": source, "targetTaskName": target, "rerun": True}


def test_edges_are_the_relations_in_their_order() -> None:
    document: dict[str, Value] = {"relations": [relation("b", "c"), relation("a", "b"), relation("b", "c")]}
    assert relation_edges(document) == [("b", "c"), ("a", "b"), ("b", "c")]


def test_relations_without_two_names_are_no_edges() -> None:
    document: dict[str, Value] = {
        "relations": [relation("a", None), relation(1, "b"), {"sourceTaskName": "a"}, "a", None]
    }
    assert relation_edges(document) == []


def test_a_document_without_relations_has_no_edges() -> None:
    assert (
        relation_edges({}) == relation_edges({"relations": None}) == relation_edges({"relations": "a"}) == []
    )


def test_a_graph_without_a_way_back_has_no_cycles() -> None:
    assert find_cycles([("a", "b"), ("b", "c"), ("a", "c")]) == []


def test_tasks_that_wait_for_one_another_are_one_cycle() -> None:
    assert find_cycles([("c", "a"), ("a", "b"), ("b", "c"), ("c", "d")]) == [["a", "b", "c"]]


def test_a_task_that_waits_for_itself_is_a_cycle() -> None:
    assert find_cycles([("a", "b"), ("b", "b")]) == [["b"]]


def test_cycles_that_share_a_task_are_one() -> None:
    assert find_cycles([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]) == [["a", "b", "c"]]


def test_cycles_apart_are_several_in_the_order_of_their_names() -> None:
    assert find_cycles([("y", "x"), ("x", "y"), ("y", "a"), ("b", "a"), ("a", "b")]) == [
        ["a", "b"],
        ["x", "y"],
    ]


def test_a_chain_of_thousands_of_tasks_needs_no_recursion() -> None:
    assert find_cycles(CHAIN) == []
    assert len(find_downstream(CHAIN, "t0")) == 5_000


def test_a_cycle_of_thousands_of_tasks_is_found() -> None:
    [names] = find_cycles([*CHAIN, ("t5000", "t0")])
    assert len(names) == 5_001


def test_downstream_is_everything_that_waits_for_a_task_directly_or_not() -> None:
    assert find_downstream([("a", "b"), ("b", "c"), ("x", "c"), ("b", "d")], "a") == {"b", "c", "d"}


def test_a_task_is_downstream_of_itself_only_in_a_cycle() -> None:
    assert find_downstream([("a", "b"), ("b", "a"), ("b", "c")], "a") == {"a", "b", "c"}
    assert "a" not in find_downstream([("a", "b"), ("b", "b")], "a")


def test_nothing_is_downstream_of_a_task_without_relations() -> None:
    assert find_downstream([("a", "b")], "b") == find_downstream([("a", "b")], "unknown") == frozenset()


@given(EDGES)
def test_a_cycle_is_the_set_of_tasks_that_are_downstream_of_one_another(found: list[Edge]) -> None:
    below = {name: find_downstream(found, name) for name in "abcdefg"}
    mutual = {
        frozenset(two for two in below if two in below[one] and one in below[two])
        for one in below
        if one in below[one]
    }
    assert {frozenset(names) for names in find_cycles(found)} == mutual


@given(EDGES)
def test_downstream_is_the_transitive_closure(found: list[Edge]) -> None:
    reached = {target for source, target in found if source == "a"}
    for _ in "abcdefg":
        reached |= {target for source, target in found if source in reached}
    assert find_downstream(found, "a") == reached


@given(st.permutations([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "f")]))
def test_the_order_of_relations_does_not_matter(shuffled: list[Edge]) -> None:
    assert find_cycles(shuffled) == [["a", "b", "c"], ["d", "e"], ["f"]]
