"""Reports with line numbers."""

import os
import shutil
from pathlib import Path

import pytest
from acceptance.history import History
from acceptance.world import Program


def test_the_number_of_git_calls_does_not_grow_with_the_number_of_flows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flowsync: Program
) -> None:
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    for desc in ("old", "new"):
        for flow_id in range(1, 9):
            history.put(flow_id, f"flow {flow_id}", desc=desc)
        history.commit(desc)
    calls = tmp_path / "calls"
    _count_git(tmp_path / "bin", calls, monkeypatch)
    counts = []
    for arguments in (("1",), ()):
        calls.write_text("")
        done = flowsync("diff", "HEAD~1", "HEAD", *arguments, "--no-group", "--format", "gitlab")
        assert {entry["location"]["lines"]["begin"] for entry in done.document} == {4}
        counts.append(len(calls.read_text().splitlines()))
    one, eight = counts
    assert 0 < eight <= one


def _count_git(folder: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a line to the returned file for every following call of git."""
    folder.mkdir()
    script = folder / "git"
    script.write_text(f'#!/bin/sh\necho >> "{calls}"\nexec "{shutil.which("git")}" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
