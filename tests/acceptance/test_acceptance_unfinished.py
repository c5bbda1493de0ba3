"""A sync that stops after its commit became visible reports the commit and the remaining steps."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, Result, file_of

# Runs a command after git has moved the branch; $PPID is flowsync.
_GIT = """\
#!/bin/sh
case " $* " in *" update-ref "*)
  "{real}" "$@" || exit
  {then}
  exit 0;;
esac
exec "{real}" "$@"
"""

Stopped = Callable[..., Result]


@pytest.fixture
def stopped(synced: Path, prod: Live, tmp_path: Path, git: Git, flowsync_process: Program) -> Stopped:
    """Sync an edited and a renamed flow; run a shell command after the branch has moved."""
    prod.edit(1, "/desc", "edited")
    prod.edit(2, "/name", "renamed")

    def run(then: str, *arguments: str, of: str = "HEAD") -> Result:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "git").write_text(_GIT.format(real=shutil.which("git"), then=then))
        (folder / "git").chmod(0o755)
        old = git("rev-parse", of)
        ran = flowsync_process("sync", *arguments, PATH=f"{folder}:{os.environ['PATH']}")
        assert git("rev-parse", f"{of}^") == old
        return ran

    return run


@pytest.fixture
def require_recovered(synced: Path, flowsync: Program, git: Git) -> Callable[[], None]:
    """Check that the next sync recovers and reports it."""

    def require() -> None:
        commit = git("rev-parse", "HEAD")
        done = flowsync("sync")
        assert done.status == 0, done.err
        assert f"completed the interrupted commit {commit[:7]}" in done.err
        assert git("rev-parse", "HEAD") == commit
        assert git("status", "--porcelain") == ""

    return require


def _message(git: Git, failure: str, reason: str) -> str:
    commit = git("rev-parse", "--short=7", "HEAD")
    return f"Committed {commit} on main; {failure}: {reason}; the next sync finishes it\n"


@pytest.mark.parametrize(
    ("then", "reason", "undo"),
    [
        (
            "mv flows/prod aside && touch flows/prod",
            "not a plain folder: flows/prod",
            "rm flows/prod && mv aside flows/prod",
        ),
        (
            "mkdir flows/prod/renamed.2.yaml",
            "not a plain file: flows/prod/renamed.2.yaml",
            "rmdir flows/prod/*2.yaml",
        ),
        ("mv flows aside && ln -s /tmp flows", "not a plain folder: flows", "rm flows && mv aside flows"),
    ],
)
def test_an_obstacle_after_the_commit_is_reported_with_the_commit(
    then: str, reason: str, undo: str, stopped: Stopped, git: Git, require_recovered: Callable[[], None]
) -> None:
    failed = stopped(then)
    assert failed.status == 1
    assert f"error: {_message(git, 'its files could not be written', reason)}" in failed.err
    subprocess.run(undo, shell=True, check=False)  # noqa: S602  # a constant
    require_recovered()


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit of another process")
def test_a_full_disk_after_the_commit_is_reported_with_the_commit(
    stopped: Stopped, git: Git, require_recovered: Callable[[], None]
) -> None:
    limit = "import os, resource; resource.prlimit(int(os.environ['P']), resource.RLIMIT_FSIZE, (50, 50))"
    failed = stopped(f'P=$PPID "{sys.executable}" -c "{limit}"', "--format", "json")
    assert failed.status == 1
    assert _message(git, "its files could not be written", "File too large") in failed.err
    assert "hint: check permissions and free space" in failed.err
    assert failed.document["facts"]["commit"] == git("rev-parse", "HEAD")
    assert failed.document["facts"]["branch"] == "main"
    require_recovered()


def test_an_edit_after_the_commit_is_refused_with_the_commit(
    stopped: Stopped, synced: Path, git: Git, require_recovered: Callable[[], None]
) -> None:
    failed = stopped("echo mine > flows/prod/ingest.1.yaml")
    assert failed.status == 4
    reason = "1 file under flows/ not committed: flows/prod/ingest.1.yaml"
    assert f"refused: {_message(git, 'its files could not be written', reason)}" in failed.err
    assert file_of(synced, 1).read_text() == "mine\n"
    file_of(synced, 1).unlink()
    require_recovered()


@pytest.mark.parametrize(
    ("name", "status", "word"), [("INT", 130, "interrupted"), ("TERM", 143, "terminated")]
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_interrupt_after_the_commit_reports_the_commit_and_leaves_nothing_to_do(
    name: str, status: int, word: str, form: str, stopped: Stopped, git: Git
) -> None:
    ended = stopped(f"kill -{name} $PPID", "--format", form)
    assert ended.status == status
    printed = ended.out if form == "text" else ended.err
    assert f"Committed {git('rev-parse', '--short=7', 'HEAD')} on main\n" in printed
    assert ended.err.endswith(f"{word}\n")
    if form == "json":
        assert ended.document["facts"]["commit"] == git("rev-parse", "HEAD")
    assert git("status", "--porcelain") == ""
    assert not Path(".git/flowsync/journal").exists()


def test_an_interrupt_after_a_commit_to_another_branch_reports_it_too(
    synced: Path, prod: Live, tmp_path: Path, git: Git, stopped: Stopped
) -> None:
    git("branch", "side", "HEAD")
    git("checkout", "-q", "-b", "other")
    git("commit", "-q", "--allow-empty", "-m", "elsewhere")
    ended = stopped("kill -INT $PPID", "--branch", "side", of="side")
    assert ended.status == 130
    assert f"Committed {git('rev-parse', '--short=7', 'side')} on side\n" in ended.out
