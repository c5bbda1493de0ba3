"""kill -9 at any time: the branch points to the old or the new commit, and the next sync recovers."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

import flowsync.errors

Git = Callable[..., str]
Sync = Callable[..., str | None]

CHANGED: dict[str, str | None] = {
    "flows/prod/load.1.yaml": "name: load\ncron: new\n",
    "flows/prod/report.2.yaml": None,
    "flows/prod/fresh.3.yaml": "name: fresh\n",
    "flows/new/first.4.yaml": "name: first\n",
}
AFTERWARDS: dict[str, str | None] = {**CHANGED, "flows/prod/load.1.yaml": "name: load\ncron: newer\n"}

# Counts git commands; at the given one it kills flowsync before git runs, after it, or runs on as an orphan
# and records when it has ended.
_KILLER = """\
#!/bin/sh
read -r n < "$KILL_COUNT"
n=$((n + 1))
echo $n > "$KILL_COUNT"
echo "$*" >> "$KILL_COUNT.calls"
if [ "$n" = "$KILL_AT" ]; then
  case "$KILL_WHEN" in
    before) kill -9 $PPID; exit 1;;
    after) "$REAL_GIT" "$@"; kill -9 $PPID; exit 0;;
    orphan) kill -9 $PPID; sleep 0.3; "$REAL_GIT" "$@"; : > "$KILL_COUNT.ended"; exit;;
  esac
fi
exec "$REAL_GIT" "$@"
"""


class Server:
    """Start the server that runs syncs in forked processes."""

    def __init__(self, script: Path) -> None:
        package = Path(flowsync.errors.__file__).parents[1]
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(package)},
        )

    def start(self, repository: Path, contents: dict[str, str | None], environ: dict[str, str]) -> int:
        assert self.process.stdin is not None
        job = {"repository": str(repository), "contents": contents, "environ": environ}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.number()

    def number(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture
def server(server_script: Path, scrubbed: Path) -> Iterator[Server]:
    server = Server(server_script)
    yield server
    server.process.communicate()
    assert server.process.returncode == 0


@pytest.fixture
def killer(tmp_path: Path) -> Callable[[int, str], dict[str, str]]:
    """Return an environment in which the k-th git command kills its parent: before, after or orphaned."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(_KILLER)
    (folder / "git").chmod(0o755)
    real = shutil.which("git")
    assert real is not None

    def environment(at: int, when: str) -> dict[str, str]:
        (tmp_path / "count").write_text("0\n")
        (tmp_path / "count.ended").unlink(missing_ok=True)
        return {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "REAL_GIT": real,
            "KILL_COUNT": str(tmp_path / "count"),
            "KILL_AT": str(at),
            "KILL_WHEN": when,
        }

    return environment


@pytest.fixture
def used(repo: Path, git: Git) -> Path:
    """Return a repository with a user's work elsewhere: staged, edited and new files."""
    (repo / "staged.txt").write_text("staged\n")
    git(repo, "add", "staged.txt")
    (repo / "README.md").write_text("edited\n")
    (repo / "new.txt").write_text("new\n")
    return repo


def _fresh_copy(repository: Path, tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(repository, tmp_path / name, symlinks=True))


def _assert_consistent(repository: Path, git: Git, old: str, contents: dict[str, str | None]) -> None:
    """Assert that HEAD is the old commit, or its child with exactly the new content."""
    head = git(repository, "rev-parse", "HEAD")
    if head != old:
        assert git(repository, "rev-parse", "HEAD^") == old
        _assert_content(repository, git, contents)


def _assert_content(repository: Path, git: Git, contents: dict[str, str | None]) -> None:
    names = git(repository, "ls-tree", "-r", "--name-only", "HEAD", "--", *contents).split("\n")
    assert set(names) == {name for name, text in contents.items() if text is not None}
    for name in names:
        assert git(repository, "show", f"HEAD:{name}") + "\n" == contents[name]


def _assert_nothing_unfinished(
    repository: Path, git: Git, before: str, contents: dict[str, str | None]
) -> None:
    # An unchanged status means that commit and work tree are equal.
    assert git(repository, "status", "--porcelain") == before
    for name, text in contents.items():
        assert (
            (repository / name).read_text() == text if text is not None else not (repository / name).exists()
        )
    assert [path.name for path in (repository / ".git/flowsync").iterdir()] == ["lock"]
    assert not list((repository / ".git").glob("**/*.lock"))
    assert not list((repository / ".git").glob("fast_import_crash_*"))
    assert not list((repository / "flows").glob("**/.*"))
    assert git(repository, "fsck", "--strict", "--no-dangling") == ""


def _kill_everywhere(
    used: Path,
    git: Git,
    sync: Sync,
    server: Server,
    killer: Callable[[int, str], dict[str, str]],
    when: str,
    first: int = 1,
) -> int:
    """Kill at every git command from the given one on and return the number of kills."""
    old, before = git(used, "rev-parse", "HEAD"), git(used, "status", "--porcelain")
    for at in count(first):
        copy = _fresh_copy(used, used.parent, f"{when}-{at}")
        server.start(copy, CHANGED, killer(at, when))
        status = server.number()
        if status == 0:
            _assert_nothing_unfinished(copy, git, before, CHANGED)
            return at - first
        assert status == -signal.SIGKILL
        if when != "orphan":  # an orphan may be moving the branch now
            _assert_consistent(copy, git, old, CHANGED)
        sync(copy, AFTERWARDS)
        if when == "orphan":  # only this wait covers commands that only add objects
            _wait_for(used.parent / "count.ended")
        _assert_nothing_unfinished(copy, git, before, AFTERWARDS)
        shutil.rmtree(copy)
    raise AssertionError


@pytest.mark.slow
def test_a_kill_after_any_system_call_leaves_the_old_or_the_new_commit(
    used: Path,
    git: Git,
    sync: Sync,
    server: Server,
    killer: Callable[[int, str], dict[str, str]],
    tmp_path: Path,
) -> None:
    server.start(_fresh_copy(used, tmp_path, "whole"), CHANGED, killer(0, "after"))
    assert server.number() == 0
    calls = (tmp_path / "count.calls").read_text().splitlines()
    first = next(number for number, call in enumerate(calls, 1) if "fast-import" in call)
    assert _kill_everywhere(used, git, sync, server, killer, "after", first) > 10


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_git_command_leaves_the_old_or_the_new_commit(
    used: Path, git: Git, sync: Sync, server: Server, killer: Callable[[int, str], dict[str, str]], when: str
) -> None:
    assert _kill_everywhere(used, git, sync, server, killer, when) > 20


@pytest.mark.slow
def test_recovery_waits_for_a_git_command_that_outlives_its_killed_parent(
    used: Path, git: Git, sync: Sync, server: Server, killer: Callable[[int, str], dict[str, str]]
) -> None:
    assert _kill_everywhere(used, git, sync, server, killer, "orphan") > 15


def test_recovery_waits_for_a_ref_update_that_outlives_its_killed_parent(
    used: Path,
    git: Git,
    sync: Sync,
    server: Server,
    killer: Callable[[int, str], dict[str, str]],
    tmp_path: Path,
) -> None:
    """Check the only orphan that could move the branch after the commit was removed."""
    script = tmp_path / "bin/git"
    script.write_text(
        script.read_text().replace(
            '[ "$n" = "$KILL_AT" ]', 'case " $* " in *" update-ref "*) true;; *) false;; esac'
        )
    )
    before = git(used, "status", "--porcelain")
    server.start(used, CHANGED, killer(0, "orphan"))
    assert server.number() == -signal.SIGKILL
    sync(used, AFTERWARDS)
    assert git(used, "rev-list", "--count", "HEAD") == "3"
    _assert_nothing_unfinished(used, git, before, AFTERWARDS)


@pytest.mark.slow
def test_a_kill_at_any_time_leaves_the_old_or_the_new_commit(
    used: Path, git: Git, sync: Sync, server: Server
) -> None:
    contents, afterwards = _many("a"), _many("b")
    duration = _duration(_fresh_copy(used, used.parent, "timed"), server, contents)
    rng = random.Random(20261122)
    for _ in range(50):
        _kill_then_recover(used, git, sync, server, contents, afterwards, lambda: rng.uniform(0, duration))


@pytest.mark.slow
def test_a_kill_while_the_journal_exists_leaves_the_old_or_the_new_commit(
    used: Path, git: Git, sync: Sync, server: Server
) -> None:
    contents, afterwards = _many("a"), _many("b")
    rng = random.Random(20261123)
    hits = 0
    for _ in range(200):
        hits += _kill_then_recover(used, git, sync, server, contents, afterwards, None, rng)
        if hits == 20:
            return
    pytest.fail(f"only {hits} kills while the journal existed")


def _many(text: str) -> dict[str, str | None]:
    return {f"flows/prod/flow.{number}.yaml": f"{text}: {number}\n" for number in range(10, 260)}


def _duration(repository: Path, server: Server, contents: dict[str, str | None]) -> float:
    start = time.monotonic()
    server.start(repository, contents, {})
    assert server.number() == 0
    return time.monotonic() - start


def _kill_then_recover(
    used: Path,
    git: Git,
    sync: Sync,
    server: Server,
    contents: dict[str, str | None],
    afterwards: dict[str, str | None],
    delay: Callable[[], float] | None,
    rng: random.Random | None = None,
) -> bool:
    """Kill once, check, recover, check; return whether the journal existed at the kill."""
    old, before = git(used, "rev-parse", "HEAD"), git(used, "status", "--porcelain")
    copy = _fresh_copy(used, used.parent, "copy")
    journal = copy / ".git/flowsync/journal"
    pid = server.start(copy, contents, {})
    if delay is not None:
        time.sleep(delay())
    else:
        _wait_for(journal)
        time.sleep(rng.uniform(0, 0.1) if rng else 0)
    _kill(pid)
    server.number()
    hit = journal.exists()
    head = git(copy, "rev-parse", "HEAD")
    assert head == old or git(copy, "rev-parse", "HEAD^") == old
    assert git(copy, "fsck", "--strict", "--no-dangling") == ""
    sync(copy, afterwards)
    assert git(copy, "status", "--porcelain") == before
    assert {name: (copy / name).read_text() for name in afterwards} == afterwards
    assert [path.name for path in (copy / ".git/flowsync").iterdir()] == ["lock"]
    shutil.rmtree(copy)
    return hit


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.0005)


def _kill(pid: int) -> None:
    # The server reaps the process only after it ended; ids are not reused within milliseconds.
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
