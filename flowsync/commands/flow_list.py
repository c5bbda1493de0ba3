"""List flows: those of the work tree, or those of the repository and the platform."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from flowsync.analysis.flow_list import FlowList, ListedFlow, ListStatus
from flowsync.analysis.schedule_changes import build_flow_timetable
from flowsync.commands.connect import connect
from flowsync.commands.context import RunContext
from flowsync.commands.flow_selector import FlowSelector
from flowsync.commands.flows_version import WORK_TREE, FlowKey, FlowsVersion
from flowsync.config import Environment
from flowsync.document.file_layout import FLOWS, document_path
from flowsync.document.header import load_flow_header
from flowsync.document.writer import dump
from flowsync.enos.discovery import DiscoveredFlow, discover
from flowsync.errors import CanonicalError, GatewayError, UsageError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.printable import printable_name, quote_name
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository

Word: TypeAlias = tuple[str, str]
"""A FLOW of the command line, and the path in the repository that it may stand for."""

_Reader: TypeAlias = Callable[[FlowFile], bytes]

_NOT_IN_TREE: Final = "configured by id, but in no directory that the user may see"


@dataclass(frozen=True)
class _Candidate:
    """A flow whose file is not read yet; `file` is None if the repository does not have it."""

    key: FlowKey
    status: ListStatus
    file: FlowFile | None
    read: _Reader
    live: DiscoveredFlow | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The name on the platform, empty if it is not known."""
        return self.live.name if self.live else ""

    @property
    def files(self) -> Iterator[FlowFile]:
        """The file, and the one that the flow on the platform would have."""
        if self.file:
            yield self.file
        path = document_path(self.key[0], self.name, self.key[1])
        if self.file is None or (self.live and self.file.path != path):
            yield FlowFile(path, "")

    def bytes_of(self, file: FlowFile) -> bytes:
        """Return one of the files; that of the platform only contains the name."""
        if file == self.file:
            return self.read(file)
        return dump(canonicalize({"name": self.name}, self.key[1])).encode()


def list_repository(
    repository: Repository, environments: Sequence[str], words: Sequence[Word], *, since: datetime
) -> FlowList:
    """List the flows of the work tree, of a bare repository those of HEAD; next runs are after `since`.

    Only the files of selected flows are parsed, and only up to their tasks. Raises UsageError for an
    environment without flows and for a word that selects none.
    """
    head = FlowsVersion("HEAD", repository.head())
    tree = head if repository.is_bare else WORK_TREE
    committed, present = (version.files(repository, environments) for version in (head, tree))
    candidates = [
        _Candidate(
            key, _local_status(committed.get(key), present[key]), present[key], partial(tree.read, repository)
        )
        for key in present
    ]
    candidates += [
        _Candidate(key, ListStatus.REMOVED, committed[key], partial(head.read, repository))
        for key in committed.keys() - present.keys()
    ]
    _require_flows(environments, candidates, repository)
    return FlowList(_flows(_select(candidates, words), since), head.commit)


def list_live(
    environments: Sequence[Environment], repository: Repository, context: RunContext, words: Sequence[Word]
) -> FlowList:
    """List the flows of HEAD together with those of the platform; reads its directories, exports nothing.

    Raises GatewayError if the directories of an environment cannot be read.
    """
    head = repository.head()
    committed = repository.flow_files(head, [environment.name for environment in environments])
    candidates = [
        candidate
        for environment in environments
        for candidate in _live_candidates(
            environment, committed[environment.name], _read_directories(environment, context), repository
        )
    ]
    gateways = {one.name: urlsplit(one.gateway).hostname or "" for one in environments}
    return FlowList(_flows(_select(candidates, words), context.now), head, gateways)


def _require_flows(
    environments: Iterable[str], candidates: Iterable[_Candidate], repository: Repository
) -> None:
    present = {candidate.key[0] for candidate in candidates}
    for name in environments:
        if name not in present:
            known = ", ".join(sorted(repository.flow_files(repository.head())))
            raise UsageError(
                f"environment {quote_name(name)}: no flows in {FLOWS}/",
                word=name,
                hint=f"name one of {known}" if known else "run flowsync sync to commit the first flows",
            )


def _local_status(committed: FlowFile | None, present: FlowFile) -> ListStatus:
    if committed is None:
        return ListStatus.NEW
    return ListStatus.SAME if present == committed else ListStatus.CHANGED


@dataclass(frozen=True)
class _Directories:
    """The flows in the directories of the platform, by id, and those of them that `discover` selects."""

    found: Mapping[int, DiscoveredFlow]
    selected: Mapping[int, DiscoveredFlow]


def _read_directories(environment: Environment, context: RunContext) -> _Directories:
    with connect(environment, context) as platform:
        tree = platform.directories()
    found = discover(tree, directories=(), names=(), exclude=())
    selected: list[DiscoveredFlow] = []
    globs = environment.discover
    if globs is not None:
        with suppress(GatewayError):  # the tree is valid, so it only means that none is selected
            selected = discover(tree, directories=globs.directories, names=globs.names, exclude=globs.exclude)
    return _Directories(*({flow.flow_id: flow for flow in flows} for flows in (found, selected)))


def _live_candidates(
    environment: Environment,
    committed: Mapping[int, FlowFile],
    directories: _Directories,
    repository: Repository,
) -> Iterator[_Candidate]:
    read = partial(FlowsVersion("HEAD").read, repository)
    for flow_id in {*directories.found, *committed, *environment.flows}:
        file, selected = committed.get(flow_id), directories.selected.get(flow_id)
        live = selected or directories.found.get(flow_id)
        is_configured = selected is not None or flow_id in environment.flows
        status, reason = _live_status(file, live, is_configured=is_configured)
        yield _Candidate((environment.name, flow_id), status, file, read, live, reason)


def _live_status(
    file: FlowFile | None, live: DiscoveredFlow | None, *, is_configured: bool
) -> tuple[ListStatus, str]:
    if not is_configured and file is None:
        return ListStatus.UNSELECTED, ""
    if not is_configured:
        return ListStatus.MISSING, "not selected by flowsync.yaml" if live else "not on the platform"
    if live is None:
        return ListStatus.UNKNOWN, _NOT_IN_TREE
    return (ListStatus.NEW if file is None else ListStatus.LISTED), ""


def _select(candidates: Sequence[_Candidate], words: Sequence[Word]) -> list[_Candidate]:
    """Return the candidates that the words select, all without words."""
    by_file = {file: candidate for candidate in candidates for file in candidate.files}
    selector = FlowSelector(
        ((candidate.key, file) for file, candidate in by_file.items()),
        lambda file: by_file[file].bytes_of(file),
    )
    wanted: set[FlowKey] = set() if words else {candidate.key for candidate in candidates}
    for word, path in words:
        found = selector.matches(word, path)
        if not found:
            raise selector.unknown(word)
        wanted |= found
    return sorted((one for one in candidates if one.key in wanted), key=lambda one: one.key)


def _flows(candidates: Iterable[_Candidate], since: datetime) -> tuple[ListedFlow, ...]:
    return tuple(_flow(candidate, since) for candidate in candidates)


def _flow(candidate: _Candidate, since: datetime) -> ListedFlow:
    environment, flow_id = candidate.key
    live, file = candidate.live, candidate.file
    flow = ListedFlow(
        environment,
        flow_id,
        candidate.name,
        candidate.status,
        file=file.path if file else None,
        directory=live.directory if live else None,
        reason=candidate.reason,
    )
    if file is None:
        return flow
    try:
        header = load_flow_header(flow_id, candidate.read(file))
    except CanonicalError as exc:
        line = f"line {exc.line}: " if exc.line else ""
        reason = f"the file cannot be read: {line}{exc.message}"
        return replace(flow, status=ListStatus.UNKNOWN, reason=reason)
    return _with_header(flow, header, since)


def _with_header(flow: ListedFlow, header: Record, since: datetime) -> ListedFlow:
    """Add the schedule and the name in the repository; a flow of another name on the platform is changed."""
    name, cron = header.get("name"), header.get("cron")
    timetable = build_flow_timetable(header, since)
    read = replace(
        flow,
        name=name if isinstance(name, str) else "",
        schedule=timetable.description if timetable else None,
        cron=cron if isinstance(cron, str) else None,
    )
    if flow.status is ListStatus.LISTED and flow.name != read.name:
        return replace(
            read, status=ListStatus.CHANGED, reason=f"named {printable_name(flow.name)} on the platform"
        )
    return read
