"""The README is correct: its session is replayed, its examples run, its commands exist.

To accept the current output: FLOWSYNC_ACCEPT=1 pytest -n0 tests/readme, then read the git diff.
"""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowsync
from flowsync.cli.main import run
from flowsync.config import parse_settings
from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.emulator.gateway import Gateway
from flowsync.emulator.sample import sample_organisations
from flowsync.emulator.server import serving
from flowsync.emulator.settings import configuration_text, credentials

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
VARIABLE = re.compile(
    r"\b(?=[a-f]*[0-9])[0-9a-f]{7}\b"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{4}-\d\d-\d\d[ T][0-9:]{5,8}(?:[+-]\d\d:\d\d|Z)?"
    r"|\b\d\d? [A-Z][a-z]{2} \d\d:\d\d GMT(?:[+-]\d+)?"
)
"""Replace commit ids and times, which differ in each run."""


def blocks(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
def emulator() -> Iterator[Gateway]:
    prod = next(one for one in sample_organisations() if one.name == "prod")
    with serving([prod]) as running:
        yield running


@pytest.fixture
def environment(emulator: Gateway, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        **credentials(emulator.organisations),
    }


def edit(emulator: Gateway) -> None:
    org_id = emulator.organisations[0].org_id
    emulator.edit(org_id, 2924, [{"op": "replace", "path": "/cron", "value": "0 5/10 * * * ? *"}])
    command = emulator.organisations[0].flows[3110]["tasks"][0]["cmd"]
    patch = [{"op": "replace", "path": "/tasks/0/cmd", "value": f"{command} --force"}]
    emulator.edit(org_id, 3110, patch)


def replay(session: str, folder: Path, environment: dict[str, str], emulator: Gateway) -> str:
    printed = []
    status = 0
    for command in re.findall(r"^\$ (.*)$", session, re.MULTILINE):
        printed.append(f"$ {command}")
        if command.startswith("#"):
            edit(emulator)
            continue
        if command == "echo $?":
            printed.append(str(status))
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        status = done.returncode
        printed += (done.stdout + done.stderr).rstrip("\n").splitlines()
    return "\n".join(printed) + "\n"


def test_the_session_prints_what_the_readme_says(
    tmp_path: Path, environment: dict[str, str], emulator: Gateway
) -> None:
    folder = tmp_path / "flows-of-prod"
    assert run(["init", str(folder)]) == 0
    settings = configuration_text(emulator.url, emulator.organisations)
    explicit = settings.replace("discover: {directories: ['**']}", "flows: [2924, 3014, 3110]")
    author = 'commit: {author: "flowsync <flowsync@example.com>"}\n'
    (folder / "flowsync.yaml").write_text(explicit + author, encoding="utf-8")
    (session,) = blocks("console")
    printed = replay(session, folder, environment, emulator)
    if os.environ.get("FLOWSYNC_ACCEPT"):
        text = README.read_text(encoding="utf-8")
        README.write_text(text.replace(session, printed), encoding="utf-8")
        session = printed
    assert VARIABLE.sub("…", printed) == VARIABLE.sub("…", session)


def examples() -> list[str]:
    """Return the commands of the numbered steps and of the three uses, in order."""
    found = re.findall(
        r"^( *)```bash\n(.*?)^\1```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line.strip() for _, block in found for line in block.splitlines()]
    return [line for line in lines if not line.startswith("python3 -m venv")]


def test_the_commands_of_the_start_and_of_the_three_uses_run(
    tmp_path: Path, environment: dict[str, str], emulator: Gateway
) -> None:
    statuses = {}
    folder = tmp_path
    for command in examples():
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            settings = configuration_text(emulator.url, emulator.organisations)
            author = 'commit: {author: "flowsync <flowsync@example.com>"}\n'
            (folder / "flowsync.yaml").write_text(settings + author, encoding="utf-8")
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        statuses[command] = (done.returncode, done.stderr)
        if command == "flowsync sync":
            edit(emulator)
            subprocess.run(["flowsync", "sync"], cwd=folder, env=environment, capture_output=True, check=True)
    assert len(statuses) >= 10
    assert {command: ran for command, ran in statuses.items() if ran[0] != 0} == {}
    assert (folder / "report.md").is_file()
    assert (folder / "drift.xml").is_file()


def test_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102  # the README's own code
    printed = capsys.readouterr().out
    assert printed.startswith("behaviour\n")
    assert "every day at 02:00" in printed
    assert "name: etl" in printed


def test_docstring_of_the_package_is_correct() -> None:
    assert doctest.testmod(flowsync).failed == 0
    assert doctest.testmod(flowsync).attempted > 0


def test_example_document_is_canonical() -> None:
    (example,) = (block for block in blocks("yaml") if block.startswith("format: 1"))
    assert dump(load_document(example.encode())) == example


def test_example_configuration_is_valid() -> None:
    (example,) = re.findall(
        r"^   ```yaml\n(.*?)^   ```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert list(parse_settings(example.encode(), "README.md").environments) == ["prod"]


def test_readme_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = re.findall(r"^  ([a-z]+)  ", capsys.readouterr().out, re.MULTILINE)
    assert listed
    text = README.read_text(encoding="utf-8")
    assert [name for name in listed if f"`flowsync {name}" not in text] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = [block.strip() for block in blocks("bash")]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    tested = next(command for command in commands if command.endswith("/pytest"))
    assert f"{tested} || exit" in script  # errexit ignores failures before &&
    assert any(command.endswith("/flowsync demo") for command in commands)
