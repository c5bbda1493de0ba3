import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report.cases import cases

from flowsync.diff.document_diff import compare_documents
from flowsync.diff.graph_diff import compare_graphs
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState, changed_neighbourhood
from flowsync.report.html.graph.geometry import Box, Drawing, layout_graph
from flowsync.report.html.graph.layout import BOX_HEIGHT, Point


@st.composite
def graphs(draw: st.DrawFn) -> GraphView:
    nodes = draw(
        st.lists(
            st.builds(ViewNode, st.text(max_size=50), st.sampled_from(ViewState)), min_size=1, max_size=25
        )
    )
    ends = st.integers(0, len(nodes) - 1)
    return GraphView(
        tuple(nodes),
        tuple(draw(st.lists(st.builds(ViewEdge, ends, ends, st.sampled_from(ViewState)), max_size=60))),
    )


def overlaps(drawn: Drawing) -> list[tuple[str, str]]:
    def apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
        (x, y, width), (x2, y2, width2) = one, other
        return x + width <= x2 or x2 + width2 <= x or abs(y - y2) >= BOX_HEIGHT

    boxes = [(box.x, box.y, box.width, box.label) for box in drawn.boxes]
    pairs = ((one, other) for at, one in enumerate(boxes) for other in boxes[:at])
    return [(one[3], other[3]) for one, other in pairs if not apart(one[:3], other[:3])]


@given(graphs())
def test_boxes_and_arrows_are_apart_and_inside_the_drawing(graph: GraphView) -> None:
    drawn = layout_graph(graph)
    assert [box.node for box in drawn.boxes] == [*graph.nodes]
    assert [arrow.edge for arrow in drawn.arrows] == [*graph.edges]
    assert not overlaps(drawn)
    assert all(box.x >= 0 and box.x + box.width <= drawn.width for box in drawn.boxes)
    assert all(0 <= box.y <= drawn.height - BOX_HEIGHT for box in drawn.boxes)


def test_arrows_pass_columns_in_a_graph_of_two_parts() -> None:
    edges = tuple(ViewEdge(*ends, ViewState.SAME) for ends in ((0, 5), (1, 3), (1, 4), (2, 3), (4, 2)))
    drawn = layout_graph(GraphView((ViewNode("", ViewState.SAME),) * 6, edges))
    assert [len(arrow.points) for arrow in drawn.arrows] == [2, 6, 2, 2, 2]


@given(graphs())
def test_arrow_leads_from_source_to_target(graph: GraphView) -> None:
    drawn = layout_graph(graph)
    for arrow in drawn.arrows:
        ends = ((arrow.edge.source, arrow.points[0]), (arrow.edge.target, arrow.points[-1]))
        for number, (x, y) in ends:
            box = drawn.boxes[number]
            assert x in (box.x, box.x + box.width)
            assert box.y <= y <= box.y + BOX_HEIGHT


LONG = "load_the_whole_warehouse_again"
NARROW_ABOVE_WIDE = GraphView(
    tuple(ViewNode(name, ViewState.SAME) for name in ("a", "c", f"{LONG}_a", f"{LONG}_b", "target", "other")),
    (
        ViewEdge(0, 4, ViewState.REMOVED),
        ViewEdge(0, 5, ViewState.ADDED),
        *(ViewEdge(*ends, ViewState.SAME) for ends in ((1, 4), (2, 5), (3, 4), (3, 5), (4, 1))),
    ),
)
"""Arrows out of a narrow box of a wide column, two of them around in a cycle."""


def points_of(path: str) -> Iterator[Point]:
    """Points all along an SVG path, close to one another."""
    here = (0.0, 0.0)
    for kind, text in re.findall(r"([MLC])([^MLC]*)", path):
        numbers = [float(number) for number in text.split()]
        there = [here, *zip(numbers[::2], numbers[1::2], strict=True)]
        here = there[-1]
        yield from () if kind == "M" else (at(there, step / 40) for step in range(41))


def at(points: list[Point], share: float) -> Point:
    """Where a line or curve with these points of control is after a share of its way (de Casteljau)."""
    while len(points) > 1:
        points = [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for (x0, y0), (x1, y1) in pairwise(points)]
    return points[0]


def crossings(drawn: Drawing) -> list[tuple[str, ...]]:
    """Source and target of each arrow that is drawn into a box, or near one that is not its end."""
    return [
        (*(drawn.boxes[end].label for end in ends), box.label)
        for arrow in drawn.arrows
        for ends in [(arrow.edge.source, arrow.edge.target)]
        for points in [[*points_of(arrow.path)]]
        for number, box in enumerate(drawn.boxes)
        if any(is_in(point, box, -0.2 if number in ends else 2) for point in points)
    ]


def is_in(point: Point, box: Box, room: float) -> bool:
    (x, y) = point
    return box.x - room < x < box.x + box.width + room and box.y - room < y < box.y + BOX_HEIGHT + room


@given(graphs())
@example(NARROW_ABOVE_WIDE)
def test_no_arrow_crosses_a_box(graph: GraphView) -> None:
    assert not crossings(layout_graph(graph))


def test_added_arrow_closes_the_cycle() -> None:
    """Names in the alphabet stand against the order in which the tasks ran before."""
    nodes = tuple(ViewNode(name, ViewState.SAME) for name in ["backtest", "build", "promote", "train"])
    ran = ((1, 3), (3, 0), (0, 2))
    drawn = layout_graph(
        GraphView(
            nodes, (ViewEdge(2, 1, ViewState.ADDED), *(ViewEdge(*ends, ViewState.SAME) for ends in ran))
        )
    )
    assert [arrow.edge.state for arrow in drawn.arrows if arrow.leads_back] == [ViewState.ADDED]
    assert [box.label for box in sorted(drawn.boxes, key=lambda box: box.x)] == [
        "build", "train", "backtest", "promote",
    ]  # fmt: skip


def test_changed_arrows_share_no_end_with_unchanged_ones() -> None:
    nodes = tuple(ViewNode(name, ViewState.SAME) for name in "abcz")
    edges = zip(range(3), (3,) * 3, (ViewState.SAME, ViewState.ADDED, ViewState.REMOVED), strict=True)
    ends = [
        arrow.points[-1]
        for arrow in layout_graph(GraphView(nodes, tuple(ViewEdge(*one) for one in edges))).arrows
    ]
    heights = sorted(y for _, y in ends)
    assert all(later - earlier >= 8 for earlier, later in pairwise(heights))


def test_source_of_a_removed_link_is_drawn_as_another_flow() -> None:
    drawn = layout_graph(GraphView((ViewNode("dw", ViewState.REMOVED, linked=True),), ()))
    assert drawn.boxes[0].label == "dw"


def pictured() -> Iterator[GraphView]:
    for case in cases():
        before, after = ({}, {}) if case.unknown else case.documents
        for flow in sorted(before.keys() & after.keys()):
            found = compare_documents(before[flow], after[flow])
            yield changed_neighbourhood(compare_graphs(before[flow], after[flow], found), 60)


def test_no_arrow_of_a_case_crosses_a_box() -> None:
    drawn = [layout_graph(graph) for graph in pictured()]
    assert sum(len(one.arrows) for one in drawn) > 300
    assert [crossings(one) for one in drawn if crossings(one)] == []


@pytest.mark.parametrize("seed", [3, 4, *(pytest.param(one, marks=pytest.mark.slow) for one in range(5, 43))])
def test_no_arrow_of_a_large_graph_crosses_a_box(seed: int) -> None:
    """Names of all lengths, arrows that pass many columns, and some that lead back."""
    dice = Random(seed)
    count = dice.randrange(10, 90)
    names = ["t" * dice.choice((1, 3, 12, 36)) + str(number) for number in range(count)]
    near = [(number, min(count - 1, number + dice.randrange(1, 9))) for number in range(count)]
    far = [(dice.randrange(count), dice.randrange(count)) for _ in range(count // 2)]
    edges = (ViewEdge(*ends, dice.choice([*ViewState])) for ends in dict.fromkeys([*near, *far]))
    assert not crossings(
        layout_graph(GraphView(tuple(ViewNode(name, ViewState.SAME) for name in names), tuple(edges)))
    )


@given(graphs())
@example(NARROW_ABOVE_WIDE)
def test_sign_of_an_arrow_is_on_the_arrow_and_not_on_a_box(graph: GraphView) -> None:
    drawn = layout_graph(graph)
    for arrow in drawn.arrows:
        x, y = arrow.middle
        assert min(abs(x - x1) + abs(y - y1) for x1, y1 in points_of(arrow.path)) < 1.5
        assert not any(is_in((x, y), box, 7) for box in drawn.boxes)
