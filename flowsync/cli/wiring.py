"""Wiring: the repository, the configuration and the surroundings that a command hands to its job."""

import os
import random
import re
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

import platformdirs

from flowsync.analysis.comparison import Comparison
from flowsync.analysis.grouping import group_findings
from flowsync.cli import console
from flowsync.cli.logging_setup import log
from flowsync.cli.progress import TerminalProgress
from flowsync.cli.reporting import Reporting, output_pairs
from flowsync.cli.state import RunState
from flowsync.commands.context import RunContext
from flowsync.config import FILE_NAME, Environment, Settings, nearest_file, parse_settings, secret_variables
from flowsync.errors import ConfigError
from flowsync.repository.identity import Identity
from flowsync.repository.repository import Repository, open_repository

_MAX_PROCESSES: Final = 4
_MISNAMED: Final = "flowsync.yml"
_RULE_OF_POSIX: Final = re.compile(r"[A-Za-z]{3,}[-+]?\d|<")


def start_reporting(
    state: RunState,
    command: str,
    *,
    formats: Sequence[str],
    files: Sequence[str],
    quiet: bool,
    verbose: int,
) -> Reporting:
    """Return the reporting of a command that starts now."""
    log(verbose)
    state.reporting = Reporting(
        command, output_pairs(formats, files), quiet=quiet, colour=state.colour, lists_all=verbose > 0
    )
    return state.reporting


@contextmanager
def repository_here() -> Iterator[Repository]:
    """Open the repository of the current folder.

    Git does not inherit the credentials that the nearest configuration names, if that can be read.
    """
    withheld: frozenset[str] = frozenset()
    nearest = nearest_file(Path.cwd(), None)
    if nearest is not None:
        with suppress(ConfigError):
            withheld = secret_variables(parse_settings(_bytes(nearest), FILE_NAME))
    with open_repository(Path.cwd(), environ=os.environ, withheld=withheld) as repository:
        yield repository


def settings_for(repository: Repository, config_file: str | None) -> Settings:
    """Read the configuration of --config, else the nearest flowsync.yaml, else HEAD's in a bare repository.

    From then on git does not inherit the credentials that it names.
    """
    settings = _settings(repository, config_file)
    repository.withhold(secret_variables(settings))
    return settings


def _settings(repository: Repository, config_file: str | None) -> Settings:
    if config_file is not None:
        return parse_settings(_bytes(Path(config_file)), config_file, folder=Path(config_file).parent)
    found = nearest_file(Path.cwd(), repository.root)
    if found is not None and not repository.is_bare:
        return parse_settings(_bytes(found), os.path.relpath(found), folder=found.parent)
    head = repository.head()
    committed = repository.file_at(head, FILE_NAME) if repository.is_bare and head else None
    if committed is None:
        raise _not_found(repository)
    return parse_settings(committed, f"HEAD:{FILE_NAME}")


def _not_found(repository: Repository) -> ConfigError:
    """Return the error that there is no configuration, with the next step."""
    if repository.root is None:
        hint = "commit one from a clone, or name a file with --config FILE"
        return ConfigError(f"no {FILE_NAME} in HEAD of the bare repository {repository.location}", hint=hint)
    for folder in (Path.cwd(), *Path.cwd().parents):
        misnamed = folder / _MISNAMED
        if misnamed.is_file():
            name, right = (shlex.quote(os.path.relpath(file)) for file in (misnamed, folder / FILE_NAME))
            return ConfigError(f"{_MISNAMED} is not read; expected {FILE_NAME}", hint=f"mv {name} {right}")
        if folder == repository.root:
            break
    root = shlex.quote(os.path.relpath(repository.root))
    hint = f"flowsync init {root}; or name a file with --config FILE"
    return ConfigError(f"no {FILE_NAME} here or above, up to {repository.root}", hint=hint)


def chosen_environments(
    settings: Settings, names: Sequence[str], jobs: int | None
) -> tuple[Environment, ...]:
    """Return the named environments (all by default), with the number of jobs of the command line, if any."""
    chosen = settings.select(names)
    return tuple(replace(one, jobs=jobs) for one in chosen) if jobs else chosen


def author_of(settings: Settings) -> Identity | None:
    """Return the author of commits; None for git's own identity."""
    if settings.author is None:
        return None
    name, _, address = settings.author.removesuffix(">").rpartition(" <")
    return Identity(name, address)


@contextmanager
def run_context(reporting: Reporting, *, use_cache: bool) -> Iterator[RunContext]:
    """Return the context of this machine, with progress on the terminal inside the block."""
    with TerminalProgress(visible=console.stderr_is_terminal() and not reporting.quiet) as progress:
        yield RunContext(
            environ=os.environ,
            clock=time.time,
            sleep=time.sleep,
            random=random.random,
            zone=_zone(),
            processes=min(os.cpu_count() or 1, _MAX_PROCESSES),
            cache=platformdirs.user_cache_path("flowsync") if use_cache else None,
            progress=progress,
            note=reporting.note,
        )


def now() -> datetime:
    """Return the time on this machine's wall clock, which stands for the platform's."""
    return datetime.now(_zone()).replace(microsecond=0)


def _zone() -> tzinfo | None:
    """Return this machine's time zone, None if it has no name; raises ConfigError for an unknown TZ."""
    from difflib import get_close_matches
    from zoneinfo import ZoneInfoNotFoundError, available_timezones

    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (ZoneInfoNotFoundError, ValueError) as exc:
        name = os.environ.get("TZ", "").removeprefix(":")
        if not name or name.startswith("/") or _RULE_OF_POSIX.match(name):
            return None
        close = get_close_matches(name, available_timezones(), n=1)
        raise ConfigError(
            f"TZ: unknown time zone {name!r}",
            hint=f"export TZ={close[0]}" if close else "unset TZ",
        ) from exc


def apply_grouping(comparison: Comparison, *, group: bool) -> Comparison:
    """Group identical changes if the user wants it."""
    return group_findings(comparison) if group else comparison


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError(
            f"the configuration cannot be read: {path}: {exc.strerror}",
            hint="check --config and FLOWSYNC_CONFIG",
        ) from exc
