"""Find one flow at a revision or in the work tree, with its dependents. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flowsync.analysis.schedule_changes import build_flow_timetable
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.flow_selector import FlowKey, FlowSelector, selector_at, selector_on_disk
from flowsync.document.load import load_flow_document
from flowsync.errors import CanonicalError, RepositoryError, UsageError
from flowsync.flow.values import Record
from flowsync.report.show.flow import FlowDetails
from flowsync.repository.repository import Repository


@dataclass(frozen=True)
class Interpretation:
    """One way to read the argument: a word for a flow, the path that it may stand for, and a revision.

    `commit` is that of `revision`; None for both means the work tree.
    """

    word: str
    path: str
    revision: str | None = None
    commit: str | None = None


def find_flow(repository: Repository, readings: Sequence[Interpretation], *, since: datetime) -> FlowDetails:
    """Return the requested flow, which only one of the interpretations may find; next runs are after `since`.

    The first interpretation takes the whole argument as a word, the others split off a revision. Raises
    UsageError if they find no flow or several, and CanonicalError if the file is not a document.
    """
    tried = _only(repository, readings)
    interpretation, selector = tried.interpretation, tried.selector
    environment, flow_id = key = selector.resolve_one(interpretation.word, interpretation.path)
    file = selector.file(key)
    try:
        document = load_flow_document(flow_id, selector.read(file))
    except CanonicalError as exc:
        exc.message = f"{file.path}{f':{exc.line}' if exc.line else ''}: {exc.message}"
        raise
    return FlowDetails(
        environment,
        flow_id,
        file.path,
        interpretation.revision or "work tree",
        document,
        build_flow_timetable(document, since),
        tuple(_dependents(selector, environment).dependents_of(_names(document))),
    )


@dataclass(frozen=True)
class _Attempt:
    """An interpretation, the flows of its revision, and those that it finds there."""

    interpretation: Interpretation
    selector: FlowSelector
    keys: frozenset[FlowKey]

    def __str__(self) -> str:
        revision = self.interpretation.revision
        return f"{self.selector.describe(self.keys)} {f'at {revision}' if revision else 'in the work tree'}"

    @property
    def plainly(self) -> str:
        """A word that selects the first of these flows and nothing else."""
        revision = self.interpretation.revision
        return "{}/{}".format(*min(self.keys)) + (f"@{revision}" if revision else "")


def _try(repository: Repository, interpretation: Interpretation) -> _Attempt:
    selector = _selector(repository, interpretation)
    return _Attempt(interpretation, selector, selector.matches(interpretation.word, interpretation.path))


def _selector(repository: Repository, interpretation: Interpretation) -> FlowSelector:
    if interpretation.revision is None:
        return selector_on_disk(repository)
    return selector_at(repository, interpretation.commit)


def _only(repository: Repository, readings: Sequence[Interpretation]) -> _Attempt:
    """Return the interpretation that finds flows; if none does, the one with the best error."""
    document, *cut = readings
    tried = [_try(repository, one) for one in cut]
    finding = [one for one in tried if one.keys]
    tried.append(_try_briefly(repository, document) if finding else _try(repository, document))
    finding = [one for one in tried if one.keys]
    if len(finding) > 1:
        raise UsageError(
            f"{document.word!r} selects several flows: {'; '.join(map(str, finding))}",
            hint=f"name the flow by environment and id: {' or '.join(one.plainly for one in finding)}",
        )
    return (finding or tried)[0]


def _try_briefly(repository: Repository, interpretation: Interpretation) -> _Attempt:
    """Try an optional interpretation: only by the name of a file, and failures are ignored."""
    try:
        selector = _selector(repository, interpretation)
    except RepositoryError:
        selector = selector_at(repository, None)
    return _Attempt(
        interpretation,
        selector,
        selector.match_files(interpretation.word, interpretation.path)
        | selector.match_names(interpretation.word),
    )


def _dependents(selector: FlowSelector, environment: str) -> DependentsIndex:
    """Return all flows of the environment as an index of dependents."""
    return DependentsIndex(environment, selector.files_of(environment), selector.read)


def _names(document: Record) -> list[str]:
    name = document.get("name")
    return [name] if isinstance(name, str) else []
