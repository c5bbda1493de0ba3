"""A sparse checkout: files outside it are neither removed nor changed."""

from pathlib import Path

import pytest
from acceptance.history import History
from acceptance.world import Git, Live, Program, configuration
from builders import flow_link


@pytest.fixture
def sparse(repo: Path, dev: Live, prod: Live, flowsync: Program, git: Git) -> Path:
    """Sync both environments and check out only prod."""
    (repo / "flowsync.yaml").write_text(configuration(prod.emulator.url, ("prod", "dev")))
    git("commit", "-q", "-a", "-m", "dev too")
    assert flowsync("sync").status == 0
    git("sparse-checkout", "set", "--cone", "--sparse-index", "flows/prod")
    assert not (repo / "flows/dev").exists()
    return repo


def test_files_outside_a_sparse_checkout_are_unchanged(sparse: Path, flowsync: Program, git: Git) -> None:
    assert flowsync("diff").counts == {"flows": 4}
    git("rm", "-q", "flows/prod/ingest.1.yaml")
    assert flowsync("diff", "--format", "json").verdicts == {1: "removed"}


def test_show_reads_flows_outside_a_sparse_checkout(
    tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.create(tmp_path / "history")
    history.put(1, "ingest")
    history.put(2, "report", flowLinks=[flow_link("ingest")])
    history.commit("start")
    monkeypatch.chdir(history.root)
    git("sparse-checkout", "set", "--no-cone", "/flows/prod/ingest.1.yaml")
    assert flowsync("show", "report").out.startswith("prod 2 report\n    flows/prod/report.2.yaml")
    history.put(1, "intake")
    assert "waits for this flow by its old name: report" in flowsync("diff").out


def test_a_sync_of_checked_out_files_does_not_change_the_rest(
    sparse: Path, flowsync: Program, git: Git, prod: Live
) -> None:
    prod.edit(1, "/cron", "0 0 9 * * ? *")
    assert flowsync("sync", "--env", "prod").status == 0
    assert git("show", "--format=", "--name-status", "HEAD") == "M\tflows/prod/ingest.1.yaml"
    assert git("status", "--porcelain") == ""
    assert not (sparse / "flows/dev").exists()


def test_a_sync_of_files_outside_a_sparse_checkout_is_refused_with_a_hint(
    sparse: Path, flowsync: Program, git: Git, prod: Live
) -> None:
    prod.edit(1, "/cron", "0 0 9 * * ? *")
    head = git("rev-parse", "HEAD")
    done = flowsync("sync")
    assert done.status == 4
    assert "not checked out (sparse checkout): flows/dev/ingest.11.yaml" in done.err
    assert "git sparse-checkout add flows" in done.err
    assert git("rev-parse", "HEAD") == head
