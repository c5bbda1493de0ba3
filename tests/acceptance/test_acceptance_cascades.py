"""An upstream rename and the cascaded changes: the same result in every command and every format."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from acceptance.history import History
from acceptance.world import Flow, Git, Live, Program, Result, configuration, flow
from builders import flow_link, link_target

REASON = "only follows the rename of flow dw to warehouse"
ALSO = "also in the links of 2 flows: audit and report"


def waiting_for(name: str, upstream: str, **fields: Any) -> Flow:
    """Return a flow with a task that depends on an upstream flow."""
    targets = [link_target("load", rerun=False)]
    return flow(name, flowLinks=[flow_link(upstream)], linkRelations=targets, **fields)


def before() -> dict[int, Flow]:
    return {1: flow("dw"), 2: waiting_for("report", "dw"), 3: waiting_for("audit", "dw"), 4: flow("other")}


def after(*, is_late: bool = False) -> dict[int, Flow]:
    """Rename flow 1; with `is_late`, flow 3 keeps the old name."""
    return {
        1: flow("warehouse"),
        2: waiting_for("report", "warehouse"),
        3: waiting_for("audit", "dw" if is_late else "warehouse"),
        4: flow("other"),
    }


def put(history: History, flows: dict[int, Flow], subject: str) -> None:
    for flow_id, one in flows.items():
        history.put(flow_id, **one)
    history.commit(subject)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Create the rename as two commits and make it the current folder."""
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    put(history, before(), "before")
    put(history, after(), "after")
    return history


@pytest.fixture
def live(repo: Path, prod: Live, flowsync: Program) -> Live:
    """Rename on the platform after a sync."""
    assert repo.exists()
    prod.put(before())
    assert flowsync("sync").status == 0
    prod.put(after())
    return prod


def findings(done: Result) -> dict[int, list[tuple[str, str]]]:
    return {
        one["flowId"]: [(finding["kind"], finding["impact"]) for finding in one["findings"]]
        for one in done.comparison["flows"]
    }


def effects(done: Result, flow_id: int) -> list[tuple[str, str]]:
    return [
        (effect["consequence"], effect["sentence"])
        for one in done.comparison["flows"]
        if one["flowId"] == flow_id
        for finding in one["findings"]
        for effect in finding["effects"]
    ]


def reasons(done: Result) -> dict[int, str]:
    return {one["flowId"]: one["reason"] for one in done.comparison["flows"]}


def assert_collapsed(done: Result) -> None:
    assert findings(done) == {1: [("flow-renamed", "behaviour")], 2: [], 3: []}
    assert effects(done, 1) == [("followed", ALSO)]
    assert reasons(done) == {1: "", 2: REASON, 3: REASON}
    assert done.comparison["counts"]["changed"] == 3


def test_diff_reports_one_finding_and_breaks_nothing(history: History, flowsync: Program) -> None:
    assert history.root.exists()
    assert_collapsed(flowsync("diff", "HEAD~", "HEAD", "--format", "json"))
    assert flowsync("diff", "HEAD~", "HEAD", "--exit-code").status == 2
    assert flowsync("diff", "HEAD~", "HEAD", "--exit-code", "--fail-on", "breaking").status == 0


@pytest.mark.parametrize("flow_id", ["1", "2"])
def test_selecting_one_flow_gives_the_same_result(flow_id: str, history: History, flowsync: Program) -> None:
    assert history.root.exists()
    whole = flowsync("diff", "HEAD~", "HEAD", "--format", "json")
    alone = flowsync("diff", "HEAD~", "HEAD", flow_id, "--format", "json")
    (one,) = alone.comparison["flows"]
    assert one in whole.comparison["flows"]


def test_the_work_tree_gives_the_same_result(history: History, flowsync: Program) -> None:
    history.git("reset", "-q", "--mixed", "HEAD~")
    assert_collapsed(flowsync("diff", "HEAD", "--format", "json"))


def test_a_link_with_the_old_name_still_waits_for_it(history: History, flowsync: Program) -> None:
    put(history, after(is_late=True), "is_late")
    done = flowsync("diff", "HEAD~2", "HEAD", "--format", "json")
    assert findings(done) == {1: [("flow-renamed", "breaking")], 2: []}
    assert effects(done, 1) == [
        ("left-waiting", "1 flow waits for this flow by its old name: audit (load)"),
        ("followed", "also in a link of report"),
    ]


def test_a_link_whose_upstream_flow_was_not_exported_may_follow_a_rename(
    live: Live, flowsync: Program
) -> None:
    Path("flowsync.yaml").write_text(configuration(live.emulator.url, discover=None, flows=[1, 2, 3, 4]))
    live.emulator.fault(kind="code", code=62103, flow_id=1, count=None)
    expected = [("link-retargeted", "behaviour")]
    sentence = "may follow a rename: flow dw was not exported in this run"
    for arguments in ([], ["--flow", "2"]):
        done = flowsync("drift", *arguments, "--fail-on", "breaking", "--format", "json")
        assert done.status == (0 if arguments else 3)
        assert findings(done)[2] == expected
        assert ("unverified", sentence) in effects(done, 2)


def test_a_link_to_another_known_flow_breaks_although_its_upstream_was_not_exported(
    live: Live, flowsync: Program
) -> None:
    live.put({**before(), 2: waiting_for("report", "other")})
    done = flowsync("drift", "--flow", "2", "--format", "json")
    assert findings(done) == {2: [("link-retargeted", "breaking")]}


@pytest.mark.parametrize("arguments", [[], ["2"]])
def test_log_gives_the_same_result_for_each_commit(
    arguments: list[str], history: History, flowsync: Program
) -> None:
    assert history.root.exists()
    done = flowsync("log", *arguments, "--format", "json")
    flows = {one["flowId"]: one for one in done.document["comparisons"][0]["flows"]}
    assert flows[2]["findings"] == []
    assert flows[2]["reason"] == REASON
    if not arguments:
        assert [one["impact"] for one in flows[1]["findings"]] == ["behaviour"]


def test_log_reports_a_commit_whose_parent_contains_a_flow_twice(history: History, flowsync: Program) -> None:
    twice = history.root / "flows/prod/again.4.yaml"
    twice.write_bytes((history.root / "flows/prod/other.4.yaml").read_bytes())
    history.commit("twice")
    twice.unlink()
    history.put(2, **waiting_for("report", "other"))
    history.commit("once")
    done = flowsync("log", "2", "--format", "json")
    assert done.status == 0
    assert [one["impact"] for one in done.document["comparisons"][0]["flows"][0]["findings"]] == ["breaking"]


def test_drift_and_sync_give_the_same_result(live: Live, flowsync: Program, git: Git) -> None:
    assert live.flows
    drift = flowsync("drift", "--format", "json")
    assert drift.status == 2
    assert_collapsed(drift)
    assert flowsync("drift", "--fail-on", "breaking").status == 0
    assert_collapsed(flowsync("sync", "--dry-run", "--format", "json"))
    assert_collapsed(flowsync("sync", "--format", "json"))
    message = git("log", "-1", "--format=%B")
    assert f"cosmetic   prod report (2): {REASON}" in message
    assert flowsync("drift").status == 0


def test_drift_of_the_renamed_flow_alone_breaks_nothing(live: Live, flowsync: Program) -> None:
    assert live.flows
    done = flowsync("drift", "--flow", "1", "--format", "json")
    assert findings(done) == {1: [("flow-renamed", "behaviour")]}
    waiting = "2 flows wait for this flow by its old name in the repository (not exported in this run)"
    assert effects(done, 1) == [("waited-for", f"{waiting}: audit (load) and report (load)")]


def test_drift_of_a_follower_alone_knows_the_new_name_by_discovery(live: Live, flowsync: Program) -> None:
    assert live.flows
    done = flowsync("drift", "--flow", "2", "--format", "json")
    assert done.status == 2
    assert reasons(done) == {2: REASON}
    assert findings(done) == {2: []}


def test_every_format_reports_cascaded_changes_and_nothing_breaking(
    history: History, flowsync: Program
) -> None:
    formats = ("text", "markdown", "html", "junit", "sarif", "github", "gitlab")
    reports = {one: flowsync("diff", "-v", "HEAD~", "HEAD", "--format", one).out for one in formats}
    for form, out in reports.items():
        assert history.root.exists()
        assert ALSO in out.replace("\n", " ").replace("          ", ""), form
        assert REASON in out, form
    results = json.loads(reports["sarif"])["runs"][0]["results"]
    assert "error" not in {one["level"] for one in results}
    assert not any(one["severity"] in ("critical", "blocker") for one in json.loads(reports["gitlab"]))
    assert "::error" not in reports["github"]
    suite = ET.fromstring(reports["junit"])  # noqa: S314  # our own report
    assert not any("breaking" in one.get("message", "") for one in suite.iter("failure"))
    assert "1 behaviour" in reports["text"]
