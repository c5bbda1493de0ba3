"""Build the wheel, install it into an empty environment and use it, as users do."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def succeeded(command: list[str | Path], folder: Path, home: Path) -> str:
    environment = {
        **{name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "HTTP"))},
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    succeeded([sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT], ROOT, Path.home())
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_contains_types_sample_and_template(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "flowsync/py.typed",
        "flowsync/emulator/sample/company.yaml",
        "flowsync/emulator/sample/flows/tmp-test.yaml",
        "flowsync/_template/flowsync.yaml",
        "flowsync/_template/.gitattributes",
    } <= names
    assert not any(name.startswith("tests/") for name in names)


@pytest.mark.slow
def test_the_installed_wheel_runs_the_demo_and_starts_a_repository(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"
    succeeded([binaries / "pip", "install", "--quiet", f"{wheel}[emulator]"], tmp_path, Path.home())
    home = tmp_path / "home"
    home.mkdir()
    printed = succeeded([binaries / "flowsync", "demo", "shown"], tmp_path, home)
    assert "No changes: dev and prod are as committed in main@" in printed
    assert "3 changed of 41 flows" in " ".join(printed.split())
    succeeded([binaries / "flowsync", "init", "mine"], tmp_path, home)
    template = {path.name for path in (ROOT / "repo-template").iterdir()}
    assert template <= {path.name for path in (tmp_path / "mine").iterdir()}
