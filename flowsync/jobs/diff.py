"""Diff: what changed between two revisions, or between a revision and the work tree. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from flowsync.diff.finding import Finding
from flowsync.diff.findings import Setting, findings, flow_added, flow_removed
from flowsync.diff.picture import task_graph
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.export import document_of
from flowsync.flow.layout import FLOWS
from flowsync.flow.values import Record
from flowsync.jobs.waiting import WaitingFlows
from flowsync.repository.reading import FlowFile, Repository


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a revision and its commit (None before the first), or the work tree."""

    name: str
    commit: str | None = None
    on_disk: bool = False


WORK_TREE: Final = Side("work tree", on_disk=True)

_Key: TypeAlias = tuple[str, int]


def compared(
    before: Side,
    after: Side,
    repository: Repository,
    *,
    words: Mapping[str, str],
    revisions: Collection[str] = (),
    since: datetime,
) -> Comparison:
    """The verdicts of the flows that `words` ask for; only documents whose blobs differ are read.

    A word is a flow's id, path, file name, slug or environment, or a folder, or maps to one; no words ask
    for all. Raises RepositoryError for a word that no flow on either side answers to, and for one of
    `revisions` that a flow answers to as well.
    """
    was, becomes = (_files(side, repository) for side in (before, after))
    if words or revisions:
        answers = _answers([*was.items(), *becomes.items()])
        _require_unambiguous(revisions, answers)
        wanted = _wanted(words, answers) if words else was.keys() | becomes.keys()
    else:
        wanted = was.keys() | becomes.keys()
    between = _Between(before, after, repository, becomes, since)
    found = (between.verdict(key, was.get(key), becomes.get(key)) for key in sorted(wanted))
    verdicts = [verdict for verdict in found if verdict is not None]
    return Comparison(before.name, after.name, tuple(verdicts), len(wanted))


def _files(side: Side, repository: Repository) -> Mapping[_Key, FlowFile]:
    files = repository.work_tree_flow_files() if side.on_disk else repository.flow_files(side.commit)
    return {
        (environment, flow_id): file for environment, held in files.items() for flow_id, file in held.items()
    }


def _answers(found: Iterable[tuple[_Key, FlowFile]]) -> Mapping[str, set[_Key]]:
    """The flows that answer to each word."""
    answers: dict[str, set[_Key]] = defaultdict(set)
    for key, file in found:
        folder, _, name = file.path.rpartition("/")
        environment, flow_id = key
        slug = name.rsplit(".", 2)[0]
        for word in (".", FLOWS, folder, environment, file.path, name, slug, str(flow_id)):
            answers[word].add(key)
    return answers


def _wanted(words: Mapping[str, str], answers: Mapping[str, set[_Key]]) -> set[_Key]:
    wanted: set[_Key] = set()
    for word, path in words.items():
        found = answers.get(word.rstrip("/"), set()) | answers.get(path, set())
        if not found:
            raise RepositoryError(
                f"neither a revision nor a flow: {word!r}",
                revision=word,
                hint="git log and git ls-files know",
            )
        wanted |= found
    return wanted


def _require_unambiguous(revisions: Collection[str], answers: Mapping[str, set[_Key]]) -> None:
    for word in revisions:
        if word in answers:
            raise RepositoryError(
                f"both a revision and a flow or folder: {word!r}",
                revision=word,
                hint=f"write refs/heads/{word} for the branch, ./{word} or flows/… for the files",
            )


@dataclass(frozen=True)
class _Between:
    """Two sides of a repository; `files` are the flows of the after side."""

    before: Side
    after: Side
    repository: Repository
    files: Mapping[_Key, FlowFile]
    since: datetime
    _waiting: dict[str, WaitingFlows] = field(default_factory=dict)

    def verdict(self, key: _Key, was: FlowFile | None, becomes: FlowFile | None) -> FlowVerdict | None:
        if was and becomes and was.blob == becomes.blob:
            return None
        file = becomes or was
        assert file is not None
        try:
            old = self._document(key[1], was, self.before)
            new = self._document(key[1], becomes, self.after)
        except CanonicalError as exc:
            line = f" (line {exc.line})" if exc.line else ""
            return FlowVerdict(*key, "", Verdict.UNKNOWN, file=file.path, reason=f"{exc.message}{line}")
        return self._known(key, old, new, file.path)

    def _known(self, key: _Key, old: Record | None, new: Record | None, path: str) -> FlowVerdict | None:
        setting = Setting(*key, self.since, self._waiting_in(key[0]).waiting_for)
        name = _name(new if new is not None else old)
        if old is None:
            found: tuple[Finding, ...] = (flow_added(name, setting),)
            verdict = Verdict.NEW
        elif new is None:
            found, verdict = (flow_removed(name, setting, before=old),), Verdict.MISSING
        else:
            found, verdict = findings(old, new, setting), Verdict.CHANGED
        if not found:
            return None
        inside = [finding.change for finding in found] if verdict is Verdict.CHANGED else []
        return FlowVerdict(*key, name, verdict, file=path, findings=found, graph=task_graph(old, new, inside))

    def _document(self, flow_id: int, file: FlowFile | None, side: Side) -> Record | None:
        return None if file is None else document_of(flow_id, self._bytes(file, side))

    def _bytes(self, file: FlowFile, side: Side) -> bytes:
        return self.repository.work_tree_bytes(file.path) if side.on_disk else self.repository.blob(file.blob)

    def _waiting_in(self, environment: str) -> WaitingFlows:
        """Who waits for whom in one environment, as the after side has it."""
        if environment not in self._waiting:
            files = {flow_id: file for (name, flow_id), file in self.files.items() if name == environment}
            self._waiting[environment] = WaitingFlows(environment, files, self._after_bytes)
        return self._waiting[environment]

    def _after_bytes(self, file: FlowFile) -> bytes:
        return self._bytes(file, self.after)


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
