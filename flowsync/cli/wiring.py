"""Wiring: the repository, the configuration and the context that a command hands to its use case."""

import os
import random
import re
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfoNotFoundError, available_timezones

import platformdirs
from tzlocal import get_localzone

from flowsync.cli import console
from flowsync.cli.progress import TerminalProgress
from flowsync.cli.reporting import Reporting
from flowsync.commands.context import RunContext
from flowsync.config import FILE_NAME, Environment, Settings, nearest_file, parse_settings, secret_variables
from flowsync.errors import ConfigError
from flowsync.repository.repository import Repository, open_repository

_MAX_PROCESSES: Final = 4
_MISNAMED: Final = "flowsync.yml"
_RULE_OF_POSIX: Final = re.compile(r"[A-Za-z]{3,}[-+]?\d|<")


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


def settings_for(repository: Repository | None, config_file: str | None) -> Settings:
    """Read the configuration of --config, else the nearest flowsync.yaml, else HEAD's in a bare repository.

    From then on git does not inherit the credentials that it names.
    """
    settings = _settings(repository, config_file)
    if repository is not None:
        repository.withhold(secret_variables(settings))
    return settings


def _settings(repository: Repository | None, config_file: str | None) -> Settings:
    if config_file is not None:
        return parse_settings(_bytes(Path(config_file)), config_file, folder=Path(config_file).parent)
    bare = repository if repository is not None and repository.is_bare else None
    found = nearest_file(Path.cwd(), repository.root if repository else None)
    if found is not None and bare is None:
        return parse_settings(_bytes(found), os.path.relpath(found), folder=found.parent)
    head = bare.head() if bare else None
    committed = bare.file_at(head, FILE_NAME) if bare and head else None
    if committed is None:
        raise _not_found(repository)
    return parse_settings(committed, f"HEAD:{FILE_NAME}")


def _not_found(repository: Repository | None) -> ConfigError:
    """Return the error that there is no configuration, with the next step."""
    if repository is not None and repository.root is None:
        message = f"{FILE_NAME}: not found in HEAD of the bare repository {repository.location}"
        return ConfigError(message, hint="commit one from a clone, or name a file with --config FILE")
    here, root = Path.cwd(), repository.root if repository else None
    for folder in (here, *here.parents):
        misnamed = folder / _MISNAMED
        if misnamed.is_file():
            name, right = (shlex.quote(os.path.relpath(file)) for file in (misnamed, folder / FILE_NAME))
            return ConfigError(f"{_MISNAMED} is not read; expected {FILE_NAME}", hint=f"mv {name} {right}")
        if folder == root:
            break
    place = shlex.quote(os.path.relpath(root or here))
    return ConfigError(
        f"{FILE_NAME}: not found in this folder or above it",
        hint=f"flowsync init {place}; or name a file with --config FILE",
    )


def chosen_environments(
    settings: Settings, names: Sequence[str], jobs: int | None
) -> tuple[Environment, ...]:
    """Return the named environments (all by default), with the number of jobs of the command line, if any."""
    chosen = settings.select(names)
    return tuple(replace(one, jobs=jobs) for one in chosen) if jobs else chosen


@contextmanager
def run_context(reporting: Reporting, *, use_cache: bool) -> Iterator[RunContext]:
    """Return the context of this machine, with progress on the terminal inside the block."""
    progress = TerminalProgress(is_visible=console.is_terminal(err=True) and not reporting.quiet)
    try:
        yield RunContext(
            environ=os.environ,
            clock=time.time,
            sleep=time.sleep,
            random=random.random,
            zone=local_zone(),
            processes=min(os.cpu_count() or 1, _MAX_PROCESSES),
            cache=platformdirs.user_cache_path("flowsync") if use_cache else None,
            progress=progress.update,
            note=reporting.note,
        )
    finally:
        progress.stop()


def now() -> datetime:
    """Return the time on this machine's wall clock, used as the platform's."""
    return datetime.now(local_zone()).replace(microsecond=0)


def local_zone() -> tzinfo | None:
    """Return this machine's time zone, None if it has no name; raises ConfigError for an unknown TZ."""
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


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError(
            f"{path}: cannot be read: {exc.strerror}", hint="check --config and FLOWSYNC_CONFIG"
        ) from exc
