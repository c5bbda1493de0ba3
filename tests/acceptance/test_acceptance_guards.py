"""Guards, the precedence of exit statuses, and runs that must not write."""

from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, configuration, contents, flows


@pytest.fixture
def twelve(repo: Path, prod: Live, flowsync: Program) -> Path:
    """Sync twelve flows."""
    prod.put(flows(12))
    assert flowsync("sync").status == 0
    return repo


def _edit(live: Live, count: int) -> None:
    for flow_id in range(1, count + 1):
        live.edit(flow_id, "/desc", "edited")


def test_a_mass_change_is_refused_with_the_numbers_and_the_override(
    twelve: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    _edit(prod, 4)
    refused = flowsync("sync")
    assert refused.status == 4
    assert refused.counts == {"flows": 12, "changed": 4}
    assert refused.err == (
        "refused: prod: 4 of 12 flows would change (33%); the guard allows at most 30% of 10 or more flows "
        "(the default; set guards at flowsync.yaml:4); nothing was committed\n"
        "hint: run again with --allow-mass-change to accept the change\n"
    )
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""
    assert flowsync("sync", "--allow-mass-change").status == 0
    assert git("log", "-1", "--format=%s") == "sync(prod): 4 changed"


def test_a_share_below_the_guard_is_accepted(twelve: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 3)
    assert flowsync("sync").status == 0


def test_new_flows_do_not_count_as_change(twelve: Path, prod: Live, flowsync: Program) -> None:
    prod.put({**prod.flows, **flows(40, first=100)})
    done = flowsync("sync", "-q")
    assert done.status == 0
    assert done.counts == {"flows": 52, "new": 40}


def test_few_flows_are_never_a_mass_change(synced: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 3)
    assert flowsync("sync").status == 0


def test_the_guard_of_the_configuration_applies(
    twelve: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    settings = configuration(prod.emulator.url, guards={"change": "50%", "minimum": 2})
    (twelve / "flowsync.yaml").write_text(settings)
    _edit(prod, 6)
    assert flowsync("sync").status == 0
    for flow_id in range(1, 8):
        prod.edit(flow_id, "/desc", "edited again")
    assert (
        "7 of 12 flows would change (58%); the guard allows at most 50% of 2 or more flows "
        "(flowsync.yaml:9); nothing was committed" in flowsync("sync").err
    )


def test_the_guard_applies_to_each_environment_separately(
    twelve: Path, prod: Live, dev: Live, flowsync: Program, git: Git
) -> None:
    (twelve / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["prod", "dev"]))
    dev.put(flows(40, first=100))
    assert flowsync("sync").status == 0
    head = git("rev-parse", "HEAD")
    _edit(prod, 4)
    refused = flowsync("sync")
    assert refused.status == 4
    assert "prod: 4 of 12 flows" in refused.err
    assert git("rev-parse", "HEAD") == head


def test_a_dry_run_reports_a_guard_and_continues(twelve: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 4)
    done = flowsync("sync", "--dry-run")
    assert done.status == 0
    assert "4 of 12 flows would change" in done.err


def test_refused_takes_precedence_over_incomplete(twelve: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 4)
    prod.emulator.fault("code", code=62103, flow_id=9, count=None)
    refused = flowsync("sync", "--format", "json")
    assert refused.status == 4
    assert refused.comparison["counts"]["unknown"] == 1
    assert refused.comparison["counts"]["changed"] == 4


def test_failed_takes_precedence_over_refused(twelve: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 4)
    prod.emulator.fault("code", code=62103, flow_id=9, count=None)
    assert flowsync("sync", "--on-error", "abort").status == 1


def test_incomplete_takes_precedence_over_different(synced: Path, prod: Live, flowsync: Program) -> None:
    _edit(prod, 1)
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    assert flowsync("drift").status == 3
    assert flowsync("sync", "--dry-run", "--exit-code").status == 3


def test_drift_changes_neither_the_repository_nor_its_folder(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    _edit(prod, 1)
    before = contents(synced)
    assert flowsync("drift").status == 2
    assert contents(synced) == before


def test_an_id_removed_from_the_configuration_is_reported_and_its_file_kept(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, flows=[1, 2], discover=None))
    done = flowsync("sync")
    assert done.status == 0
    assert done.counts == {"flows": 3, "missing": 1}
    assert "- prod 3 report\n    no longer configured; its file is kept\n" in done.out
    assert git("rev-parse", "HEAD") == head
    drift = flowsync("drift", "--format", "json")
    assert drift.status == 2
    assert "flow no longer listed (" in drift.out


def test_a_flow_that_is_no_longer_discovered_is_reported_and_its_file_kept(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.delete(3)
    prod.edit(1, "/desc", "edited")
    done = flowsync("sync", "--format", "json")
    assert done.status == 0
    assert done.verdicts == {1: "changed", 3: "missing"}
    assert git("show", "--name-only", "--format=", "HEAD") == "flows/prod/ingest.1.yaml"
    assert (synced / "flows/prod/report.3.yaml").exists()


def test_an_environment_removed_from_the_configuration_keeps_its_files(
    synced: Path, prod: Live, dev: Live, flowsync: Program, git: Git
) -> None:
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["dev"]))
    assert flowsync("sync").status == 0
    assert len(list((synced / "flows/prod").iterdir())) == 3
    assert git("status", "--porcelain", "flows") == ""


def test_drift_compares_with_a_baseline(synced: Path, prod: Live, flowsync: Program, git: Git) -> None:
    git("checkout", "-q", "-b", "sync/pending")
    prod.edit(1, "/desc", "edited")
    assert flowsync("sync").status == 0
    git("checkout", "-q", "main")
    assert flowsync("drift").status == 2
    pending = flowsync("drift", "--baseline", "sync/pending", "--format", "json")
    assert pending.status == 0
    assert pending.comparison["before"] == "sync/pending"


@pytest.mark.parametrize("revision", ["nothing", "--output=stolen", "HEAD:flowsync.yaml", "", "a\0b"])
def test_a_baseline_that_is_not_a_commit_fails_before_the_export(
    revision: str, synced: Path, prod: Live, flowsync: Program
) -> None:
    failed = flowsync("drift", f"--baseline={revision}")
    assert failed.status == 64
    assert "no such revision" in failed.err
    assert prod.actions() == []
    assert not (synced / "stolen").exists()


def test_only_selected_flows_are_exported_and_no_other_is_missing(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    _edit(prod, 3)
    done = flowsync("sync", "--flow", "1", "--flow", "3")
    assert done.status == 0
    assert done.counts == {"flows": 2, "changed": 2}
    assert prod.exported() == {1, 3}
    assert git("show", "--name-only", "--format=", "HEAD").splitlines() == [
        "flows/prod/ingest.1.yaml",
        "flows/prod/report.3.yaml",
    ]


def test_a_selected_flow_that_is_not_listed_fails_before_the_export(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    for command in ("sync", "drift"):
        failed = flowsync(command, "--flow", "1", "--flow", "777")
        assert failed.status == 64
        assert "flow '777': not configured, not discovered and not committed" in failed.err
    assert prod.exported() == set()


def test_environments_are_chosen_by_option_by_variable_or_all(
    repo: Path, prod: Live, dev: Live, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["prod", "dev"]))
    assert flowsync("sync", "--env", "dev").counts == {"flows": 1, "new": 1}
    monkeypatch.setenv("FLOWSYNC_ENV", "prod")
    assert flowsync("sync").counts == {"flows": 3, "new": 3}
    assert flowsync("drift", "--env", "dev").counts == {"flows": 1}
    monkeypatch.delenv("FLOWSYNC_ENV")
    assert flowsync("drift").counts == {"flows": 4}
    assert flowsync("drift", "--env", "prod", "--env", "dev").counts == {"flows": 4}
    unknown = flowsync("drift", "--env", "stage")
    assert unknown.status == 64
    assert "no such environment: 'stage'" in unknown.err
    assert "prod, dev" in unknown.err


def test_all_environments_of_a_run_are_one_commit(
    repo: Path, prod: Live, dev: Live, flowsync: Program, git: Git
) -> None:
    (repo / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["prod", "dev"]))
    before = int(git("rev-list", "--count", "HEAD"))
    assert flowsync("sync").status == 0
    assert int(git("rev-list", "--count", "HEAD")) == before + 1
    assert git("log", "-1", "--format=%s") == "sync(dev,prod): 4 new"


def test_a_rename_on_the_platform_is_one_rename_in_git(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(2, "/name", "功率预测 短期")
    assert flowsync("sync").status == 0
    printed = git("-c", "core.quotePath=false", "diff", "-M", "--name-status", "HEAD~1", "HEAD")
    assert printed.split("\t")[1:] == ["flows/prod/forecast.2.yaml", "flows/prod/功率预测-短期.2.yaml"]
    assert git("status", "--porcelain") == ""
    assert flowsync("sync").counts == {"flows": 3}


def test_flows_of_one_name_and_flows_that_swap_names_never_share_a_file(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/name", "forecast")
    assert flowsync("sync").status == 0
    prod.edit(2, "/name", "ingest")
    assert flowsync("sync").status == 0
    assert sorted(path.name for path in (synced / "flows/prod").iterdir()) == [
        "forecast.1.yaml",
        "ingest.2.yaml",
        "report.3.yaml",
    ]
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", ".git/config", "CON", "a/b\\c:d*?", "", "\x00\x1b[31m"]
)
def test_no_name_leads_outside_the_folder_of_its_environment(
    name: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(2, "/name", name)
    done = flowsync("sync")
    assert done.status == 0
    assert "\x1b" not in done.out
    (file,) = (synced / "flows/prod").glob("*.2.yaml")
    assert file.parent == synced / "flows/prod"
    assert git("status", "--porcelain") == ""
    assert "\x1b" not in git("log", "-1", "--format=%B")
