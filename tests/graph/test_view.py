"""Test the view of both versions of a flow, and parts of it."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsync.diff.document_diff import compare_documents
from flowsync.diff.graph_diff import compare_graphs
from flowsync.graph.view import (
    UNNAMED,
    GraphView,
    Omitted,
    ViewEdge,
    ViewNode,
    ViewState,
    changed_neighbourhood,
    first_nodes,
    limit_edges,
)

SAME, ADDED, REMOVED = ViewState.SAME, ViewState.ADDED, ViewState.REMOVED
CHANGED, RENAMED = ViewState.CHANGED, ViewState.RENAMED


def task(name: Any, *, body: str = "", **fields: Any) -> dict[str, Any]:
    return {"name": name, "cmd": f"{body or name} of the day in full", **fields}


def flow(tasks: Any, edges: str = "", **fields: Any) -> dict[str, Any]:
    """Return a flow; `edges` as in "a>b b>c", with "a>b!" for one without a re-run."""
    relations = [
        {"sourceTaskName": source, "targetTaskName": target.strip("!"), "rerun": not target.endswith("!")}
        for source, target in (edge.split(">") for edge in edges.split())
    ]
    return {
        "name": "etl",
        "tasks": [task(one) if isinstance(one, str) else one for one in tasks],
        "relations": relations,
        **fields,
    }


def link(flow: str, *targets: str, task: str = "") -> dict[str, Any]:
    source = {"sourceFlowName": flow, **({"sourceTaskName": task} if task else {})}
    return {**source, "targets": [{"targetTaskName": name, "rerun": True} for name in targets]}


def view(before: Any, after: Any) -> GraphView:
    return compare_graphs(before, after, compare_documents(before, after) if before and after else [])


def edges(graph: GraphView) -> dict[str, ViewState]:
    return {
        f"{graph.nodes[edge.source].name}>{graph.nodes[edge.target].name}": edge.state for edge in graph.edges
    }


def states(graph: GraphView) -> dict[str, ViewState]:
    return {node.name: node.state for node in graph.nodes}


def test_unchanged_flow_has_same_nodes_and_edges() -> None:
    graph = view(flow("ab", "a>b"), flow("ab", "a>b"))
    assert graph == GraphView((ViewNode("a", SAME), ViewNode("b", SAME)), (ViewEdge(0, 1, SAME),))


def test_new_and_removed_flows_are_added_and_removed_throughout() -> None:
    content = flow("ab", "a>b", flowLinks=[link("dw", "a")])
    for graph, state in ((view(None, content), ADDED), (view(content, None), REMOVED)):
        assert {*states(graph).values(), *edges(graph).values()} == {state}
        assert [node.name for node in graph.nodes] == ["a", "b", "dw"]
    assert view(None, None) == GraphView((), ())


def test_states_of_tasks() -> None:
    before = flow(["kept", "gone", task("old", body="bulk"), "edited"])
    after = flow(["kept", "new", task("young", body="bulk"), task("edited", timeout=3)])
    assert view(before, after).nodes == (
        ViewNode("kept", SAME),
        ViewNode("new", ADDED),
        ViewNode("young", RENAMED, old_name="old"),
        ViewNode("edited", CHANGED),
        ViewNode("gone", REMOVED),
    )


def test_states_of_relations() -> None:
    graph = view(flow("abc", "a>b b>c"), flow("abc", "a>b! a>c"))
    assert edges(graph) == {"a>b": CHANGED, "a>c": ADDED, "b>c": REMOVED}
    assert {*states(graph).values()} == {SAME}


def test_relations_of_renamed_task_are_the_same() -> None:
    before = flow(["a", task("load", body="bulk"), "c"], "a>load load>c", flowLinks=[link("dw", "load")])
    after = flow(["a", task("take", body="bulk"), "c"], "a>take take>c", flowLinks=[link("dw", "take")])
    graph = view(before, after)
    assert edges(graph) == {"a>take": SAME, "take>c": SAME, "dw>take": SAME}


def test_tasks_that_exchanged_names_are_both_renamed() -> None:
    before = flow([task("a", body="first"), task("b", body="second"), "c"], "a>b b>c")
    after = flow([task("b", body="first"), task("a", body="second"), "c"], "b>a a>c")
    graph = view(before, after)
    assert graph.nodes == (ViewNode("b", RENAMED, "a"), ViewNode("a", RENAMED, "b"), ViewNode("c", SAME))
    assert edges(graph) == {"b>a": SAME, "a>c": SAME}


def test_links_are_nodes() -> None:
    before = flow("ab", flowLinks=[link("dw", "a"), link("lake", "a")])
    after = flow("ab", flowLinks=[link("dw", "a", "b")], taskLinks=[link("dw", "b", task="load")])
    graph = view(before, after)
    assert graph.nodes[2:] == (
        ViewNode("dw", SAME, linked=True),
        ViewNode("dw / load", ADDED, linked=True),
        ViewNode("lake", REMOVED, linked=True),
    )
    assert edges(graph) == {"dw>a": SAME, "dw>b": ADDED, "dw / load>b": ADDED, "lake>a": REMOVED}


def test_flow_and_task_with_equal_names_are_two_nodes() -> None:
    graph = view(None, flow(["dw"], flowLinks=[link("dw", "dw")]))
    assert graph.edges == (ViewEdge(1, 0, ADDED),)
    assert [node.linked for node in graph.nodes] == [False, True]


def test_names_in_relations_without_task_are_nodes() -> None:
    graph = view(flow("a", "a>ghost"), flow("a", "a>ghost a>spook"))
    assert states(graph) == {"a": SAME, "ghost": SAME, "spook": ADDED}


def test_removed_task_still_in_relations_is_removed() -> None:
    assert states(view(flow("ab", "a>b"), flow("b", "a>b")))["a"] is REMOVED


def test_relations_with_old_name_of_renamed_task_are_the_same() -> None:
    before = flow(["a", task("b", body="bulk"), "c"], "a>b b>c", flowLinks=[link("dw", "b")])
    after = {**before, "tasks": [task("a"), task("bb", body="bulk"), task("c")]}
    graph = view(before, after)
    assert edges(graph) == {"a>b": SAME, "b>c": SAME, "dw>b": SAME}
    assert ViewNode("bb", RENAMED, "b") in graph.nodes
    assert [node.state for node in graph.nodes if node.name == "b"] == [SAME]


def test_relation_of_renamed_task_is_parallel_to_kept_relation_of_its_new_name() -> None:
    before = flow([task("c", body="bulk")], "b>a c>a")
    graph = view(before, flow([task("b", body="bulk")], "b>a"))
    assert graph.nodes == (ViewNode("b", RENAMED, "c"), ViewNode("a", SAME, missing=True))
    assert graph.edges == (ViewEdge(0, 1, SAME), ViewEdge(0, 1, REMOVED))


def test_unnamed_tasks_are_nodes_and_tasks_with_equal_names_are_one() -> None:
    before = flow([task("a"), task("a"), {"name": None, "cmd": "x"}, {"cmd": "y"}])
    after = flow([task("a"), task("a", timeout=1), {"name": None, "cmd": "x"}, {"cmd": "z"}])
    nodes = view(before, after).nodes
    assert nodes == (ViewNode("a", CHANGED), ViewNode(UNNAMED, SAME), ViewNode(UNNAMED, CHANGED))


def test_values_that_are_not_lists_of_records_are_ignored() -> None:
    odd: Any = {"tasks": [None, "a", {"name": "b"}], "relations": {"a": 1}, "flowLinks": [[], {"targets": 3}]}
    assert compare_graphs({}, odd, []).nodes == (ViewNode("b", ADDED),)


def test_neighbourhood_contains_changes_and_neighbours() -> None:
    graph = view(flow("abcdefg", "a>b b>c c>d d>e f>g"), flow("abcdefg", "a>b b>c! c>d d>e f>g"))
    part = changed_neighbourhood(graph, 60)
    assert [node.name for node in part.nodes] == ["b", "c"]
    assert edges(part) == {"b>c": CHANGED}
    assert part.omitted == Omitted({SAME: 5})
    edited = flow(["a", "b", task("c", timeout=1), *"defg"], "a>b b>c c>d d>e f>g")
    part = changed_neighbourhood(view(flow("abcdefg", "a>b b>c c>d d>e f>g"), edited), 60)
    assert edges(part) == {"b>c": SAME, "c>d": SAME}
    assert part.omitted == Omitted({SAME: 4})


def test_truncated_neighbourhood_keeps_changes() -> None:
    hub = flow("abcdx", "a>x b>x c>x d>x")
    edited = flow([*"abcd", task("x", timeout=1)], "a>x b>x c>x d>x")
    part = changed_neighbourhood(view(hub, edited), 3)
    assert [node.name for node in part.nodes] == ["a", "b", "x"]
    assert part.omitted == Omitted({SAME: 2})
    assert len(part.edges) == 2


@pytest.mark.parametrize("most", [0, -1])
def test_neighbourhood_without_room_is_empty(most: int) -> None:
    assert changed_neighbourhood(view(flow("a"), flow("ab")), most) == GraphView(
        (), (), Omitted({SAME: 1, ADDED: 1})
    )


def test_part_of_part_counts_all_omitted_nodes() -> None:
    graph = view(flow("abc"), flow("abcxy"))
    assert changed_neighbourhood(changed_neighbourhood(graph, 10), 1).omitted == Omitted({SAME: 3, ADDED: 1})


def test_neighbourhood_of_thousands_of_tasks_is_fast() -> None:
    names = [f"t{number:04}" for number in range(5_000)]
    chain = " ".join(f"{names[number // 2]}>{names[number]}" for number in range(1, len(names)))
    before, after = flow(names, chain), flow([task(name, timeout=1) for name in names], chain)
    found = compare_documents(before, after)
    started = process_time()
    part = changed_neighbourhood(compare_graphs(before, after, found), 300)
    assert process_time() - started < 2
    assert (len(part.nodes), part.omitted.nodes) == (300, {CHANGED: 4_700})


NAMES = st.sampled_from("abcde")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(NAMES, unique=True))
    bodies = draw(st.permutations("vwxyz"))
    pairs = sorted({*draw(st.lists(st.tuples(NAMES, NAMES), max_size=6))})
    marks = "".join(f" {one}>{other}{draw(st.sampled_from(['', '!']))}" for one, other in pairs)
    links = [link(source, *sorted(draw(st.sets(NAMES)))) for source in draw(st.sets(st.sampled_from("pq")))]
    return flow(
        [task(name, body=body * 9) for name, body in zip(names, bodies, strict=False)], marks, flowLinks=links
    )


@given(documents(), documents())
def test_view_contains_tasks_and_edges_of_both_versions(before: Any, after: Any) -> None:
    graph = view(before, after)
    for document, missing, earlier in ((before, ADDED, True), (after, REMOVED, False)):
        present = [node for node in graph.nodes if node.state is not missing]
        names = Counter(
            node.old_name if earlier and node.old_name else node.name for node in present if not node.linked
        )
        tasks = {one["name"] for one in document["tasks"]}
        assert (
            tasks
            <= {*names}
            <= tasks
            | names_in_edges(document)
            | {one["name"] for one in (after if earlier else before)["tasks"]}
        )
        targets = sum(len(one["targets"]) for one in document["flowLinks"])
        present_edges = [edge for edge in graph.edges if edge.state is not missing]
        assert len(present_edges) == len(document["relations"]) + targets


def names_in_edges(document: Any) -> set[str]:
    ends = {name for one in document["relations"] for name in (one["sourceTaskName"], one["targetTaskName"])}
    return ends | {name["targetTaskName"] for one in document["flowLinks"] for name in one["targets"]}


def names_without_task(document: Any) -> set[str]:
    """Return the names that relations and links mention and no task has."""
    return names_in_edges(document) - {one["name"] for one in document["tasks"]}


MIRRORED = {ADDED: REMOVED, REMOVED: ADDED}


@given(documents(), documents())
def test_reverse_comparison_is_mirrored(before: Any, after: Any) -> None:
    there, back = view(before, after), view(after, before)
    reused = {name for node in there.nodes if node.old_name for name in (node.old_name, node.name)}
    if reused & (names_without_task(before) | names_without_task(after)):
        return  # the meaning of a name without a task depends on the order of the versions

    def mirrored(node: ViewNode) -> ViewNode:
        state = MIRRORED.get(node.state, node.state)
        return ViewNode(node.old_name, state, node.name) if node.old_name else replace(node, state=state)

    def shape(graph: GraphView, turn: Any) -> tuple[Any, Any]:
        nodes = [turn(node) for node in graph.nodes]
        ends = ((repr(nodes[one.source]), repr(nodes[one.target]), one.state) for one in graph.edges)
        return sorted(map(repr, nodes)), sorted(ends)

    turned = shape(there, mirrored)
    assert shape(back, lambda node: node) == (
        turned[0],
        sorted((one, other, MIRRORED.get(state, state)) for one, other, state in turned[1]),
    )


def named_edges(graph: GraphView) -> Counter[tuple[ViewNode, ViewNode, ViewState]]:
    return Counter((graph.nodes[one.source], graph.nodes[one.target], one.state) for one in graph.edges)


@given(documents(), documents(), st.integers(0, 12))
def test_parts_contain_and_count_everything(before: Any, after: Any, most: int) -> None:
    graph = view(before, after)
    for part in (changed_neighbourhood(graph, most), first_nodes(graph, most), limit_edges(graph, most)):
        assert Counter(node.state for node in part.nodes) + Counter(part.omitted.nodes) == Counter(
            node.state for node in graph.nodes
        )
        counted = Counter(edge.state for edge in part.edges) + Counter(part.omitted.edges)
        assert {**counted, SAME: 0} == {**Counter(edge.state for edge in graph.edges), SAME: 0}
        assert not Counter(part.nodes) - Counter(graph.nodes)
        assert not named_edges(part) - named_edges(graph)
    assert len(changed_neighbourhood(graph, most).nodes) <= most
    assert len(first_nodes(graph, most).nodes) == min(most, len(graph.nodes))
    assert len(limit_edges(graph, most).edges) == min(most, len(graph.edges))


@given(documents(), documents())
def test_neighbourhood_with_room_contains_all_changes(before: Any, after: Any) -> None:
    graph = view(before, after)
    part = changed_neighbourhood(graph, 99)
    assert {*part.omitted.nodes} <= {SAME}
    assert not part.omitted.edges


def test_added_and_removed_relations_precede_changed_tasks() -> None:
    names = [f"t{number:03}" for number in range(350)]
    chain = [f"{one}>{other}" for one, other in pairwise(names)]
    before = flow(names, " ".join(chain))
    edited = [task(name, timeout=1) if number < 79 else name for number, name in enumerate(names)]
    after = flow(edited, " ".join(edge for edge in chain if edge != "t299>t300"))
    part = changed_neighbourhood(view(before, after), 60)
    assert edges(part)["t299>t300"] is REMOVED
    assert part.omitted == Omitted({SAME: 269, CHANGED: 21})


def test_relations_of_kept_tasks_precede_those_of_removed_tasks() -> None:
    hub = " ".join(f"hub>{name}" for name in "abcdefgh")
    graph = view(flow(["hub", *"abcdefghxy"], f"{hub} x>y"), flow("abcdefghxy"))
    part = changed_neighbourhood(graph, 4)
    assert states(part) == {"a": SAME, "hub": REMOVED, "x": SAME, "y": SAME}
    assert edges(part) == {"hub>a": REMOVED, "x>y": REMOVED}
    assert part.omitted == Omitted({SAME: 7}, {REMOVED: 7})


def test_changed_nodes_follow_added_and_removed_ones() -> None:
    old, young = task("old", body="bulk"), task("young", body="bulk")
    before = flow([old, "edited", "gone", "kept", "a", "b"], "a>b")
    after = flow([young, task("edited", timeout=1), "new", "kept", "a", "b"], "a>b!")
    graph = view(before, after)
    names = [{*states(changed_neighbourhood(graph, most))} for most in range(8)]
    more = [sorted(after - before) for before, after in pairwise(names)]
    assert more == [["gone"], ["new"], ["young"], ["a"], ["b"], ["edited"], []]


def test_omitted_relations_are_counted() -> None:
    names = [f"t{number}" for number in range(20)]
    every = " ".join(f"{one}>{other}" for one, other in pairwise(names))
    part = changed_neighbourhood(view(flow(names), flow(names, every)), 5)
    assert (len(part.nodes), len(part.edges)) == (5, 4)
    assert part.omitted == Omitted({SAME: 15}, {ADDED: 15})


def test_first_nodes_are_connected_and_in_execution_order() -> None:
    graph = view(None, flow("fedcba", "a>b b>c c>d d>e e>f"))
    assert [node.name for node in first_nodes(graph, 3).nodes] == ["c", "b", "a"]
    fan = view(None, flow("vwxyz", "v>z w>z x>z z>y"))
    assert edges(first_nodes(fan, 3)) == {"v>z": ADDED, "w>z": ADDED}
    assert first_nodes(fan, 3).omitted == Omitted({ADDED: 2}, {ADDED: 2})
    ring = view(None, flow("abcxy", "b>c c>b b>b c>a"))
    assert [node.name for node in first_nodes(ring, 4).nodes] == ["a", "b", "c", "x"]


def test_first_nodes_of_thousands_of_tasks_are_fast() -> None:
    names = [f"t{number:04}" for number in range(5_000)]
    chain = " ".join(f"{one}>{other}" for one, other in pairwise(names))
    graph = view(None, flow(names, chain))
    started = process_time()
    assert len(first_nodes(graph, 300).edges) == 299
    assert process_time() - started < 1


def test_limited_edges_are_most_severe_in_graph_order() -> None:
    graph = view(flow("abcd", "a>b b>c c>d"), flow("abcd", "a>b b>c! b>d"))
    assert limit_edges(graph, 9) == graph
    assert edges(limit_edges(graph, 3)) == {"b>c": CHANGED, "b>d": ADDED, "c>d": REMOVED}
    assert edges(limit_edges(graph, 1)) == {"c>d": REMOVED}
    assert limit_edges(graph, 1).omitted == Omitted({}, {SAME: 1, CHANGED: 1, ADDED: 1})
