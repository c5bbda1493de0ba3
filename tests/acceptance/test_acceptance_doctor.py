"""`flowsync doctor`: one line for each check, a hint for each failure, and status 2 if any fails."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, Result, configuration, contents


def _failed(ran: Result) -> dict[str, str]:
    """Return message and hint of the failed checks by name, without the environment."""
    failed = {}
    for line, after in pairwise(ran.out.splitlines()):
        if line.startswith("FAIL "):
            name, _, _ = line.removeprefix("FAIL ").removeprefix("prod: ").partition(": ")
            failed[name] = f"{line} {after}"
    return failed


def test_all_checks_succeed(synced: Path, flowsync: Program) -> None:
    before = contents(synced)
    done = flowsync("doctor")
    assert done.status == 0
    lines = done.out.splitlines()
    assert [line.split(": ")[0] for line in lines[:-1]] == [
        "ok   configuration",
        *["ok   prod"] * 4,
        "ok   git identity",
        "ok   repository",
    ]
    assert "3 to export" in done.out
    assert lines[-1] == "7 passed, 0 failed"
    assert contents(synced) == before


def test_a_broken_configuration_is_a_failed_check_with_every_problem(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text("version: 2\nenvironmints: {}\n")
    done = flowsync("doctor")
    assert done.status == 2
    failed = _failed(done)
    assert [*failed] == ["configuration"]
    assert "flowsync.yaml:1: version: expected 1, got 2" in failed["configuration"]
    assert "did you mean environments?" in failed["configuration"]
    assert done.out.endswith("2 passed, 1 failed\n")


def test_no_configuration_is_a_failed_check(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").unlink()
    failed = _failed(flowsync("doctor"))
    assert "no flowsync.yaml here or above" in failed["configuration"]
    assert "hint: flowsync init .; or name a file with --config FILE" in failed["configuration"]


def test_missing_credentials_are_named_and_no_request_is_sent(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENOS_APP_SECRET")
    done = flowsync("doctor")
    assert done.status == 2
    assert "ENOS_APP_SECRET" in _failed(done)["credentials"]
    assert prod.actions() == []


def test_an_unreachable_gateway_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace(prod.emulator.url, "http://127.0.0.1:9"))
    done = flowsync("doctor")
    assert done.status == 2
    assert [*_failed(done)] == ["gateway"]
    assert "hint: " in _failed(done)["gateway"]


def test_wrong_credentials_fail_with_a_hint(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENOS_APP_SECRET", "wrong")
    failed = _failed(flowsync("doctor"))
    assert "hint: check `appSecret` (flowsync.yaml:7)" in failed["gateway"]


@pytest.mark.parametrize(("seconds", "passes"), [(30, True), (-30, True), (90, False), (-90, False)])
def test_a_clock_difference_of_more_than_a_minute_fails(
    seconds: int, passes: object, synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.skew_clock(seconds)
    done = flowsync("doctor")
    assert done.status == (0 if passes else 2)
    assert ("NTP" in done.out) is not passes


def test_a_discovery_that_fails_or_finds_nothing_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.fault("code", code=62103, action="listWorkFlowDirs", count=1)
    assert "62103" in _failed(flowsync("doctor"))["flows"]
    prod.put({})
    assert "discovery selects none" in _failed(flowsync("doctor"))["flows"]


def test_a_user_of_another_organisation_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace("o15500000000101", "o15500000000999"))
    assert "userId" in _failed(flowsync("doctor"))["flows"]


def test_a_missing_identity_fails(synced: Path, home: Path, flowsync: Program) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    done = flowsync("doctor")
    assert done.status == 2
    assert "commit.author" in _failed(done)["git identity"]


def test_an_author_in_the_configuration_is_an_identity(synced: Path, home: Path, flowsync: Program) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    with (synced / "flowsync.yaml").open("a") as settings:
        settings.write('commit: {author: "Flow Sync <sync@example.com>"}\n')
    done = flowsync("doctor")
    assert done.status == 0
    assert "Flow Sync <sync@example.com>" in done.out


def test_a_repository_that_a_sync_would_refuse_fails_with_a_hint(
    synced: Path, flowsync: Program, git: Git
) -> None:
    (synced / "flows/prod/ingest.1.yaml").write_text("edited\n")
    failed = _failed(flowsync("doctor"))
    assert "not committed: flows/prod/ingest.1.yaml" in failed["repository"]
    assert "hint: commit, stash or move them away" in failed["repository"]
    git("checkout", "-q", "--", ".")
    git("checkout", "-q", "--detach")
    assert "--branch NAME" in _failed(flowsync("doctor"))["repository"]


def test_only_a_selected_environment_is_checked(synced: Path, dev: Live, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text(configuration(dev.emulator.url, ["prod", "dev"]))
    done = flowsync("doctor", "--env", "dev")
    assert done.status == 0
    assert "dev: flows" in done.out
    assert "prod" not in done.out.replace("configuration", "")


def test_an_unborn_branch_is_ready(repo: Path, prod: Live, flowsync: Program, git: Git) -> None:
    shutil.rmtree(repo / ".git")
    git("init", "-q", "-b", "trunk")
    done = flowsync("doctor")
    assert done.status == 0
    assert "ready to commit on trunk" in done.out
