"""A failing platform makes a flow unknown or fails the run; it never costs a file or a verdict."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.world import Git, Live, Program, Result, configuration, contents, flow

Settings = Mapping[str, Any]

# Faults that are retried; one run meets all of them, so that their waits overlap.
_RETRIED: Final[dict[str, Settings]] = {
    "server error": {"kind": "status", "status": 503},
    "server error without a body": {"kind": "status", "status": 500, "body": ""},
    "proxy error page": {"kind": "status", "status": 502, "body": "<html>Bad gateway</html>"},
    "internal error of the platform": {"kind": "code", "code": 62109},
    "internal error of the token service": {"kind": "code", "code": 1005},
    "connection reset in the body": {"kind": "reset"},
    "too many requests": {"kind": "rate_limited", "seconds": 0},
}
# Faults that are not retried.
_NOT_RETRIED: Final[dict[str, Settings]] = {
    "HTML": {"kind": "html"},
    "empty": {"kind": "empty"},
    "truncated": {"kind": "truncated"},
    "oversize": {"kind": "oversize", "mebibytes": 33},
    "redirect to another host": {"kind": "redirect"},
    "no envelope": {"kind": "no_envelope"},
    "list": {"kind": "wrong_type", "shape": "array"},
    "scalar": {"kind": "wrong_type", "shape": "scalar"},
    "null data": {"kind": "wrong_type", "shape": "data_null"},
    "list of numbers as data": {"kind": "wrong_type", "shape": "data_array"},
    "validation failed": {"kind": "code", "code": 62102},
    "no privilege": {"kind": "code", "code": 62103},
    "unknown code": {"kind": "code", "code": 99999},
    "bad request": {"kind": "status", "status": 400},
    "forbidden": {"kind": "status", "status": 403},
    "not found": {"kind": "status", "status": 404},
    "too large": {"kind": "status", "status": 413},
}
_FAILS_A_FLOW: Final = {**_RETRIED, **_NOT_RETRIED}
_INVALID: Final[dict[str, dict[str, Any]]] = {
    "tasks that are not a list": {"tasks": "none"},
    "a task that is not an object": {"tasks": [7]},
    "a lone surrogate": {"desc": "\ud800"},
    "nested too deeply": {"note": json.loads("[" * 99 + "]" * 99)},
}
_FLOW_IDS: Final = {name: number for number, name in enumerate([*_FAILS_A_FLOW, *_INVALID], 100)}
_HEALTHY: Final = 1

_FAILS_THE_RUN: Final[dict[str, Settings]] = {
    "unknown application": {"kind": "code", "code": 1002, "action": "token"},
    "wrong secret": {"kind": "code", "code": 1003, "action": "token"},
    "invalid parameter": {"kind": "code", "code": 1004, "action": "token"},
    "empty parameter": {"kind": "code", "code": 1202, "action": "token"},
    "unknown user": {"kind": "code", "code": 62101},
    "locked account": {"kind": "code", "code": 62105},
    "401 with a fresh token": {"kind": "unauthorized"},
    "expired although fresh": {"kind": "token_expired"},
    "a page instead of the token service": {"kind": "html", "action": "token"},
    "discovery refused": {"kind": "status", "status": 403, "action": "listWorkFlowDirs"},
    "discovery returns HTML": {"kind": "html", "action": "listWorkFlowDirs"},
    "discovery returns null": {"kind": "wrong_type", "shape": "data_null", "action": "listWorkFlowDirs"},
    "every flow refused": {"kind": "code", "code": 62103},
}


@dataclass(frozen=True)
class _Runs:
    """One sync and one drift with all faults, and the repository before and after."""

    files_before: Mapping[str, bytes]
    files_after: Mapping[str, bytes]
    sync: Result
    sync_status: str
    fsck: str
    drift: Result
    repository_before_drift: Mapping[str, bytes]
    repository_after_drift: Mapping[str, bytes]


def _flows() -> dict[int, dict[str, Any]]:
    return {_HEALTHY: flow("healthy")} | {number: flow(name) for name, number in _FLOW_IDS.items()}


@pytest.fixture(scope="module")
def cached_runs() -> list[_Runs]:
    """Keep the runs for all tests."""
    return []


@pytest.fixture
def runs(cached_runs: list[_Runs], repo: Path, prod: Live, flowsync: Program, git: Git) -> _Runs:
    if not cached_runs:
        cached_runs.append(_runs(repo, prod, flowsync, git))
    return cached_runs[0]


def _runs(repo: Path, prod: Live, flowsync: Program, git: Git) -> _Runs:
    (repo / "flowsync.yaml").write_text(configuration(prod.emulator.url, jobs=16))
    git("commit", "-qam", "More jobs")
    prod.put(_flows())
    assert flowsync("sync").status == 0
    before = contents(repo / "flows")
    prod.edit(_HEALTHY, "/desc", "edited")
    for name, fields in _INVALID.items():
        prod.emulator.put_flow(prod.org_id, _FLOW_IDS[name], {**flow(name), **fields})
    for name, settings in _FAILS_A_FLOW.items():
        prod.emulator.fault(**settings, flow_id=_FLOW_IDS[name], count=None)
    sync = flowsync("sync")
    prod.edit(_HEALTHY, "/desc", "edited again")
    at_rest = contents(repo)
    drift = flowsync("drift", "--format", "json")
    return _Runs(
        before,
        contents(repo / "flows"),
        sync,
        git("status", "--porcelain"),
        git("fsck", "--strict", "--no-dangling"),
        drift,
        at_rest,
        contents(repo),
    )


@pytest.mark.parametrize("name", _FLOW_IDS)
def test_a_flow_that_cannot_be_fetched_is_unknown_and_keeps_its_file(name: str, runs: _Runs) -> None:
    flow_id = _FLOW_IDS[name]
    (path,) = [path for path in runs.files_before if path.endswith(f".{flow_id}.yaml")]
    assert runs.files_after[path] == runs.files_before[path]
    assert f"\n? prod {flow_id} {name}" in runs.sync.out
    (found,) = [flow for flow in runs.drift.comparison["flows"] if flow["flowId"] == flow_id]
    assert found["verdict"] == "unknown"
    assert found["file"] == f"flows/{path}"
    assert found["reason"]
    assert found["reason"] in runs.sync.out


def test_fetched_flows_are_committed_and_the_run_exits_with_3(runs: _Runs) -> None:
    assert runs.sync.status == 3
    unknown = len(_FLOW_IDS)
    assert runs.sync.counts == {"flows": unknown + 1, "changed": 1, "unknown": unknown}
    assert runs.sync.out.rstrip().rpartition("\n")[2].startswith("Committed ")
    changed = {path for path in runs.files_after if runs.files_after[path] != runs.files_before[path]}
    assert changed == {"prod/healthy.1.yaml"}


def test_the_repository_is_clean_after_a_run_with_every_fault(runs: _Runs) -> None:
    assert runs.sync_status == ""
    assert runs.fsck == ""


def test_a_drift_with_faults_exits_with_3_and_changes_nothing(runs: _Runs) -> None:
    assert runs.drift.status == 3
    assert runs.drift.document["exit_status"] == 3
    assert runs.drift.comparison["counts"]["changed"] == 1
    assert runs.drift.comparison["counts"]["unknown"] == len(_FLOW_IDS)
    assert runs.repository_after_drift == runs.repository_before_drift


@pytest.mark.parametrize("name", _FAILS_THE_RUN)
def test_a_run_without_a_fetched_flow_fails_and_commits_nothing(
    name: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    prod.edit(1, "/desc", "edited")
    prod.emulator.fault(**_FAILS_THE_RUN[name], count=None)
    for command in ("sync", "drift"):
        failed = flowsync(command, "--format", "json")
        assert failed.status == failed.document["exit_status"] == 1
        assert failed.document["error"]["message"]
        assert failed.document["error"]["message"] in failed.err
        assert "No changes" not in failed.out + failed.err
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""
    prod.emulator.clear_faults()
    assert flowsync("sync").out.endswith(f"Committed {git('rev-parse', 'HEAD')[:7]} on main\n")


def test_an_empty_discovery_is_a_failure_never_an_empty_set(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    prod.put({})
    for command in ("sync", "drift"):
        failed = flowsync(command)
        assert failed.status == 1
        assert "discovery selects none" in failed.err
    assert git("rev-parse", "HEAD") == head
    assert len(list((synced / "flows/prod").iterdir())) == 3


def test_a_failed_run_lists_unknown_flows_in_text(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.fault("code", code=62103, count=None)
    failed = flowsync("sync")
    assert failed.status == 1
    assert failed.counts == {"flows": 3, "unknown": 3}
    assert "no flow could be exported, 3 failures; the first" in failed.err


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "status", "status": 503},
        {"kind": "code", "code": 62109},
        {"kind": "reset"},
        {"kind": "rate_limited", "seconds": 0},
        {"kind": "rate_limited", "seconds": 0, "http_date": True},
        {"kind": "token_expired"},
        {"kind": "unauthorized"},
        {"kind": "code", "code": 1001, "action": "token"},
        {"kind": "drip", "seconds": 0.0001},
        {"kind": "latency", "seconds": 0.2},
        {"kind": "content_type"},
    ],
    ids=lambda settings: str(settings["kind"]),
)
def test_a_temporary_fault_has_no_effect(
    settings: Settings, synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.fault(**settings, flow_id=None if "action" in settings else 2, count=1)
    done = flowsync("sync", "--no-cache")
    assert (done.status, done.counts) == (0, {"flows": 3})
    assert len(prod.emulator._faults) == 0


def test_tokens_that_expire_between_requests_are_replaced(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.expire_tokens()
    assert flowsync("sync").counts == {"flows": 3}


def test_an_unreachable_gateway_fails_the_run(synced: Path, prod: Live, flowsync: Program, git: Git) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace(prod.emulator.url, "http://127.0.0.1:9"))
    failed = flowsync("drift")
    assert failed.status == 1
    assert failed.out == ""
    assert "error: " in failed.err
    assert "connection refused (4 attempts in " in failed.err


def _two_environments(url: str, unreachable: str) -> str:
    """Return a configuration with prod at `url` and dev at `unreachable`, with explicit flows."""
    healthy = configuration(url, flows=[1, 2, 3], discover=None)
    dev = configuration(unreachable, ["dev"], flows=[11, 12], discover=None)
    return healthy + dev.partition("environments:\n")[2]


def test_an_unreachable_gateway_affects_only_its_own_environment(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    (synced / "flowsync.yaml").write_text(_two_environments(prod.emulator.url, "http://127.0.0.1:9"))
    prod.edit(1, "/desc", "edited")
    drift = flowsync("drift", "--format", "json")
    assert drift.status == 3
    assert drift.verdicts == {1: "changed", 11: "unknown", 12: "unknown"}
    done = flowsync("sync")
    assert done.status == 3
    assert done.counts == {"flows": 5, "changed": 1, "unknown": 2}
    assert git("diff", "--name-only", "HEAD~1", "HEAD") == "flows/prod/ingest.1.yaml"


def test_selected_flows_of_an_unreachable_gateway_fail_the_run(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    unreachable = configuration("http://127.0.0.1:9", flows=[1, 2, 3], discover=None)
    (synced / "flowsync.yaml").write_text(unreachable)
    head = git("rev-parse", "HEAD")
    failed = flowsync("sync")
    assert failed.status == 1
    assert failed.counts == {"flows": 3, "unknown": 3}
    assert (
        "no flow could be exported, 3 failures; the first: connection refused (4 attempts in " in failed.err
    )
    assert git("rev-parse", "HEAD") == head


def test_on_error_abort_commits_nothing_and_exits_with_1(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    prod.edit(1, "/desc", "edited")
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    failed = flowsync("sync", "--on-error", "abort")
    assert failed.status == 1
    assert failed.counts == {"flows": 3, "changed": 1, "unknown": 1}
    assert "--on-error abort" in failed.err
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""


def test_a_configured_flow_that_was_deleted_on_the_platform_is_unknown_and_kept(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, flows=[1, 2, 3], discover=None))
    prod.delete(2)
    done = flowsync("sync")
    assert done.status == 3
    assert done.counts == {"flows": 3, "unknown": 1}
    assert (synced / "flows/prod/forecast.2.yaml").exists()


def test_the_commit_of_an_incomplete_run_names_the_unknown_flows(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    assert flowsync("sync").status == 3
    message = git("log", "-1", "--format=%B")
    assert message.startswith("sync(prod): 1 changed\n")
    assert "Flowsync-Unknown: prod 2" in message
