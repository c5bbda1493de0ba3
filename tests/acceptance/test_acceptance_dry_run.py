"""A dry run tells of everything that would refuse the sync, goes on, and writes nothing."""

from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, contents

BRINGS = {
    "detached": "no branch is checked out (detached HEAD); name one: --branch NAME",
    "edited": "1 file under flows/ not committed: flows/prod/ingest.1.yaml; commit, stash or move",
    "no identity": "git does not know who commits; set commit.author in flowsync.yaml",
    "locked": "index.lock",
    "merging": "git merge is in progress; finish it or stop it (git merge --abort)",
}


def _bring(state: str, repo: Path, git: Git, home: Path) -> None:
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


@pytest.mark.parametrize("state", BRINGS)
def test_a_dry_run_tells_why_the_sync_would_be_refused_and_goes_on(
    state: str, synced: Path, prod: Live, flowsync: Program, git: Git, home: Path
) -> None:
    prod.edit(2, "/desc", "edited")
    _bring(state, synced, git, home)
    before = contents(synced)
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert done.status == 2
    assert done.out.startswith("1 changed, 0 new, 0 missing, 0 unknown (3 flows checked)\n")
    (note,) = done.err.splitlines()
    assert note.startswith("a sync would be refused: ")
    assert BRINGS[state] in note
    assert flowsync("sync", "--dry-run").status == 0
    assert contents(synced) == before
    assert flowsync("sync").status == 4


def test_a_dry_run_tells_that_unknown_flows_would_abort_the_sync(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    done = flowsync("sync", "--dry-run", "--on-error", "abort")
    assert done.status == 3
    assert "a sync would be refused: 1 of 3 flows could not be exported" in done.err
    assert "refused" not in flowsync("sync", "--dry-run").err


def test_a_dry_run_of_a_sync_that_would_succeed_has_nothing_to_tell(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync", "--dry-run").err == ""
    assert flowsync("sync").status == 0
