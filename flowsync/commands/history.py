"""Report what each commit of a branch changed in the flows. Reads git objects only."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cache, partial
from itertools import islice
from typing import Final, TypeAlias

from flowsync.analysis.comparison import NOTATION, Commit, Comparison, FlowComparison, FlowStatus, Side
from flowsync.commands.annotate_lines import FileVersion, annotate_flow_lines
from flowsync.commands.flow_selector import FlowSelector
from flowsync.commands.flows_version import FlowKey
from flowsync.commands.snapshots import EnvironmentVersions, Files, describe_error
from flowsync.document.version_reader import VersionReader
from flowsync.errors import CanonicalError, UsageError
from flowsync.flow.printable import quote_name, short_id
from flowsync.flow.values import Record
from flowsync.repository.flow_paths import environment_of, flow_id_of, is_document_path, is_hidden
from flowsync.repository.history import PastCommit, PathChange, past_commits
from flowsync.repository.repository import FlowFile, Repository

FILE_RENAMED: Final = "only the name of the file changed"
_LINKED: Final = "its file is a symbolic link or a submodule; expected a plain file"
_MAX_CACHED: Final = 1_000
_MAX_COMMITS: Final = 64
_MAX_BLOBS: Final = 200


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
    zone: tzinfo | None = None,
) -> Iterator[Entry]:
    """Compare each commit that changed these flows (all by default) with its first parent, newest first.

    `limit` is the largest number of commits; `without` excludes the commits that are part of it. Next runs
    are those after each commit, in `zone`, or in the committer's zone if it is None. Dependents are listed
    only if they may still use an old name. `graphs` adds task graphs, `lines` the lines of the findings in
    the files of each commit.
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
        repository,
        None if flows is None else frozenset(flows),
        committed,
        graphs=graphs,
        lines=lines,
        zone=zone,
    )
    yield from islice(described.entries(iter(past)), limit)


def require_known(repository: Repository, commit: str, environments: Collection[str]) -> None:
    """Raise UsageError for an environment of which the branch never contained a flow."""
    committed = repository.flow_files(commit, environments) if environments else {}
    for name, files in committed.items():
        if not files and next(past_commits(repository, commit, environments=[name]), None) is None:
            known = sorted(repository.flow_files(commit))
            raise UsageError(
                f"environment {quote_name(name)}: not found in this history",
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
    zone: tzinfo | None
    _reader: VersionReader = field(default_factory=VersionReader)
    _documents: dict[FlowKey, tuple[str, Record]] = field(default_factory=dict)
    _linked: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _contents: dict[str, bytes] = field(default_factory=dict)

    def entries(self, past: Iterator[PastCommit]) -> Iterator[Entry]:
        """Compare each commit with its parent; the blobs of several commits are read together."""
        size = 1
        while batch := [*islice(past, size)]:
            changes = (change for one in batch for change in one.files if change.is_plain)
            blobs = {blob for change in changes for blob in (change.before, change.after)}
            wanted = [blob for blob in blobs if blob] if len(blobs) <= _MAX_BLOBS else []
            self._contents.clear()
            self._contents.update(zip(wanted, self.repository.blobs(wanted), strict=True))
            yield from filter(None, map(self.entry, batch))
            size = min(2 * size, _MAX_COMMITS)

    def entry(self, past: PastCommit) -> Entry | None:
        """Compare a commit with its parent; None if no flow changed."""
        files: dict[FlowKey, list[PathChange]] = {}
        for change in past.files:
            key = _key(change.path)
            if key is not None and (self.flows is None or key in self.flows):
                files.setdefault(key, []).append(change)
        commit = Commit(past.id, past.when, past.author, past.subject)
        if past.is_cut_off:
            return ShallowBoundary(commit) if files else None
        versions = cache(partial(self._versions_at, past))
        since = _moment(past.when, self.zone)
        found = (
            self._compare_flow(key, changed, versions(key[0]), since)
            for key, changed in sorted(files.items())
        )
        flows = tuple(flow for flow in found if flow is not None)
        before = Side(short_id(past.parent), past.parent) if past.parent else Side("nothing")
        after = Side(short_id(past.id), past.id)
        return Comparison(before, after, flows, len(files), commit=commit) if flows else None

    def _compare_flow(
        self, key: FlowKey, changed: list[PathChange], versions: EnvironmentVersions, since: datetime
    ) -> FlowComparison | None:
        """Compare a flow, which has several files if it was renamed. Return None if only a mode changed."""
        old_paths = [change for change in changed if change.before]
        new_paths = [change for change in changed if change.after]
        flow = FlowComparison(*key, "", FlowStatus.UNKNOWN, file=(new_paths or old_paths)[0].path)
        twice = self._duplicate_reason(key, old_paths, new_paths)
        if not all(change.is_plain for change in changed):
            return replace(flow, reason=_LINKED)
        if twice:
            return replace(flow, reason=twice)
        old, new = (old_paths[0].before if old_paths else None), (new_paths[0].after if new_paths else None)
        if old == new and old_paths[0].path == flow.file:
            return None
        try:
            after = self._document(key, new)  # in this order: the next commit's after is this one's before
            before = self._document(key, old)
        except CanonicalError as exc:
            return replace(flow, reason=describe_error(exc), hint=exc.hint)
        flow = versions.compare_flow(flow, before, after, since, graph=self.graphs, downstream=False)
        if not (flow.findings or flow.reason):
            flow = replace(flow, reason=FILE_RENAMED if old == new else NOTATION)
        if self.lines and new:
            return annotate_flow_lines(flow, FileVersion.AFTER, lambda _: self.repository.blob(new))
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

    def _document(self, key: FlowKey, blob: str | None) -> Record | None:
        if blob is None:
            return None
        cached = self._documents.get(key)
        if cached is not None and cached[0] == blob:
            return cached[1]
        data = self._contents.get(blob)
        data = self.repository.blob(blob) if data is None else data
        document = self._reader.load_flow_document(key[1], data)
        if len(self._documents) >= _MAX_CACHED:
            self._documents.clear()
        self._documents[key] = (blob, document)
        return document

    def _versions_at(self, past: PastCommit, environment: str) -> EnvironmentVersions:
        """Return both sides of an environment in a commit, listed when first needed."""
        before, after = (partial(self._files_in, commit, environment) for commit in (past.parent, past.id))
        return EnvironmentVersions(environment, before, after, self._linked)

    def _files_in(self, commit: str | None, environment: str) -> Files:
        files = self.repository.flow_files(commit, [environment])[environment]
        return Files(files, lambda file: self.repository.blob(file.blob))


def _committed_files(paths: Iterable[str], flows: Collection[FlowKey] | None) -> dict[FlowKey, set[str]]:
    """Return the files of each of these flows (None: of all)."""
    committed: dict[FlowKey, set[str]] = {}
    for path in paths:
        key = _key(path)
        if key is not None and (flows is None or key in flows):
            committed.setdefault(key, set()).add(path)
    return committed


def _key(path: str) -> FlowKey | None:
    """Return the flow that a path names, None if it is not a flow file."""
    if is_hidden(path) or not is_document_path(path):
        return None
    return environment_of(path), flow_id_of(path)


def _moment(when: str, zone: tzinfo | None) -> datetime:
    """Return the time of a commit in a zone; the local time of the committer if the zone is None."""
    try:
        time = datetime.fromisoformat(when)
        return time.astimezone(zone) if zone else time.replace(tzinfo=None)
    except (ValueError, OverflowError):  # git keeps dates that no calendar has
        return datetime(1970, 1, 1, tzinfo=zone)
