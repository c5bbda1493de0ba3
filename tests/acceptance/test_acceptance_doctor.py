"""What doctor checks, in any folder: every check with its result, and the next step after each failure."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.world import Git, Live, Program, Result, configuration, contents, file_of
from jsonschema import Draft202012Validator
from junitparser import JUnitXml

import flowsync as library
from flowsync.commands.doctor import _NEXT_STEPS

_PLATFORM: Final = ("credentials", "gateway", "clock", "flows", "export")
_LOCAL: Final = ("git identity", "documents", "commit")


def _checks(ran: Result) -> dict[str, Any]:
    """The checks of a JSON document by title."""
    Draft202012Validator(library.json_schema("doctor")).validate(ran.document)
    return {
        f"{check['environment']}: {check['name']}" if check["environment"] else check["name"]: check
        for check in ran.document["checks"]
    }


def _failed(flowsync: Program) -> dict[str, str]:
    """The failed checks by name: what is wrong and the next step."""
    ran = flowsync("doctor", "--format", "json")
    failed = {check["name"]: check for check in _checks(ran).values() if check["status"] == "failed"}
    assert ran.status == (2 if failed else 0)
    assert all(check["next"] for check in failed.values())
    return {
        name: "\n".join((check["detail"], *check["problems"], f"next: {check['next']}"))
        for name, check in failed.items()
    }


def test_every_check_has_a_next_step() -> None:
    assert [*_NEXT_STEPS] == ["repository", "configuration", *_PLATFORM, *_LOCAL]


def test_everything_is_in_order(synced: Path, flowsync: Program) -> None:
    before = contents(synced)
    done = flowsync("doctor")
    assert done.status == 0
    lines = done.out.splitlines()
    assert [line.partition(": ")[0] for line in lines[:2]] == [
        "ok       repository",
        "ok       configuration",
    ]
    assert [line.split(": ")[1] for line in lines[2:7]] == [*_PLATFORM]
    assert [line.partition(": ")[0] for line in lines[7:10]] == [f"ok       {name}" for name in _LOCAL]
    assert lines[10:] == ["10 checks: 10 ok"]
    assert contents(synced) == before


def test_gateway_identities_and_configuration_are_named(synced: Path, prod: Live, flowsync: Program) -> None:
    checks = _checks(flowsync("doctor", "--format", "json"))
    assert str(synced) in checks["repository"]["detail"]
    assert checks["configuration"]["detail"] == "flowsync.yaml: 1 environment (prod)"
    assert prod.emulator.url in checks["prod: gateway"]["detail"]
    assert checks["prod: flows"]["detail"] == "3 to export, as user u15500000000101 of o15500000000101"
    assert "Wind Power <wind@example.com>" in checks["git identity"]["detail"]
    assert "ENOS_APP_SECRET" in checks["prod: credentials"]["detail"]


def test_an_empty_folder_gets_every_check_and_next_steps_that_work(
    home: Path, prod: Live, tmp_path: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    done = flowsync("doctor")
    assert done.status == 2
    assert done.err == ""
    results = [line for line in done.out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in results[:-1]] == ["failed"] * 2 + ["skipped"] * 8
    assert results[-1] == "10 checks: 2 failed, 8 skipped"
    assert done.out.count("next: ") == 2
    assert "skipped  export: needs configuration" in results
    assert "skipped  commit: needs repository" in results
    assert not any(Path().iterdir())
    assert "flowsync init ." in done.out
    assert flowsync("init", ".").status == 0
    assert {*_failed(flowsync)} == {"gateway"}  # of the template, which names no real one


def test_a_configuration_without_a_repository_is_checked(synced: Path, flowsync: Program) -> None:
    shutil.rmtree(synced / ".git")
    checks = _checks(flowsync("doctor", "--format", "json"))
    assert checks["prod: export"]["status"] == "ok"
    assert checks["repository"]["status"] == "failed"
    assert checks["commit"]["because"] == "repository"


def test_a_machine_without_git_fails_the_repository(synced: Path, flowsync_process: Program) -> None:
    done = flowsync_process("doctor", PATH=str(synced))
    assert done.status == 2
    assert done.out.startswith("failed   repository: ")
    assert "install git" in done.out
    assert "ok       prod: export: " in done.out


def test_a_bare_repository_uses_the_committed_configuration(
    synced: Path, tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path / "bare")
    checks = _checks(flowsync("doctor", "--format", "json"))
    assert checks["configuration"]["detail"].startswith("HEAD:flowsync.yaml: ")
    assert {check["status"] for check in checks.values()} == {"ok"}


def test_a_broken_configuration_is_a_failed_check_with_every_problem(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text("version: 2\nenvironmints: {}\n")
    failed = _failed(flowsync)
    assert [*failed] == ["configuration"]
    assert "flowsync.yaml:1: version: expected 1, got 2\n" in failed["configuration"]
    assert "did you mean environments?" in failed["configuration"]
    assert "flowsync schema config" in failed["configuration"]
    assert flowsync("doctor").out.endswith("10 checks: 4 ok, 1 failed, 5 skipped\n")


def test_no_configuration_is_a_failed_check(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").unlink()
    failed = _failed(flowsync)
    assert "flowsync.yaml" in failed["configuration"].partition("next: ")[0]
    assert "--config" in failed["configuration"].partition("next: ")[2]


def test_missing_credentials_are_all_named_and_nothing_is_requested(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENOS_APP_KEY")
    monkeypatch.delenv("ENOS_APP_SECRET")
    credentials = _failed(flowsync)["credentials"]
    assert "appKey: the environment variable ENOS_APP_KEY" in credentials
    assert "appSecret: the environment variable ENOS_APP_SECRET" in credentials
    assert "next: export ENOS_APP_KEY='...' ENOS_APP_SECRET='...'" in credentials
    checks = _checks(flowsync("doctor", "--format", "json"))
    assert {checks[f"prod: {name}"]["because"] for name in _PLATFORM[1:]} == {"prod: credentials"}
    assert prod.actions() == []


def test_a_gateway_that_does_not_answer_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace(prod.emulator.url, "http://127.0.0.1:9"))
    failed = _failed(flowsync)
    assert [*failed] == ["gateway"]
    assert failed["gateway"].startswith("http://127.0.0.1:9: ")


def test_wrong_credentials_fail_with_a_hint(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENOS_APP_SECRET", "wrong")
    assert "next: check `appSecret` (flowsync.yaml:7)" in _failed(flowsync)["gateway"]


@pytest.mark.parametrize(("seconds", "passes"), [(30, True), (-30, True), (90, False), (-90, False)])
def test_a_clock_that_is_more_than_a_minute_off_fails(
    seconds: int, passes: object, synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.skew_clock(seconds)
    failed = _failed(flowsync)
    assert ("clock" not in failed) is passes
    assert passes or "NTP" in failed["clock"]


def test_a_discovery_that_fails_or_finds_nothing_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.fault("code", code=62103, action="listWorkFlowDirs", count=1)
    assert "62103" in _failed(flowsync)["flows"]
    prod.put({})
    assert "discovery selects none" in _failed(flowsync)["flows"]


def test_a_user_of_another_organisation_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace("o15500000000101", "o15500000000999"))
    assert "userId" in _failed(flowsync)["flows"]


def test_every_flow_that_is_configured_by_id_is_exported(synced: Path, prod: Live, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text(
        configuration(prod.emulator.url, discover=None, flows=[3, 1, 998, 999])
    )
    prod.emulator.fault("html", flow_id=3, count=None)
    export = _failed(flowsync)["export"]
    assert export.startswith("3 of 4 flows cannot be exported\nexport of flow 3: ")
    assert "export of flow 998: code 62102" in export
    assert "check that the flow exists" in export
    assert prod.exported() == {1, 3, 998, 999}
    assert flowsync("sync").status == 3


def test_one_discovered_flow_is_exported(synced: Path, prod: Live, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, flows=[2]))
    assert _failed(flowsync) == {}
    assert prod.exported() == {1, 2}
    detail = _checks(flowsync("doctor", "--format", "json"))["prod: export"]["detail"]
    assert detail == "exported all 1 flow of flows and flow 1 as a sample of discover"


def test_an_export_without_canonical_form_fails(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/tasks", "none")
    assert "export of flow 1: tasks is not an array but text at /tasks" in _failed(flowsync)["export"]


def test_a_missing_identity_fails(synced: Path, home: Path, flowsync: Program) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    failed = _failed(flowsync)
    assert [*failed] == ["git identity"]
    assert "commit.author" in failed["git identity"]
    assert _checks(flowsync("doctor", "--format", "json"))["commit"]["because"] == "git identity"


def test_an_author_in_the_configuration_is_an_identity(synced: Path, home: Path, flowsync: Program) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    with (synced / "flowsync.yaml").open("a") as settings:
        settings.write('commit: {author: "Flow Sync <sync@example.com>"}\n')
    done = flowsync("doctor")
    assert done.status == 0
    assert "Flow Sync <sync@example.com>" in done.out


def test_a_repository_that_a_sync_would_refuse_fails_with_a_next_step(
    synced: Path, flowsync: Program, git: Git
) -> None:
    (synced / "flows/prod/ingest.1.yaml").write_text("edited\n")
    commit = _failed(flowsync)["commit"]
    assert "not committed: flows/prod/ingest.1.yaml" in commit
    assert "next: commit, stash or move them away" in commit
    git("checkout", "-q", "--", ".")
    git("checkout", "-q", "--detach")
    assert "--branch NAME" in _failed(flowsync)["commit"]


def test_a_committed_document_that_cannot_be_read_fails(synced: Path, flowsync: Program, git: Git) -> None:
    file = file_of(synced, 1)
    file.write_text(file.read_text() + "<<<<<<< ours\n")
    git("commit", "-qam", "conflict")
    documents = _failed(flowsync)["documents"]
    assert documents.startswith("1 committed document cannot be read\nflows/prod/ingest.1.yaml:")
    assert "flowsync validate" in documents
    assert flowsync("validate").status == 2


def test_only_selected_environments_are_checked(
    synced: Path, dev: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (synced / "flowsync.yaml").write_text(configuration(dev.emulator.url, ["prod", "dev"]))
    done = flowsync("doctor", "--env", "dev")
    assert done.status == 0
    assert "dev: flows" in done.out
    assert "prod" not in done.out
    monkeypatch.setenv("FLOWSYNC_ENV", "dev")
    assert flowsync("doctor").out == done.out
    assert "no such environment: 'stage'" in flowsync("doctor", "--env", "stage").err


def test_an_unborn_branch_is_ready(repo: Path, prod: Live, flowsync: Program, git: Git) -> None:
    shutil.rmtree(repo / ".git")
    git("init", "-q", "-b", "trunk")
    done = flowsync("doctor")
    assert done.status == 0
    assert "ready to commit on trunk" in done.out
    assert flowsync("sync").status == 0


def test_quiet_hides_the_checks_that_pass(synced: Path, flowsync: Program) -> None:
    assert flowsync("doctor", "-q").out == "10 checks: 10 ok\n"
    (synced / "flowsync.yaml").unlink()
    lines = flowsync("doctor", "-q").out.splitlines()
    assert not any(line.startswith("ok ") for line in lines)
    assert sum(line.startswith("skipped ") for line in lines) == 5


def test_lines_fit_into_the_terminal(
    synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("ENOS_APP_SECRET")
    lines = flowsync("doctor").out.replace(str(synced), "/flows").splitlines()
    assert max(map(len, lines)) <= 60


def test_junit_has_a_case_for_each_check(
    synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENOS_APP_SECRET")
    done = flowsync("doctor", "--format", "junit", "--output", "doctor.xml")
    assert done.status == 2
    assert done.err == "10 checks: 5 ok, 1 failed, 4 skipped\n"
    report = JUnitXml.fromfile("doctor.xml")
    suites = {suite.name: (suite.tests, suite.failures, suite.skipped) for suite in report}
    assert suites == {"flowsync doctor": (5, 0, 0), "flowsync doctor prod": (5, 1, 4)}
    (failed,) = (case for suite in report for case in suite if case.name == "credentials")
    assert "next: export ENOS_APP_SECRET" in failed.result[0].text


def test_github_gets_an_annotation_for_each_failure(
    synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENOS_APP_SECRET")
    notice, error = flowsync("doctor", "--format", "github").out.splitlines()
    assert notice == "::notice title=flowsync doctor::10 checks: 5 ok, 1 failed, 4 skipped"
    assert error.startswith(
        "::error title=flowsync doctor%3A prod%3A credentials::1 credential cannot be read%0A"
    )
    assert error.endswith("%0Anext: export ENOS_APP_SECRET='...'")


def _merge_in_progress(_synced: Path, _prod: Live, git: Git) -> None:
    git("checkout", "-qb", "other")
    git("commit", "-q", "--allow-empty", "-m", "other")
    git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "--no-commit", "other")


def _conflict(synced: Path, _prod: Live, git: Git) -> None:
    file_of(synced, 1).write_text(file_of(synced, 1).read_text() + "<<<<<<< ours\n")
    git("commit", "-qam", "conflict")


_STATES: Final[dict[str, Callable[[Path, Live, Git], object]]] = {
    "nothing": lambda _synced, _prod, _git: None,
    "changes on the platform": lambda _synced, prod, _git: prod.edit(1, "/desc", "edited"),
    "an edit elsewhere": lambda synced, _prod, _git: (synced / "README.md").write_text("edited"),
    "an edited flow": lambda synced, _prod, _git: file_of(synced, 1).write_text("edited"),
    "a deleted flow": lambda synced, _prod, _git: file_of(synced, 1).unlink(),
    "a detached head": lambda _synced, _prod, git: git("checkout", "-q", "--detach"),
    "a merge": _merge_in_progress,
    "a locked index": lambda synced, _prod, _git: (synced / ".git/index.lock").touch(),
    "a conflict in a committed file": _conflict,
    "an unknown id": lambda synced, prod, _git: (synced / "flowsync.yaml").write_text(
        configuration(prod.emulator.url, flows=[1, 999])
    ),
    "no privilege": lambda _synced, prod, _git: prod.emulator.fault("code", code=62103, count=None),
    "a locked account": lambda _synced, prod, _git: prod.emulator.fault("code", code=62105, count=None),
}


@pytest.mark.parametrize("state", _STATES)
def test_doctor_passes_exactly_where_a_sync_works(
    state: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    _STATES[state](synced, prod, git)
    checked = flowsync("doctor")
    assert (checked.status == 0) == (flowsync("sync").status == 0), checked.out
