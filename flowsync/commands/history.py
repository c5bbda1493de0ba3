"""Report what each commit of a branch changed in the flows. Reads git objects only."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, TypeAlias

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.cascades import Cascade, Cascades, links_differ
from flowsync.analysis.comparison import NOTATION, Commit, Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.model import Finding
from flowsync.commands.annotate_lines import FileVersion, annotate_flow_lines
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.flow_selector import FlowKey, FlowSelector
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import compare_graphs
from flowsync.diff.shared_values import strip_shared
from flowsync.document import file_layout
from flowsync.document.file_layout import ENVIRONMENT, FLOWS
from flowsync.document.version_reader import VersionReader
from flowsync.errors import CanonicalError, RepositoryError, UsageError
from flowsync.flow.printable import short_id
from flowsync.flow.values import Record
from flowsync.repository.history import PastCommit, PathChange, past_commits
from flowsync.repository.repository import FlowFile, Repository

FILE_RENAMED: Final = "the file has another name but means the same"
_LINKED: Final = "its file is a symbolic link or a submodule; flowsync reads plain files only"
_MAX_CACHED: Final = 1_000
_MAX_COMMITS: Final = 64
_MAX_BLOBS: Final = 200
_DEPTH: Final = 3


@dataclass(frozen=True)
class ShallowBoundary:
    """The last commit that a shallow clone contains; its parent is not known."""

    commit: Commit


Entry: TypeAlias = Comparison | ShallowBoundary


def history(
    repository: Repository,
    commit: str,
    *,
    flows: Collection[FlowKey] | None = None,
    environments: Collection[str] = (),
    without: str | None = None,
    limit: int | None = None,
    graphs: bool = False,
    lines: bool = False,
) -> Iterator[Entry]:
    """Compare each commit that changed these flows (all by default) with its first parent, newest first.

    `limit` is the largest number of commits; `without` excludes the commits that are part of it. Next runs
    are those after each commit. Dependents are looked up only where they may still use an old name. `graphs`
    adds task graphs, `lines` the lines of the findings in the files of each commit.
    """
    past = past_commits(
        repository,
        commit,
        environments={environment for environment, _ in flows} if flows else environments,
        flow_ids={flow_id for _, flow_id in flows} if flows else (),
        without=without,
    )
    committed = _committed_files(repository.flow_paths(commit), flows)
    described = _History(
        repository, None if flows is None else frozenset(flows), committed, graphs=graphs, lines=lines
    )
    entries = (entry for batch in _batches(past) for entry in described.entries(batch))
    yield from islice(entries, limit)


def require_known(repository: Repository, commit: str, environments: Collection[str]) -> None:
    """Raise UsageError for an environment of which the branch never contained a flow."""
    committed = repository.flow_files(commit, environments) if environments else {}
    for name, files in committed.items():
        if not files and next(past_commits(repository, commit, environments=[name]), None) is None:
            known = sorted(repository.flow_files(commit))
            raise UsageError(
                f"no such environment in this history: {name!r}",
                word=name,
                hint=f"use one of: {', '.join(known)}" if known else "there are no flows in this history",
            )


def history_selector(repository: Repository, commit: str, environments: Collection[str] = ()) -> FlowSelector:
    """Return a selector for all flows that the branch ever contained, with their newest files."""
    found: dict[tuple[FlowKey, str], FlowFile] = {}
    for past in past_commits(repository, commit, environments=environments):
        for change in past.files:
            key, blob = _key(change.path), change.after or change.before
            if key is not None and blob is not None and change.is_plain:
                found.setdefault((key, change.path), FlowFile(change.path, blob))
    return FlowSelector(
        ((key, file) for (key, _), file in found.items()), lambda file: repository.blob(file.blob)
    )


@dataclass(frozen=True)
class _History:
    """A branch that is read from its end to its start; `flows` None means all.

    `committed` are the files of each flow in the next commit to compare.
    """

    repository: Repository
    flows: frozenset[FlowKey] | None
    committed: dict[FlowKey, set[str]]
    graphs: bool
    lines: bool
    _versions: VersionReader = field(default_factory=VersionReader)
    _documents: dict[FlowKey, tuple[str, Record]] = field(default_factory=dict)
    _contents: dict[str, bytes] = field(default_factory=dict)
    _linked: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def entries(self, batch: Sequence[PastCommit]) -> Iterator[Entry]:
        """Compare these commits with their parents; their blobs are read together."""
        files = [self._files(past) for past in batch]
        blobs = {
            blob
            for committed in files
            for changes in committed.values()
            for one in changes
            for blob in one.blobs
        }
        self._contents.clear()
        if len(blobs) <= _MAX_BLOBS:
            self._contents.update(zip(blobs, self.repository.blobs([*blobs]), strict=True))
        for past, committed in zip(batch, files, strict=True):
            entry = self._entry(past, committed)
            if entry is not None:
                yield entry

    def _files(self, past: PastCommit) -> dict[FlowKey, list[PathChange]]:
        files: dict[FlowKey, list[PathChange]] = {}
        for change in past.files:
            key = _key(change.path)
            if key is not None and (self.flows is None or key in self.flows):
                files.setdefault(key, []).append(change)
        return files

    def _entry(self, past: PastCommit, files: Mapping[FlowKey, list[PathChange]]) -> Entry | None:
        commit = Commit(past.id, past.when, past.author, past.subject)
        if past.is_cut_off:
            return ShallowBoundary(commit) if files else None
        since = _moment(past.when)
        around = _Around(self.repository, past, self._linked)
        found = (self._compare_flow(key, changed, since, around) for key, changed in sorted(files.items()))
        flows = tuple(flow for flow in found if flow is not None)
        before = Side(short_id(past.parent), past.parent) if past.parent else Side("nothing")
        after = Side(short_id(past.id), past.id)
        return Comparison(before, after, flows, len(files), commit=commit) if flows else None

    def _compare_flow(
        self, key: FlowKey, changed: list[PathChange], since: datetime, around: "_Around"
    ) -> FlowComparison | None:
        """Compare a flow, which has several files if it was renamed. Return None if only a mode changed."""
        old_paths = [change for change in changed if change.before]
        new_paths = [change for change in changed if change.after]
        path = (new_paths or old_paths)[0].path
        twice = self._duplicate_reason(key, old_paths, new_paths)
        if not all(change.is_plain for change in changed):
            return FlowComparison(*key, "", FlowStatus.UNKNOWN, file=path, reason=_LINKED)
        if twice:
            return FlowComparison(*key, "", FlowStatus.UNKNOWN, file=path, reason=twice)
        old, new = (old_paths[0].before if old_paths else None), (new_paths[0].after if new_paths else None)
        if old == new and old_paths[0].path == path:
            return None
        try:
            after = self._document(key, new)  # in this order: the next commit's after is this one's before
            before = self._document(key, old)
        except CanonicalError as exc:
            reason = f"{exc.message} (line {exc.line})" if exc.line else exc.message
            return FlowComparison(*key, "", FlowStatus.UNKNOWN, file=path, reason=reason, hint=exc.hint)
        flow = self._compare_known(
            around.setting(key, since), around, before, after, path, renamed=old == new
        )
        if self.lines and new:
            return annotate_flow_lines(flow, FileVersion.AFTER, lambda _: self._bytes(new))
        return flow

    def _duplicate_reason(
        self, key: FlowKey, old_paths: list[PathChange], new_paths: list[PathChange]
    ) -> str:
        """Return why a flow with several files is unknown, and step back to its files in the parent."""
        after = self.committed.get(key, set())
        before = (after - {change.path for change in new_paths}) | {change.path for change in old_paths}
        self.committed[key] = before
        if len(after) > 1:
            return f"it has two files: {' and '.join(sorted(after))}"
        return f"it had two files: {' and '.join(sorted(before))}" if len(before) > 1 else ""

    def _compare_known(
        self,
        context: DiffContext,
        around: "_Around",
        old: Record | None,
        new: Record | None,
        path: str,
        *,
        renamed: bool,
    ) -> FlowComparison:
        key = (context.environment, context.flow_id)
        name, reason = _name(new if new is not None else old), FILE_RENAMED if renamed else NOTATION
        found: tuple[Finding, ...]
        if old is None:
            status, found = FlowStatus.NEW, (added_flow_finding(name, context, after=new),)
        elif new is None:
            status, found = FlowStatus.REMOVED, (removed_flow_finding(name, context, before=old),)
        else:
            cascade = around.cascade(key[0], old, new)
            old, reason = cascade.before, cascade.reason or reason
            status, found = FlowStatus.CHANGED, analyze(*strip_shared(old, new), context)
        inside = [finding.change for finding in found] if status is FlowStatus.CHANGED else []
        graph = compare_graphs(old, new, inside) if self.graphs and found else None
        return FlowComparison(
            *key, name, status, file=path, reason="" if found else reason, findings=found, graph=graph
        )

    def _document(self, key: FlowKey, blob: str | None) -> Record | None:
        if blob is None:
            return None
        committed = self._documents.get(key)
        if committed is None or committed[0] != blob:
            document = self._versions.load_flow_document(key[1], self._bytes(blob))
            if len(self._documents) >= _MAX_CACHED:
                self._documents.clear()
            committed = self._documents[key] = (blob, document)
        return committed[1]

    def _bytes(self, blob: str) -> bytes:
        return self._contents.get(blob) or self.repository.blob(blob)


@dataclass(frozen=True)
class _Around:
    """The other flows of a commit and of its parent, listed when they are first needed."""

    repository: Repository
    past: PastCommit
    linked: dict[str, frozenset[str] | None]
    _flows: dict[str, DependentsIndex] = field(default_factory=dict)
    _cascades: dict[str, Cascades] = field(default_factory=dict)

    def setting(self, key: FlowKey, since: datetime) -> DiffContext:
        """Return the context of the comparison of a flow in this commit."""

        def link_states(dependents: Sequence[Dependent]) -> Sequence[Dependent]:
            return self._cascades_in(key[0]).link_states(key[1], dependents)

        return DiffContext(
            *key, since, partial(self._waiting, key[0]), downstream=False, link_states=link_states
        )

    def cascade(self, environment: str, old: Record, new: Record) -> Cascade:
        """Return which links of a flow follow renames."""
        return self._cascades_in(environment).of(old, new) if links_differ(old, new) else Cascade(old)

    def _waiting(self, environment: str, names: Collection[str]) -> list[Dependent]:
        if environment not in self._flows:
            files = self.repository.flow_files(self.past.id, [environment])[environment]
            self._flows[environment] = DependentsIndex(environment, files, self._read, self.linked)
        return self._flows[environment].dependents_of(names)

    def _cascades_in(self, environment: str) -> Cascades:
        if environment not in self._cascades:
            sides = (self._files(commit, environment) for commit in (self.past.parent, self.past.id))
            self._cascades[environment] = cascades_between(*sides)
        return self._cascades[environment]

    def _files(self, commit: str | None, environment: str) -> Files:
        """List the flows of one side; none if an invalid file makes the list unreliable."""
        try:
            return Files(self.repository.flow_files(commit, [environment])[environment], self._read)
        except RepositoryError:
            return Files({}, self._read)

    def _read(self, file: FlowFile) -> bytes:
        return self.repository.blob(file.blob)


def _batches(past: Iterator[PastCommit]) -> Iterator[list[PastCommit]]:
    """Yield batches of growing size, starting with one, so that the first entry appears immediately."""
    size = 1
    while batch := [*islice(past, size)]:
        yield batch
        size = min(2 * size, _MAX_COMMITS)


def _committed_files(paths: Iterable[str], flows: Collection[FlowKey] | None) -> dict[FlowKey, set[str]]:
    """Return the files of each of these flows, None for all."""
    committed: dict[FlowKey, set[str]] = {}
    for path in paths:
        key = _key(path)
        if key is not None and (flows is None or key in flows):
            committed.setdefault(key, set()).add(path)
    return committed


def _key(path: str) -> FlowKey | None:
    """Return the flow that a path names, None if it is not a flow file."""
    parts = path.split("/")
    if len(parts) != _DEPTH or parts[0] != FLOWS or not ENVIRONMENT.fullmatch(parts[1]):
        return None
    flow_id = None if parts[2].startswith(".") else file_layout.flow_id_of(path)
    return None if flow_id is None else (parts[1], flow_id)


def _moment(when: str) -> datetime:
    """Return the local time of the committer."""
    try:
        return datetime.fromisoformat(when).replace(tzinfo=None)
    except ValueError:  # git keeps dates that no calendar has
        return datetime(1970, 1, 1)  # noqa: DTZ001  # schedules have no zone


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
