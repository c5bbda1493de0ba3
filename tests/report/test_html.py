import json
import re
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from required import needs
from samples import runs

from flowsync.analysis.comparison import FlowComparison, FlowStatus
from flowsync.diff.model import Changed, Removed
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import printable_name
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState
from flowsync.report.headline import format_headline, headline_lines
from flowsync.report.html import html
from flowsync.report.html.graph.svg import draw_graphs
from flowsync.report.html.page import page as page_of
from flowsync.report.result import RunResult
from flowsync.schedule.timetable import Timetable

NODE_FOLDER = Path(__file__).parents[2] / ".ci" / "node"


@pytest.fixture(scope="module", params=runs.ALL)
def page(request: pytest.FixtureRequest) -> str:
    return html(runs.ALL[request.param]())


@pytest.fixture(scope="module")
def read(page: str) -> Element:
    return tree(page)


def tree(page: str) -> Element:
    """The page, read by a parser that takes no mistake."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(page)
    return root


def by_class(root: Element, name: str) -> Iterator[Element]:
    return (one for one in root.iter() if name in one.get("class", "").split())


def text(one: Element) -> str:
    return " ".join(" ".join(one.itertext()).split())


def test_page_is_well_formed_and_has_a_title(read: Element) -> None:
    assert read.get("lang") == "en"
    assert (read.findtext("head/title") or "").startswith("flowsync ")
    assert len(read.findall(".//h1")) == len(read.findall(".//main")) == 1


def test_ids_in_a_page_are_unique(read: Element) -> None:
    counts = Counter(one.get("id") for one in read.iter() if one.get("id"))
    assert max(counts.values()) == 1


def test_page_loads_no_other_files_and_has_no_inline_handlers(read: Element) -> None:
    for one in read.iter():
        assert not [
            key for key in one.attrib if str(key).startswith("on") or key in ("src", "style", "srcset")
        ]
        assert one.get("href", "#").startswith("#")
        assert str(one.tag) not in ("link", "iframe", "object", "embed", "img", "base")


def test_policy_contains_hashes_of_style_and_script(read: Element) -> None:
    (policy,) = (one.get("content", "") for one in read.iter("meta") if one.get("http-equiv"))
    for name in ("style", "script"):
        (one,) = read.iter(name)
        digest = b64encode(sha256((one.text or "").encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def colours(scheme: int) -> dict[str, str]:
    """The colour variables of the style: 0 is light, 1 is dark."""
    style = files("flowsync.report.html").joinpath("page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root {(.*?)}", style, re.DOTALL)
    assert len(blocks) == 2
    return dict(re.findall(r"--([\w-]+): (#\w{6});", blocks[scheme]))


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


HUES = ("red", "green", "amber", "blue")
SURFACES = ("page", "card", "well")
TEXT = [(front, back) for front in ("ink", "soft", "accent", *HUES) for back in SURFACES]
TEXT += [(hue, f"{hue}-back") for hue in HUES]
TEXT += [
    ("ink", back) for back in ("red-back", "green-back", "red-mark", "green-mark", "amber-back", "blue-back")
]
DRAWN = [("strong", back) for back in SURFACES]
"""Arrows, the borders of boxes and of fields."""


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_requires(scheme: int) -> None:
    known = colours(scheme)
    wanted = {**dict.fromkeys(TEXT, 4.5), **dict.fromkeys(DRAWN, 3)}
    found = {(front, back): contrast(known[front], known[back]) for front, back in wanted}
    assert {pair: ratio for pair, ratio in found.items() if ratio < wanted[pair]} == {}


def test_title_is_not_a_command_to_a_ci_runner() -> None:
    assert "##[" not in page_of("##[group] x", Markup())


def test_page_has_no_unprintable_characters(page: str) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=4, max_size=6))
def test_no_name_adds_an_element(names: list[str]) -> None:
    marked = [f"<i>{name}</i><script>x</script>\u202e" for name in names]
    found = Counter(str(one.tag) for one in tree(html(runs.hostile(marked))).iter())
    assert (found["script"], found["i"]) == (1, 0)


@pytest.mark.parametrize("name", runs.HOSTILE)
def test_hostile_name_is_printed_as_text(name: str) -> None:
    root = tree(html(runs.hostile([name, "x", "y", "z"])))
    names = [text(one) for one in by_class(root, "name")]
    assert (printable_name(name) if name else "(no name)") in [" ".join(one.split()) for one in names]


@pytest.mark.parametrize("make", [runs.small_edit, runs.incomplete, runs.nothing, runs.many])
def test_page_has_verdict_and_sides(make: Callable[[], RunResult]) -> None:
    run = make()
    root = tree(html(run))
    (comparison,) = run.comparisons
    (title,) = root.iter("h1")
    verdict, *scope = headline_lines(comparison)
    assert text(title) == f"flowsync {run.command} {verdict}"
    assert root.findtext("head/title") == f"flowsync {run.command}: {verdict}"
    assert [text(one) for one in by_class(root, "sides")] == scope


def test_every_finding_and_group_is_printed_once() -> None:
    run = runs.many(30)
    (comparison,) = run.comparisons
    sentences = Counter(text(one) for one in by_class(tree(html(run)), "sentence"))
    own = Counter(one.sentence for flow in comparison.flows for one in comparison.own_findings(flow))
    assert sentences == own + Counter(group.sentence for group in comparison.groups)


def test_most_severe_finding_and_flow_are_first() -> None:
    root = tree(html(runs.incomplete()))
    verdicts = [text(one) for one in by_class(root, "verdict")]
    assert verdicts == ["missing", "changed", "unknown", "unknown", "new"]
    assert [one.get("data-impact") for one in by_class(root, "finding")] == [
        "breaking",
        "behaviour",
        "behaviour",
    ]


def test_closed_flow_says_why_it_is_breaking() -> None:
    root = tree(html(runs.small_edit()))
    assert [text(one) for one in by_class(root, "why")] == ["owner li.wei removed"]


def test_flows_more_severe_than_all_groups_are_before_the_groups() -> None:
    run = runs.many(30)
    (comparison,) = run.comparisons

    def titles(impact: Impact) -> list[str]:
        shared = tuple(replace(group, impact=impact) for group in comparison.groups)
        page = html(replace(run, comparisons=(replace(comparison, groups=shared),)))
        return [text(one) for one in tree(page).iter("h3")]

    assert titles(Impact.COSMETIC) == ["Flows", "Identical changes"]
    assert titles(Impact.BREAKING) == ["Identical changes", "Flows"]


def test_an_incomplete_run_warns_and_gives_reasons() -> None:
    root = tree(html(runs.incomplete()))
    (title,) = root.iter("h1")
    assert "INCOMPLETE: 2 of 412 flows unknown" in text(title)
    assert "the gateway answered 502 three times" in map(text, by_class(root, "reason"))


def test_page_of_a_failed_run_has_the_error_and_no_clean_result() -> None:
    page = html(runs.failed())
    assert "did you mean `gateway`?" in page
    assert "No flow was compared" not in page
    assert "No changes" not in page


def test_a_history_has_a_section_for_each_commit() -> None:
    root = tree(html(runs.history()))
    assert [text(one) for one in root.iter("h2")] == [
        "4f2a91c sync(prod): 1 changed, 0 added",
        "b7c1d00 Split the join, rename load",
        "09aa8f3 sync(prod): 1 changed, 0 added",
    ]


def test_page_of_a_history_has_its_headline() -> None:
    run = runs.history()
    root = tree(html(run))
    (title,) = root.iter("h1")
    assert text(title) == f"flowsync log {format_headline(*run.comparisons)}"
    assert root.findtext("head/title") == "flowsync log: 3 commits changed 1 flow, 4 breaking"


def open_flows(run: RunResult) -> list[bool]:
    return [one.get("open") is not None for one in by_class(tree(html(run)), "flow")]


def test_single_flow_is_open_whatever_its_number_of_findings() -> None:
    assert open_flows(runs.many(1, 144)) == [True]
    assert open_flows(runs.many(2, 144)) == [False, False]
    assert open_flows(runs.many(2, 20)) == [True, True]
    assert open_flows(runs.many(13, 2)) == [False] * 13


def test_added_or_removed_flow_has_no_path() -> None:
    found = runs.finding(Removed("/x", {"name": "etl"}), "flow etl removed")
    whole, part = replace(found, change=Removed("", {"name": "etl"})), found
    root = tree(html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.MISSING, findings=(whole, part)))))
    assert [text(one) for one in by_class(root, "path")] == ["/x"]


def test_changed_command_is_side_by_side_with_marked_differences() -> None:
    root = tree(html(runs.small_edit()))
    (row,) = [row for row in root.iter("tr") if "echo done" in text(row)]
    assert [text(cell) for cell in row] == ["43", "echo done", "43", "echo finished"]
    assert [text(one) for one in row.iter("mark")] == ["done", "finished"]


def test_late_difference_in_a_long_line_is_marked() -> None:
    before, after = (f"spark-submit{' --conf x=y' * 400} --date {day}" for day in ("today", "yesterday"))
    found = runs.finding(Changed("/tasks/name=load/cmd", before, after))
    root = tree(html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=(found,)))))
    assert [text(one) for one in root.iter("mark")] == ["to", "yester"]


def test_changed_schedule_has_next_runs_on_both_sides() -> None:
    before, after = by_class(tree(html(runs.small_edit())), "timetable")
    assert "every day at 00:00 7 runs a week next after Tue 2026-11-24" in text(before)
    assert "Wed 2026-11-25 02:30:00" in text(after)


def test_frequency_is_per_week_or_per_year() -> None:
    since = datetime(2026, 11, 24)  # noqa: DTZ001  # schedules have no zone
    weekly, often, monthly, never = (
        Timetable("so", a_week, (), since) for a_week in (1.0, 604_800.0, 7 * 12 / 365.2425, 0.0)
    )
    found = replace(runs.finding(Changed("/cron", "a", "b")), timetables=(weekly, often))
    rare = replace(found, timetables=(monthly, never))
    page = html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=(found, rare))))
    expected = ("1 run a week", "604,800 runs a week", "12 runs a year", "0 runs a week")
    assert [f">{one}<" in page for one in expected] == [True] * 4


def test_page_size_is_linear_in_its_content() -> None:
    small, large = (len(html(runs.many(flows))) for flows in (100, 400))
    assert large < 4.4 * small


def drawn_nodes(graph: GraphView) -> int:
    return str(draw_graphs(graph)).count("<rect ")


def chain(count: int) -> GraphView:
    nodes = tuple(
        ViewNode(f"t{number}", ViewState.CHANGED if number == 7 else ViewState.SAME)
        for number in range(count)
    )
    return GraphView(
        nodes, tuple(ViewEdge(number, number + 1, ViewState.SAME) for number in range(count - 1))
    )


def test_graph_beyond_the_limit_is_only_the_changed_neighbourhood() -> None:
    assert drawn_nodes(chain(40)) == 40
    assert drawn_nodes(chain(300)) == 300 + 3
    assert drawn_nodes(chain(301)) == 3
    assert "not shown: 298 more." in draw_graphs(chain(301))


def test_graph_counts_what_it_omits() -> None:
    nodes = tuple(ViewNode(f"t{number}", ViewState.CHANGED) for number in range(500))
    assert "not shown: 440 more (440 changed)." in draw_graphs(GraphView(nodes, ()))
    same = (ViewNode("", ViewState.SAME),) * 400
    added = tuple(ViewEdge(0, number, ViewState.ADDED) for number in range(1, 144))
    drawn = draw_graphs(GraphView(same, (*added, ViewEdge(8, 9, ViewState.REMOVED))))
    assert drawn.count('class="edge added"') == 59
    assert drawn.count('class="edge removed"') == 1
    assert "not shown: 340 more, and 84 added relations." in drawn


def test_graph_of_many_arrows_omits_and_counts_unchanged_ones() -> None:
    nodes = (ViewNode("", ViewState.CHANGED),) * 60
    edges = tuple(ViewEdge(one, other, ViewState.SAME) for one in range(60) for other in range(one))
    drawn = draw_graphs(GraphView(nodes, (*edges, ViewEdge(0, 1, ViewState.ADDED))))
    assert drawn.count('class="edge') == 300
    assert drawn.count('class="edge added"') == 1
    assert "not shown: 1,471 unchanged relations." in drawn


def test_unchanged_graph_is_folded_away() -> None:
    drawn = str(draw_graphs(GraphView((ViewNode("a", ViewState.SAME),), ())))
    assert drawn.startswith("<details")
    assert "The graph, unchanged: 1 task" in drawn


def test_graph_has_signs_for_changed_tasks_and_arrows() -> None:
    nodes = (
        ViewNode("a", ViewState.ADDED),
        ViewNode("b", ViewState.REMOVED),
        ViewNode("c", ViewState.RENAMED, "old"),
        ViewNode("d", ViewState.CHANGED),
    )
    drawn = draw_graphs(
        GraphView(nodes, (ViewEdge(0, 1, ViewState.ADDED), ViewEdge(2, 3, ViewState.REMOVED)))
    )
    for label in ("+ a", "\u2212 b", "old → c", "~ d"):
        assert f">{label}</text>" in drawn
    for title in ("b waits for a: added", "d waits for c: removed", "c: renamed from old"):
        assert f"<title>{title}</title>" in drawn


def test_page_is_the_same_in_another_process() -> None:
    code = (
        "from samples import runs; from flowsync.report.html import html; from hashlib import sha256;"
        "print(sha256(html(runs.large()).encode()).hexdigest())"
    )
    tests = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sha256(html(runs.large()).encode()).hexdigest()


def test_three_hundred_tasks_are_drawn_in_seconds() -> None:
    run = runs.large()
    started = time.perf_counter()
    html(run)
    assert time.perf_counter() - started < 5


def test_html_validate_has_no_complaint(tmp_path: Path) -> None:
    needs(shutil.which("node") is not None, "node is not installed")
    program = NODE_FOLDER / "node_modules" / ".bin" / "html-validate"
    needs(program.exists(), "npm ci was not run in .ci/node")
    pages = {name: runs.many(30) if name == "many" else make() for name, make in runs.ALL.items()}
    for name, run in pages.items():
        (tmp_path / f"{name}.html").write_text(html(run), encoding="utf-8")
    rules = {"extends": ["html-validate:standard"], "root": True}
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules))
    done = subprocess.run(
        [program, "--formatter", "text", tmp_path],
        cwd=NODE_FOLDER,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
