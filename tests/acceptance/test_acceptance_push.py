"""Pushing to a real bare remote."""

from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program


@pytest.fixture
def remote(synced: Path, git: Git, tmp_path: Path) -> Path:
    """Create a bare remote with the commits of the repository."""
    place = tmp_path / "remote.git"
    git("init", "-q", "--bare", "-b", "main", str(place))
    git("remote", "add", "origin", str(place))
    git("push", "-q", "-u", "origin", "main")
    return place


def _refuse_pushes(remote: Path) -> Path:
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no pushes on Sundays >&2\nexit 1\n")
    hook.chmod(0o755)
    return hook


def test_a_sync_pushes_what_it_commits(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    done = flowsync("sync", "--push")
    assert done.status == 0
    assert done.out.endswith(f"Committed {git('rev-parse', 'HEAD')[:7]} on main\nPushed main to origin\n")
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD")


def test_a_sync_without_push_pushes_nothing(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    assert flowsync("sync").status == 0
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD~1")


def test_a_refused_push_fails_the_run_and_the_next_push_includes_the_commit(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    hook = _refuse_pushes(remote)
    head = git("rev-parse", "HEAD")
    prod.edit(1, "/desc", "edited")
    failed = flowsync("sync", "--push", "--format", "json")
    assert failed.status == 1
    assert "git push was refused" in failed.document["error"]["message"]
    assert failed.document["facts"]["commit"] == git("rev-parse", "HEAD")
    assert failed.document["facts"]["branch"] == "main"
    assert failed.document["facts"]["pushed"] is None
    again = flowsync("sync", "--push", "--format", "json").document
    assert again["exit_status"] == 1
    assert (again["facts"]["commit"], again["facts"]["branch"]) == (None, "main")
    assert git("rev-parse", "HEAD~1") == head
    assert git("status", "--porcelain") == ""
    hook.unlink()
    recovered = flowsync("sync", "--push")
    assert (recovered.status, recovered.counts) == (0, {"flows": 3})
    assert recovered.out.endswith("Pushed main to origin\n")
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD")
    assert flowsync("sync", "--push").out.endswith("origin already has main\n")


def test_a_remote_that_has_moved_on_is_not_overwritten(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git("clone", "-q", str(remote), str(other))
    (other / "README.md").write_text("other\n")
    git("commit", "-q", "-am", "Other", at=other)
    git("push", "-q", at=other)
    prod.edit(1, "/desc", "edited")
    failed = flowsync("sync", "--push")
    assert failed.status == 1
    assert "git pull --rebase" in failed.err
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD", at=other)
    git("pull", "-q", "--rebase")
    assert flowsync("sync", "--push").status == 0


def test_a_push_without_a_remote_names_what_is_missing(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    failed = flowsync("sync", "--push")
    assert failed.status == 1
    assert "git remote -v" in failed.err
    assert "Committed" in failed.out


def test_an_incomplete_run_pushes_what_it_commits_and_ends_with_3(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    assert flowsync("sync", "--push").status == 3
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD")


def test_a_branch_that_is_not_checked_out_is_pushed_under_its_own_name(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    assert flowsync("sync", "--branch", "sync/today", "--push").status == 0
    assert git("rev-parse", "sync/today", at=remote) == git("rev-parse", "sync/today")
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "main")


def test_a_refused_run_pushes_nothing(
    synced: Path, remote: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    git("commit", "-q", "--allow-empty", "-m", "Not pushed yet")
    (synced / "flows/prod/ingest.1.yaml").write_text("edited\n")
    assert flowsync("sync", "--push").status == 4
    assert git("rev-parse", "main", at=remote) == git("rev-parse", "HEAD~1")
