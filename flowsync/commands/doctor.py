"""Check everything that a sync needs, one check after another."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from flowsync.analysis.check import Check
from flowsync.commands.check_runner import CheckRunner, FailedCheckError
from flowsync.commands.connect import connect, list_flows
from flowsync.commands.context import RunContext
from flowsync.commands.render_pool import render_response
from flowsync.commands.sync import author_of
from flowsync.config import Environment, Secret, Settings, secret_value
from flowsync.document.file_layout import FLOWS
from flowsync.document.load import load_flow_document
from flowsync.enos.client import Client
from flowsync.errors import CanonicalError, ConfigError, GatewayError
from flowsync.flow.printable import plural
from flowsync.repository.encoding import from_utf8
from flowsync.repository.identity import Identity
from flowsync.repository.journal import read_journal
from flowsync.repository.preconditions import checked_out_ref, require_identity, short_branch, writing_target
from flowsync.repository.repository import Repository

_MAX_SKEW: Final = 60
"""Seconds. The platform documents no limit; a minute is more than the error of any synchronised clock."""

_NEXT_STEPS: Final = {
    "repository": "change into a repository; flowsync init DIR creates one",
    "configuration": "correct the file; flowsync schema config describes it",
    "credentials": "write the secrets into the files that flowsync.yaml names",
    "gateway": "check the gateway in flowsync.yaml, the network, and HTTPS_PROXY",
    "clock": "set the clock of this machine (NTP): requests are signed with the time",
    "flows": "run flowsync list --live to list the flows that the user may see",
    "export": "correct flows in flowsync.yaml, or give the user the right to read them",
    "git identity": "run git config --global user.name and user.email",
    "documents": "run flowsync validate and repair the files",
    "commit": "run git status",
}


def run_checks(
    repository: Callable[[], AbstractContextManager[Repository]],
    settings: Callable[[Repository | None], Settings],
    names: Sequence[str],
    context: RunContext,
) -> Iterator[Check]:
    """Yield every check, in the order in which a sync needs it. Read-only.

    `repository` and `settings` raise FlowsyncError if there are none; `settings` also works without a
    repository. `names` are the selected environments, empty for all.
    """
    runner = CheckRunner(_NEXT_STEPS)
    with ExitStack() as stack:
        local = _LocalChecks(repository, settings, names, stack)
        yield runner.run("repository", local.find_repository)
        yield runner.run("configuration", local.configure)
        for environment in local.environments:
            yield from _platform_checks(environment, runner, context)
        if not local.environments:
            yield from (runner.skip(name, "configuration") for name, _, _ in _ON_PLATFORM)
        yield runner.run("git identity", local.identify, needs=("repository",))
        yield runner.run("documents", local.read_documents, needs=("repository",))
        yield runner.run("commit", local.locate_commit, needs=("repository", "git identity"))


@dataclass
class _LocalChecks:
    """The checks of this machine. `stack` closes the repository."""

    open_repository: Callable[[], AbstractContextManager[Repository]]
    load_settings: Callable[[Repository | None], Settings]
    names: Sequence[str]
    stack: ExitStack
    repository: Repository | None = None
    environments: tuple[Environment, ...] = ()
    author: Identity | None = None

    def find_repository(self) -> str:
        self.repository = self.stack.enter_context(self.open_repository())
        ref = checked_out_ref(self.repository)
        branch = f"branch {short_branch(ref)}" if ref else "no branch is checked out"
        return f"{self.repository.location}, {branch}"

    def configure(self) -> str:
        settings = self.load_settings(self.repository)
        self.environments = settings.select(self.names)
        self.author = author_of(settings)
        names = ", ".join(one.name for one in self.environments)
        return f"{settings.source}: {plural(len(self.environments), 'environment')} ({names})"

    def identify(self) -> str:
        require_identity(self._repository, self.author)
        if self.author:
            return f"{self.author.name} <{self.author.email}>, from commit.author in flowsync.yaml"
        identity = from_utf8(self._repository.git.output("var", "GIT_AUTHOR_IDENT"))
        return f"{identity.rsplit(' ', 2)[0]}, from the git configuration"

    def read_documents(self) -> str:
        """Read every committed document; one that cannot be read makes its flow unknown."""
        repository = self._repository
        if not repository.is_bare:
            repository.work_tree_flow_files()  # refuses links and misplaced files, as does the next line
        names = [environment.name for environment in self.environments]
        committed = repository.flow_files(repository.head(), names or None)
        files = [pair for inner in committed.values() for pair in inner.items()]
        problems = []
        for flow_id, file in files:
            try:
                load_flow_document(flow_id, repository.blob(file.blob))
            except CanonicalError as exc:
                problems.append(f"{file.path}{f':{exc.line}' if exc.line else ''}: {exc.message}")
        if problems:
            raise FailedCheckError(
                f"{plural(len(problems), 'committed document')} cannot be read", problems=tuple(problems)
            )
        return f"{plural(len(files), 'committed document')} in {FLOWS}/"

    def locate_commit(self) -> str:
        if read_journal(self._repository.git_dir):
            return "a sync was interrupted; the next sync completes it"
        names = [environment.name for environment in self.environments]
        target = writing_target(self._repository, branch=None, environments=names, author=self.author)
        return f"ready to commit on {target.branch}"

    @property
    def _repository(self) -> Repository:
        assert self.repository is not None
        return self.repository


def _platform_checks(environment: Environment, runner: CheckRunner, context: RunContext) -> Iterator[Check]:
    with ExitStack() as stack:
        checks = _PlatformChecks(environment, context, stack)
        for name, check, needs in _ON_PLATFORM:
            yield runner.run(name, partial(check, checks), environment=environment.name, needs=needs)


@dataclass
class _PlatformChecks:
    """The checks of one environment. `stack` closes the client."""

    environment: Environment
    context: RunContext
    stack: ExitStack
    listed: Sequence[int] = ()
    client: Client | None = None

    def read_credentials(self) -> str:
        credentials = self.environment.credentials
        pairs = (("appKey", credentials.app_key), ("appSecret", credentials.app_secret))
        missing = [(secret, problem) for name, secret in pairs for problem in self._problems(name, secret)]
        if missing:
            exports = " ".join(f"{secret.variable}='...'" for secret, _ in missing if secret.variable)
            raise FailedCheckError(
                f"{plural(len(missing), 'credential')} cannot be read",
                problems=tuple(problem for _, problem in missing),
                hint=f"export {exports}" if exports else "",
            )
        return ", ".join(f"{name} from {_origin(secret)}" for name, secret in pairs)

    def _problems(self, name: str, secret: Secret) -> Iterator[str]:
        try:
            secret_value(secret, self.context.environ)
        except ConfigError as exc:
            yield f"{secret.place}: {name}: {exc.message}"

    def reach_gateway(self) -> str:
        self.client = self.stack.enter_context(connect(self.environment, self.context))
        zone = self._platform.time_zone()
        return f"{self.environment.gateway} accepts the application, its time zone is {zone}"

    def compare_clocks(self) -> str:
        skew = round(self._platform.server_time() / 1000 - self.context.clock())
        detail = f"the clock of the platform differs by {skew:+d} s"
        if abs(skew) > _MAX_SKEW:
            raise FailedCheckError(detail)
        return detail

    def list_flows(self) -> str:
        environment = self.environment
        if environment.discover is None:
            self._platform.directories()  # refuses a user of another organisation, as discovery does
        self.listed = [*list_flows(environment, self._platform)]
        return f"{len(self.listed)} to export, as user {environment.user_id} of {environment.org_id}"

    def export_flows(self) -> str:
        """Export every flow that is configured by id, and one of those that are discovered."""
        configured = self.environment.flows
        sample = [flow_id for flow_id in self.listed if flow_id not in configured][:1]
        wanted = [*configured, *sample]
        errors = dict(self._export_errors(wanted))
        if errors:
            raise FailedCheckError(
                f"{len(errors)} of {plural(len(wanted), 'flow')} cannot be exported",
                problems=tuple(errors[flow_id] for flow_id in sorted(errors)),
            )
        parts = [f"all {plural(len(configured), 'flow')} of flows" if configured else ""]
        parts += [f"flow {flow_id} as a sample of discover" for flow_id in sample]
        return f"exported {' and '.join(filter(None, parts))}"

    def _export_errors(self, wanted: Sequence[int]) -> Iterator[tuple[int, str]]:
        exports = self._platform.exports(wanted, is_known=lambda _flow_id, _response: False)
        for done, (flow_id, response) in enumerate(exports, 1):
            self.context.progress(self.environment.name, done, len(wanted))
            if isinstance(response, GatewayError):
                yield flow_id, "; ".join(filter(None, (response.message, response.hint)))
                continue
            rendered = render_response(flow_id, response, self.environment.name, "sha1")
            if isinstance(rendered, CanonicalError):
                yield flow_id, f"export of flow {flow_id}: {rendered.sentence}"

    @property
    def _platform(self) -> Client:
        assert self.client is not None
        return self.client


def _origin(secret: Secret) -> str:
    return f"${secret.variable}" if secret.variable else f"the file that {secret.key} names"


_ON_PLATFORM: Final[tuple[tuple[str, Callable[[_PlatformChecks], str], tuple[str, ...]], ...]] = (
    ("credentials", _PlatformChecks.read_credentials, ()),
    ("gateway", _PlatformChecks.reach_gateway, ("credentials",)),
    ("clock", _PlatformChecks.compare_clocks, ("gateway",)),
    ("flows", _PlatformChecks.list_flows, ("gateway",)),
    ("export", _PlatformChecks.export_flows, ("flows",)),
)
"""Name, check, and the checks of the same environment that must pass before."""
