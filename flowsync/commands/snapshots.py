"""Both sides of an environment: the renames between them, dependents, and the comparison of its flows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.cascades import Cascade, Cascades, Snapshot, links_differ
from flowsync.analysis.comparison import FlowComparison, FlowStatus
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.model import Finding
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.flow_selector import file_slug, index_pairs, read_name
from flowsync.diff.graph_diff import compare_graphs
from flowsync.diff.model import Change
from flowsync.diff.shared_values import strip_shared
from flowsync.document.file_layout import slug
from flowsync.document.load import flow_name, load_flow_document
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile

_MAX_CACHED: Final = 200


@dataclass(frozen=True)
class Files:
    """The flow files of one side; `read` returns the bytes of a file.

    `listed` are the flows whose document on this side is not known, with their names, or "" if these are not
    known either: `files` contains their documents of the other side. `unread` are those of them that exist.
    """

    files: Mapping[int, FlowFile]
    read: Callable[[FlowFile], bytes]
    listed: Mapping[int, str] = field(default_factory=dict)
    unread: Collection[int] = ()


_NO_FILES: Final = Files({}, lambda _file: b"")


@dataclass(frozen=True)
class EnvironmentVersions:
    """Both sides of an environment, listed when first needed.

    `linked` caches the links of files for several comparisons (see `DependentsIndex`).
    """

    environment: str
    before: Callable[[], Files]
    after: Callable[[], Files]
    linked: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def compare_flow(
        self,
        flow: FlowComparison,
        before: Record | None,
        after: Record | None,
        since: datetime,
        *,
        graph: bool = True,
        downstream: bool = True,
    ) -> FlowComparison:
        """Compare two documents of a flow, None for an absent one; sets all that follows from them.

        `graph` and `downstream` include the task graph and all downstream effects.
        """
        context = self.context(flow.flow_id, since, downstream=downstream)
        name, reason = flow_name(before if after is None else after), ""
        found: tuple[Finding, ...]
        changes: list[Change] = []
        if before is None:
            status, found = FlowStatus.NEW, (added_flow_finding(name, context, after=after),)
        elif after is None:
            status, found = FlowStatus.REMOVED, (removed_flow_finding(name, context, before=before),)
        else:
            cascade = self._cascade(before, after)
            before = cascade.before
            compared = (before, after) if downstream else strip_shared(before, after)
            status, found = FlowStatus.CHANGED, analyze(*compared, context)
            reason = "" if found else cascade.reason
            changes = [finding.change for finding in found]
        view = compare_graphs(before, after, changes) if graph and found else None
        return replace(flow, name=name, status=status, reason=reason, findings=found, graph=view)

    def context(self, flow_id: int, since: datetime, *, downstream: bool = True) -> DiffContext:
        """Return the context of the comparison of a flow."""

        def dependents_of(names: Collection[str]) -> Sequence[Dependent]:
            return self._dependents.dependents_of(names)

        def link_states(dependents: Sequence[Dependent]) -> Sequence[Dependent]:
            return self._cascades.link_states(flow_id, dependents)

        def may_rename(old: str, new: str) -> bool:
            return self._cascades.may_rename(old, new)

        return DiffContext(
            self.environment,
            flow_id,
            since,
            dependents_of,
            downstream=downstream,
            link_states=link_states,
            may_rename=may_rename,
        )

    def _cascade(self, before: Record, after: Record) -> Cascade:
        return self._cascades.of(before, after) if links_differ(before, after) else Cascade(before)

    @cached_property
    def _after(self) -> Files:
        return self.after()

    @cached_property
    def _dependents(self) -> DependentsIndex:
        return DependentsIndex(self.environment, self._after.files, self._after.read, self.linked)

    @cached_property
    def _cascades(self) -> Cascades:
        """The renames between the sides; none if an invalid file makes a list unreliable."""
        try:
            return cascades_between(self.before(), self._after)
        except RepositoryError:
            return cascades_between(_NO_FILES, _NO_FILES)


def cascades_between(before: Files, after: Files) -> Cascades:
    """Return the renames between two sides of an environment.

    Flows whose files differ are found by their names, all others by the names of their files.
    """
    changed = {
        flow_id
        for flow_id in before.files.keys() | after.files.keys()
        if _blob(before, flow_id) != _blob(after, flow_id)
    }
    documents: dict[tuple[int, str], Record | None] = {}
    sides = (_Side(side, changed, documents) for side in (before, after))
    return Cascades(*(Snapshot(side.named, side.name, side.document, side.side.unread) for side in sides))


def _blob(side: Files, flow_id: int) -> str:
    file = side.files.get(flow_id)
    return file.blob if file else ""


@dataclass(frozen=True)
class _Side:
    """One side with the documents that were read; `documents` are those of both sides, by flow and blob."""

    side: Files
    changed: Collection[int]
    documents: dict[tuple[int, str], Record | None]
    _names: dict[int, str | None] = field(default_factory=dict)

    def named(self, name: str) -> Collection[int]:
        """Return the flows of a name."""
        likely = (flow_id for flow_id in self._by_slug.get(slug(name), ()) if self.name(flow_id) == name)
        return {*self._by_name.get(name, ()), *likely}

    def name(self, flow_id: int) -> str | None:
        """Return the name of a flow, None if it is not known."""
        if flow_id not in self._names:
            listed = self.side.listed.get(flow_id)
            file = self.side.files.get(flow_id)
            self._names[flow_id] = listed or (read_name(self.side.read(file)) or None if file else None)
        return self._names[flow_id]

    def document(self, flow_id: int) -> Record | None:
        """Return the document of a flow, None if it is not known."""
        file = self.side.files.get(flow_id)
        if file is None or flow_id in self.side.listed:
            return None
        key = (flow_id, file.blob)
        if key not in self.documents:
            if len(self.documents) >= _MAX_CACHED:
                self.documents.clear()
            self.documents[key] = load_if_valid(flow_id, self.side.read(file))
        return self.documents[key]

    @cached_property
    def _by_name(self) -> Mapping[str, set[int]]:
        """The flows whose files differ, and those whose names are known otherwise, by name."""
        return index_pairs((name, one) for one in self._named if (name := self.name(one)) is not None)

    @cached_property
    def _by_slug(self) -> Mapping[str, set[int]]:
        """All other flows, by the slug of their file."""
        files = self.side.files.items()
        return index_pairs((file_slug(file.path), one) for one, file in files if one not in self._named)

    @cached_property
    def _named(self) -> Collection[int]:
        return {*self.changed, *(flow_id for flow_id, name in self.side.listed.items() if name)}


def load_if_valid(flow_id: int, data: bytes) -> Record | None:
    """Load the document of a flow, None if it cannot be parsed."""
    try:
        return load_flow_document(flow_id, data)
    except CanonicalError:
        return None


def describe_error(error: CanonicalError) -> str:
    """Return why a document cannot be parsed, with the line if it is known."""
    return f"{error.message} (line {error.line})" if error.line else error.message
