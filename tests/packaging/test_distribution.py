"""The distribution is `enos-flowsync`; the name `flowsync` on package indexes is an unrelated project."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOREIGN: Final = re.compile(
    r"pip install [^\n&;|]*(?<![\w.-])flowsync(?![\w./-])|project/flowsync|==\s*flowsync|\"flowsync\["
)
PLACES: Final = ("README.md", "pyproject.toml", "flowsync", "repo-template")


def test_the_distribution_is_enos_flowsync_and_the_command_is_flowsync() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == distribution("enos-flowsync").metadata["Name"] == "enos-flowsync"
    assert project["scripts"] == {"flowsync": "flowsync.cli.main:main"}


@pytest.mark.parametrize("place", PLACES)
def test_no_hint_link_or_template_installs_the_unrelated_project(place: str) -> None:
    root = ROOT / place
    files = [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else [root]
    texts = {path: path.read_bytes().decode(errors="replace") for path in files if path.suffix != ".pyc"}
    assert texts
    assert not [path for path, text in texts.items() if FOREIGN.search(text)]


@pytest.mark.parametrize(
    ("text", "is_foreign"),
    [
        ("pip install flowsync", True),
        ("pip install 'flowsync[emulator]'", True),
        ("pip install -U flowsync", True),
        ("pip install 'enos-flowsync[emulator]'", False),
        ("pip install -e '.[dev]' && .venv/bin/flowsync demo", False),
    ],
)
def test_the_search_finds_the_unrelated_project(text: str, *, is_foreign: bool) -> None:
    assert bool(FOREIGN.search(text)) == is_foreign
