import json
import re
from dataclasses import replace
from datetime import datetime
from time import process_time
from typing import Any

import pytest

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.comparison import Commit, Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.grouping import group_findings
from flowsync.analysis.model import Consequence, Effect, Finding
from flowsync.diff.model import Changed
from flowsync.errors import FlowsyncError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.printable import escape_text
from flowsync.report.change_details import one_line_edit
from flowsync.report.ci_escaping import inert
from flowsync.report.commit_message import format_commit_message
from flowsync.report.formats import FORMATS, render
from flowsync.report.group_summary import group_effects
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.text import entry_text
from flowsync.report.text import text as text_of
from flowsync.report.wrapping import columns

SINCE = datetime(2026, 11, 24, 10)  # noqa: DTZ001  # schedules have no zone
SETTING = DiffContext("prod", 2924, SINCE)


def flow(**fields: Any) -> dict[str, Any]:
    return {"name": "etl", **fields}


def changed(before: dict[str, Any], after: dict[str, Any], flow_id: int = 2924) -> FlowComparison:
    found = analyze(
        canonicalize(before, flow_id), canonicalize(after, flow_id), DiffContext("prod", flow_id, SINCE)
    )
    file = f"flows/prod/etl.{flow_id}.yaml"
    return FlowComparison("prod", flow_id, "etl", FlowStatus.CHANGED, file=file, findings=found)


CHANGED = changed(flow(cron="0 0 0 * * ? *"), flow(cron="0 0 2 * * ? *", a=1, b=1, c=1))
NEW = FlowComparison(
    "prod",
    2925,
    "new one",
    FlowStatus.NEW,
    file="flows/prod/new-one.2925.yaml",
    findings=(added_flow_finding("new one", SETTING),),
)
MISSING = FlowComparison(
    "dev",
    7,
    "",
    FlowStatus.MISSING,
    file="flows/dev/old.7.yaml",
    reason="no longer configured",
    findings=(removed_flow_finding("", SETTING),),
)
UNKNOWN = FlowComparison("prod", 2926, "", FlowStatus.UNKNOWN, reason="HTTP 503")


def compared(*flows: FlowComparison, checked: int = 9) -> Comparison:
    return Comparison(Side("HEAD"), Side("live"), flows, checked)


def text(*comparisons: Comparison, context: int = 3) -> str:
    return text_of(RunResult("diff", comparisons, context=context))


def test_only_a_complete_run_without_differences_has_no_changes() -> None:
    assert format_headline(compared(checked=412)) == "No changes: HEAD → live (412 flows)"
    assert format_headline(compared(checked=1)) == "No changes: HEAD → live (1 flow)"
    unknown = format_headline(compared(UNKNOWN))
    assert unknown == "INCOMPLETE: 1 of 9 flows unknown (HEAD → live: none changed of 9 flows)"


def test_first_line_is_the_verdict_and_the_second_the_scope() -> None:
    assert text(compared(CHANGED, NEW, MISSING, UNKNOWN)).splitlines()[:2] == [
        "STOP: 1 breaking change, 4 behaviour; INCOMPLETE: 1 of 9 flows unknown",
        "HEAD → live: 1 changed, 1 new, 1 missing of 9 flows",
    ]
    assert text(compared(CHANGED)).startswith("No breaking changes: 4 behaviour\n")
    assert text(compared(NEW, checked=1)).startswith("1 new flow\nHEAD → live: 1 new of 1 flow\n")
    assert text(compared(NEW)).startswith("No breaking changes\n")
    assert text(compared(CHANGED, UNKNOWN)).startswith(
        "INCOMPLETE: 1 of 9 flows unknown; no breaking changes: 4 behaviour\n"
    )


def test_sections_name_every_flow_that_is_not_the_same_by_severity() -> None:
    printed = text(compared(CHANGED, NEW, MISSING, UNKNOWN))
    lines = [line for line in printed.splitlines() if line[:1].strip()][2:]
    assert lines == [
        *("breaking", "- dev 7"),
        *("unknown", "? prod 2926   HTTP 503"),
        *("behaviour", "~ prod 2924 etl"),
        *("new", "+ prod 2925 new one   flow added"),
    ]
    assert "- dev 7\n    no longer configured\n    flow removed\n" in printed


COSMETIC = changed(flow(desc="a"), flow(desc="b"), 7)


def test_cosmetic_changes_beside_others_are_only_counted() -> None:
    printed = text(compared(CHANGED, COSMETIC))
    assert printed.endswith("\n\ncosmetic   1, -v shows them\n")
    whole = text_of(RunResult("diff", (compared(CHANGED, COSMETIC),), lists_all=True))
    assert whole.endswith("cosmetic\n~ prod 7 etl   description: a → b\n    flows/prod/etl.7.yaml\n")
    assert "description: a → b" in text(compared(COSMETIC))


def test_styles_follow_the_severity() -> None:
    run = RunResult("diff", (compared(CHANGED, NEW, MISSING, UNKNOWN, COSMETIC),))
    painted = text_of(run, lambda style, line: f"<{style}>{line}")
    assert painted.startswith("<breaking>STOP: ")
    for line in (
        *("<breaking>- dev 7\n", "<unknown>? prod 2926   HTTP 503\n", "<behaviour>~ prod 2924 etl\n"),
        *("<new>+ prod 2925 new one   flow added\n", "<cosmetic>cosmetic   1, "),
    ):
        assert line in painted


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_width_in_columns(width: int) -> None:
    names = " ".join(["风场数据"] * 30)
    flows = compared(replace(CHANGED, name=names), replace(MISSING, name=names, flow_id=8), NEW)
    run = RunResult("diff", (group_findings(flows),), width=width)
    assert max(map(columns, text_of(run).splitlines())) in range(width - 9, width + 1)
    brief = text_of(replace(run, is_brief=True)).splitlines()
    assert max(map(columns, brief)) in range(width - 1, width + 1)


def test_brief_text_has_one_line_for_each_flow() -> None:
    run = RunResult("diff", (compared(CHANGED, NEW, MISSING, UNKNOWN),), is_brief=True)
    assert text_of(run).splitlines()[2:] == [
        "- dev 7               missing",
        "? prod 2926           unknown",
        "~ prod 2924 etl       4 behaviour",
        "+ prod 2925 new one   new",
    ]


def test_brief_history_has_one_line_for_each_commit() -> None:
    commit = Commit("c0ffee" * 7, "2026-11-24T10:00:00+08:00", "li.wei", "sync(prod): 1 changed")
    entry = replace(compared(CHANGED, NEW, COSMETIC), commit=commit)
    printed = entry_text(entry, RunResult("log", (), is_brief=True))
    assert printed == "c0ffeec 2026-11-24 4 behaviour, 1 cosmetic, 1 new: sync(prod): 1 changed\n"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("load --to ods.fact", "load --to dw.fact", "load --to [-ods.fact-]{+dw.fact+}"),
        ("a\nb c\nd\n", "a\nb c e\nd\n", "line 2: b c {+e+}"),
        ("a\nb\n", "a\nb\nc\n", "line 3: {+c+}"),
        ("a b", "a  b", "a {+ +}b"),
        ("a b c", "a c", "a [-b -]c"),
        (f"{'x ' * 90}a b", f"{'x ' * 90}a c", f"…{'x ' * 29}a [-b-]{{+c+}}"),
        ("a\r\nb\n", "a\nb\n", ""),
        ("a\nb\nc\n", "a\nd\ne\n", ""),
        ("[[ -f x ]] {+a", "[[ -f y ]] {+a", ""),
        (f"a {'b ' * 40}", f"c {'d ' * 40}", ""),
    ],
)
def test_small_edit_of_a_command_is_one_line(before: str, after: str, line: str) -> None:
    assert one_line_edit(Changed("/tasks/name=load/cmd", before, after)) == line
    assert one_line_edit(Changed("/desc", before, after)) == ""


def test_platform_text_has_no_effect_on_the_terminal() -> None:
    evil = FlowComparison("prod", 1, "a\x1b[2Jb\u202ec", FlowStatus.NEW, file="f")
    printed = text(compared(evil))
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "a\\u001b[2Jb\\u202ec" in printed


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff"]
)
def test_terminal_controls_are_escaped(character: str) -> None:
    assert character not in escape_text(f"a{character}b")


def _rendered(before: str, after: str) -> str:
    return text(compared(changed(flow(desc=before), flow(desc=after))))


def test_a_changed_line_end_is_visible() -> None:
    printed = _rendered("a\r\nb\n", "a\nb")
    assert "-a\\u000d" in printed
    assert "+a" in printed
    assert "+b  (no line end)" in printed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x" * 300 + "a" + "y" * 300, "x" * 300 + "b" + "y" * 300),
        ("x" * 158 + "a", "x" * 158 + "b"),
        ("x" * 150, "x" * 170),
        ("x" * 1000, "x" * 1001),
        ("\x07" * 100 + "a", "\x07" * 100 + "b"),
        ("a\u202e", r"a\u202e"),
    ],
)
def test_different_values_are_printed_differently(before: str, after: str) -> None:
    *_, was, became = _rendered(before, after).splitlines()
    assert was.strip().removeprefix("-") != became.strip().removeprefix("+")
    assert len(was) < 220


def test_long_value_is_cut_around_its_first_difference() -> None:
    printed = _rendered("x" * 300 + "old" + "y" * 300, "x" * 300 + "new" + "y" * 300)
    assert f"-…{'x' * 25}old{'y' * 22}… (605 characters)\n" in printed
    assert f"+…{'x' * 25}new{'y' * 22}… (605 characters)\n" in printed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\x07\nb\n", "a\\u0007\nb\n"),
        ("a\\\x07\n", "a\\\\u0007\n"),
        ("a\\u0007\n", "a\\\\u0007\n"),
        ("a\x07\n", "a\\\x07\n"),
        ("a  (no line end)\n", "a"),
        ("b\na  (no line end)  (line end)\n", "b\na  (no line end)\n"),
        ("a\u00a0b\n", "a b\n"),
        ("a\u200bb\n", "ab\n"),
        ("a\u3164b\n", "ab\n"),
    ],
)
def test_no_change_of_a_line_is_invisible(before: str, after: str) -> None:
    lines = [line.strip() for line in _rendered(before, after).splitlines()]
    changed_lines = [line for line in lines if re.match("[+-](?! prod)", line)]
    assert {line[0] for line in changed_lines} == {"+", "-"}
    assert len({_visible(line[1:]) for line in changed_lines}) > 1


def _visible(line: str) -> str:
    """Return the visible text."""
    return re.sub("[\u200b\u00ad\u3164]", "", line).replace("\u00a0", " ")


def test_long_line_is_cut_around_its_first_difference() -> None:
    printed = _rendered("x" * 300_000 + "old\ny", "x" * 300_000 + "new\ny")
    assert f"-…{'x' * 40}old (300003 characters)\n" in printed
    assert len(printed) < 5_000


def test_tag_characters_have_escapes_of_eight_digits() -> None:
    assert escape_text("a\U000e0041b") == "a\\U000e0041b"
    assert escape_text("a\\U000e0041b") == "a\\\\U000e0041b"
    assert escape_text("a\\Uffffffffb") == "a\\Uffffffffb"


def test_ordinary_backslashes_stay_as_they_are() -> None:
    assert escape_text(r"grep '\.py$' | sed 's/\t/ \u00e9/' C:\users") == (
        r"grep '\.py$' | sed 's/\t/ \u00e9/' C:\users"
    )


def test_value_of_up_to_two_lines_is_printed_whole() -> None:
    printed = _rendered("x" * 100 + "old", "x" * 100 + "new")
    assert f'-"{"x" * 100}old"\n' in printed
    assert f'+"{"x" * 100}new"\n' in printed


def test_lines_are_folded_between_next_runs() -> None:
    printed = text(compared(changed(flow(cron="0 0 0 * * ? *"), flow(cron="0 30 2 ? * MON-FRI *"))))
    assert "2026-11-25 02:30, 2026-11-26 02:30, 2026-11-27 02:30\n" in printed
    assert not re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\n", printed)


def test_long_value_is_cut_with_its_length() -> None:
    printed = _rendered("x" * 5000, "y")
    assert "(5002 characters)" in printed
    assert len(printed) < 600


def test_a_commit_message_counts_lists_and_ends_in_trailers() -> None:
    assert format_commit_message(compared(CHANGED, NEW, MISSING, UNKNOWN)) == (
        "sync(prod): 1 changed, 1 new\n"
        "\n"
        "behaviour  prod etl (2924): schedule: every day at 00:00 → every day at 02:00\n"
        "behaviour  prod etl (2924): new field a = 1\n"
        "behaviour  prod etl (2924): new field b = 1\n"
        "behaviour  prod etl (2924): new field c = 1\n"
        "new        prod new one (2925): flow added\n"
        "\n"
        "Flowsync-Environment: prod\n"
        "Flowsync-Checked: 9\n"
        "Flowsync-Unknown: prod 2926\n"
    )


def test_breaking_changes_are_first_in_a_commit_message_with_their_reason() -> None:
    owners = changed(flow(owners="li.wei;ana", cron="0 0 0 * * ? *"), flow(owners="ana"), 7)
    gone = replace(owners, environment="dev", findings=(_with_effect(owners.findings[-1]),))
    lines = format_commit_message(compared(CHANGED, gone, checked=9)).splitlines()
    assert lines[0] == "sync(dev,prod): 2 changed; 1 breaking"
    assert lines[2] == "breaking   dev etl (7): owner li.wei removed: 1 owner left; nobody is called"
    assert lines[3].startswith("behaviour  prod etl (2924): ")
    assert lines[-3:-1] == ["Flowsync-Environment: dev", "Flowsync-Environment: prod"]


def _with_effect(finding: Finding) -> Finding:
    return replace(finding, effects=(Effect(Consequence.STOPS, (), "nobody is called"),))


def test_a_commit_message_has_fifty_lines_and_counts_the_others() -> None:
    flows = [changed(flow(), flow(**{f"x{number}": 1}), number) for number in range(1, 61)]
    new = [replace(NEW, flow_id=number) for number in range(100, 103)]
    message = format_commit_message(compared(*flows, *new))
    assert message.startswith("sync(prod): 60 changed, 3 new\n\n")
    body = message.split("\n\n")[1].splitlines()
    assert body[50:] == ["and 13 more: 10 behaviour, 3 new"]
    same = [changed(flow(), flow(x=1), number) for number in range(1, 61)]
    assert "\nbehaviour  new field x = 1 in 60 flows of prod\n\n" in format_commit_message(compared(*same))
    several = [*same, *(replace(one, environment="dev") for one in same[:2])]
    assert "  new field x = 1 in 62 flows of dev, prod\n" in format_commit_message(compared(*several))


def test_a_commit_subject_counts_many_environments() -> None:
    flows = [replace(NEW, environment=f"site-{number}") for number in range(4)]
    assert format_commit_message(compared(*flows)).startswith("sync(4 environments): 4 new\n")


def test_a_name_cannot_forge_a_trailer() -> None:
    evil = FlowComparison("prod", 1, "x\n\nSigned-off-by: boss", FlowStatus.NEW)
    assert "\nSigned-off-by" not in format_commit_message(compared(evil))


def test_findings_of_a_flow_are_sorted_by_severity() -> None:
    found = changed(flow(desc="a", owners="a;b", zz=1), flow(desc="b", owners="a", zz=2))
    printed = text_of(RunResult("diff", (compared(found),), lists_all=True))
    order = [printed.index(part) for part in ("owner b removed: 1 owner left", "zz: 1 → 2", "a → b")]
    assert order == sorted(order)


def test_grouped_findings_are_not_repeated_in_flows() -> None:
    flows = [changed(flow(), flow(x=None), flow_id) for flow_id in range(1, 10)]
    printed = text(group_findings(compared(*flows)))
    assert printed.count("new field x = null") == 1
    assert "prod 1 etl, prod 2 etl, prod 3 etl, prod 4 etl, prod 5 etl and 4 more" in printed


def _moved_earlier_in_three_flows() -> Comparison:
    tasks = [{"name": "a", "cmd": "x"}, {"name": "b"}, {"name": "c"}]
    ends = [{"sourceTaskName": "a", "targetTaskName": "b"}, {"sourceTaskName": "b", "targetTaskName": "c"}]
    before = flow(cron="0 0 0 * * ? *", tasks=tasks, relations=ends)
    edited = [{"name": "a", "cmd": "x\ny"}, *tasks[1:]]
    after = flow(cron="0 0 2 * * ? *", tasks=edited, relations=ends[1:])
    return group_findings(compared(*(changed(before, after, flow_id) for flow_id in range(1, 4))))


@pytest.mark.parametrize("form", ["text", "html", "markdown", "github"])
def test_group_has_its_effects(form: str) -> None:
    printed = render(form, RunResult("diff", (_moved_earlier_in_three_flows(),)))
    assert "b now starts immediately" in printed


@pytest.mark.parametrize(("form", "line"), [("text", "+y"), ("html", ">y"), ("markdown", "+y")])
def test_group_has_the_diff_of_its_command(form: str, line: str) -> None:
    assert line in render(form, RunResult("diff", (_moved_earlier_in_three_flows(),)))


@pytest.mark.parametrize("form", ["text", "html"])
def test_group_has_the_next_runs_of_its_schedule(form: str) -> None:
    assert "2026-11-25 02:00" in render(form, RunResult("diff", (_moved_earlier_in_three_flows(),)))


def test_effects_of_some_members_name_their_flows() -> None:
    effects = [Effect(Consequence.STARTS_AT_ONCE, ("b",), f"b of {number} starts") for number in range(9)]
    common = Effect(Consequence.CYCLE, (), "all is one cycle")
    found = changed(flow(), flow(zz=1)).findings[0]
    flows = [
        replace(CHANGED, flow_id=number, findings=(replace(found, effects=(effect, common)),))
        for number, effect in enumerate(effects)
    ]
    sentences = [*group_effects(group_findings(compared(*flows)).groups[0])]
    assert sentences[:3] == [
        "b of 0 starts (in prod 0 etl)",
        "all is one cycle (in all of them)",
        "b of 1 starts (in prod 1 etl)",
    ]
    assert sentences[5:] == ["and 5 more effects"]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit", "github", "gitlab", "sarif"])
@pytest.mark.parametrize("between", [170, 3_000])
def test_second_difference_in_a_long_value_is_visible_or_noted(form: str, between: int) -> None:
    one, other = (
        flow(tasks=[_task(f"spark-submit --a {side}{' x' * (between // 2)} --mode {mode}")])
        for side, mode in (("1", "dry-run"), ("2", "delete"))
    )
    report = render(form, RunResult("diff", (compared(changed(one, other)),)))
    assert "--mode delete" in report or "further on" in report
    assert ("--mode delete" in report) or between > 170 or form not in {"text", "markdown", "html"}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_second_difference_in_a_long_line_is_visible_or_noted(form: str) -> None:
    one, other = (
        flow(tasks=[_task(f"set -e\nspark-submit --a {side}{' x' * 1_500} --mode {mode}\n")])
        for side, mode in (("1", "dry-run"), ("2", "delete"))
    )
    assert "different further on too" in render(form, RunResult("diff", (compared(changed(one, other)),)))


def test_an_effect_on_a_task_of_a_group_names_the_task() -> None:
    effect = Effect(Consequence.WAITED_FOR, ("dw",), "1 flow waits for this task: dw")
    before, after = ({"name": "etl", "tasks": [{"name": "load", "timeout": one}]} for one in (1, 2))
    found = replace(changed(before, after).findings[0], effects=(effect,))
    flows = [replace(CHANGED, flow_id=number, findings=(found,)) for number in range(3)]
    comparison = group_findings(compared(*flows))
    for form in ("text", "markdown"):
        assert "task load: 1 flow waits for this task: dw" in render(form, RunResult("diff", (comparison,)))


def test_long_sentences_are_folded_and_values_cut_at_eighty_columns() -> None:
    long = " ".join(f"word{number}" for number in range(40))
    printed = _rendered(long, f"{long} more")
    assert max(map(len, printed.splitlines())) <= 80


def test_added_task_has_the_first_lines_of_its_command() -> None:
    body = "\n".join(f"step {number}" for number in range(30))
    printed = text(compared(changed(flow(), flow(tasks=[{"name": "load", "cmd": body}]))))
    assert "    +step 0\n" in printed
    assert "step 10" not in printed
    assert "… 20 more lines" in printed


def test_escaped_names_are_not_escaped_again() -> None:
    printed = text(compared(changed(flow(owners="a"), flow(owners="a;b\x1b"))))
    assert 'owner "b\\u001b" added' in printed


def test_text_too_large_to_align_has_a_note() -> None:
    lines = [str(number) for number in range(1_500)]
    assert "too many changes to compare line by line" in _rendered("\n".join(lines), "\n".join(lines[::-1]))


def test_a_history_names_each_commit() -> None:
    commit = Commit("c0ffee" * 7, "2026-11-24T10:00:00+08:00", "li.wei", "sync(prod): 1 changed")
    printed = text(
        Comparison(Side("a"), Side("b"), (CHANGED,), 9, commit=commit),
        Comparison(Side("b"), Side("c"), (), 9),
    )
    assert printed.startswith("2 commits changed 1 flow\n")
    assert "commit c0ffeec  2026-11-24T10:00:00+08:00  li.wei\n    sync(prod): 1 changed\n" in printed


def test_run_that_failed_before_comparing_has_only_its_error() -> None:
    assert text_of(RunResult("drift", (), 1, FlowsyncError("no way"))) == "error: no way\n"


def test_run_that_failed_later_has_findings_and_error() -> None:
    printed = text_of(RunResult("sync", (compared(),), 1, FlowsyncError("no way")))
    assert printed == "No changes: HEAD → live (9 flows)\nerror: no way\n"


def test_no_line_of_a_text_is_a_command_to_a_ci_runner() -> None:
    hostile = "::stop-commands::tok\n##[error]x\n##vso[task.complete]\necho a::b ${x##[0-9]}\n"
    printed = text(
        compared(changed(flow(tasks=[_task(hostile)]), flow(tasks=[_task(f"{hostile}y\nz\n")]))), context=9
    )
    assert "\\u003a:stop-commands::tok" in printed
    assert "#\\u0023[error]x" in printed
    assert "#\\u0023vso[task.complete]" in printed
    assert "echo a::b ${x##[0-9]}" in printed


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"github"}))
def test_no_line_of_a_report_is_a_command_to_a_ci_runner(form: str) -> None:
    hostile = "::stop-commands::tok\n ::warning::b\n##[Add-Mask]x\n##vso[Task.complete]\n"
    after = flow(name="##[error]x", tasks=[_task(f"{hostile}y\n")])
    report = render(
        form, RunResult("diff", (compared(changed(flow(tasks=[_task(hostile)]), after)),), context=9)
    )
    assert not re.search(r"^\s*::[a-z]", report, re.MULTILINE)
    assert not re.search(r"##(vso)?\[[a-z]", report, re.IGNORECASE)
    if form == "json":
        findings = json.loads(report)["comparisons"][0]["flows"][0]["findings"]
        assert hostile in [one["before"] for one in findings]


def test_escaping_of_ci_commands_is_linear_in_blank_lines() -> None:
    blank = "\n" * 200_000 + " \n" * 200_000
    started = process_time()
    assert inert(f"a::b{blank}  ::c") == f"a::b{blank}  \\u003a:c"
    assert process_time() - started < 2


def _task(command: str) -> dict[str, Any]:
    return {"name": "load", "cmd": command}


def test_first_import_lists_ten_flows_and_the_option_for_all() -> None:
    new = [
        FlowComparison(
            "prod",
            number,
            f"f{number}",
            FlowStatus.NEW,
            findings=(added_flow_finding(f"f{number}", SETTING),),
        )
        for number in range(1, 83)
    ]
    comparison = compared(*new)
    printed = text_of(RunResult("sync", (comparison,)))
    assert printed.count("flow added\n") == 10
    assert "  … and 72 more new flows; -v lists all\n" in printed
    assert "behaviour" not in printed
    assert text_of(RunResult("sync", (comparison,), lists_all=True)).count("flow added\n") == 82
    flows = json.loads(render("json", RunResult("sync", (comparison,))))["comparisons"][0]["flows"]
    assert len(flows) == 82
