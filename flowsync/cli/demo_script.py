"""The steps of the demo: the whole job against the emulator."""

import io
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import console
from flowsync.cli.init import PRIVATE
from flowsync.errors import GuardError

if TYPE_CHECKING:
    from flowsync.emulator.server import RunningEmulator

_NAME: Final = "flowsync demo"
_ADDRESS: Final = "demo@flowsync.example"
_SETTINGS: Final[Mapping[str, str | None]] = MappingProxyType(
    {"FLOWSYNC_CONFIG": None, "FLOWSYNC_ENV": None, "FLOWSYNC_JOBS": None, "FLOWSYNC_NO_CACHE": "1"}
)
_LINES_OF_FILE: Final = 24
_MAX_FLOWS: Final = 6


def run_demo(place: Path, *, quiet: bool, verbose: int) -> None:
    """Run the demo in `place`, an empty or new folder; raises GuardError for any other.

    `verbose` is passed to every command; `quiet` leaves out the suggested next steps.
    """
    from flowsync.emulator.sample import sample_organisations
    from flowsync.emulator.server import serving
    from flowsync.emulator.settings import credentials

    if place.is_dir() and any(place.iterdir()):
        raise GuardError(f"{place}: not empty; expected a new or empty folder", hint="choose another folder")
    with serving(sample_organisations()) as emulator:
        _print(f"An emulated EnOS gateway runs at {emulator.url}. {PRIVATE}")
        _prepare(place, emulator)
        with chdir(place), _variables({**_SETTINGS, **credentials(emulator.organisations)}):
            _run_steps(place, emulator, verbose)
    if not quiet:
        _print_next_steps(place)


def _run_steps(place: Path, emulator: "RunningEmulator", verbose: int) -> None:
    run = partial(_run, verbose=verbose)
    _print("1. Export every flow, convert it to canonical form, commit it")
    run("sync", "-q", limit=_MAX_FLOWS * 3)
    _show_files(place)
    _print("2. Export again: no changes, although the platform sends another order and other link ids")
    emulator.noise(on=True, seed=7)
    run("sync")
    _print("3. Somebody edits three flows in the console")
    _edit(emulator)
    run("drift", "--env", "prod", expected=2)
    console.line("(exit status 2: differences)")
    _print("4. Commit the changes, and report what the commit changed")
    run("sync", "--env", "prod", "-q", limit=1)
    run("diff", "HEAD~1", "HEAD")
    _print("5. The history")
    _show_history(place)


def _prepare(place: Path, emulator: "RunningEmulator") -> None:
    from flowsync.commands.init import initialize
    from flowsync.emulator.settings import configuration_text
    from flowsync.repository.create import commit_everything, create_separate
    from flowsync.repository.identity import Identity

    place.mkdir(parents=True, exist_ok=True)
    repository = create_separate(place, environ=os.environ)
    initialize(place, environ=os.environ)
    settings = configuration_text(emulator.url, emulator.organisations)
    author = f'commit: {{author: "{_NAME} <{_ADDRESS}>"}}\n'
    (place / "flowsync.yaml").write_text(settings + author, encoding="utf-8")
    with repository:
        commit_everything(repository, "Start from the template", Identity(_NAME, _ADDRESS))


def _edit(emulator: "RunningEmulator") -> None:
    """Three edits of the kind that people make: a schedule, a command, resources."""
    prod = next(one for one in emulator.organisations if one.name == "prod")
    named = {str(export["name"]): flow_id for flow_id, export in prod.flows.items()}
    ingest, training, report = (
        named[name] for name in ("scada_10min_ingest", "forecast_model_training", "executive_kpi_weekly")
    )
    emulator.edit(prod.org_id, ingest, [{"op": "replace", "path": "/cron", "value": "0 5/10 * * * ? *"}])
    command = f"{prod.flows[report]['tasks'][0]['cmd']} --force"
    emulator.edit(prod.org_id, report, [{"op": "replace", "path": "/tasks/0/cmd", "value": command}])
    emulator.edit(
        prod.org_id,
        training,
        [
            {"op": "replace", "path": "/tasks/0/runMode/cpu", "value": 2},
            {"op": "replace", "path": "/tasks/0/retryLimit", "value": 5},
        ],
    )


def _run(*arguments: str, verbose: int, expected: int = 0, limit: int | None = None) -> None:
    """Run one command as its user would; `limit` shortens its output."""
    from flowsync.cli.main import run

    console.line(f"$ flowsync {shlex.join(arguments)}", bold=True)
    arguments = (*arguments, *["-v"] * verbose)
    status = run(arguments) if limit is None else _run_shortened(arguments, limit)
    if status != expected:
        raise click.ClickException(f"flowsync {arguments[0]}: exit status {status}; expected {expected}")


def _run_shortened(arguments: tuple[str, ...], limit: int) -> int:
    from flowsync.cli.main import run

    printed = io.StringIO()
    with redirect_stdout(printed):
        status = run(arguments)
    lines = printed.getvalue().splitlines(keepends=True)
    console.lines("".join(lines[: min(limit, len(lines) - 1)]), is_coloured=True)
    _echo_rest(len(lines) - 1 - limit)
    console.lines("".join(lines[-1:]), is_coloured=True)
    return status


def _show_files(place: Path) -> None:
    from flowsync.repository.encoding import for_system, from_system

    found = place.glob("flows/*/*.yaml")
    files = sorted(from_system(path.relative_to(place).as_posix()) for path in found)
    _print("The repository now contains")
    _echo_some(files, _MAX_FLOWS)
    visible = next(file for file in files if "executive" in file and "/prod/" in file)
    _print(f"One of them, {visible}")
    _echo_some((place / for_system(visible)).read_text(encoding="utf-8").splitlines(), _LINES_OF_FILE)


def _show_history(place: Path) -> None:
    from flowsync.repository.create import history
    from flowsync.repository.repository import open_repository

    console.line("$ git log --stat", bold=True)
    with open_repository(place, environ=os.environ) as repository:
        _echo_some(history(repository).splitlines(), _LINES_OF_FILE)


def _echo_some(lines: list[str], limit: int) -> None:
    for line in lines[:limit]:
        console.line(line)
    _echo_rest(len(lines) - limit)


def _echo_rest(count: int) -> None:
    if count > 0:
        console.line(f"… ({count} more lines)")


def _print(line: str) -> None:
    console.line()
    console.line(line, fg="cyan")


def _print_next_steps(place: Path) -> None:
    from flowsync.repository.encoding import from_system

    _print("The emulator has stopped; the repository is kept. Next, try")
    for command in (
        f"cd {shlex.quote(from_system(place))}",
        "git log -p --stat",
        "flowsync diff HEAD~1 HEAD --format json",
        "flowsync validate",
        "flowsync emulator   # and paste its settings to try sync and drift yourself",
    ):
        console.line(f"  {command}")


@contextmanager
def _variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Environment variables for as long as the block lasts, None for those that are unset."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
