"""Fixtures for the whole program: an emulator, a repository created by init, a clean environment."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.world import (
    ORGANISATIONS,
    VARIABLES,
    Git,
    Live,
    Program,
    Result,
    configuration,
    flow,
    organisations,
)

from flowsync.cli.main import run
from flowsync.emulator.gateway import Gateway
from flowsync.emulator.server import serving

_IDENTITY = """\
[user]
    name = Wind Power
    email = wind@example.com
[init]
    defaultBranch = main
    templateDir =
"""  # without sample hooks, which git would copy for every test
_FOREIGN = (
    "GIT_",
    "GPG_",
    "SSH_",
    "FLOWSYNC_",
    "ENOS_",
    "HTTP",
    "ALL_PROXY",
    "NO_PROXY",
    "http",
    "all_proxy",
)


def _scrub(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(_IDENTITY)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Create a home with an identity and an empty cache; unset variables that affect git or flowsync."""
    _scrub(monkeypatch, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def cache(home: Path) -> Path:
    """Return the folder of the digest cache."""
    return home / ".cache/flowsync"


@pytest.fixture(scope="session")
def emulator() -> Iterator[Gateway]:
    with serving(organisations()) as running:
        yield running


@pytest.fixture
def prod(emulator: Gateway) -> Live:
    """Return the live side of prod: three flows, no noise, no faults, an empty log; dev has one flow."""
    emulator.clear_faults()
    emulator.noise(on=False)
    emulator.skew_clock(0)
    emulator.put_flows(ORGANISATIONS["dev"], {11: flow("ingest")})
    live = Live(emulator, ORGANISATIONS["prod"])
    live.put({1: flow("ingest"), 2: flow("forecast"), 3: flow("report")})
    emulator.forget_requests()
    return live


@pytest.fixture
def dev(prod: Live) -> Live:
    return Live(prod.emulator, ORGANISATIONS["dev"])


@pytest.fixture(scope="session")
def started(emulator: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the repository that `repo` copies: by init, configured for the emulator, committed."""
    folder = tmp_path_factory.mktemp("started")
    root = folder / "repo"
    with pytest.MonkeyPatch.context() as monkeypatch:
        _scrub(monkeypatch, folder / "home")
        assert run(["init", str(root)]) == 0
        (root / "flowsync.yaml").write_text(configuration(emulator.url))
        for arguments in (["add", "."], ["commit", "-q", "-m", "Start"]):
            subprocess.run(["git", *arguments], cwd=root, check=True)
    return root


@pytest.fixture
def repo(started: Path, prod: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a repository for prod of the emulator, without flows, and make it the current folder."""
    return _current_copy(started, tmp_path / "repo", monkeypatch)


@pytest.fixture(scope="session")
def synced_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the synced repository that tests copy; the first one creates it."""
    return tmp_path_factory.mktemp("synced_copy") / "repo"


@pytest.fixture
def synced(
    started: Path,
    synced_copy: Path,
    prod: Live,
    tmp_path: Path,
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Return the repository after its first sync, with an empty cache; it is the current folder."""
    root = _current_copy(synced_copy if synced_copy.exists() else started, tmp_path / "repo", monkeypatch)
    if not synced_copy.exists():
        assert flowsync("sync", "--no-cache").status == 0
        shutil.copytree(root, synced_copy)
    prod.emulator.forget_requests()
    return root


def _current_copy(source: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(source, root)
    subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=root, check=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def flowsync(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """Run the program in this process: flowsync("sync", "--push")."""

    def program(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        status = run(arguments)
        return Result(status, *capsys.readouterr())

    return program


@pytest.fixture
def flowsync_process() -> Program:
    """Run the program in a separate process, with keywords as environment variables."""

    def program(*arguments: str, stdin: str = "", **variables: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "flowsync", *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, **variables},
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return program


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Run git in the current folder or in `at`; return its output without the last line end."""

    def git(*arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(["git", *arguments], cwd=at, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    return git
