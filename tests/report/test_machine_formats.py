"""Formats that programs read: valid for readers that are not ours, whatever the run and its names hold."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from samples import runs

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.model import IMPACTS, Finding, Verb
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.errors import AuthenticationError, CanonicalError, FlowsyncError, GatewayError, RepositoryError
from flowsync.flow.field_types import Impact, Subject
from flowsync.report.formats import FORMATS, render
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.schema import report_schema

SCHEMA = Draft202012Validator(report_schema())
MACHINE = ("json", "junit", "sarif", "github", "gitlab")
EFFECTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

every_run = pytest.mark.parametrize("name", runs.ALL)
hostile_names = st.lists(
    st.text(max_size=80)
    | st.sampled_from((*runs.HOSTILE, "::error::x", "%0A::error::x", "a,line=9::b", "[x](http://y)")),
    min_size=4,
    max_size=6,
)


def report(form: str, run: RunResult) -> Any:
    return json.loads(render(form, run))


def of(*changes: Change, verdict: FlowStatus = FlowStatus.CHANGED, **more: Any) -> RunResult:
    findings = tuple(runs.finding(change) for change in changes)
    return runs.diff(FlowComparison("prod", 7, "etl", verdict, findings=findings, **more))


def failed(error: FlowsyncError) -> RunResult:
    return RunResult("sync", (), 1, error)


def test_every_format_has_its_own_suffix() -> None:
    assert len({form.suffix for form in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("form", MACHINE)
@every_run
def test_no_report_has_an_effect_on_a_terminal(form: str, name: str) -> None:
    printed = render(form, runs.ALL[name]())
    assert printed.endswith("\n")
    assert not EFFECTS.search(printed)
    printed.encode()


@pytest.mark.parametrize("form", MACHINE)
def test_report_of_a_failed_run_has_message_problems_and_hint(form: str) -> None:
    printed = render(form, runs.failed())
    for expected in (
        "flowsync.yaml can't be used",
        "unknown key",
        "flowsync.yaml:9: no flows",
        "fix these lines",
    ):
        assert expected in printed


# JSON


def test_report_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(report_schema())


def test_report_schema_counts_every_status_and_impact() -> None:
    comparison = report_schema()["$defs"]["comparison"]["properties"]
    assert [*comparison["counts"]["properties"]] == ["checked", *FlowStatus]
    assert comparison["impacts"]["required"] == [*IMPACTS]


@every_run
def test_json_report_is_valid(name: str) -> None:
    SCHEMA.validate(report("json", runs.ALL[name]()))


@settings(max_examples=25)
@given(hostile_names)
def test_json_report_of_any_names_is_valid_and_contains_them(found: list[str]) -> None:
    document = report("json", runs.hostile(found))
    SCHEMA.validate(document)
    assert [flow["name"] for flow in document["comparisons"][0]["flows"]] == found


FORMER_REPORT = """
{
  "schema_version": 1,
  "command": "diff",
  "exit_status": 2,
  "platform_access": "read-only",
  "comparisons": [
    {
      "before": "HEAD~1",
      "after": "HEAD",
      "commit": null,
      "counts": {"checked": 2, "same": 0, "changed": 1, "new": 0, "missing": 1, "unknown": 0},
      "impacts": {"breaking": 1, "behaviour": 0, "cosmetic": 0},
      "groups": [],
      "flows": [
        {
          "environment": "prod",
          "flowId": 7,
          "name": "etl",
          "verdict": "changed",
          "file": "flows/prod/etl.7.yaml",
          "directory": "",
          "reason": "",
          "findings": [
            {
              "kind": "task-removed",
              "subject": "task",
              "verb": "removed",
              "impact": "breaking",
              "sentence": "task load removed",
              "fingerprint": "0123456789abcdef",
              "change": "removed",
              "path": "/tasks/name=load",
              "before": {"name": "load"},
              "follows": [],
              "effects": [
                {
                  "consequence": "starts-at-once",
                  "names": ["report"],
                  "more": 0,
                  "sentence": "report starts at once"
                }
              ],
              "timetables": null
            }
          ]
        }
      ]
    }
  ],
  "facts": {},
  "error": null
}
"""
"""A report of flowsync before its schema had `flowsync_version`, `sides`, `hint` and `counts.removed`."""


def test_report_of_a_former_version_is_valid() -> None:
    SCHEMA.validate(json.loads(FORMER_REPORT))


@pytest.mark.parametrize("key", [*json.loads(FORMER_REPORT), "comparisons.0.counts"])
def test_report_schema_requires_every_key_of_the_first_version(key: str) -> None:
    document = report("json", runs.nothing())
    *way, last = key.split(".")
    holder = document
    for step in way:
        holder = holder[int(step) if step.isdigit() else step]
    del holder[last]
    assert not SCHEMA.is_valid(document)


_FOLLOWS = Rekeyed("/x", "/y", {}, {})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Added("/a", 1), {"change": "added", "path": "/a", "after": 1}),
        (Removed("/a", None), {"change": "removed", "path": "/a", "before": None}),
        (Changed("/a", 1, 1.5), {"change": "changed", "path": "/a", "before": 1, "after": 1.5}),
        (Oversize("/a", [], {}), {"change": "too-large", "path": "/a", "before": [], "after": {}}),
        (
            Rekeyed("/tasks/name=a", "/tasks/name=b", {"name": "a"}, {"name": "b"}, (_FOLLOWS,)),
            {
                "change": "moved",
                "path": "/tasks/name=a",
                "to": "/tasks/name=b",
                "before": {"name": "a"},
                "after": {"name": "b"},
                "follows": [
                    {"change": "moved", "path": "/x", "to": "/y", "before": {}, "after": {}, "follows": []}
                ],
            },
        ),
    ],
)
def test_json_report_has_every_kind_of_change(change: Change, expected: dict[str, object]) -> None:
    document = report("json", of(change))
    SCHEMA.validate(document)
    (found,) = document["comparisons"][0]["flows"][0]["findings"]
    assert found.items() >= expected.items()


def test_json_report_has_counts_findings_and_effects() -> None:
    (comparison,) = report("json", runs.small_edit())["comparisons"]
    assert comparison["counts"] == {
        "checked": 412, "same": 411, "changed": 1, "new": 0, "removed": 0, "missing": 0, "unknown": 0,
    }  # fmt: skip
    assert comparison["impacts"] == {"breaking": 1, "behaviour": 2, "cosmetic": 0}
    schedule, owner, body = comparison["flows"][0]["findings"]
    assert (owner["kind"], owner["impact"], owner["path"]) == ("owner-removed", "breaking", "/owners/li.wei")
    assert schedule["timetables"]["after"]["words"] == "weekdays at 02:30"
    assert schedule["timetables"]["after"]["coming"][0] == "2026-11-25T02:30:00"
    assert body["effects"][0]["names"] == ["report"]


def test_json_report_lists_the_findings_of_a_group() -> None:
    comparison = report("json", runs.many(3))["comparisons"][0]
    (group,) = comparison["groups"]
    assert [one["flowId"] for one in group["members"]] == [4000, 4001, 4002]
    fingerprints = {
        (flow["environment"], flow["flowId"], one["fingerprint"])
        for flow in comparison["flows"]
        for one in flow["findings"]
    }
    assert {
        (one["environment"], one["flowId"], one["fingerprint"]) for one in group["members"]
    } <= fingerprints


def test_the_json_report_of_a_history_has_one_comparison_for_each_commit() -> None:
    comparisons = report("json", runs.history())["comparisons"]
    assert [one["commit"]["id"][:4] for one in comparisons] == ["4f2a", "b7c1", "09aa"]


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (FlowsyncError("m"), {}),
        (
            GatewayError("m", method="GET", action="export", flow_id=7, status=503, code=0),
            {"method": "GET", "action": "export", "flowId": 7, "status": 503, "code": 0},
        ),
        (AuthenticationError("m", code=62105), {"code": 62105}),
        (
            CanonicalError("m", flow_id=7, pointer="/tasks/0", line=3),
            {"flowId": 7, "pointer": "/tasks/0", "line": 3},
        ),
        (CanonicalError("m", line=3), {"line": 3}),
        (RepositoryError("m", repository="/r", revision="HEAD~9"), {"revision": "HEAD~9"}),
    ],
)
def test_json_report_has_the_facts_of_the_error(error: FlowsyncError, facts: dict[str, object]) -> None:
    document = report("json", failed(error))
    SCHEMA.validate(document)
    common = {"type": type(error).__name__, "message": "m", "problems": [], "hint": ""}
    assert document["error"] == common | facts
    assert document["comparisons"] == []


def test_comparison_without_flows_differs_from_a_failed_run() -> None:
    nothing = RunResult("diff", (Comparison(Side("HEAD"), Side("HEAD"), (), 0),))
    assert report("json", nothing)["comparisons"][0]["counts"]["checked"] == 0
    assert report("json", failed(FlowsyncError("m")))["comparisons"] == []


# JUnit


def read_junit(run: RunResult) -> JUnitXml:
    read = JUnitXml.fromstring(render("junit", run).encode())
    assert isinstance(read, JUnitXml)
    return read


def cases(read: JUnitXml) -> Iterator[TestCase]:
    for suite in read:
        assert isinstance(suite, TestSuite)
        yield from suite


@every_run
def test_junit_has_a_case_for_every_flow_and_one_for_the_run(
    name: str,
) -> None:
    run = runs.ALL[name]()
    read = read_junit(run)
    flows = [flow for comparison in run.comparisons for flow in comparison.flows]
    found = [*cases(read)]
    assert len(found) == len(flows) + 1
    unknown = sum(flow.status is FlowStatus.UNKNOWN for flow in flows)
    assert (read.tests, read.failures, read.errors) == (
        len(found), len(flows) - unknown, unknown + (run.error is not None),
    )  # fmt: skip
    assert sum(isinstance(case.result[0], Failure) for case in found if case.result) == read.failures
    assert sum(isinstance(case.result[0], Error) for case in found if case.result) == read.errors


def test_junit_case_of_the_run_passes_with_the_headline() -> None:
    (case,) = cases(read_junit(runs.nothing()))
    assert case.is_passed
    assert case.system_out == format_headline(*runs.nothing().comparisons)


def test_junit_failure_lists_findings_by_severity() -> None:
    _, flow = cases(read_junit(runs.small_edit()))
    assert flow.result[0].message == "1 breaking, 2 behaviour: owner li.wei removed"
    assert flow.result[0].text.splitlines()[0].startswith("breaking: owner li.wei removed")


@pytest.mark.parametrize(
    ("fail_on", "failed_flows"),
    [
        (None, ["3003 old_report", "2924 nFlow", "3004 new_report"]),
        (Impact.BREAKING, ["2924 nFlow"]),
        (Impact.COSMETIC, ["2924 nFlow"]),
    ],
)
def test_junit_flow_below_the_bound_of_fail_on_is_a_passed_case(
    fail_on: Impact | None, failed_flows: list[str]
) -> None:
    read = read_junit(replace(runs.incomplete(), fail_on=fail_on))
    failures = [case for case in cases(read) if case.result and isinstance(case.result[0], Failure)]
    assert sorted(str(case.name) for case in failures) == sorted(failed_flows)
    assert (read.failures, read.errors) == (len(failed_flows), 2)
    passed = {case.name: case.system_out for case in cases(read) if case.is_passed}
    assert fail_on is None or "new" in passed["3004 new_report"]


def test_junit_passes_behaviour_if_only_breaking_changes_fail() -> None:
    findings = (replace(runs.finding(Added("/owners/x", "x"), "owner x added"), impact=Impact.BEHAVIOUR),)
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=findings)
    passed = read_junit(replace(runs.diff(flow), fail_on=Impact.BREAKING))
    failed_run = read_junit(replace(runs.diff(flow), fail_on=Impact.BEHAVIOUR))
    assert (passed.failures, failed_run.failures) == (0, 1)
    assert [case.system_out for case in cases(passed)][1] == "behaviour: owner x added"


def test_unknown_flow_is_a_junit_error_with_its_reason() -> None:
    found = {case.name: case for case in cases(read_junit(runs.incomplete()))}
    assert "the gateway answered 502 three times" in found["3001 meter_readings"].result[0].message


@settings(max_examples=25)
@given(hostile_names)
def test_junit_of_any_names_is_well_formed(found: list[str]) -> None:
    assert len([*cases(read_junit(runs.hostile(found)))]) == len(found) + 1


def test_characters_that_xml_forbids_are_escaped() -> None:
    printed = render("junit", of(Added("/desc", "x"), reason="a\x00b\ufffec]]>"))
    assert "a\\u0000b\\ufffec]]&gt;" in printed


# SARIF


def sarif_run(run: RunResult) -> dict[str, Any]:
    document = report("sarif", run)
    assert document["version"] == "2.1.0"
    (only,) = document["runs"]
    assert isinstance(only, dict)
    return only


@every_run
def test_sarif_has_all_findings_and_is_successful_only_if_complete(
    name: str,
) -> None:
    run = runs.ALL[name]()
    log = sarif_run(run)
    flows = [flow for comparison in run.comparisons for flow in comparison.flows]
    known = [flow for flow in flows if flow.status is not FlowStatus.UNKNOWN]
    assert len(log["results"]) == sum(len(flow.findings) or 1 for flow in known)
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] == (run.error is None and len(known) == len(flows))
    assert len(invocation["toolExecutionNotifications"]) == len(flows) - len(known) + (run.error is not None)


@every_run
def test_sarif_results_name_rules_and_have_distinct_fingerprints(name: str) -> None:
    log = sarif_run(runs.ALL[name]())
    rules = log["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in log["results"])
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_sarif_explains_every_kind() -> None:
    changes = [
        replace(runs.finding(Added("/desc", 1)), subject=one, verb=verb) for one in Subject for verb in Verb
    ]
    flows = [FlowComparison("prod", number, "etl", status) for number, status in enumerate(FlowStatus)]
    changed = FlowComparison("prod", 9, "etl", FlowStatus.CHANGED, findings=tuple(changes))
    rules = sarif_run(runs.diff(changed, *flows))["tool"]["driver"]["rules"]
    assert len(rules) >= len(Subject) * len(Verb)
    assert all(rule["help"]["text"].startswith(rule["fullDescription"]["text"]) for rule in rules)


def test_sarif_rules_have_help() -> None:
    (*rules,) = sarif_run(runs.small_edit())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["body-changed", "owner-removed", "schedule-changed"]
    assert rules[1]["help"]["text"] == (
        "Owners may edit the flow. Check that the right people own it, and that an owner is left."
    )


def test_sarif_levels_follow_the_impacts_by_severity() -> None:
    findings = [replace(runs.finding(Added("/desc", 1)), impact=impact) for impact in reversed(IMPACTS)]
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, findings=tuple(findings))
    assert [one["level"] for one in sarif_run(runs.diff(flow))["results"]] == ["error", "warning", "note"]


def test_sarif_omits_the_least_severe_and_counts_them() -> None:
    log = sarif_run(runs.many(1_100, 5))
    assert len(log["results"]) == 5_000
    assert all(one["level"] != "note" for one in log["results"][:1_000])
    (notice,) = log["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("500 more results are left out")
    assert log["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("file", ["flows/prod/日本 a#b?c%20.7.yaml", "a:b/c.yaml", "flows/p/[x].yaml"])
def test_sarif_location_is_a_relative_reference(file: str) -> None:
    (result,) = sarif_run(of(Added("/desc", "x"), file=file))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote(artifact["uri"]) == file
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", artifact["uri"])
    assert artifact["uriBaseId"] == "SRCROOT"


def test_no_name_becomes_a_link_in_sarif() -> None:
    run = runs.diff(FlowComparison("prod", 7, "[click](http://evil.example)", FlowStatus.NEW))
    assert "](" not in sarif_run(run)["results"][0]["message"]["text"]


def test_fingerprint_is_the_same_in_every_format() -> None:
    run = runs.small_edit()
    findings: tuple[Finding, ...] = run.comparisons[0].flows[0].findings
    expected = {finding.fingerprint for finding in findings}
    assert {entry["fingerprint"] for entry in report("gitlab", run)} == expected
    results = sarif_run(run)["results"]
    assert {result["partialFingerprints"]["flowsync/v1"] for result in results} == expected
