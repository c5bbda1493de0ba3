"""Test edges and cycles of the task graph."""

from hypothesis import given
from hypothesis import strategies as st

from flowsync.flow.values import Value
from flowsync.graph.components import find_cycles
from flowsync.graph.edges import Edge, relation_edges

CHAIN = [(f"t{number}", f"t{number + 1}") for number in range(5_000)]


def relation(source: Value, target: Value) -> Value:
    return {"sourceTaskName": source, "targetTaskName": target, "rerun": True}


def test_edges_are_relations_in_order() -> None:
    document: dict[str, Value] = {"relations": [relation("b", "c"), relation("a", "b"), relation("b", "c")]}
    assert relation_edges(document) == [("b", "c"), ("a", "b"), ("b", "c")]


def test_relations_without_two_names_are_not_edges() -> None:
    document: dict[str, Value] = {
        "relations": [relation("a", None), relation(1, "b"), {"sourceTaskName": "a"}, "a", None]
    }
    assert relation_edges(document) == []


def test_document_without_relations_has_no_edges() -> None:
    assert (
        relation_edges({}) == relation_edges({"relations": None}) == relation_edges({"relations": "a"}) == []
    )


def test_acyclic_graph_has_no_cycles() -> None:
    assert find_cycles([("a", "b"), ("b", "c"), ("a", "c")]) == []


def test_tasks_that_depend_on_one_another_are_a_cycle() -> None:
    assert find_cycles([("c", "a"), ("a", "b"), ("b", "c"), ("c", "d")]) == [["a", "b", "c"]]


def test_task_that_depends_on_itself_is_a_cycle() -> None:
    assert find_cycles([("a", "b"), ("b", "b")]) == [["b"]]


def test_cycles_that_share_a_task_are_one() -> None:
    assert find_cycles([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]) == [["a", "b", "c"]]


def test_separate_cycles_are_sorted_by_name() -> None:
    assert find_cycles([("y", "x"), ("x", "y"), ("y", "a"), ("b", "a"), ("a", "b")]) == [
        ["a", "b"],
        ["x", "y"],
    ]


def test_cycles_of_long_chain_need_no_recursion() -> None:
    assert find_cycles(CHAIN) == []


def test_cycle_of_thousands_of_tasks_is_found() -> None:
    [names] = find_cycles([*CHAIN, ("t5000", "t0")])
    assert len(names) == 5_001


@given(st.permutations([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "f")]))
def test_order_of_relations_has_no_effect(shuffled: list[Edge]) -> None:
    assert find_cycles(shuffled) == [["a", "b", "c"], ["d", "e"], ["f"]]
