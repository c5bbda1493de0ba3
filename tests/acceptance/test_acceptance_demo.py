"""`flowsync demo` and `flowsync emulator`."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from acceptance.world import Git, Program, contents, flow

from flowsync.document.load import load_document


@pytest.fixture
def nested_folder(tmp_path: Path, home: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prepare a folder in another repository and settings that could disturb a demo."""
    (home / ".gitconfig").write_text(
        "[user]\n    useConfigOnly = true\n[commit]\n    gpgSign = true\n[gpg]\n    program = false\n"
    )
    outer = tmp_path / "outer"
    git("init", "-q", str(outer))
    (outer / "mine.txt").write_text("mine\n")
    monkeypatch.chdir(outer)
    monkeypatch.setenv("FLOWSYNC_CONFIG", "/nowhere/flowsync.yaml")
    monkeypatch.setenv("FLOWSYNC_ENV", "stage")
    monkeypatch.setenv("FLOWSYNC_JOBS", "none")
    return outer


def test_the_demo_runs_the_whole_job_and_leaves_only_a_valid_repository(
    nested_folder: Path, cache: Path, flowsync: Program, git: Git
) -> None:
    before = contents(nested_folder)
    done = flowsync("demo", "inner/demo")
    assert (done.status, done.err) == (0, "")
    expected = [
        "$ flowsync sync",
        "No changes: dev and prod are as committed in main@",
        "$ flowsync drift",
        "(exit status 2: differences)",
    ]
    assert all(line in done.out for line in expected)
    assert "3 changed of 41 flows" in " ".join(done.out.split())
    assert "keep the repository private" in done.out
    place = nested_folder / "inner/demo"
    assert f"  cd {place}\n" in done.out
    assert git("fsck", "--strict", "--no-dangling", at=place) == ""
    assert git("status", "--porcelain", at=place) == ""
    assert git("log", "--format=%s", at=place).splitlines() == [
        "sync(prod): 3 changed",
        "sync(dev,prod): 82 new",
        "Start from the template",
    ]
    assert {
        path: data for path, data in contents(nested_folder).items() if not path.startswith("inner/")
    } == before
    assert not cache.exists()
    assert os.environ["FLOWSYNC_ENV"] == "stage"
    assert "ENOS_PROD_APP_KEY" not in os.environ


def test_the_demo_requires_an_empty_folder(nested_folder: Path, flowsync: Program) -> None:
    refused = flowsync("demo", ".")
    assert refused.status == 4
    assert "not empty; expected a new or empty folder" in refused.err


def _started_emulator(*arguments: str) -> tuple[subprocess.Popen[str], str, dict[str, str]]:
    """Start `flowsync emulator`; return the process, the flowsync.yaml and the variables that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flowsync", "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    while line := process.stdout.readline():
        printed += line
        if line == "\n" and "export " in printed:
            break
    settings, _, shell = printed.partition("# in the shell\n")
    return process, settings, dict(re.findall(r"^export (\w+)=(\S+)$", shell, re.MULTILINE))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_prints_settings_for_a_sync_and_stops_on_an_interrupt(
    number: signal.Signals, repo: Path, tmp_path: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "7.json").write_text(json.dumps({"code": 0, "msg": "OK", "data": flow("seventh")}))
    process, settings, variables = _started_emulator("--from", str(exports))
    try:
        (repo / "flowsync.yaml").write_text(settings)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        done = flowsync("sync", "--no-cache")
    finally:
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert done.status == 0
    assert load_document((repo / "flows/local/seventh.7.yaml").read_bytes())["flowId"] == 7
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert "Traceback" not in err


def test_an_emulator_of_a_folder_without_exports_names_what_is_missing(
    tmp_path: Path, flowsync: Program
) -> None:
    failed = flowsync("emulator", "--from", str(tmp_path / "home"))
    assert failed.status == 1
    assert "no exports in the folder" in failed.err


def test_an_emulator_of_a_missing_folder_is_a_usage_error(flowsync: Program) -> None:
    assert flowsync("emulator", "--from", "nowhere").status == 64
