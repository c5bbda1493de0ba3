import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from required import needs
from samples import runs

from flowsync.analysis.comparison import FlowComparison, FlowStatus
from flowsync.flow.printable import printable_name, shorten
from flowsync.graph.view import GraphView, Omitted, ViewEdge, ViewNode, ViewState
from flowsync.report.mermaid import draw_all, flowchart, mermaid
from flowsync.report.truncation import describe_omitted

NODE_FOLDER = Path(__file__).parents[2] / ".ci" / "node"
PARSE = """
import { JSDOM } from 'jsdom';
const dom = new JSDOM('<!doctype html>');
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const { default: mermaid } = await import('mermaid');
let text = '';
for await (const piece of process.stdin) text += piece;
const answers = [];
for (const chart of JSON.parse(text)) {
  try {
    await mermaid.parse(chart);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(chart);
    const labels = [...db.getVertices().values()].map((vertex) => vertex.text ?? '');
    answers.push({ labels, edges: db.getEdges().length });
  } catch (error) {
    answers.push({ error: error.message });
  }
}
process.stdout.write(JSON.stringify(answers));
"""

names = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(runs.HOSTILE)


@dataclass(frozen=True)
class Answer:
    labels: tuple[str, ...] = ()
    edges: int = 0
    error: str = ""


@st.composite
def graphs(draw: st.DrawFn) -> GraphView:
    states = st.sampled_from(ViewState)
    nodes = draw(st.lists(st.builds(ViewNode, names, states, names, st.booleans()), max_size=12))
    ends = st.integers(0, max(0, len(nodes) - 1))
    edges = draw(st.lists(st.builds(ViewEdge, ends, ends, states), max_size=20 if nodes else 0))
    counts = st.dictionaries(states, st.integers(1, 3000))
    return GraphView(tuple(nodes), tuple(edges), Omitted(*draw(st.tuples(counts, counts))))


def parsed(charts: list[str]) -> list[Answer]:
    """What the npm package reads in each chart."""
    needs(shutil.which("node") is not None, "node is not installed")
    needs((NODE_FOLDER / "node_modules" / "mermaid").is_dir(), "npm ci was not run in .ci/node")
    command = ["node", "--input-type=module", "--eval", PARSE]
    done = subprocess.run(
        command,
        cwd=NODE_FOLDER,
        input=json.dumps(charts),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return [Answer(**answer) for answer in json.loads(done.stdout)]


def star(count: int) -> GraphView:
    nodes = (
        ViewNode("hub", ViewState.CHANGED),
        *(ViewNode(f"t{number}", ViewState.SAME) for number in range(count)),
    )
    return GraphView(nodes, tuple(ViewEdge(0, number + 1, ViewState.SAME) for number in range(count)))


def test_changed_tasks_and_arrows_are_labelled() -> None:
    nodes = (
        ViewNode("load", ViewState.RENAMED, "extract"),
        ViewNode("new", ViewState.ADDED),
        ViewNode("gone", ViewState.REMOVED),
        ViewNode("dw / fetch", ViewState.SAME, linked=True),
    )
    edges = (
        ViewEdge(0, 1, ViewState.ADDED),
        ViewEdge(2, 0, ViewState.REMOVED),
        ViewEdge(3, 0, ViewState.SAME),
    )
    assert flowchart(GraphView(nodes, edges)).splitlines()[:8] == [
        "flowchart LR",
        '  n0["load<br/>renamed from extract"]:::renamed',
        '  n1["new<br/>added"]:::added',
        '  n2["gone<br/>removed"]:::removed',
        '  n3(["dw #47; fetch<br/>other flow"])',
        "  n0 ==>|added| n1",
        "  n2 -.->|removed| n0",
        "  n3 --> n0",
    ]


def test_large_graph_counts_omitted_tasks() -> None:
    chart = flowchart(star(100), limit=10)
    assert len(re.findall(r"^  n\d+\[", chart, re.MULTILINE)) == 10
    assert '  rest(["and 91 more, not shown"])' in chart.splitlines()


def test_removed_relation_is_drawn_before_changed_tasks() -> None:
    nodes = tuple(
        ViewNode(f"t{number}", ViewState.CHANGED if number < 79 else ViewState.SAME) for number in range(350)
    )
    edges = tuple(
        ViewEdge(number, number + 1, ViewState.REMOVED if number == 299 else ViewState.SAME)
        for number in range(349)
    )
    chart = flowchart(GraphView(nodes, edges), limit=40)
    assert "-.->|removed|" in chart
    assert '  rest(["and 310 more (41 changed), not shown"])' in chart.splitlines()


@pytest.mark.parametrize(
    ("omitted", "expected"),
    [
        (Omitted(), ""),
        (Omitted({ViewState.SAME: 4_960}), "4,960 more"),
        (
            Omitted({ViewState.SAME: 3, ViewState.CHANGED: 2, ViewState.ADDED: 1}),
            "6 more (1 added, 2 changed)",
        ),
        (Omitted({}, {ViewState.REMOVED: 1}), "1 removed relation"),
        (Omitted({}, {ViewState.ADDED: 1, ViewState.SAME: 1}), "1 added, 1 unchanged relations"),
        (
            Omitted({ViewState.SAME: 1}, {ViewState.ADDED: 20, ViewState.REMOVED: 2}),
            "1 more, and 2 removed, 20 added relations",
        ),
    ],
)
def test_omitted_tasks_and_relations_are_described(omitted: Omitted, expected: str) -> None:
    assert describe_omitted(omitted) == expected


def test_a_crowded_graph_stays_below_the_limits_of_viewers() -> None:
    count = 60
    nodes = tuple(ViewNode(f'"{number}' * 30, ViewState.RENAMED, "#;" * 40) for number in range(count))
    edges = tuple(ViewEdge(one, other, ViewState.SAME) for one in range(count) for other in range(count))
    chart = flowchart(GraphView(nodes, (*edges, ViewEdge(0, 1, ViewState.ADDED))))
    assert len(chart) < 50_000
    assert len(re.findall(r"-->|==>", chart)) < 500
    assert "n0 ==>|added| n1" in chart
    assert 'rest(["and 3,121 unchanged relations, not shown"])' in chart


def lines_of(chart: str, kind: str) -> list[str]:
    return re.findall(kind, chart, re.MULTILINE)


def test_graph_too_large_for_viewers_is_cut_to_its_first_tasks() -> None:
    """As viewers do: 50,000 characters and 500 edges at most."""
    nodes = tuple(ViewNode(f"{number:048}", ViewState.SAME) for number in range(1_000))
    backwards = tuple(ViewEdge(number + 1, number, ViewState.SAME) for number in range(999))
    chart = draw_all(GraphView(nodes, backwards))
    assert len(chart) < 50_000
    assert len(lines_of(chart, r"^  n\d+\[")) == 481
    assert len(lines_of(chart, "-->")) == 480
    assert f'["{nodes[999].name[:39]}…"]' in chart
    assert '  rest(["and 519 more, not shown"])' in chart.splitlines()
    hostile = tuple(ViewNode("#;" * 40, ViewState.SAME) for _ in range(1_000))
    assert 40_000 < len(draw_all(GraphView(hostile, ()))) < 50_000


def test_graph_within_the_limits_is_complete() -> None:
    chart = draw_all(star(480))
    assert len(lines_of(chart, r"^  n\d+\[")) == 481
    assert len(lines_of(chart, "-->")) == 480
    assert "not shown" not in chart


@pytest.mark.parametrize("flows", [1, 4, 10])
def test_run_too_large_for_viewers_is_cut(flows: int) -> None:
    nodes = (ViewNode("¶" * 99, ViewState.RENAMED, "¶" * 99),) * 60
    edges = tuple(ViewEdge(one, other, ViewState.REMOVED) for one in range(60) for other in range(60))
    graph = GraphView(nodes, edges)
    verdicts = (
        FlowComparison("¶" * 99, number, "¶" * 99, FlowStatus.CHANGED, graph=graph) for number in range(flows)
    )
    chart = mermaid(runs.diff(*verdicts))
    assert 30_000 < len(chart) < 50_000
    assert len(lines_of(chart, "-.->")) < 500


def test_run_without_differences_is_one_node_with_the_headline() -> None:
    lines = mermaid(runs.nothing()).splitlines()
    assert lines[0] == "flowchart LR"
    assert lines[1].startswith('  verdict0["No changes#58; ')
    assert "412 flows" in lines[1]
    assert not any("[" in line for line in lines[2:])


def test_failed_run_is_one_node_with_the_error() -> None:
    chart = mermaid(runs.failed())
    assert 'verdict0["failed#58; flowsync#46;yaml can#39;t be used"]' in chart
    assert "No changes" not in chart


def test_unknown_flows_are_drawn_as_unknown() -> None:
    assert "meter_readings in prod, 3001#58; unknown" in mermaid(runs.incomplete())


def test_run_with_many_flows_draws_the_most_severe_and_counts_the_others() -> None:
    chart = mermaid(runs.many())
    drawn = len(re.findall(r"^  f\d+\[", chart, re.MULTILINE))
    assert 0 < drawn <= 60
    assert f"and {400 - drawn} more flows, not shown" in chart


@pytest.mark.slow
def test_the_npm_package_reads_every_run_and_graph() -> None:
    charts = [mermaid(make()) for make in runs.ALL.values()]
    charts += [flowchart(graph) for graph in (GraphView((), ()), star(100))]
    charts += [draw_all(graph) for graph in (GraphView((), ()), star(100), star(1_000))]
    answers = parsed(charts)
    assert not [answer.error for answer in answers if answer.error]


@pytest.mark.slow
def test_a_hostile_name_is_the_label_that_the_npm_package_reads() -> None:
    charts = [flowchart(GraphView((ViewNode(name, ViewState.CHANGED),), ())) for name in runs.HOSTILE]
    for name, answer in zip(runs.HOSTILE, parsed(charts), strict=True):
        label = re.sub("ﬂ°°([0-9]+)¶ß", lambda match: chr(int(match[1])), answer.labels[0])
        assert label == f"{shorten(printable_name(name), 40)}<br>changed"
        assert (len(answer.labels), answer.edges) == (1, 0)


@pytest.mark.slow
def test_any_name_is_a_label_for_the_npm_package() -> None:
    charts: list[str] = []
    sizes: list[int] = []

    @given(graphs())
    def collect(graph: GraphView) -> None:
        charts.append(flowchart(graph))
        sizes.append(len(re.findall(r"^  n\d+[\[(]", charts[-1], re.MULTILINE)))

    collect()
    for size, chart, answer in zip(sizes, charts, parsed(charts), strict=True):
        assert not answer.error, chart
        notes = len(re.findall(r"^  (?:none|rest)[\[(]", chart, re.MULTILINE))
        assert len(answer.labels) == size + notes, chart


@pytest.mark.parametrize("name", runs.HOSTILE)
def test_no_name_leaves_its_line(name: str) -> None:
    chart = flowchart(GraphView((ViewNode(name, ViewState.RENAMED, name),), ()))
    (line,) = [line for line in chart.splitlines() if line.startswith("  n0")]
    assert re.fullmatch(r'  n0\["[^"]*<br/>[^"]*"\]:::renamed', line)
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e]", line)
