"""Check what a sync needs, one thing after the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flowsync.commands.connect import client, connections, list_flows
from flowsync.commands.context import RunContext
from flowsync.config import Environment, Settings
from flowsync.enos.client import Client
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.printable import plural
from flowsync.repository.identity import Identity
from flowsync.repository.journal import read_journal
from flowsync.repository.preconditions import require_identity, writing_target
from flowsync.repository.repository import Repository

_MAX_SKEW: Final = 60.0
"""Seconds; the platform documents no limit, and a minute is more than any clock that is kept."""


@dataclass(frozen=True)
class Check:
    """The result of one check, with a hint if it failed."""

    name: str
    passed: bool
    detail: str
    hint: str = ""


def run_checks(
    settings: Callable[[], Settings],
    names: Sequence[str],
    repository: Repository,
    context: RunContext,
    *,
    author_of: Callable[[Settings], Identity | None],
) -> Iterator[Check]:
    """Run every check, in the order in which a sync needs it. Read-only.

    `names` are the selected environments, empty for all. If `settings` raises ConfigError, the checks that
    need no configuration still run.
    """
    environments: tuple[Environment, ...] = ()
    author: Identity | None = None
    try:
        loaded = settings()
        environments, author = loaded.select(names), author_of(loaded)
    except ConfigError as exc:
        detail = "; ".join((exc.message, *exc.problems))
        yield Check("configuration", passed=False, detail=detail, hint=exc.hint)
    else:
        detail = f"{loaded.source}, {plural(len(environments), 'environment')}"
        yield Check("configuration", passed=True, detail=detail)
    for environment in environments:
        yield from _platform_checks(environment, context)
    yield _run_check("git identity", lambda: _identity(repository, author))
    yield _run_check("repository", lambda: _state(repository, environments, author))


def _run_check(name: str, detail: Callable[[], str]) -> Check:
    try:
        return Check(name, passed=True, detail=detail())
    except FlowsyncError as exc:
        described = "; ".join((exc.message, *getattr(exc, "problems", ())))
        return Check(name, passed=False, detail=described, hint=exc.hint)


def _platform_checks(environment: Environment, context: RunContext) -> Iterator[Check]:
    name = environment.name
    credentials = _run_check(f"{name}: credentials", lambda: _credentials(environment, context))
    yield credentials
    if not credentials.passed:
        return
    (connection,) = connections([environment], context)
    with client(connection, context) as platform:
        reached = _run_check(f"{name}: gateway", lambda: _zone(platform, environment))
        yield reached
        if reached.passed:
            yield _clock(name, platform, context)
            yield _run_check(f"{name}: flows", lambda: _flows(environment, platform))


def _credentials(environment: Environment, context: RunContext) -> str:
    connections([environment], context)
    return "key and secret are there"


def _zone(platform: Client, environment: Environment) -> str:
    return f"{environment.gateway} answers, its time zone is {platform.time_zone()}"


def _clock(name: str, platform: Client, context: RunContext) -> Check:
    try:
        skew = platform.server_time() / 1000 - context.clock()
    except FlowsyncError as exc:
        return Check(f"{name}: clock", passed=False, detail=exc.message, hint=exc.hint)
    return Check(
        f"{name}: clock",
        passed=abs(skew) <= _MAX_SKEW,
        detail=f"the platform's is {skew:+.0f} s from this machine's",
        hint=""
        if abs(skew) <= _MAX_SKEW
        else "set this machine's clock (NTP): requests are signed with the time",
    )


def _flows(environment: Environment, platform: Client) -> str:
    if environment.discover is None:
        platform.directories()  # proves, as discovery does, that the user belongs to the organisation
    return f"{len(list_flows(environment, platform))} to export"


def _identity(repository: Repository, author: Identity | None) -> str:
    require_identity(repository, author)
    return f"{author.name} <{author.email}>" if author else "git's own"


def _require_plain_files(repository: Repository) -> None:
    """Raise RepositoryError for a link, submodule or misplaced file below flows/."""
    if not repository.is_bare:
        repository.work_tree_flow_files()
    repository.flow_files(repository.head())


def _state(repository: Repository, environments: tuple[Environment, ...], author: Identity | None) -> str:
    names = [environment.name for environment in environments]
    _require_plain_files(repository)
    if read_journal(repository.git_dir):
        return "an interrupted sync is waiting; the next one completes it"
    target = writing_target(repository, branch=None, environments=names, author=author)
    return f"ready to commit on {target.branch}"
