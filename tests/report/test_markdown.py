"""The comment as GitHub's own parser and another one read it."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element

import cmarkgfm  # type: ignore[import-untyped]
import html5lib
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.comparison import Commit, Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.grouping import group_findings
from flowsync.analysis.model import Consequence, Effect, Finding, Verb
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Impact, Subject
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.printable import escape_controls, escape_text, printable_name
from flowsync.graph.view import GraphView, ViewEdge, ViewNode, ViewState
from flowsync.report.change_details import has_details, list_details
from flowsync.report.markdown import markdown
from flowsync.report.markdown.budget import Block, Priority, fit_blocks
from flowsync.report.markdown.escaping import code, inline, sentence, summary
from flowsync.report.result import RunResult
from flowsync.schedule.timetable import Timetable

SINCE: Final = datetime(2026, 11, 24, 10)  # noqa: DTZ001  # schedules have no zone
ATTACKS: Final = (
    "| a | b |", "\\|", "`x`", "```", "~~~", "**b**", "__b__", "*", "_", "a_b", "~~s~~", "[x](https://y.z)",
    "![i](j)", "[[page]]", "[^1]", "<script>", "</details>", "</summary>", "<!--", "-->", "&lt;", "&#64;",
    "@all", "a@b.cd", "#1", "#12", "GH-1", "gh-12", "JIRA-7", "!3", "$4", "~bug", '~"a b"', "%5", "&6", "^7",
    ":tada:", ":+1:", "https://x.yz", "www.x.yz", "mailto:a@b.cd", "ftp://x.yz/", "c0ffee1", "deadbeef00",
    "- ", "+ ", "1. ", "1) ", "# ", "> ", "=", "---", "\\", "\n", "\r", "\t", "  ", "\u202e", "\x1b[31m",
    "$a$", "${x}", "$$", "x/y#3", "x/y@c0ffee1", "[ ]", "\u200b", "<https://x.yz>", "/close", "|", "::", "é",
    "_www.x.yz", "{+x+}", "[-y-]", "{-z-}",
)  # fmt: skip
HOSTILE: Final = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=4), max_size=6).map("".join)
ALLOWED: Final = frozenset(
    {"html", "head", "body", "h3", "h4", "p", "blockquote", "strong", "code", "pre", "span", "br"}
    | {"table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary"}
)
LINKED: Final = re.compile(
    r"""@[\w"] | (?<!&)[#!$~%&^][\d"] | [~%$^!#][a-z] | \b(?:(?i:gh)|[A-Z]{2,})-\d | :[\w+-]+: | ://
      | (?<![^\W_])www\. | [{\[][-+] | \bmailto: | \[\[ | \b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b""",
    re.VERBOSE,
)


def github(text: str) -> Element:
    html = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)


def other(text: str) -> Element:
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)


READERS: Final = (github, other)


def words(element: Element) -> str:
    return "".join(element.itertext())


def plain(text: str) -> str:
    """Normalise text: one blank for blanks of any width, nothing for characters without width."""
    return re.sub(r"[ \t\xa0]+", " ", text.replace("\u200b", "")).strip()


def unlinked(element: Element) -> Iterator[str]:
    """The texts in which platforms look for something to link: all outside of code."""
    if element.tag not in {"code", "pre"}:
        yield element.text or ""
        for child in element:
            yield from unlinked(child)
            yield child.tail or ""


def flow(*found: Finding, name: str = "etl", **more: Any) -> FlowComparison:
    file = "flows/prod/etl.1.yaml"
    return FlowComparison(
        "prod", more.pop("flow_id", 1), name, FlowStatus.CHANGED, file, findings=found, **more
    )


def finding(text: str = "task load added", impact: Impact = Impact.BEHAVIOUR, **more: Any) -> Finding:
    change = more.pop("change", Changed("/tasks/name=load/timeout", 1, 2))
    return Finding(Subject.TASK, Verb.CHANGED, change, impact, text, more.pop("fingerprint", text), **more)


def run(*flows: FlowComparison, command: str = "diff", **more: Any) -> RunResult:
    return RunResult(
        command, (group_findings(Comparison(Side("HEAD"), Side("live"), flows, 20_000)),), **more
    )


@st.composite
def hostile_findings(draw: st.DrawFn) -> Finding:
    text = draw(HOSTILE)
    task = entry_step({"name": text}, ("name",))
    change = draw(
        st.sampled_from(
            [
                Changed(path(("tasks", task, "cmd")), f"a\n{text}", f"b\n{text}{text}"),
                Changed(path((key_step(text),)), text, text * 30),
                Added(path(("tasks", task)), {"name": text, "cmd": f"{text}\n{text}"}),
                Removed(path(("owners", key_step(text))), text),
            ]
        )
    )
    effect = Effect(Consequence.STARTS_AT_ONCE, (text,), f"{text} now starts at once")
    impact = draw(st.sampled_from(Impact))
    return finding(f"task {text} changed", impact, change=change, effects=(effect,), fingerprint=text)


@st.composite
def hostile_runs(draw: st.DrawFn) -> RunResult:
    text = draw(HOSTILE)
    graph = GraphView(
        (ViewNode(text, ViewState.CHANGED), ViewNode("b", ViewState.ADDED)),
        (ViewEdge(0, 1, ViewState.ADDED),),
    )
    found = draw(st.lists(hostile_findings(), min_size=1, max_size=4))
    flows = (
        flow(*found, name=text, directory=text, graph=graph),
        *(flow(found[0], name=text, flow_id=number) for number in range(2, 8)),
        FlowComparison("prod", 98, text, FlowStatus.MISSING, reason=text),
        FlowComparison("prod", 99, text, FlowStatus.UNKNOWN, reason=text),
        FlowComparison("prod", 97, text, FlowStatus.NEW, file=text, directory=text),
        FlowComparison("prod", 96, text, FlowStatus.CHANGED, reason=text),
    )
    commit = draw(st.none() | st.just(Commit("c0ffee" * 7, "2026-11-24T10:00:00+08:00", text, text)))
    comparison = group_findings(Comparison(Side(text), Side(text), flows, 20, commit=commit))
    error = draw(st.none() | st.just(FlowsyncError(f"x{text}", hint=f"y{text}")))
    return RunResult("diff", (comparison,), error=error)


@given(HOSTILE)
@example("\\|")
@example("a  b\t")
def test_every_text_is_rendered_literally(text: str) -> None:
    for write, printed in ((inline, escape_text), (sentence, escape_controls), (code, printable_name)):
        for read in READERS:
            table = read(f"| a | b |\n|---|---|\n| {write(text)} | end |\n")
            cells = [words(cell) for cell in table.iter("td")]
            assert [plain(cell) for cell in cells] == [plain(printed(text) if text else ""), "end"]
    for read in READERS:
        element = read(f"<details><summary>{summary(text)}</summary>\n\nx\n</details>\n").find(".//summary")
        assert element is not None
        assert plain(words(element)) == plain(escape_controls(text))


@given(HOSTILE)
@example("x/y@c0ffee1 a.b@c.de")
def test_no_text_becomes_a_link_a_mention_or_an_image(text: str) -> None:
    for read in READERS:
        document = read(f"- {inline(text)}\n\n#### {sentence(text)}\n\n| a |\n|---|\n| {sentence(text)} |\n")
        assert {element.tag for element in document.iter()} <= ALLOWED
        assert not [text for text in unlinked(document) if LINKED.search(text.replace("://\u200b", ""))]


@given(hostile_runs())
def test_names_add_no_markup_and_no_table_cells(run: RunResult) -> None:
    text = markdown(run)
    for read in READERS:
        document = read(f"{text}\nTHE END\n")
        body = document.find("body")
        assert body is not None
        assert {element.tag for element in document.iter()} <= ALLOWED
        assert {key for one in document.iter() for key in one.attrib} <= {"lang", "class"}
        assert (body[-1].tag, words(body[-1])) == ("p", "THE END")  # every fence and element is closed
        for table in document.iter("table"):
            width = len([*table.iter("th")])
            assert {len(row) for row in table.iter("tr")} == {width}
        for folded in document.iter("details"):
            assert folded[0].tag == "summary"


def test_first_line_identifies_the_command() -> None:
    assert markdown(run(command="drift")).startswith(
        "<!-- flowsync:drift -->\n### flowsync drift: No changes: "
    )


def test_comment_of_a_run_without_differences() -> None:
    assert markdown(run()) == (
        "<!-- flowsync:diff -->\n### flowsync diff: No changes: HEAD → live (20,000 flows)\n"
    )


def test_an_incomplete_run_warns_in_its_heading_and_names_the_flows() -> None:
    unknown = [
        FlowComparison("prod", number, "", FlowStatus.UNKNOWN, reason="HTTP 503") for number in range(3)
    ]
    text = markdown(run(*unknown, exit_status=3))
    assert "### flowsync diff: INCOMPLETE: 3 of 20,000 flows unknown\n" in text
    assert text.index("INCOMPLETE") < text.index("- prod 2: HTTP 503\n")
    assert "No changes" not in text


def test_comment_of_a_failed_run_has_no_clean_result() -> None:
    error = FlowsyncError("the gateway said no", hint="look at the credentials")
    alone = markdown(RunResult("drift", (), 1, error))
    assert "### flowsync drift failed\n" in alone
    assert "the gateway said no" in alone
    assert "look at the credentials" in alone
    assert "No flow was compared." in alone
    assert "### flowsync drift failed\n" in markdown(run(command="drift", error=error, exit_status=1))


def test_comment_has_the_first_configuration_problems() -> None:
    problems = tuple(f"line {line}: no such key" for line in range(1, 13))
    text = markdown(
        RunResult("drift", (), 64, ConfigError("12 problems", problems=problems, hint="look there"))
    )
    assert "> line 10: no such key\n>\n> and 2 more problems\n>\n> hint: look there\n" in text
    assert "line 11" not in text


def test_run_that_failed_halfway_reports_its_findings() -> None:
    text = markdown(run(error=FlowsyncError("no way"), exit_status=1))
    assert text.index("failed") < text.index("Before the failure: No changes: HEAD → live (20,000 flows)\n")


def test_missing_flows_and_breaking_changes_are_first() -> None:
    missing = FlowComparison(
        "prod", 7, "old", FlowStatus.MISSING, findings=(removed_flow_finding("old", SETTING),)
    )
    new = FlowComparison("prod", 8, "young", FlowStatus.NEW, findings=(added_flow_finding("young", SETTING),))
    text = markdown(
        run(
            flow(finding("a look", Impact.COSMETIC), flow_id=1),
            flow(finding("a way"), finding("a break", Impact.BREAKING), flow_id=2),
            new,
            missing,
        )
    )
    order = [text.index(part) for part in ("prod 7 old", "a break", "a way", "prod 8 young", "a look")]
    assert order == sorted(order)
    assert (
        "### flowsync diff: STOP: 2 breaking changes, 1 behaviour, 1 cosmetic\n\n"
        "HEAD → live: 2 changed, 1 new, 1 missing of 20,000 flows\n" in text
    )


SETTING: Final = DiffContext("prod", 1, SINCE)


def test_changed_command_is_a_diff_with_requested_context() -> None:
    lines = [f"step {number}" for number in range(20)]
    sides: list[dict[str, Any]] = [
        {"name": "etl", "tasks": [{"name": "load", "cmd": "\n".join([*lines[:10], step, *lines[10:]])}]}
        for step in ("old ```", "new ````\nand more")
    ]
    found = analyze(canonicalize(sides[0], 1), canonicalize(sides[1], 1), SETTING)
    text = markdown(run(flow(*found), context=1))
    assert "`````diff\n@@ -10,3 +10,4 @@\n step 9\n-old ```\n+new ````\n+and more\n step 10\n`````\n" in text


def test_small_edit_of_a_command_is_one_line_without_a_diff() -> None:
    text = markdown(run(flow(finding(change=Changed("/tasks/name=load/cmd", "a b", "a c")))))
    assert "- behaviour: task load: command: a \\[&#8203;-b-\\]{&#8203;+c+}\n" in text
    assert "```diff" not in text


def test_group_is_printed_once_with_its_flows() -> None:
    added = [finding("new field x = null", change=Added("/x", None)) for _ in range(9)]
    text = markdown(run(*(flow(one, flow_id=number) for number, one in enumerate(added))))
    assert text.count("- behaviour: ") == 1
    assert "<br>prod 0 etl, prod 1 etl, prod 2 etl, prod 3 etl, prod 4 etl and 4 more\n" in text
    assert all(f"- prod {number} etl\n" in text for number in range(9))


def test_next_runs_and_effects_are_in_the_entry_of_the_change() -> None:
    before, after = (
        Timetable(description, 7, (SINCE.replace(hour=hour),), SINCE)
        for description, hour in ((".", 11), (",", 12))
    )
    effect = Effect(Consequence.STARTS_AT_ONCE, ("report",), "report now starts at once")
    text = markdown(run(flow(finding("schedule", effects=(effect,), timetables=(before, after)))))
    assert (
        "- behaviour: schedule<br>↳ report now starts at once"
        "<br>next runs were: Tue 2026-11-24 11:00<br>next runs are:  Tue 2026-11-24 12:00\n" in text
    )


def test_shared_next_runs_are_printed_once() -> None:
    tables = tuple(Timetable(description, 7, (), SINCE) for description in ("every day", "on Mondays"))
    text = markdown(run(flow(finding("cron", timetables=tables), finding("start", timetables=tables))))
    assert text.count("<br>next runs were: none known<br>next runs are:  none known\n") == 1


def test_flow_started_by_hand_has_no_next_run() -> None:
    before = Timetable("every day at 02:00", 7, (SINCE,), SINCE)
    after = Timetable("by hand; the schedule would be every day at 02:00", None, (), SINCE)
    text = markdown(run(flow(finding("type", timetables=(before, after)))))
    assert "<br>next runs are:  none known\n" in text


def test_graph_is_present_only_if_tasks_changed() -> None:
    assert "```mermaid\nflowchart LR\n" in markdown(run(flow(finding(), graph=GRAPH)))
    assert "mermaid" not in markdown(
        run(flow(finding(), graph=GraphView((ViewNode("a", ViewState.SAME),), ())))
    )


GRAPH: Final = GraphView(
    (ViewNode("load", ViewState.CHANGED), ViewNode("b", ViewState.SAME)), (ViewEdge(0, 1, ViewState.SAME),)
)


def large(count: int) -> RunResult:
    """Flows of every impact with everything that may be left out."""
    effect = Effect(Consequence.STARTS_AT_ONCE, ("report",), "report now starts at once")
    flows = [
        flow(
            *(
                finding(
                    f"{impact} {number}",
                    impact,
                    change=Changed(f"/tasks/name=t{number}/cmd", f"a\n{number}\nc", f"b\n{number}\nd"),
                    effects=(effect,),
                    fingerprint=f"{number} {impact}",
                )
                for impact in list(Impact)[number % 3 :]
            ),
            flow_id=number,
            graph=GRAPH,
        )
        for number in range(count)
    ]
    unknown = [
        FlowComparison("prod", 30_000 + n, "", FlowStatus.UNKNOWN, reason="HTTP 503") for n in range(3)
    ]
    return RunResult("diff", (Comparison(Side("HEAD"), Side("live"), (*flows, *unknown), 20_000),))


@pytest.mark.parametrize("budget", [3_000, 10_000, 65_000])
@pytest.mark.parametrize("count", [1, 30, 300])
def test_a_comment_fits_and_stays_whole(count: int, budget: int) -> None:
    text = markdown(large(count), budget)
    assert len(text.encode()) <= budget
    for read in READERS:
        body = read(f"{text}\nTHE END\n").find("body")
        assert body is not None
        assert (body[-1].tag, words(body[-1])) == ("p", "THE END")
        assert not [*body.iter("table")]


@pytest.mark.slow
def test_ten_thousand_flows_fit_and_omitted_parts_are_counted() -> None:
    text = markdown(large(10_000))
    assert len(text.encode()) <= 65_000
    assert "> **Shortened to fit.** Left out: " in text
    listed = text.count("- **breaking**: ")
    left = re.search(r"Left out: .*?([\d,]+) breaking changes", text)
    assert left is not None
    assert listed + int(left[1].replace(",", "")) == 3_334
    assert listed > 300
    assert "3 unknown flows" in text


def test_omitted_blocks_are_not_rendered() -> None:
    def unasked() -> str:
        pytest.fail("written in vain")

    blocks = [
        Block("long", Priority.BREAKING),
        Block(unasked, Priority.COSMETIC_GRAPH),
        Block("longer", Priority.EFFECT),
        Block(lambda: "x", Priority.BEHAVIOUR),
    ]
    text, left_out = fit_blocks(blocks, 6)
    assert text == "longx"
    assert left_out == {Priority.EFFECT: 1, Priority.COSMETIC_GRAPH: 1}


def test_every_flow_is_mentioned_before_one_is_complete() -> None:
    many = flow(*(finding(f"change {number} of the first") for number in range(3_000)))
    few = flow(*(finding(f"change {number} of the second") for number in range(3)), name="second", flow_id=8)
    text = markdown(run(many, few))
    assert "Shortened to fit" in text
    assert all(f"change {number} of the second" in text for number in range(3))


@pytest.mark.parametrize(
    "change",
    [
        Added("/tasks/name=a", {"name": "a", "cmd": "x"}),
        Added("/tasks/name=a", {"name": "a", "cmd": ""}),
        Added("/tasks/name=a", {"name": "a"}),
        Removed("/tasks/name=a", {"cmd": "x\ny"}),
        Removed("/owners/x", "x"),
        Changed("/tasks/name=a/cmd", "a\nb", "a\nc"),
        Changed("/tasks/name=a/cmd", "a\r\n", "a\n"),
        Changed("/desc", "x" * 58, "y"),
        Changed("/desc", "x" * 59, "y"),
        Changed("/a", {"b": ["c" * 60]}, None),
        Rekeyed("/tasks/name=a", "/tasks/name=b", {"name": "a"}, {"name": "b"}),
        Oversize("/a", "x" * 100, "y" * 100),
    ],
)
def test_has_details_agrees_with_list_details(change: Change) -> None:
    assert has_details(change) == any(True for _ in list_details(change, 3, 240))


def test_least_important_parts_are_omitted_first() -> None:
    """Each smaller budget omits parts of one kind, and the next kind only after the one before."""
    parts = {
        "```mermaid": 30, "```diff": 60, "↳ report": 30, "- cosmetic: ": 30, "- behaviour: ": 20,
        "HTTP 503": 3, "- **breaking**: ": 10,
    }  # fmt: skip
    whole = markdown(large(30), 1_000_000)
    assert {part: whole.count(part) for part in parts} == parts
    for budget in range(2_000, len(whole.encode()), 500):
        shortened = markdown(large(30), budget)
        counts = {part: shortened.count(part) for part in parts}
        omitted = [part for part, count in counts.items() if count < parts[part]]
        for before, after in zip(
            ["- cosmetic: ", "- behaviour: ", "HTTP 503"],
            ["- behaviour: ", "HTTP 503", "- **breaking**: "],
            strict=True,
        ):
            assert after not in omitted or counts[before] == 0
        assert (
            "- cosmetic: " not in omitted
            or counts["```diff"] == counts["```mermaid"] == counts["↳ report"] == 0
        )


def test_a_name_or_line_of_any_length_leaves_room_for_others() -> None:
    body = Changed(f"/tasks/name={'n' * 90_000}/cmd", "a\n" + "x" * 90_000, "b\n" + "y" * 90_000)
    text = markdown(run(flow(finding(change=body), name="m" * 90_000), flow(finding("last"), flow_id=2)))
    assert "- behaviour: last\n" in text
    assert "Shortened" not in text
    assert len(text) < 6_000


def test_late_difference_in_a_long_line_is_visible() -> None:
    body = Changed("/tasks/name=a/cmd", f"a\n{'x' * 900}old", f"a\n{'x' * 900}new")
    text = markdown(run(flow(finding(change=body))))
    assert f"-…{'x' * 40}old (903 characters)\n" in text
    assert f"+…{'x' * 40}new (903 characters)\n" in text


def test_history_has_each_commit_with_its_changes() -> None:
    commit = Commit("c0ffee" * 7, "2026-11-24T10:00:00+08:00", "li.wei", "sync(prod): 1 changed")
    text = markdown(
        RunResult("log", (Comparison(Side("a"), Side("b"), (flow(finding()),), 9, commit=commit),))
    )
    head = "### <code>c0ffee&#8203;c</code> 2026-11-24 li.wei: sync(prod): 1 changed\n"
    assert text.index(head) < text.index("#### prod 1 etl")
