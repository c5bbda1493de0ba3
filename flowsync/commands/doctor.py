"""Check what a sync needs, one thing after the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from flowsync.commands.connect import connect, list_flows
from flowsync.commands.context import RunContext
from flowsync.commands.sync import author_of
from flowsync.config import Environment, Settings
from flowsync.enos.client import Client
from flowsync.errors import ConfigError, FlowsyncError, GatewayError
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
    settings: Callable[[], Settings], names: Sequence[str], repository: Repository, context: RunContext
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
    yield _run_check("git identity", partial(_identity, repository, author))
    yield _run_check("repository", partial(_state, repository, environments, author))


def _run_check(name: str, detail: Callable[[], str]) -> Check:
    try:
        return Check(name, passed=True, detail=detail())
    except FlowsyncError as exc:
        return Check(name, passed=False, detail=exc.message, hint=exc.hint)


def _platform_checks(environment: Environment, context: RunContext) -> Iterator[Check]:
    name = environment.name
    credentials = _run_check(f"{name}: credentials", partial(_credentials, environment, context))
    yield credentials
    if not credentials.passed:
        return
    with connect(environment, context) as platform:
        gateway = _run_check(f"{name}: gateway", partial(_zone, environment, platform))
        yield gateway
        if gateway.passed:
            yield _run_check(f"{name}: clock", partial(_skew, platform, context))
            yield _run_check(f"{name}: flows", partial(_flows, environment, platform))


def _credentials(environment: Environment, context: RunContext) -> str:
    connect(environment, context)
    return "key and secret are set"


def _zone(environment: Environment, platform: Client) -> str:
    return f"{environment.gateway} responds, its time zone is {platform.time_zone()}"


def _skew(platform: Client, context: RunContext) -> str:
    skew = platform.server_time() / 1000 - context.clock()
    detail = f"the platform's clock differs by {skew:+.0f} s"
    if abs(skew) > _MAX_SKEW:
        hint = "set this machine's clock (NTP): requests are signed with the time"
        raise GatewayError(detail, hint=hint)
    return detail


def _flows(environment: Environment, platform: Client) -> str:
    if environment.discover is None:
        platform.directories()  # proves, as discovery does, that the user belongs to the organisation
    return f"{plural(len(list_flows(environment, platform)), 'flow')} to export"


def _identity(repository: Repository, author: Identity | None) -> str:
    require_identity(repository, author)
    return f"{author.name} <{author.email}>" if author else "from the git configuration"


def _state(repository: Repository, environments: tuple[Environment, ...], author: Identity | None) -> str:
    if not repository.is_bare:
        repository.work_tree_flow_files()  # refuses links, submodules and misplaced files, as the next line
    repository.flow_files(repository.head())
    if read_journal(repository.git_dir):
        return "a sync was interrupted; the next sync completes it"
    names = [environment.name for environment in environments]
    target = writing_target(repository, branch=None, environments=names, author=author)
    return f"ready to commit on {target.branch}"
