"""Doctor: what a sync will need, checked one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flowsync.commands.connect import client, connection, listed_flows
from flowsync.commands.context import Surroundings
from flowsync.config import Environment, Settings
from flowsync.enos.client import Client
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.repository.identity import Identity
from flowsync.repository.journal import read_journal
from flowsync.repository.preconditions import require_identity, writing_target
from flowsync.repository.repository import Repository

_MOST_SKEW: Final = 60.0
"""Seconds; the platform documents no limit, and a minute is more than any clock that is kept."""


@dataclass(frozen=True)
class Check:
    """One thing that a sync needs, whether it is there, and what to do where it is not."""

    name: str
    passed: bool
    detail: str
    hint: str = ""


def checks(
    settings: Callable[[], Settings],
    names: Sequence[str],
    repository: Repository,
    surroundings: Surroundings,
    *,
    author_of: Callable[[Settings], Identity | None],
) -> Iterator[Check]:
    """Every check, in the order in which a sync meets what it checks. Reads only.

    `names` are the environments that the user chose, none for all. Where `settings` raises ConfigError, what
    needs no configuration is still checked.
    """
    environments: tuple[Environment, ...] = ()
    author: Identity | None = None
    try:
        loaded = settings()
        environments, author = loaded.selected(names), author_of(loaded)
    except ConfigError as exc:
        detail = "; ".join((exc.message, *exc.problems))
        yield Check("configuration", passed=False, detail=detail, hint=exc.hint)
    else:
        detail = f"{loaded.source}, {len(environments)} environment(s)"
        yield Check("configuration", passed=True, detail=detail)
    for environment in environments:
        yield from _platform_checks(environment, surroundings)
    yield _checked("git identity", lambda: _identity(repository, author))
    yield _checked("repository", lambda: _state(repository, environments, author))


def _checked(name: str, detail: Callable[[], str]) -> Check:
    try:
        return Check(name, passed=True, detail=detail())
    except FlowsyncError as exc:
        return Check(name, passed=False, detail=exc.message, hint=exc.hint)


def _platform_checks(environment: Environment, surroundings: Surroundings) -> Iterator[Check]:
    name = environment.name
    credentials = _checked(f"{name}: credentials", lambda: _credentials(environment, surroundings))
    yield credentials
    if not credentials.passed:
        return
    with client(connection(environment, surroundings), surroundings) as platform:
        reached = _checked(f"{name}: gateway", lambda: _zone(platform, environment))
        yield reached
        if reached.passed:
            yield _clock(name, platform, surroundings)
            yield _checked(f"{name}: flows", lambda: _flows(environment, platform))


def _credentials(environment: Environment, surroundings: Surroundings) -> str:
    connection(environment, surroundings)
    return "key and secret are there"


def _zone(platform: Client, environment: Environment) -> str:
    return f"{environment.gateway} answers, its time zone is {platform.time_zone()}"


def _clock(name: str, platform: Client, surroundings: Surroundings) -> Check:
    try:
        skew = platform.server_time() / 1000 - surroundings.clock()
    except FlowsyncError as exc:
        return Check(f"{name}: clock", passed=False, detail=exc.message, hint=exc.hint)
    return Check(
        f"{name}: clock",
        passed=abs(skew) <= _MOST_SKEW,
        detail=f"the platform's is {skew:+.0f} s from this machine's",
        hint=""
        if abs(skew) <= _MOST_SKEW
        else "set this machine's clock (NTP): requests are signed with the time",
    )


def _flows(environment: Environment, platform: Client) -> str:
    if environment.discover is None:
        platform.directories()  # proves, as discovery does, that the user belongs to the organisation
    return f"{len(listed_flows(environment, platform))} to export"


def _identity(repository: Repository, author: Identity | None) -> str:
    require_identity(repository, author)
    return f"{author.name} <{author.email}>" if author else "git's own"


def _require_plain_files(repository: Repository) -> None:
    """Raise RepositoryError for what every command refuses below flows/, on disk and in the commit."""
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
