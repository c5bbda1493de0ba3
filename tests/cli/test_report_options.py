"""Options and surroundings that decide how the text report of a real repository is printed."""

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from junitparser import JUnitXml

from flowsync.cli.main import run
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize

NAME = " ".join(["load"] * 30)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits: the second one removes an owner and edits a description."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "flows/prod/load.7.yaml"
    file.parent.mkdir(parents=True)
    _git(tmp_path, "init", "-q", "-b", "main")
    for owners, description in (("li.wei;ana", "a"), ("ana", "b")):
        flow = {"name": NAME, "owners": owners, "desc": description}
        file.write_text(dump(canonicalize(flow, 7)), encoding="utf-8")
        _git(tmp_path, "add", "-A")
        _git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", f"owners {owners}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def test_stat_has_one_line_for_each_flow(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "HEAD~1", "HEAD", "--stat"]) == 0
    verdict, scope, *flows = capsys.readouterr().out.splitlines()
    assert verdict == "STOP: 1 breaking change, 1 cosmetic"
    assert scope.endswith(": 1 changed of 1 flow")
    (flow,) = flows
    assert flow.startswith("~ prod 7 load load ")
    assert flow.endswith("…   1 breaking, 1 cosmetic")
    assert len(flow) == 80


def test_oneline_has_one_line_for_each_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "--oneline"]) == 0
    second, first, _, last = capsys.readouterr().out.splitlines()
    assert " 1 breaking, 1 cosmetic: owners ana" in second
    assert " 1 new: owners li.wei;ana" in first
    assert last == "2 commits changed 1 flow, 1 breaking"


def test_junit_obeys_fail_on(repository: Path) -> None:
    for bound, failures in (("breaking", 0), ("cosmetic", 1)):
        words = ["diff", "HEAD", "--format", "junit", "--output", "report.xml", "--fail-on", bound]
        (repository / "flows/prod/load.7.yaml").write_text(
            dump(canonicalize({"name": NAME, "owners": "ana", "desc": "c"}, 7))
        )
        run(words)
        assert JUnitXml.fromfile("report.xml").failures == failures


@pytest.mark.parametrize(("size", "width"), [(40, 60), (72, 72), (200, 120), (0, 80)])
def test_report_is_as_wide_as_the_terminal_within_limits(repository: Path, size: int, width: int) -> None:
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (50, size))
    command = [sys.executable, "-m", "flowsync", "diff", "HEAD~1", "HEAD"]
    environ = {**os.environ, "NO_COLOR": "1"}
    subprocess.run(command, stdout=follower, env=environ, cwd=repository, check=True)
    os.close(follower)
    printed = os.read(leader, 100_000).decode()
    os.close(leader)
    longest = max(len(line) for line in printed.splitlines())
    assert width - 12 < longest <= width
