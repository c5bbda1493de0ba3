"""Show: one flow at one revision, or as its file is, with those who wait for it. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flowsync.analysis.schedule_changes import flow_timetable
from flowsync.commands.dependents_index import WaitingFlows
from flowsync.commands.flow_selector import Choice, Key, choice_at, choice_on_disk
from flowsync.document.load import document_of
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.values import Record
from flowsync.report.show.flow import ShownFlow
from flowsync.repository.repository import Repository


@dataclass(frozen=True)
class Reading:
    """One way to read what was asked for: a word for a flow, the path that it may stand for, a revision.

    `commit` is that of `revision`; None for both is the work tree.
    """

    word: str
    path: str
    revision: str | None = None
    commit: str | None = None


def flow_shown(repository: Repository, readings: Sequence[Reading], *, since: datetime) -> ShownFlow:
    """The flow that is asked for, which only one of the readings may find; next runs are after `since`.

    The first reading takes everything for a word, the others have a revision cut off. Raises RepositoryError
    where they find no flow or several, and CanonicalError where its file is no document.
    """
    tried = _only(repository, readings)
    reading, choice = tried.reading, tried.choice
    environment, flow_id = key = choice.one(reading.word, reading.path)
    file = choice.file(key)
    try:
        document = document_of(flow_id, choice.read(file))
    except CanonicalError as exc:
        exc.message = f"{file.path}{f':{exc.line}' if exc.line else ''}: {exc.message}"
        raise
    return ShownFlow(
        environment,
        flow_id,
        file.path,
        reading.revision or "work tree",
        document,
        flow_timetable(document, since),
        tuple(_beside(choice, environment).waiting_for(_names(document))),
    )


@dataclass(frozen=True)
class _Tried:
    """A reading, the flows of its place, and those that it finds there."""

    reading: Reading
    choice: Choice
    keys: frozenset[Key]

    def __str__(self) -> str:
        revision = self.reading.revision
        return f"{self.choice.told(self.keys)} {f'at {revision}' if revision else 'in the work tree'}"

    @property
    def plainly(self) -> str:
        """A word that means the first of these flows and nothing else."""
        revision = self.reading.revision
        return "{}/{}".format(*min(self.keys)) + (f"@{revision}" if revision else "")


def _tried(repository: Repository, reading: Reading) -> _Tried:
    choice = _choice(repository, reading)
    return _Tried(reading, choice, choice.answering(reading.word, reading.path))


def _choice(repository: Repository, reading: Reading) -> Choice:
    if reading.revision is None:
        return choice_on_disk(repository)
    return choice_at(repository, reading.commit)


def _only(repository: Repository, readings: Sequence[Reading]) -> _Tried:
    """The reading that finds flows; where none does, one that tells why."""
    whole, *cut = readings
    tried = [_tried(repository, one) for one in cut]
    finding = [one for one in tried if one.keys]
    tried.append(_tried_briefly(repository, whole) if finding else _tried(repository, whole))
    finding = [one for one in tried if one.keys]
    if len(finding) > 1:
        raise RepositoryError(
            f"{whole.word!r} may be several flows: {'; '.join(map(str, finding))}",
            hint=f"say which by environment and id: {' or '.join(one.plainly for one in finding)}",
        )
    return (finding or tried)[0]


def _tried_briefly(repository: Repository, reading: Reading) -> _Tried:
    """A reading that is not needed: no other names of files are looked behind, and no failure counts."""
    try:
        choice = _choice(repository, reading)
    except RepositoryError:
        choice = choice_at(repository, None)
    return _Tried(reading, choice, choice.filed(reading.word, reading.path) | choice.called(reading.word))


def _beside(choice: Choice, environment: str) -> WaitingFlows:
    """All flows of the environment, asked who waits."""
    return WaitingFlows(environment, choice.files_of(environment), choice.read)


def _names(document: Record) -> list[str]:
    name = document.get("name")
    return [name] if isinstance(name, str) else []
