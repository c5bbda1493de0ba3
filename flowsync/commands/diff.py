"""Compare two revisions, or a revision with the work tree. Read-only."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.cascades import Cascades
from flowsync.analysis.comparison import WORK_TREE, Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.model import Finding
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.flow_selector import FlowKey, FlowSelector, ambiguity_notes
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import compare_graphs
from flowsync.document.load import load_flow_document
from flowsync.errors import CanonicalError, UsageError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository


def compare_versions(
    before: Side,
    after: Side,
    repository: Repository,
    *,
    words: Mapping[str, str],
    since: datetime,
    revisions: Collection[str] = (),
    note: Callable[[str], None] = lambda _note: None,
) -> Comparison:
    """Compare the flows that `words` select, all without words; only documents whose blobs differ are read.

    Each word comes with the path that it may stand for (see `FlowSelector`). Raises UsageError for a
    word that selects no flow on either side. `note` gets a line for each word of `revisions` that is also a
    flow.
    """
    old, new = (_files(side, repository) for side in (before, after))
    between = _VersionComparison(before, after, repository, old, new, since)
    wanted = old.keys() | new.keys()
    if words or revisions:
        selector = FlowSelector([*old.items(), *new.items()], between.bytes_of)
        for text in ambiguity_notes(revisions, selector):
            note(text)
        wanted = _wanted(words, selector) if words else wanted
    found = (between.compare_flow(key, old.get(key), new.get(key)) for key in sorted(wanted))
    flows = [flow for flow in found if flow is not None]
    return Comparison(before, after, tuple(flows), len(wanted))


def _files(side: Side, repository: Repository) -> Mapping[FlowKey, FlowFile]:
    files = repository.work_tree_flow_files() if side is WORK_TREE else repository.flow_files(side.commit)
    return {
        (environment, flow_id): file
        for environment, committed in files.items()
        for flow_id, file in committed.items()
    }


def _wanted(words: Mapping[str, str], selector: FlowSelector) -> set[FlowKey]:
    wanted: set[FlowKey] = set()
    for word, path in words.items():
        found = selector.matches(word, path)
        if not found:
            hint = selector.unknown(word).hint
            raise UsageError(f"neither a revision nor a flow: {word!r}", word=word, hint=hint)
        wanted |= found
    return wanted


@dataclass(frozen=True)
class _VersionComparison:
    """Compares the flows of two sides of a repository."""

    before: Side
    after: Side
    repository: Repository
    files_before: Mapping[FlowKey, FlowFile]
    files: Mapping[FlowKey, FlowFile]
    since: datetime
    _dependents: dict[str, DependentsIndex] = field(default_factory=dict)
    _cascades: dict[str, Cascades] = field(default_factory=dict)

    def compare_flow(
        self, key: FlowKey, before: FlowFile | None, after: FlowFile | None
    ) -> FlowComparison | None:
        if before and after and before.blob == after.blob:
            return None
        file = after or before
        assert file is not None
        try:
            old = self._document(key[1], before, self.before)
            new = self._document(key[1], after, self.after)
        except CanonicalError as exc:
            reason = f"{exc.message} (line {exc.line})" if exc.line else exc.message
            return FlowComparison(*key, "", FlowStatus.UNKNOWN, file=file.path, reason=reason, hint=exc.hint)
        return self._compare_known(key, old, new, file.path)

    def _compare_known(
        self, key: FlowKey, old: Record | None, new: Record | None, path: str
    ) -> FlowComparison | None:
        cascades = self._cascades_in(key[0])
        states = partial(cascades.link_states, key[1])
        context = DiffContext(*key, self.since, self._dependents_in(key[0]).dependents_of, link_states=states)
        name, reason = _name(new if new is not None else old), ""
        if old is None:
            found: tuple[Finding, ...] = (added_flow_finding(name, context, after=new),)
            status = FlowStatus.NEW
        elif new is None:
            found, status = (removed_flow_finding(name, context, before=old),), FlowStatus.REMOVED
        else:
            cascade = cascades.of(old, new)
            old = cascade.before
            found, status = analyze(old, new, context), FlowStatus.CHANGED
            reason = "" if found else cascade.reason
        if not found and not reason:
            return None
        inside = [finding.change for finding in found] if status is FlowStatus.CHANGED else []
        graph = compare_graphs(old, new, inside) if found else None
        return FlowComparison(*key, name, status, file=path, reason=reason, findings=found, graph=graph)

    def _document(self, flow_id: int, file: FlowFile | None, side: Side) -> Record | None:
        return None if file is None else load_flow_document(flow_id, self._bytes(file, side))

    def _bytes(self, file: FlowFile, side: Side) -> bytes:
        if side is WORK_TREE:
            return self.repository.work_tree_bytes(file.path)
        return self.repository.blob(file.blob)

    def _dependents_in(self, environment: str) -> DependentsIndex:
        """Return the dependents in one environment on the after side."""
        if environment not in self._dependents:
            files = _files_in(environment, self.files)
            self._dependents[environment] = DependentsIndex(environment, files, self._after_bytes)
        return self._dependents[environment]

    def _cascades_in(self, environment: str) -> Cascades:
        if environment not in self._cascades:
            self._cascades[environment] = cascades_between(
                Files(_files_in(environment, self.files_before), lambda file: self._bytes(file, self.before)),
                Files(_files_in(environment, self.files), self._after_bytes),
            )
        return self._cascades[environment]

    def bytes_of(self, file: FlowFile) -> bytes:
        """Return the content of a file of either side."""
        on_disk = self.after is WORK_TREE and file in self._of_after
        return self._bytes(file, self.after if on_disk else Side("before"))

    @cached_property
    def _of_after(self) -> frozenset[FlowFile]:
        return frozenset(self.files.values())

    def _after_bytes(self, file: FlowFile) -> bytes:
        return self._bytes(file, self.after)


def _files_in(environment: str, files: Mapping[FlowKey, FlowFile]) -> Mapping[int, FlowFile]:
    return {flow_id: file for (name, flow_id), file in files.items() if name == environment}


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
