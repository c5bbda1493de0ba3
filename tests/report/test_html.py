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
from flowsync.report.headline import format_headline
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


def test_a_page_is_read_by_a_strict_parser_and_says_its_title(read: Element) -> None:
    assert read.get("lang") == "en"
    assert (read.findtext("head/title") or "").startswith("flowsync ")
    assert len(read.findall(".//h1")) == len(read.findall(".//main")) == 1


def test_no_two_elements_of_a_page_have_one_id(read: Element) -> None:
    counts = Counter(one.get("id") for one in read.iter() if one.get("id"))
    assert max(counts.values()) == 1


def test_a_page_asks_for_nothing_from_elsewhere_and_has_no_inline_handlers(read: Element) -> None:
    for one in read.iter():
        assert not [
            key for key in one.attrib if str(key).startswith("on") or key in ("src", "style", "srcset")
        ]
        assert one.get("href", "#").startswith("#")
        assert str(one.tag) not in ("link", "iframe", "object", "embed", "img", "base")


def test_the_policy_of_a_page_names_its_style_and_its_script(read: Element) -> None:
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
def test_colours_have_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    known = colours(scheme)
    wanted = {**dict.fromkeys(TEXT, 4.5), **dict.fromkeys(DRAWN, 3)}
    found = {(front, back): contrast(known[front], known[back]) for front, back in wanted}
    assert {pair: ratio for pair, ratio in found.items() if ratio < wanted[pair]} == {}


def test_the_title_of_a_page_is_no_command_to_a_ci_run() -> None:
    assert "##[" not in page_of("##[group] x", Markup())


def test_nothing_unprintable_is_in_a_page(page: str) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=4, max_size=6))
def test_no_name_adds_an_element(names: list[str]) -> None:
    marked = [f"<i>{name}</i><script>x</script>\u202e" for name in names]
    found = Counter(str(one.tag) for one in tree(html(runs.hostile(marked))).iter())
    assert (found["script"], found["i"]) == (1, 0)


@pytest.mark.parametrize("name", runs.HOSTILE)
def test_a_hostile_name_is_shown_as_the_text_it_is(name: str) -> None:
    root = tree(html(runs.hostile([name, "x", "y", "z"])))
    shown = [text(one) for one in by_class(root, "name")]
    assert (printable_name(name) if name else "(no name)") in [" ".join(one.split()) for one in shown]


@pytest.mark.parametrize("make", [runs.small_edit, runs.incomplete, runs.nothing, runs.many])
def test_a_page_tells_the_verdict_line_and_the_counts_by_impact(make: Callable[[], RunResult]) -> None:
    run = make()
    root = tree(html(run))
    (comparison,) = run.comparisons
    (title,) = root.iter("h1")
    assert format_headline(comparison) in text(title)
    told = [text(one) for one in by_class(root, "impacts")]
    expected = " ".join(f"{count} {impact}" for impact, count in comparison.impacts.items())
    assert told == ([expected] if comparison.differs else [])


def test_every_own_finding_and_every_group_is_told_once() -> None:
    run = runs.many(30)
    (comparison,) = run.comparisons
    told = Counter(text(one) for one in by_class(tree(html(run)), "sentence"))
    own = Counter(one.sentence for flow in comparison.flows for one in comparison.own_findings(flow))
    assert told == own + Counter(group.sentence for group in comparison.groups)


def test_the_gravest_finding_and_flow_come_first() -> None:
    root = tree(html(runs.incomplete()))
    verdicts = [text(one) for one in by_class(root, "verdict")]
    assert verdicts == ["unknown", "unknown", "missing", "changed", "new"]
    assert [one.get("data-impact") for one in by_class(root, "finding")] == [
        "breaking",
        "behaviour",
        "behaviour",
    ]


def test_flows_that_are_graver_than_what_several_share_come_before_it() -> None:
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
    assert "2 flows could not be compared: their state is unknown." in map(text, by_class(root, "alert"))
    assert "the gateway answered 502 three times" in map(text, by_class(root, "reason"))


def test_a_failed_run_shows_the_error_and_nothing_that_looks_clean() -> None:
    page = html(runs.failed())
    assert "did you mean `gateway`?" in page
    assert "No flow was compared" not in page
    assert "No changes" not in page


def test_a_history_has_a_section_for_each_commit() -> None:
    root = tree(html(runs.history()))
    assert [text(one) for one in root.iter("h2")] == [
        "4f2a91c07d1e sync(prod): 1 changed, 0 added",
        "b7c1d00f22aa Split the join, rename load",
        "09aa8f3e5d6c sync(prod): 1 changed, 0 added",
    ]


def test_a_history_is_told_by_its_verdict_line() -> None:
    run = runs.history()
    root = tree(html(run))
    (title,) = root.iter("h1")
    assert text(title) == f"flowsync log {format_headline(*run.comparisons)}"
    assert root.findtext("head/title") == "flowsync log: 3 commits changed 1 flow"


def open_flows(run: RunResult) -> list[bool]:
    return [one.get("open") is not None for one in by_class(tree(html(run)), "flow")]


def test_a_flow_that_is_alone_is_open_however_much_it_tells() -> None:
    assert open_flows(runs.many(1, 144)) == [True]
    assert open_flows(runs.many(2, 144)) == [False, False]
    assert open_flows(runs.many(2, 20)) == [True, True]
    assert open_flows(runs.many(13, 2)) == [False] * 13


def test_a_flow_that_came_or_went_has_no_path_inside_it() -> None:
    found = runs.finding(Removed("/x", {"name": "etl"}), "flow etl removed")
    whole, part = replace(found, change=Removed("", {"name": "etl"})), found
    root = tree(html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.MISSING, findings=(whole, part)))))
    assert [text(one) for one in by_class(root, "path")] == ["/x"]


def test_a_changed_body_stands_side_by_side_with_what_differs_in_a_line_marked() -> None:
    root = tree(html(runs.small_edit()))
    (row,) = [row for row in root.iter("tr") if "echo done" in text(row)]
    assert [text(cell) for cell in row] == ["43", "echo done", "43", "echo finished"]
    assert [text(one) for one in row.iter("mark")] == ["done", "finished"]


def test_what_differs_far_behind_in_a_command_of_one_line_is_marked() -> None:
    before, after = (f"spark-submit{' --conf x=y' * 400} --date {day}" for day in ("today", "yesterday"))
    found = runs.finding(Changed("/tasks/name=load/cmd", before, after))
    root = tree(html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=(found,)))))
    assert [text(one) for one in root.iter("mark")] == ["to", "yester"]


def test_a_schedule_shows_its_next_times_on_both_sides() -> None:
    before, after = by_class(tree(html(runs.small_edit())), "timetable")
    assert "every day at 00:00 7 runs a week next after Tue 2026-11-24" in text(before)
    assert "Wed 2026-11-25 02:30:00" in text(after)


def test_how_often_a_schedule_runs_is_told_in_a_week_or_a_year() -> None:
    since = datetime(2026, 11, 24)  # noqa: DTZ001  # schedules have no zone
    weekly, often, monthly, never = (
        Timetable("so", a_week, (), since) for a_week in (1.0, 604_800.0, 7 * 12 / 365.2425, 0.0)
    )
    found = replace(runs.finding(Changed("/cron", "a", "b")), timetables=(weekly, often))
    rare = replace(found, timetables=(monthly, never))
    page = html(runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=(found, rare))))
    told = ("1 run a week", "604,800 runs a week", "12 runs a year", "0 runs a week")
    assert [f">{one}<" in page for one in told] == [True] * 4


def test_the_size_of_a_page_grows_with_what_it_tells() -> None:
    small, large = (len(html(runs.many(flows))) for flows in (100, 400))
    assert large < 4.4 * small


def shown_nodes(graph: GraphView) -> int:
    return str(draw_graphs(graph)).count("<rect ")


def chain(count: int) -> GraphView:
    nodes = tuple(
        ViewNode(f"t{number}", ViewState.CHANGED if number == 7 else ViewState.SAME)
        for number in range(count)
    )
    return GraphView(
        nodes, tuple(ViewEdge(number, number + 1, ViewState.SAME) for number in range(count - 1))
    )


def test_a_graph_is_whole_up_to_its_limit_and_its_neighbourhood_beyond() -> None:
    assert shown_nodes(chain(40)) == 40
    assert shown_nodes(chain(300)) == 300 + 3
    assert shown_nodes(chain(301)) == 3
    assert "not shown: 298 more." in draw_graphs(chain(301))


def test_a_picture_says_what_it_has_no_room_for() -> None:
    nodes = tuple(ViewNode(f"t{number}", ViewState.CHANGED) for number in range(500))
    assert "not shown: 440 more (440 changed)." in draw_graphs(GraphView(nodes, ()))
    same = (ViewNode("", ViewState.SAME),) * 400
    added = tuple(ViewEdge(0, number, ViewState.ADDED) for number in range(1, 144))
    drawn = draw_graphs(GraphView(same, (*added, ViewEdge(8, 9, ViewState.REMOVED))))
    assert drawn.count('class="edge added"') == 59
    assert drawn.count('class="edge removed"') == 1
    assert "not shown: 340 more, and 84 added relations." in drawn


def test_a_picture_of_many_arrows_leaves_out_those_that_did_not_change_and_says_so() -> None:
    nodes = (ViewNode("", ViewState.CHANGED),) * 60
    edges = tuple(ViewEdge(one, other, ViewState.SAME) for one in range(60) for other in range(one))
    drawn = draw_graphs(GraphView(nodes, (*edges, ViewEdge(0, 1, ViewState.ADDED))))
    assert drawn.count('class="edge') == 300
    assert drawn.count('class="edge added"') == 1
    assert "not shown: 1,471 unchanged relations." in drawn


def test_a_graph_in_which_nothing_changed_is_folded_away() -> None:
    drawn = str(draw_graphs(GraphView((ViewNode("a", ViewState.SAME),), ())))
    assert drawn.startswith("<details")
    assert "The graph, unchanged: 1 task" in drawn


def test_a_graph_says_in_signs_what_became_of_tasks_and_arrows() -> None:
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
    for told in ("b waits for a: added", "d waits for c: removed", "c: renamed from old"):
        assert f"<title>{told}</title>" in drawn


def test_the_same_graph_is_drawn_in_the_same_way_by_another_process() -> None:
    code = (
        "from samples import runs; from flowsync.report.html import html; from hashlib import sha256;"
        "print(sha256(html(runs.large()).encode()).hexdigest())"
    )
    tests = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sha256(html(runs.large()).encode()).hexdigest()


def test_three_hundred_tasks_are_drawn_in_a_moment() -> None:
    run = runs.large()
    started = time.perf_counter()
    html(run)
    assert time.perf_counter() - started < 5


def test_a_checker_of_html_has_no_complaint(tmp_path: Path) -> None:
    needs(shutil.which("node") is not None, "node is not installed")
    program = NODE_FOLDER / "node_modules" / ".bin" / "html-validate"
    needs(program.exists(), "npm ci was not run in .ci/node")
    shown = {name: runs.many(30) if name == "many" else make() for name, make in runs.ALL.items()}
    for name, run in shown.items():
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
