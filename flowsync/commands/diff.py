"""Diff: what changed between two revisions, or between a revision and the work tree. Reads only."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final

from flowsync.analysis.analyze import Setting, findings, flow_added, flow_removed
from flowsync.analysis.cascades import Cascades
from flowsync.analysis.comparison import Comparison, FlowVerdict, Verdict
from flowsync.analysis.model import Finding
from flowsync.commands.dependents_index import WaitingFlows
from flowsync.commands.flow_selector import Choice, Key, ambiguity_notes
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import task_graph
from flowsync.document.load import document_of
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a revision and its commit (None before the first), or the work tree."""

    name: str
    commit: str | None = None
    on_disk: bool = False


WORK_TREE: Final = Side("work tree", on_disk=True)


def compared(
    before: Side,
    after: Side,
    repository: Repository,
    *,
    words: Mapping[str, str],
    since: datetime,
    revisions: Collection[str] = (),
    note: Callable[[str], None] = lambda _note: None,
) -> Comparison:
    """The verdicts of the flows that `words` ask for; only documents whose blobs differ are read.

    Words are those of `Choice`, each with the path that it may stand for; no words ask for all. Raises
    RepositoryError for a word that no flow on either side answers to. A word of `revisions` that is also the
    name of a flow is noted.
    """
    was, becomes = (_files(side, repository) for side in (before, after))
    between = _Between(before, after, repository, was, becomes, since)
    wanted = was.keys() | becomes.keys()
    if words or revisions:
        choice = Choice([*was.items(), *becomes.items()], between.bytes_of)
        for text in ambiguity_notes(revisions, choice):
            note(text)
        wanted = _wanted(words, choice) if words else wanted
    found = (between.verdict(key, was.get(key), becomes.get(key)) for key in sorted(wanted))
    verdicts = [verdict for verdict in found if verdict is not None]
    return Comparison(before.name, after.name, tuple(verdicts), len(wanted))


def _files(side: Side, repository: Repository) -> Mapping[Key, FlowFile]:
    files = repository.work_tree_flow_files() if side.on_disk else repository.flow_files(side.commit)
    return {
        (environment, flow_id): file for environment, held in files.items() for flow_id, file in held.items()
    }


def _wanted(words: Mapping[str, str], choice: Choice) -> set[Key]:
    wanted: set[Key] = set()
    for word, path in words.items():
        found = choice.answering(word, path)
        if not found:
            hint = choice.unknown(word).hint
            raise RepositoryError(f"neither a revision nor a flow: {word!r}", revision=word, hint=hint)
        wanted |= found
    return wanted


@dataclass(frozen=True)
class _Between:
    """Two sides of a repository, with the flows of each."""

    before: Side
    after: Side
    repository: Repository
    files_before: Mapping[Key, FlowFile]
    files: Mapping[Key, FlowFile]
    since: datetime
    _waiting: dict[str, WaitingFlows] = field(default_factory=dict)
    _cascades: dict[str, Cascades] = field(default_factory=dict)

    def verdict(self, key: Key, was: FlowFile | None, becomes: FlowFile | None) -> FlowVerdict | None:
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

    def _known(self, key: Key, old: Record | None, new: Record | None, path: str) -> FlowVerdict | None:
        cascades = self._cascades_in(key[0])
        states = partial(cascades.link_states, key[1])
        setting = Setting(*key, self.since, self._waiting_in(key[0]).waiting_for, link_states=states)
        name, reason = _name(new if new is not None else old), ""
        if old is None:
            found: tuple[Finding, ...] = (flow_added(name, setting, after=new),)
            verdict = Verdict.NEW
        elif new is None:
            found, verdict = (flow_removed(name, setting, before=old),), Verdict.MISSING
        else:
            cascade = cascades.of(old, new)
            old = cascade.before
            found, verdict = findings(old, new, setting), Verdict.CHANGED
            reason = "" if found else cascade.reason
        if not found and not reason:
            return None
        inside = [finding.change for finding in found] if verdict is Verdict.CHANGED else []
        graph = task_graph(old, new, inside) if found else None
        return FlowVerdict(*key, name, verdict, file=path, reason=reason, findings=found, graph=graph)

    def _document(self, flow_id: int, file: FlowFile | None, side: Side) -> Record | None:
        return None if file is None else document_of(flow_id, self._bytes(file, side))

    def _bytes(self, file: FlowFile, side: Side) -> bytes:
        return self.repository.work_tree_bytes(file.path) if side.on_disk else self.repository.blob(file.blob)

    def _waiting_in(self, environment: str) -> WaitingFlows:
        """Who waits for whom in one environment, as the after side has it."""
        if environment not in self._waiting:
            files = _files_in(environment, self.files)
            self._waiting[environment] = WaitingFlows(environment, files, self._after_bytes)
        return self._waiting[environment]

    def _cascades_in(self, environment: str) -> Cascades:
        if environment not in self._cascades:
            self._cascades[environment] = cascades_between(
                Files(_files_in(environment, self.files_before), lambda file: self._bytes(file, self.before)),
                Files(_files_in(environment, self.files), self._after_bytes),
            )
        return self._cascades[environment]

    def bytes_of(self, file: FlowFile) -> bytes:
        """The text of a file of either side."""
        on_disk = self.after.on_disk and file in self._of_after
        return self._bytes(file, self.after if on_disk else Side("before"))

    @cached_property
    def _of_after(self) -> frozenset[FlowFile]:
        return frozenset(self.files.values())

    def _after_bytes(self, file: FlowFile) -> bytes:
        return self._bytes(file, self.after)


def _files_in(environment: str, files: Mapping[Key, FlowFile]) -> Mapping[int, FlowFile]:
    return {flow_id: file for (name, flow_id), file in files.items() if name == environment}


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
