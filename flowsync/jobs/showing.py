"""Show: one flow at one revision, or as its file is, with those who wait for it. Reads only."""

from datetime import datetime

from flowsync.diff.timetables import flow_timetable
from flowsync.errors import CanonicalError
from flowsync.flow.export import document_of
from flowsync.flow.values import Record
from flowsync.jobs.choosing import Choice, choice_at, choice_on_disk
from flowsync.jobs.waiting import WaitingFlows
from flowsync.report.flow import ShownFlow
from flowsync.repository.reading import Repository


def flow_shown(
    repository: Repository,
    word: str,
    *,
    path: str,
    revision: str | None,
    commit: str | None,
    since: datetime,
) -> ShownFlow:
    """The flow that a word, or the path that it stands for, means; the next runs are those after `since`.

    `commit` is that of `revision`; None for both is the work tree. Raises RepositoryError for a word that
    means no flow or several, and CanonicalError where its file is no document.
    """
    choice = choice_on_disk(repository) if revision is None else choice_at(repository, commit)
    environment, flow_id = key = choice.one(word, path)
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
        revision or "work tree",
        document,
        flow_timetable(document, since),
        tuple(_beside(choice, environment).waiting_for(_names(document))),
    )


def _beside(choice: Choice, environment: str) -> WaitingFlows:
    """All flows of the environment, asked who waits."""
    return WaitingFlows(environment, choice.files_of(environment), choice.read)


def _names(document: Record) -> list[str]:
    name = document.get("name")
    return [name] if isinstance(name, str) else []
