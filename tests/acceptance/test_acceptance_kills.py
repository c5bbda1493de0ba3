"""kill -9 at any moment, and concurrent syncs: the old commit or the new one, and the next sync recovers."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Git, Live, Program, configuration, contents, flow, flows

_SYNC: Final = [sys.executable, "-m", "flowsync", "sync", "-q", "--allow-mass-change"]
_SMALL: Final = 3
_LARGE: Final = 500
_TIMEOUT: Final = 60.0

# Counts calls of git; kills flowsync before or after the call with a given number or word.
_KILLER: Final = """\
#!/bin/sh
read -r n < "$KILL_COUNT"
n=$((n + 1))
echo $n > "$KILL_COUNT"
echo "$*" >> "$KILL_COUNT.calls"
case " $n $* " in *" $KILL_AT "*)
  case "$KILL_WHEN" in
    before) kill -9 $PPID; exit 1;;
    after) "$REAL_GIT" "$@"; kill -9 $PPID; exit 0;;
  esac;;
esac
exec "$REAL_GIT" "$@"
"""


_Killer = Callable[[object, str], Mapping[str, str]]


@dataclass(frozen=True)
class _Scenario:
    """A repository that is one sync behind its live side, with work of a user in other files.

    `tree` is the tree that a sync commits, `status` git's status of the user's work.
    """

    repo: Path
    git: Git
    program: Program
    old: str
    tree: str
    status: str

    def copy(self, monkeypatch: pytest.MonkeyPatch) -> "_Scenario":
        """Copy it to a new folder, which becomes the current one."""
        place = self.repo.with_name("copy")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.repo, place)
        monkeypatch.chdir(place)
        return _Scenario(place, self.git, self.program, self.old, self.tree, self.status)

    def require_old_or_new(self) -> None:
        """Check that HEAD is the old commit or the complete new one."""
        assert self.git("fsck", "--strict", "--no-dangling") == ""
        if self.git("rev-parse", "HEAD") != self.old:
            self.require_new()

    def require_new(self) -> None:
        assert self.git("rev-parse", "HEAD^") == self.old
        assert self.git("rev-parse", "HEAD^{tree}") == self.tree

    def require_recovery(self) -> None:
        """Check that one more sync recovers completely."""
        done = self.program("sync", "-q", "--allow-mass-change")
        assert done.status == 0, done.err
        self.require_new()
        self.require_clean()

    def require_clean(self) -> None:
        assert self.git("status", "--porcelain") == self.status
        assert self.git("fsck", "--strict", "--no-dangling") == ""
        leftovers = {
            path for path in contents(self.repo) if path.endswith((".lock", ".flowsync", "/journal"))
        }
        assert leftovers == set()


def _scenario(count: int, repo: Path, live: Live, git: Git, flowsync: Program) -> _Scenario:
    """Sync `count` flows, then change all of them on the live side and rename one."""
    live.put(flows(count))
    assert flowsync("sync", "-q").status == 0
    (repo / "staged.txt").write_text("staged\n")
    git("add", "staged.txt")
    (repo / "README.md").write_text("edited\n")
    (repo / "new.txt").write_text("new\n")
    live.put({number: {**export, "desc": "edited"} for number, export in flows(count).items()})
    live.edit(1, "/name", "renamed")
    live.put({**live.flows, count + 1: flow("another")})
    whole = Path(shutil.copytree(repo, repo.with_name("whole")))
    os.chdir(whole)
    assert flowsync("sync", "-q", "--allow-mass-change").status == 0
    tree = git("rev-parse", "HEAD^{tree}")
    os.chdir(repo)
    return _Scenario(repo, git, flowsync, git("rev-parse", "HEAD"), tree, git("status", "--porcelain"))


@pytest.fixture
def small(repo: Path, prod: Live, git: Git, flowsync: Program) -> _Scenario:
    return _scenario(_SMALL, repo, prod, git, flowsync)


@pytest.fixture
def large(repo: Path, prod: Live, git: Git, flowsync: Program) -> _Scenario:
    (repo / "flowsync.yaml").write_text(configuration(prod.emulator.url, jobs=4))
    git("commit", "-qam", "Jobs")
    return _scenario(_LARGE, repo, prod, git, flowsync)


@pytest.fixture
def killer(tmp_path: Path) -> _Killer:
    """Return the environment in which git kills flowsync at a call; 0 only counts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(_KILLER)
    (folder / "git").chmod(0o755)
    real = shutil.which("git")
    assert real is not None

    def environment(at: object, when: str) -> Mapping[str, str]:
        (tmp_path / "count").write_text("0\n")
        (tmp_path / "count.calls").unlink(missing_ok=True)
        return {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "REAL_GIT": real,
            "KILL_COUNT": str(tmp_path / "count"),
            "KILL_AT": str(at),
            "KILL_WHEN": when,
        }

    return environment


@pytest.fixture
def calls(
    small: _Scenario,
    killer: _Killer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """Return the calls of git in one complete sync."""
    small.copy(monkeypatch)
    subprocess.run(_SYNC, env=killer(0, ""), check=True, capture_output=True)
    return (tmp_path / "count.calls").read_text().splitlines()


def _killed_at(
    at: object,
    when: str,
    scenario: _Scenario,
    killer: _Killer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kill one sync at a call of git; check the repository then and after one more sync."""
    copy = scenario.copy(monkeypatch)
    ended = subprocess.run(_SYNC, env=killer(at, when), check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    copy.require_old_or_new()
    copy.require_recovery()


@pytest.mark.parametrize("call", ["fast-import", "commit-tree", "update-ref"])
def test_a_kill_after_the_steps_of_a_commit_leaves_the_old_state_or_the_new_one(
    call: str,
    small: _Scenario,
    killer: _Killer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _killed_at(call, "after", small, killer, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_call_of_git_leaves_the_old_state_or_the_new_one(
    when: str,
    small: _Scenario,
    calls: list[str],
    killer: _Killer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(calls) > 20
    last = len(calls) if when == "before" else len(calls) - 1
    for at in range(1, last + 1):
        _killed_at(at, when, small, killer, monkeypatch)


@pytest.mark.slow
def test_a_kill_at_any_instant_of_a_large_sync_leaves_the_old_state_or_the_new_one(
    large: _Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    large.copy(monkeypatch)
    begin = time.monotonic()
    subprocess.run(_SYNC, check=True, capture_output=True)
    duration = time.monotonic() - begin
    dice = random.Random(20261122)
    kills = 0
    while kills < 50:
        copy = large.copy(monkeypatch)
        with _running() as process:
            time.sleep(dice.uniform(0, duration))
            process.kill()
        kills += process.returncode == -signal.SIGKILL
        copy.require_old_or_new()
        copy.require_recovery()


@pytest.mark.slow
def test_a_kill_while_the_journal_exists_leaves_the_old_state_or_the_new_one(
    large: _Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(20261123)
    hits = 0
    for _ in range(100):
        copy = large.copy(monkeypatch)
        journal = copy.repo / ".git/flowsync/journal"
        with _running() as process:
            _wait_until(journal.exists, process)
            time.sleep(dice.uniform(0, 0.05))
            process.kill()
        hits += journal.exists()
        copy.require_old_or_new()
        copy.require_recovery()
        if hits == 20:
            return
    pytest.fail(f"only {hits} kills while the journal existed")


def _running(group: bool = False) -> subprocess.Popen[bytes]:  # noqa: FBT001, FBT002  # reads as a switch
    return subprocess.Popen(_SYNC, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=group)


def _wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while not happened():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.0005)


def test_of_two_syncs_started_together_one_commits_and_nothing_interleaves(
    small: _Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = small.copy(monkeypatch)
    together = [_running(), _running()]
    printed = [process.communicate(timeout=_TIMEOUT)[1].decode() for process in together]
    statuses = sorted(process.returncode for process in together)
    assert statuses in ([0, 0], [0, 4]), printed
    copy.require_new()
    copy.require_clean()
    copy.require_recovery()


def test_two_commands_from_one_terminal_exclude_each_other(
    small: _Scenario, prod: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = small.copy(monkeypatch)
    prod.emulator.fault("latency", seconds=1.5, flow_id=2, count=1)
    prod.emulator.forget_requests()
    with _running() as slow:
        _wait_until(lambda: "export" in prod.actions(), slow)
        assert copy.program("sync", "-q", "--allow-mass-change").status == 0
        _, printed = slow.communicate(timeout=_TIMEOUT)
    assert slow.returncode == 4
    assert "main moved during the run; nothing was committed" in printed.decode()
    copy.require_new()
    copy.require_clean()


# Render processes


def _group(leader: int) -> Iterator[int]:
    """Return the running processes of a group, without the leader."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == leader != int(place.parent.name) and fields[0] != "Z":
            yield int(place.parent.name)


@pytest.fixture
def rendering(repo: Path, prod: Live) -> Iterator[subprocess.Popen[bytes]]:
    """Start a sync with render processes that waits for slow flows; it leads a process group."""
    prod.put(flows(80))
    for flow_id in range(40, 44):  # one for each parallel request
        prod.emulator.fault("latency", seconds=3, flow_id=flow_id, count=1)
    with _running(group=True) as process:
        _wait_until(lambda: len([*_group(process.pid)]) > 1, process)
        try:
            yield process
        finally:
            for left in (*_group(process.pid), process.pid):
                _kill(left)


def _ignores_interrupts(pid: int) -> bool:
    facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(facts["SigIgn"], 16) & 1 << (signal.SIGINT - 1))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc which processes there are")
def test_processes_that_render_end_with_a_killed_sync(rendering: subprocess.Popen[bytes]) -> None:
    rendering.kill()
    rendering.wait()
    deadline = time.monotonic() + 20
    while left := [*_group(rendering.pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc which processes there are")
def test_an_interrupt_from_the_terminal_is_one_line(rendering: subprocess.Popen[bytes], git: Git) -> None:
    _wait_until(lambda: all(map(_ignores_interrupts, _group(rendering.pid))), rendering)
    os.killpg(rendering.pid, signal.SIGINT)
    _, printed = rendering.communicate(timeout=20)
    assert (rendering.returncode, printed.decode().strip()) == (130, "interrupted")
    assert git("status", "--porcelain") == ""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc which processes there are")
def test_a_process_that_renders_and_is_killed_fails_the_run_with_a_reason(
    rendering: subprocess.Popen[bytes], git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    for child in _group(rendering.pid):
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
            _kill(child)
    _, printed = rendering.communicate(timeout=20)
    assert rendering.returncode == 1
    assert "error: a rendering process was killed" in printed.decode()
    assert "Traceback" not in printed.decode()
    assert git("rev-parse", "HEAD") == head
