"""Real git in a scrubbed environment."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flowsync.repository.repository import Repository, open_repository

_GLOBAL = """\
[user]
    name = Wind Power
    email = wind@example.com
[init]
    defaultBranch = main
    templateDir =
[gc]
    auto = 0
[advice]
    detachedHead = false
"""


@pytest.fixture(autouse=True)
def scrubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Scrub git's variables, set a home with an identity, and return its global configuration."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GPG_", "SSH_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(_GLOBAL)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home / ".gitconfig"


@pytest.fixture
def git() -> Callable[..., str]:
    """Run git in a folder and return what it prints without the last line end."""

    def run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    return run


@pytest.fixture
def repo(template: Path, tmp_path: Path, git: Callable[..., str]) -> Path:
    """Return a repository with one commit: a README, two flows of prod and one of dev."""
    root = Path(shutil.copytree(template, tmp_path / "repo"))
    git(root, "update-index", "-q", "--refresh")
    return root


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository that `repo` is a copy of."""
    root = tmp_path_factory.mktemp("template")
    files = {
        "README.md": "flows\n",
        "flows/prod/load.1.yaml": "name: load\n",
        "flows/prod/report.2.yaml": "name: report\n",
        "flows/dev/load.1.yaml": "name: load in dev\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = ("-c", "user.name=Wind Power", "-c", "user.email=wind@example.com")
    for arguments in (
        ["init", "-q", "-b", "main", "--template="],
        ["add", "."],
        ["commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", *settings, *arguments], cwd=root, env={**clean, "HOME": str(root)}, check=True)
    return root


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Repository]]:
    """Open repositories that are closed after the test."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(open_repository(path, environ=os.environ))


@pytest.fixture(scope="session")
def server_script() -> Path:
    """Return the script that runs syncs in separate processes."""
    return Path(__file__).with_name("commit_server.py")


@pytest.fixture(scope="session")
def sync(server_script: Path) -> Callable[..., str | None]:
    """Recover, check and commit in this process as a sync does: sync(path, {path: text or None}, …)."""
    spec = importlib.util.spec_from_file_location("commit_server", server_script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., str | None] = module.sync_once
    return function
