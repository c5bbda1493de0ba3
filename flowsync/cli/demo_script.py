"""The steps of the demo: a session against the emulator."""

import io
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Final

import click

from flowsync.cli import console
from flowsync.cli.init import PRIVATE
from flowsync.cli.main import run
from flowsync.commands.init import initialize
from flowsync.emulator.gateway import Gateway
from flowsync.emulator.sample import sample_organisations
from flowsync.emulator.server import serving
from flowsync.emulator.settings import configuration_text, credentials
from flowsync.errors import GuardError
from flowsync.repository.create import commit_everything, create_separate, history
from flowsync.repository.encoding import for_system, from_system
from flowsync.repository.identity import Identity
from flowsync.repository.repository import open_repository

_AUTHOR: Final = Identity("flowsync demo", "demo@flowsync.example")
_LINES_OF_FILE: Final = 24
_MAX_FLOWS: Final = 6


def run_demo(place: Path, *, quiet: bool, verbose: int) -> None:
    """Run the demo in `place`, an empty or new folder; raises GuardError for any other.

    `verbose` is passed to every command; `quiet` leaves out the suggested next steps.
    """
    if place.is_dir() and any(place.iterdir()):
        raise GuardError(f"{place}: not empty; expected a new or empty folder", hint="choose another folder")
    with serving(sample_organisations()) as emulator:
        _print(f"An emulated EnOS gateway runs at {emulator.url}. {PRIVATE}")
        _prepare(place, emulator)
        with chdir(place), _variables(credentials(emulator.organisations)):
            _run_steps(place, emulator, verbose)
    if not quiet:
        _print_next_steps(place)


def _run_steps(place: Path, emulator: Gateway, verbose: int) -> None:
    flowsync = partial(_run, verbose=verbose)
    _print("1. Export every flow, convert it to canonical form, commit it")
    flowsync("sync", "-q", limit=_MAX_FLOWS * 3)
    _show_files(place)
    _print("2. Export again: no changes, although the platform sends another order and other link ids")
    emulator.noise(on=True, seed=7)
    flowsync("sync")
    _print("3. Somebody edits three flows in the console")
    _edit(emulator)
    flowsync("drift", "--env", "prod", expected=2)
    console.line("(exit status 2: differences)")
    _print("4. Commit the changes, and report what the commit changed")
    flowsync("sync", "--env", "prod", "-q", limit=1)
    flowsync("diff", "HEAD~1", "HEAD")
    _print("5. The history")
    console.line("$ git log --stat", bold=True)
    with open_repository(place, environ=os.environ) as repository:
        _print_some(history(repository).splitlines(), _LINES_OF_FILE)


def _prepare(place: Path, emulator: Gateway) -> None:
    place.mkdir(parents=True, exist_ok=True)
    with create_separate(place, environ=os.environ) as repository:
        initialize(place, environ=os.environ)
        settings = configuration_text(emulator.url, emulator.organisations)
        author = f'commit: {{author: "{_AUTHOR.name} <{_AUTHOR.email}>"}}\n'
        (place / "flowsync.yaml").write_text(settings + author, encoding="utf-8")
        commit_everything(repository, "Start from the template", _AUTHOR)


def _edit(emulator: Gateway) -> None:
    """Edit a schedule, a command and resources."""
    prod = next(one for one in emulator.organisations if one.name == "prod")
    ids = {export["name"]: flow_id for flow_id, export in prod.flows.items()}
    report = ids["executive_kpi_weekly"]
    command = f"{prod.flows[report]['tasks'][0]['cmd']} --force"
    edits: list[tuple[int, dict[str, object]]] = [
        (ids["scada_10min_ingest"], {"/cron": "0 5/10 * * * ? *"}),
        (report, {"/tasks/0/cmd": command}),
        (ids["forecast_model_training"], {"/tasks/0/runMode/cpu": 2, "/tasks/0/retryLimit": 5}),
    ]
    for flow_id, values in edits:
        patch = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        emulator.edit(prod.org_id, flow_id, patch)


def _run(*arguments: str, verbose: int, expected: int = 0, limit: int | None = None) -> None:
    """Run one command as its user would; `limit` shortens its output, except for the last line."""
    console.line(f"$ flowsync {shlex.join(arguments)}", bold=True)
    arguments = (*arguments, *["-v"] * verbose)
    if limit is None:
        status = run(arguments)
    else:
        printed = io.StringIO()
        with redirect_stdout(printed):
            status = run(arguments)
        lines = printed.getvalue().splitlines()
        _print_some(lines[:-1], limit)
        _print_some(lines[-1:], 1)
    if status != expected:
        raise click.ClickException(f"flowsync {arguments[0]}: exit status {status}; expected {expected}")


def _show_files(place: Path) -> None:
    found = place.glob("flows/*/*.yaml")
    files = sorted(from_system(path.relative_to(place).as_posix()) for path in found)
    _print("The repository now contains")
    _print_some(files, _MAX_FLOWS)
    example = next(file for file in files if "executive" in file and "/prod/" in file)
    _print(f"One of them, {example}")
    _print_some((place / for_system(example)).read_text(encoding="utf-8").splitlines(), _LINES_OF_FILE)


def _print_some(lines: Sequence[str], limit: int) -> None:
    console.lines("".join(f"{line}\n" for line in lines[:limit]), is_coloured=True)
    if len(lines) > limit:
        console.line(f"… ({len(lines) - limit} more lines)")


def _print(line: str) -> None:
    console.line()
    console.line(line, fg="cyan")


def _print_next_steps(place: Path) -> None:
    _print("The emulator has stopped; the repository is kept. Next, try")
    console.line(f"  cd {shlex.quote(from_system(place))}")
    console.lines(_NEXT_STEPS)


_NEXT_STEPS: Final = """\
  git log -p --stat
  flowsync diff HEAD~1 HEAD --format json
  flowsync validate
  flowsync emulator   # then copy its settings, to try sync and drift yourself
"""


@contextmanager
def _variables(secrets: Mapping[str, str]) -> Iterator[None]:
    """Set the credentials, and unset what would select another configuration, while the block runs."""
    before = dict(os.environ)
    for name in ("FLOWSYNC_CONFIG", "FLOWSYNC_ENV", "FLOWSYNC_JOBS"):
        os.environ.pop(name, None)
    os.environ.update(secrets, FLOWSYNC_NO_CACHE="1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
