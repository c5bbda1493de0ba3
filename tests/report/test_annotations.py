"""Annotations in reviews: within the limits, by severity, and no name breaks out of one."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import runs

from flowsync.analysis.comparison import FlowComparison, FlowStatus, Group
from flowsync.analysis.model import Verb
from flowsync.diff.model import Added, Change, Removed
from flowsync.flow.field_types import Impact, Subject
from flowsync.report.formats import render
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult

every_run = pytest.mark.parametrize("name", runs.ALL)
hostile_names = st.lists(
    st.text(max_size=80) | st.sampled_from([*runs.HOSTILE, "::error::x", "%0A::error::x", "a,line=9::b"]),
    min_size=4,
    max_size=6,
)


def of(*changes: Change, **more: Any) -> RunResult:
    findings = tuple(runs.finding(change) for change in changes)
    return runs.diff(FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=findings, **more))


def gitlab(run: RunResult) -> Any:
    return json.loads(render("gitlab", run))


@pytest.mark.parametrize("form", ["github", "gitlab", "junit", "sarif"])
def test_escaped_names_are_not_escaped_again(form: str) -> None:
    change = Added("/owners/b\\u001b", "b\x1b")
    found = runs.finding(change, "owner b\\u001b added")
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=(found,))
    group = Group("owner b\\u001b added in 1 flow", *_GROUPED, ((flow, found),))
    for run in (runs.diff(flow), runs.diff(flow, groups=(group,))):
        printed = render(form, run)
        printed = printed if form in ("github", "junit") else str(json.loads(printed)).replace("\\\\", "\\")
        assert "owner b\\u001b added" in printed


_GROUPED = (Subject.OWNER, Verb.ADDED, Impact.BEHAVIOUR, "0" * 32)


# GitHub


def commands(run: RunResult) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of each line, read as the runner reads them."""
    return [_command(line) for line in render("github", run).splitlines()]


def _command(line: str) -> tuple[str, dict[str, str], str]:
    empty, head, message = line.split("::", 2)
    assert empty == ""
    level, _, listed = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in listed.split(",")]
    return level, {key: _unescaped(value) for key, value in pairs}, _unescaped(message)


def _unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


@every_run
def test_github_has_no_more_annotations_of_a_level_than_the_limit(name: str) -> None:
    found = commands(runs.ALL[name]())
    for level in ("error", "warning", "notice"):
        assert sum(one == level for one, _, _ in found) <= 10
    assert {level for level, _, _ in found} <= {"error", "warning", "notice"}


@every_run
def test_github_starts_with_the_headline(name: str) -> None:
    run = runs.ALL[name]()
    level, _, message = commands(run)[0]
    assert level == "notice"
    if len(run.comparisons) == 1:
        assert message == format_headline(run.comparisons[0])


def test_github_has_the_most_severe_and_a_count_of_the_others() -> None:
    changes = [Removed(f"/tasks/name={number}", {}) for number in range(13)]
    changes += [Added(f"/x/{number}", 1) for number in range(11)]  # type: ignore[misc]
    found = commands(of(*changes))
    assert [level for level, _, _ in found] == ["notice", *["error"] * 10, *["warning"] * 10, "notice"]
    assert found[-1][2] == "not shown here: 3 errors, 1 warning more"


def test_github_has_one_annotation_for_a_group() -> None:
    found = [message for _, _, message in commands(runs.many(30, 1))]
    assert len(found) == 2
    assert found[1].startswith("retryInterval 0 → 60 on 30 tasks")


def test_github_annotations_have_file_line_and_flow() -> None:
    run = of(Removed("/relations/a", {}), file="flows/prod/a,b:c%.7.yaml")
    flow = run.comparisons[0].flows[0]
    lines = {flow.findings[0].fingerprint: 12}
    _, (level, properties, _) = commands(runs.diff(replace(flow, lines=lines)))
    assert (level, properties["file"], properties["line"]) == ("error", "flows/prod/a,b:c%.7.yaml", "12")
    assert properties["title"] == "prod 7 etl (relation-removed)"


@settings(max_examples=25)
@given(hostile_names)
def test_no_name_adds_a_workflow_command(found: list[str]) -> None:
    run = runs.hostile(found)
    for line in render("github", run).split("\n")[:-1]:
        level, properties, _ = _command(line)
        assert level in ("error", "warning", "notice")
        assert properties.keys() <= {"file", "line", "title"}


# GitLab


@every_run
def test_gitlab_entries_have_all_required_fields(name: str) -> None:
    run = runs.ALL[name]()
    entries = gitlab(run)
    flows = [flow for comparison in run.comparisons for flow in comparison.flows]
    assert len(entries) == sum(len(flow.findings) or 1 for flow in flows) + (run.error is not None)
    for entry in entries:
        assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["location"]["path"]
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["severity"] in ("blocker", "critical", "major", "minor")


def test_gitlab_entries_of_a_history_have_distinct_fingerprints() -> None:
    prints = [entry["fingerprint"] for entry in gitlab(runs.history())]
    assert len(prints) == len({*prints})


def test_unknown_flows_are_blockers_in_gitlab() -> None:
    severities = [(entry["check_name"], entry["severity"]) for entry in gitlab(runs.incomplete())]
    assert severities[:2] == [("owner-removed", "critical"), ("flow-missing", "critical")]
    assert severities[2:4] == [("flow-unknown", "blocker")] * 2
