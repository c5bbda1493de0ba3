"""Both sides of a flow in one graph, and the part of it that changed."""

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
    """`edges` as in "a>b b>c"; "a>b!" is one without a re-run."""
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


def picture(before: Any, after: Any) -> GraphView:
    return compare_graphs(before, after, compare_documents(before, after) if before and after else [])


def edges(graph: GraphView) -> dict[str, ViewState]:
    return {
        f"{graph.nodes[edge.source].name}>{graph.nodes[edge.target].name}": edge.state for edge in graph.edges
    }


def states(graph: GraphView) -> dict[str, ViewState]:
    return {node.name: node.state for node in graph.nodes}


def test_a_flow_without_changes_is_its_tasks_and_relations() -> None:
    graph = picture(flow("ab", "a>b"), flow("ab", "a>b"))
    assert graph == GraphView((ViewNode("a", SAME), ViewNode("b", SAME)), (ViewEdge(0, 1, SAME),))


def test_a_new_and_a_removed_flow_are_new_and_removed_throughout() -> None:
    held = flow("ab", "a>b", flowLinks=[link("dw", "a")])
    for graph, state in ((picture(None, held), ADDED), (picture(held, None), REMOVED)):
        assert {*states(graph).values(), *edges(graph).values()} == {state}
        assert [node.name for node in graph.nodes] == ["a", "b", "dw"]
    assert picture(None, None) == GraphView((), ())


def test_tasks_are_what_became_of_them() -> None:
    before = flow(["kept", "gone", task("old", body="bulk"), "edited"])
    after = flow(["kept", "new", task("young", body="bulk"), task("edited", timeout=3)])
    assert picture(before, after).nodes == (
        ViewNode("kept", SAME),
        ViewNode("new", ADDED),
        ViewNode("young", RENAMED, old_name="old"),
        ViewNode("edited", CHANGED),
        ViewNode("gone", REMOVED),
    )


def test_relations_are_what_became_of_them() -> None:
    graph = picture(flow("abc", "a>b b>c"), flow("abc", "a>b! a>c"))
    assert edges(graph) == {"a>b": CHANGED, "a>c": ADDED, "b>c": REMOVED}
    assert {*states(graph).values()} == {SAME}


def test_the_relations_of_a_renamed_task_stay() -> None:
    before = flow(["a", task("load", body="bulk"), "c"], "a>load load>c", flowLinks=[link("dw", "load")])
    after = flow(["a", task("take", body="bulk"), "c"], "a>take take>c", flowLinks=[link("dw", "take")])
    graph = picture(before, after)
    assert edges(graph) == {"a>take": SAME, "take>c": SAME, "dw>take": SAME}


def test_tasks_that_exchanged_their_names_are_two_renamed_ones() -> None:
    before = flow([task("a", body="first"), task("b", body="second"), "c"], "a>b b>c")
    after = flow([task("b", body="first"), task("a", body="second"), "c"], "b>a a>c")
    graph = picture(before, after)
    assert graph.nodes == (ViewNode("b", RENAMED, "a"), ViewNode("a", RENAMED, "b"), ViewNode("c", SAME))
    assert edges(graph) == {"b>a": SAME, "a>c": SAME}


def test_links_are_nodes_of_their_own() -> None:
    before = flow("ab", flowLinks=[link("dw", "a"), link("lake", "a")])
    after = flow("ab", flowLinks=[link("dw", "a", "b")], taskLinks=[link("dw", "b", task="load")])
    graph = picture(before, after)
    assert graph.nodes[2:] == (
        ViewNode("dw", SAME, linked=True),
        ViewNode("dw / load", ADDED, linked=True),
        ViewNode("lake", REMOVED, linked=True),
    )
    assert edges(graph) == {"dw>a": SAME, "dw>b": ADDED, "dw / load>b": ADDED, "lake>a": REMOVED}


def test_a_flow_and_a_task_of_the_same_name_are_two_nodes() -> None:
    graph = picture(None, flow(["dw"], flowLinks=[link("dw", "dw")]))
    assert graph.edges == (ViewEdge(1, 0, ADDED),)
    assert [node.linked for node in graph.nodes] == [False, True]


def test_names_that_no_task_has_are_shown_where_relations_mention_them() -> None:
    graph = picture(flow("a", "a>ghost"), flow("a", "a>ghost a>spook"))
    assert states(graph) == {"a": SAME, "ghost": SAME, "spook": ADDED}


def test_a_removed_task_that_relations_still_mention_is_removed() -> None:
    assert states(picture(flow("ab", "a>b"), flow("b", "a>b")))["a"] is REMOVED


def test_relations_that_keep_the_old_name_of_a_task_did_not_change() -> None:
    before = flow(["a", task("b", body="bulk"), "c"], "a>b b>c", flowLinks=[link("dw", "b")])
    after = {**before, "tasks": [task("a"), task("bb", body="bulk"), task("c")]}
    graph = picture(before, after)
    assert edges(graph) == {"a>b": SAME, "b>c": SAME, "dw>b": SAME}
    assert ViewNode("bb", RENAMED, "b") in graph.nodes
    assert [node.state for node in graph.nodes if node.name == "b"] == [SAME]


def test_tasks_without_a_name_are_shown_and_tasks_of_one_name_are_one() -> None:
    before = flow([task("a"), task("a"), {"name": None, "cmd": "x"}, {"cmd": "y"}])
    after = flow([task("a"), task("a", timeout=1), {"name": None, "cmd": "x"}, {"cmd": "z"}])
    nodes = picture(before, after).nodes
    assert nodes == (ViewNode("a", CHANGED), ViewNode(UNNAMED, SAME), ViewNode(UNNAMED, CHANGED))


def test_what_is_no_list_of_records_is_no_task_and_no_relation() -> None:
    odd: Any = {"tasks": [None, "a", {"name": "b"}], "relations": {"a": 1}, "flowLinks": [[], {"targets": 3}]}
    assert compare_graphs({}, odd, []).nodes == (ViewNode("b", ADDED),)


def test_the_neighbourhood_is_what_changed_and_what_is_next_to_it() -> None:
    graph = picture(flow("abcdefg", "a>b b>c c>d d>e f>g"), flow("abcdefg", "a>b b>c! c>d d>e f>g"))
    part = changed_neighbourhood(graph, 60)
    assert [node.name for node in part.nodes] == ["b", "c"]
    assert edges(part) == {"b>c": CHANGED}
    assert part.omitted == Omitted({SAME: 5})
    edited = flow(["a", "b", task("c", timeout=1), *"defg"], "a>b b>c c>d d>e f>g")
    part = changed_neighbourhood(picture(flow("abcdefg", "a>b b>c c>d d>e f>g"), edited), 60)
    assert edges(part) == {"b>c": SAME, "c>d": SAME}
    assert part.omitted == Omitted({SAME: 4})


def test_too_large_a_neighbourhood_keeps_what_changed() -> None:
    hub = flow("abcdx", "a>x b>x c>x d>x")
    edited = flow([*"abcd", task("x", timeout=1)], "a>x b>x c>x d>x")
    part = changed_neighbourhood(picture(hub, edited), 3)
    assert [node.name for node in part.nodes] == ["a", "b", "x"]
    assert part.omitted == Omitted({SAME: 2})
    assert len(part.edges) == 2


@pytest.mark.parametrize("most", [0, -1])
def test_there_may_be_no_room_at_all(most: int) -> None:
    assert changed_neighbourhood(picture(flow("a"), flow("ab")), most) == GraphView(
        (), (), Omitted({SAME: 1, ADDED: 1})
    )


def test_a_part_of_a_part_counts_all_that_is_left_out() -> None:
    graph = picture(flow("abc"), flow("abcxy"))
    assert changed_neighbourhood(changed_neighbourhood(graph, 10), 1).omitted == Omitted({SAME: 3, ADDED: 1})


def test_thousands_of_tasks_are_drawn_at_once() -> None:
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
def test_each_side_is_in_the_picture_with_all_its_tasks_and_edges(before: Any, after: Any) -> None:
    graph = picture(before, after)
    for document, missing, earlier in ((before, ADDED, True), (after, REMOVED, False)):
        shown = [node for node in graph.nodes if node.state is not missing]
        names = Counter(
            node.old_name if earlier and node.old_name else node.name for node in shown if not node.linked
        )
        tasks = {one["name"] for one in document["tasks"]}
        assert (
            tasks
            <= {*names}
            <= tasks | mentioned(document) | {one["name"] for one in (after if earlier else before)["tasks"]}
        )
        targets = sum(len(one["targets"]) for one in document["flowLinks"])
        present = [edge for edge in graph.edges if edge.state is not missing]
        assert len(present) == len(document["relations"]) + targets


def mentioned(document: Any) -> set[str]:
    ends = {name for one in document["relations"] for name in (one["sourceTaskName"], one["targetTaskName"])}
    return ends | {name["targetTaskName"] for one in document["flowLinks"] for name in one["targets"]}


def loose(document: Any) -> set[str]:
    """Names that relations and links mention and no task has."""
    return mentioned(document) - {one["name"] for one in document["tasks"]}


MIRRORED = {ADDED: REMOVED, REMOVED: ADDED}


@given(documents(), documents())
def test_the_way_back_mirrors_the_way_there(before: Any, after: Any) -> None:
    there, back = picture(before, after), picture(after, before)
    handed_on = {name for node in there.nodes if node.old_name for name in (node.old_name, node.name)}
    if handed_on & (loose(before) | loose(after)):
        return  # what a name without a task means depends on which side is the later one

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
def test_a_neighbourhood_is_a_part_of_the_picture(before: Any, after: Any, most: int) -> None:
    graph = picture(before, after)
    for part in (changed_neighbourhood(graph, most), first_nodes(graph, most), limit_edges(graph, most)):
        assert Counter(node.state for node in part.nodes) + Counter(part.omitted.nodes) == Counter(
            node.state for node in graph.nodes
        )
        told = Counter(edge.state for edge in part.edges) + Counter(part.omitted.edges)
        assert {**told, SAME: 0} == {**Counter(edge.state for edge in graph.edges), SAME: 0}
        assert not Counter(part.nodes) - Counter(graph.nodes)
        assert not named_edges(part) - named_edges(graph)
    assert len(changed_neighbourhood(graph, most).nodes) <= most
    assert len(first_nodes(graph, most).nodes) == min(most, len(graph.nodes))
    assert len(limit_edges(graph, most).edges) == min(most, len(graph.edges))


@given(documents(), documents())
def test_with_room_enough_all_that_changed_is_in_the_neighbourhood(before: Any, after: Any) -> None:
    graph = picture(before, after)
    part = changed_neighbourhood(graph, 99)
    assert {*part.omitted.nodes} <= {SAME}
    assert not part.omitted.edges


def test_relations_that_came_or_went_are_shown_before_tasks_that_changed() -> None:
    names = [f"t{number:03}" for number in range(350)]
    chain = [f"{one}>{other}" for one, other in pairwise(names)]
    before = flow(names, " ".join(chain))
    edited = [task(name, timeout=1) if number < 79 else name for number, name in enumerate(names)]
    after = flow(edited, " ".join(edge for edge in chain if edge != "t299>t300"))
    part = changed_neighbourhood(picture(before, after), 60)
    assert edges(part)["t299>t300"] is REMOVED
    assert part.omitted == Omitted({SAME: 269, CHANGED: 21})


def test_relations_between_tasks_that_stay_are_shown_before_those_that_go_with_a_task() -> None:
    hub = " ".join(f"hub>{name}" for name in "abcdefgh")
    graph = picture(flow(["hub", *"abcdefghxy"], f"{hub} x>y"), flow("abcdefghxy"))
    part = changed_neighbourhood(graph, 4)
    assert states(part) == {"a": SAME, "hub": REMOVED, "x": SAME, "y": SAME}
    assert edges(part) == {"hub>a": REMOVED, "x>y": REMOVED}
    assert part.omitted == Omitted({SAME: 7}, {REMOVED: 7})


def test_what_changed_follows_what_came_or_went() -> None:
    old, young = task("old", body="bulk"), task("young", body="bulk")
    before = flow([old, "edited", "gone", "kept", "a", "b"], "a>b")
    after = flow([young, task("edited", timeout=1), "new", "kept", "a", "b"], "a>b!")
    graph = picture(before, after)
    shown = [{*states(changed_neighbourhood(graph, most))} for most in range(8)]
    more = [sorted(after - before) for before, after in pairwise(shown)]
    assert more == [["gone"], ["new"], ["young"], ["a"], ["b"], ["edited"], []]


def test_a_relation_that_is_not_shown_is_counted() -> None:
    names = [f"t{number}" for number in range(20)]
    every = " ".join(f"{one}>{other}" for one, other in pairwise(names))
    part = changed_neighbourhood(picture(flow(names), flow(names, every)), 5)
    assert (len(part.nodes), len(part.edges)) == (5, 4)
    assert part.omitted == Omitted({SAME: 15}, {ADDED: 15})


def test_an_opening_is_in_the_order_of_the_run_and_hangs_together() -> None:
    graph = picture(None, flow("fedcba", "a>b b>c c>d d>e e>f"))
    assert [node.name for node in first_nodes(graph, 3).nodes] == ["c", "b", "a"]
    fan = picture(None, flow("vwxyz", "v>z w>z x>z z>y"))
    assert edges(first_nodes(fan, 3)) == {"v>z": ADDED, "w>z": ADDED}
    assert first_nodes(fan, 3).omitted == Omitted({ADDED: 2}, {ADDED: 2})
    ring = picture(None, flow("abcxy", "b>c c>b b>b c>a"))
    assert [node.name for node in first_nodes(ring, 4).nodes] == ["a", "b", "c", "x"]


def test_an_opening_of_thousands_of_tasks_is_found_at_once() -> None:
    names = [f"t{number:04}" for number in range(5_000)]
    chain = " ".join(f"{one}>{other}" for one, other in pairwise(names))
    graph = picture(None, flow(names, chain))
    started = process_time()
    assert len(first_nodes(graph, 300).edges) == 299
    assert process_time() - started < 1


def test_thinned_edges_are_the_gravest_in_the_order_of_the_graph() -> None:
    graph = picture(flow("abcd", "a>b b>c c>d"), flow("abcd", "a>b b>c! b>d"))
    assert limit_edges(graph, 9) == graph
    assert edges(limit_edges(graph, 3)) == {"b>c": CHANGED, "b>d": ADDED, "c>d": REMOVED}
    assert edges(limit_edges(graph, 1)) == {"c>d": REMOVED}
    assert limit_edges(graph, 1).omitted == Omitted({}, {SAME: 1, CHANGED: 1, ADDED: 1})
