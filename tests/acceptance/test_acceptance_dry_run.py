"""A dry run reports everything that would refuse the sync, continues, and writes nothing."""

from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, contents, flow

OBSTACLES = {
    "detached": "no branch is checked out (detached HEAD); name one: --branch NAME",
    "edited": "1 file under flows/ not committed: flows/prod/ingest.1.yaml; commit, stash or move",
    "no identity": "git does not know who commits; set commit.author in flowsync.yaml",
    "locked": "index.lock",
    "merging": "git merge is in progress; finish it or stop it (git merge --abort)",
}


def _cause(state: str, repo: Path, git: Git, home: Path) -> None:
    match state:
        case "detached":
            git("checkout", "-q", "--detach")
        case "edited":
            (repo / "flows/prod/ingest.1.yaml").write_text("edited\n")
        case "no identity":
            (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
        case "locked":
            (repo / ".git/index.lock").touch()
        case "merging":
            (repo / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD") + "\n")


@pytest.mark.parametrize("state", OBSTACLES)
def test_a_dry_run_reports_why_the_sync_would_be_refused(
    state: str, synced: Path, prod: Live, flowsync: Program, git: Git, home: Path
) -> None:
    prod.edit(2, "/desc", "edited")
    _cause(state, synced, git, home)
    before = contents(synced)
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert done.status == 2
    assert done.out.startswith("1 changed, 0 new, 0 missing, 0 unknown (3 flows checked)\n")
    (note,) = done.err.splitlines()
    assert note.startswith("a sync would be refused: ")
    assert OBSTACLES[state] in note
    assert flowsync("sync", "--dry-run").status == 0
    assert contents(synced) == before
    assert flowsync("sync").status == 4


def test_a_dry_run_reports_that_unknown_flows_would_abort_the_sync(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    done = flowsync("sync", "--dry-run", "--on-error", "abort")
    assert done.status == 3
    assert "a sync would be refused: 1 of 3 flows are unknown" in done.err
    assert "refused" not in flowsync("sync", "--dry-run").err


def test_a_dry_run_writes_nothing(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/desc", "edited")
    prod.put({**prod.flows, 4: flow("fourth")})
    before = contents(synced)
    plain = flowsync("sync", "--dry-run")
    assert (plain.status, plain.err) == (0, "")
    assert plain.out.startswith("1 changed, 1 new, 0 missing, 0 unknown (4 flows checked)\n")
    assert "Committed" not in plain.out
    assert flowsync("sync", "--dry-run", "--exit-code").status == 2
    assert contents(synced) == before


def test_a_dry_run_without_anything_to_commit_exits_0(synced: Path, flowsync: Program) -> None:
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert (done.status, done.out) == (0, "No changes (3 flows checked)\n")


def test_a_missing_flow_is_not_a_difference_for_a_dry_run(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.delete(3)
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert done.out.startswith("0 changed, 0 new, 1 missing, 0 unknown (3 flows checked)\n")
    assert done.status == 0
