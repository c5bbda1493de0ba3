"""The program starts without the modules that only its commands need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowsync.analysis.model import IMPACTS
from flowsync.api import SCHEMAS
from flowsync.cli.main import _COMMANDS
from flowsync.cli.options import IMPACT_NAMES
from flowsync.cli.schema import KINDS
from flowsync.report import REPORT_FORMATS
from flowsync.report.formats import FORMATS

_SLOW = {"git", "gitdb", "httpx", "yaml", "deepdiff", "starlette", "uvicorn", "tenacity", "wcmatch"}

_SNIPPET = """
import contextlib, io, json, sys
from flowsync.cli.main import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    statuses = [run(words.split()) for words in json.loads(sys.argv[1])]
print(json.dumps([statuses, [name for name in sys.modules if "." not in name]]))
"""


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["nothing"], 64),
        ([f"{command} --help" for command in _COMMANDS], 0),
    ],
    ids=["version", "help", "unknown command", "help of every command"],
)
def test_version_and_help_import_nothing_slow(runs: list[str], status: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SNIPPET, json.dumps(runs)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    statuses, modules = json.loads(done.stdout)
    assert statuses == [status] * len(runs)
    assert _SLOW & set(modules) == set()


def test_fail_on_accepts_every_impact() -> None:
    assert tuple(IMPACTS) == IMPACT_NAMES


def test_reports_accept_every_format() -> None:
    assert tuple(FORMATS) == REPORT_FORMATS


def test_schema_accepts_every_published_schema() -> None:
    assert {*KINDS} == {*SCHEMAS}


def test_version_and_help_do_not_need_git(tmp_path: Path) -> None:
    for words in (["--version"], ["--help"], ["sync", "--help"], ["validate", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "flowsync", *words],
            cwd=tmp_path,
            env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_missing_git_is_reported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowsync", "diff"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: git was not found\nhint: install git")
