"""Find one flow at a revision or in the work tree, with its dependents. Read-only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flowsync.analysis.flow_details import FlowDetails
from flowsync.analysis.schedule_changes import build_flow_timetable
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.flow_selector import FlowSelector, selector_for
from flowsync.commands.flows_version import NO_FLOWS, WORK_TREE, FlowKey, FlowsVersion
from flowsync.document.load import flow_name, load_flow_document
from flowsync.errors import CanonicalError, RepositoryError, UsageError
from flowsync.flow.printable import quote_name
from flowsync.repository.repository import Repository


@dataclass(frozen=True)
class Interpretation:
    """One way to read the argument: a word for a flow, the path that it may stand for, and a version.

    `environments` are those of the flow, empty for all.
    """

    word: str
    path: str
    version: FlowsVersion = WORK_TREE
    environments: Collection[str] = ()


def find_flow(
    repository: Repository, interpretations: Sequence[Interpretation], *, since: datetime
) -> FlowDetails:
    """Return the requested flow, which only one of the interpretations may find; next runs are after `since`.

    The first interpretation takes the whole argument as a word, the others split off a revision. Raises
    UsageError if they find no flow or several, and CanonicalError if the file is not a document.
    """
    attempt = _choose(repository, interpretations)
    interpretation, selector = attempt.interpretation, attempt.selector
    environment, flow_id = key = selector.resolve_one(interpretation.word, interpretation.path)
    file = selector.file(key)
    try:
        document = load_flow_document(flow_id, selector.read(file))
    except CanonicalError as exc:
        exc.message = f"{file.path}{f':{exc.line}' if exc.line else ''}: {exc.message}"
        raise
    dependents = DependentsIndex(environment, selector.files_of(environment), selector.read)
    return FlowDetails(
        environment,
        flow_id,
        file.path,
        interpretation.version.name,
        document,
        build_flow_timetable(document, since),
        tuple(dependents.dependents_of([flow_name(document)])),
    )


@dataclass(frozen=True)
class _Attempt:
    """An interpretation, the flows of its revision, and those that it finds there."""

    interpretation: Interpretation
    selector: FlowSelector
    keys: frozenset[FlowKey]

    def __str__(self) -> str:
        version = self.interpretation.version
        place = "in the work tree" if version.on_disk else f"at {version.name}"
        return f"{self.selector.describe(self.keys)} {place}"

    @property
    def unambiguous(self) -> str:
        """A word that selects the first of these flows and nothing else."""
        version = self.interpretation.version
        return "{}/{}".format(*min(self.keys)) + ("" if version.on_disk else f"@{version.name}")


def _choose(repository: Repository, interpretations: Sequence[Interpretation]) -> _Attempt:
    """Return the interpretation that finds flows; if none does, the one with the best error."""
    whole, *split = interpretations
    attempts = [_try(repository, interpretation) for interpretation in split]
    is_optional = any(one.keys for one in attempts)
    attempts.append(_try(repository, whole, is_optional=is_optional))
    finding = [one for one in attempts if one.keys]
    if len(finding) > 1:
        raise UsageError(
            f"flow {quote_name(whole.word)}: expected one flow, got several: {'; '.join(map(str, finding))}",
            hint=f"name the flow by environment and id: {' or '.join(one.unambiguous for one in finding)}",
        )
    return (finding or attempts)[0]


def _try(repository: Repository, interpretation: Interpretation, *, is_optional: bool = False) -> _Attempt:
    """Try an interpretation; an optional one only by the names of files, and its failures are ignored."""
    word, path = interpretation.word, interpretation.path
    try:
        selector = selector_for(interpretation.version, repository, interpretation.environments)
    except (RepositoryError, UsageError):
        if not is_optional:
            raise
        selector = selector_for(NO_FLOWS, repository)
    brief = selector.match_files(word, path) | selector.match_names(word) if is_optional else None
    return _Attempt(interpretation, selector, selector.matches(word, path) if brief is None else brief)
