"""History: what each commit of a branch did to the flows, told as findings. Reads objects only."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, TypeAlias

from flowsync.analysis.analyze import Setting, findings, flow_added, flow_removed
from flowsync.analysis.cascades import Cascade, Cascades, links_differ
from flowsync.analysis.comparison import NOTATION, Commit, Comparison, FlowVerdict, Verdict
from flowsync.analysis.dependents import Waiting
from flowsync.analysis.model import Finding
from flowsync.commands.annotate_lines import FileSide, located_flow
from flowsync.commands.dependents_index import WaitingFlows
from flowsync.commands.flow_selector import Choice, Key
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import task_graph
from flowsync.diff.shared_values import unshared
from flowsync.document import file_layout
from flowsync.document.file_layout import ENVIRONMENT, FLOWS
from flowsync.document.version_reader import Versions
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.values import Record
from flowsync.repository.history import PastCommit, PathChange, past_commits
from flowsync.repository.repository import FlowFile, Repository

MOVED: Final = "the file has another name and means the same"
_LINKED: Final = "its file is a symbolic link or a submodule; flowsync reads plain files only"
_SHORT: Final = 10
_KEPT: Final = 1_000
_MOST_COMMITS: Final = 64
_MOST_BLOBS: Final = 200
_DEPTH: Final = 3


@dataclass(frozen=True)
class CutOff:
    """The last commit that a shallow clone holds: what was before it is not known here."""

    commit: Commit


Entry: TypeAlias = Comparison | CutOff


def history(
    repository: Repository,
    commit: str,
    *,
    flows: Collection[Key] | None = None,
    environments: Collection[str] = (),
    without: str | None = None,
    most: int | None = None,
    graphs: bool = False,
    lines: bool = False,
) -> Iterator[Entry]:
    """The commits that touched these flows (all by default), newest first, each against its first parent.

    At most `most` of them; less those that are part of `without`. Next runs are told from the moment of each
    commit. Other flows are asked whether they wait where they may be left waiting. `graphs` asks for pictures
    of the tasks, `lines` for those of the findings in the files of each commit.
    """
    past = past_commits(
        repository,
        commit,
        environments={environment for environment, _ in flows} if flows else environments,
        flow_ids={flow_id for _, flow_id in flows} if flows else (),
        without=without,
    )
    held = _held(repository.flow_paths(commit), flows)
    told = _Told(repository, None if flows is None else frozenset(flows), held, graphs=graphs, lines=lines)
    entries = (entry for batch in _batches(past) for entry in told.entries(batch))
    yield from islice(entries, most)


def require_known(repository: Repository, commit: str, environments: Collection[str]) -> None:
    """RepositoryError for an environment of which the branch never held a flow."""
    held = repository.flow_files(commit, environments) if environments else {}
    for name, files in held.items():
        if not files and next(past_commits(repository, commit, environments=[name]), None) is None:
            raise RepositoryError(
                f"no such environment in this history: {name!r}",
                hint=f"git log --all -- {FLOWS} tells what there was",
            )


def past_choice(repository: Repository, commit: str, environments: Collection[str] = ()) -> Choice:
    """All flows that the branch ever held, by the words that may mean them; the newest files answer."""
    found: dict[tuple[Key, str], FlowFile] = {}
    for past in past_commits(repository, commit, environments=environments):
        for change in past.files:
            key, blob = _key(change.path), change.after or change.before
            if key is not None and blob is not None and change.is_plain:
                found.setdefault((key, change.path), FlowFile(change.path, blob))
    return Choice(((key, file) for (key, _), file in found.items()), lambda file: repository.blob(file.blob))


@dataclass(frozen=True)
class _Told:
    """A branch that is told from its end to its start; `flows` None asks for all.

    `held` are the files of each flow in the commit that is told next.
    """

    repository: Repository
    flows: frozenset[Key] | None
    held: dict[Key, set[str]]
    graphs: bool
    lines: bool
    _versions: Versions = field(default_factory=Versions)
    _documents: dict[Key, tuple[str, Record]] = field(default_factory=dict)
    _contents: dict[str, bytes] = field(default_factory=dict)
    _linked: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def entries(self, batch: Sequence[PastCommit]) -> Iterator[Entry]:
        """What is to be told of these commits; their blobs are asked for at once."""
        files = [self._files(past) for past in batch]
        blobs = {blob for held in files for changes in held.values() for one in changes for blob in one.blobs}
        self._contents.clear()
        if len(blobs) <= _MOST_BLOBS:
            self._contents.update(zip(blobs, self.repository.blobs([*blobs]), strict=True))
        for past, held in zip(batch, files, strict=True):
            entry = self._entry(past, held)
            if entry is not None:
                yield entry

    def _files(self, past: PastCommit) -> dict[Key, list[PathChange]]:
        files: dict[Key, list[PathChange]] = {}
        for change in past.files:
            key = _key(change.path)
            if key is not None and (self.flows is None or key in self.flows):
                files.setdefault(key, []).append(change)
        return files

    def _entry(self, past: PastCommit, files: Mapping[Key, list[PathChange]]) -> Entry | None:
        commit = Commit(past.id, past.when, past.author, past.subject)
        if past.is_cut_off:
            return CutOff(commit) if files else None
        since = _moment(past.when)
        around = _Around(self.repository, past, self._linked)
        found = (self._verdict(key, changed, since, around) for key, changed in sorted(files.items()))
        verdicts = tuple(verdict for verdict in found if verdict is not None)
        before = past.parent[:_SHORT] if past.parent else "nothing"
        return Comparison(before, past.id[:_SHORT], verdicts, len(files), commit=commit) if verdicts else None

    def _verdict(
        self, key: Key, changed: list[PathChange], since: datetime, around: "_Around"
    ) -> FlowVerdict | None:
        """What became of a flow; several files where it was renamed. None where only a mode changed."""
        olds = [change for change in changed if change.before]
        news = [change for change in changed if change.after]
        path = (news or olds)[0].path
        twice = self._held_twice(key, olds, news)
        if not all(change.is_plain for change in changed):
            return FlowVerdict(*key, "", Verdict.UNKNOWN, file=path, reason=_LINKED)
        if twice:
            return FlowVerdict(*key, "", Verdict.UNKNOWN, file=path, reason=twice)
        old, new = (olds[0].before if olds else None), (news[0].after if news else None)
        if old == new and olds[0].path == path:
            return None
        try:
            after = self._document(key, new)  # in this order: the next commit's after is this one's before
            before = self._document(key, old)
        except CanonicalError as exc:
            line = f" (line {exc.line})" if exc.line else ""
            return FlowVerdict(*key, "", Verdict.UNKNOWN, file=path, reason=f"{exc.message}{line}")
        verdict = self._known(around.setting(key, since), around, before, after, path, renamed=old == new)
        if self.lines and new:
            return located_flow(verdict, FileSide.AFTER, lambda _: self._bytes(new))
        return verdict

    def _held_twice(self, key: Key, olds: list[PathChange], news: list[PathChange]) -> str:
        """Why it is not known what became of a flow of several files; takes its files one commit back."""
        after = self.held.get(key, set())
        before = (after - {change.path for change in news}) | {change.path for change in olds}
        self.held[key] = before
        if len(after) > 1:
            return f"it is held twice: {' and '.join(sorted(after))}"
        return f"it was held twice: {' and '.join(sorted(before))}" if len(before) > 1 else ""

    def _known(
        self,
        setting: Setting,
        around: "_Around",
        old: Record | None,
        new: Record | None,
        path: str,
        *,
        renamed: bool,
    ) -> FlowVerdict:
        key = (setting.environment, setting.flow_id)
        name, reason = _name(new if new is not None else old), MOVED if renamed else NOTATION
        found: tuple[Finding, ...]
        if old is None:
            verdict, found = Verdict.NEW, (flow_added(name, setting, after=new),)
        elif new is None:
            verdict, found = Verdict.MISSING, (flow_removed(name, setting, before=old),)
        else:
            cascade = around.cascade(key[0], old, new)
            old, reason = cascade.before, cascade.reason or reason
            verdict, found = Verdict.CHANGED, findings(*unshared(old, new), setting)
        inside = [finding.change for finding in found] if verdict is Verdict.CHANGED else []
        graph = task_graph(old, new, inside) if self.graphs and found else None
        return FlowVerdict(
            *key, name, verdict, file=path, reason="" if found else reason, findings=found, graph=graph
        )

    def _document(self, key: Key, blob: str | None) -> Record | None:
        if blob is None:
            return None
        held = self._documents.get(key)
        if held is None or held[0] != blob:
            document = self._versions.document_of(key[1], self._bytes(blob))
            if len(self._documents) >= _KEPT:
                self._documents.clear()
            held = self._documents[key] = (blob, document)
        return held[1]

    def _bytes(self, blob: str) -> bytes:
        return self._contents.get(blob) or self.repository.blob(blob)


@dataclass(frozen=True)
class _Around:
    """The other flows of a commit and of its parent; they are listed when the first question comes."""

    repository: Repository
    past: PastCommit
    linked: dict[str, frozenset[str] | None]
    _flows: dict[str, WaitingFlows] = field(default_factory=dict)
    _cascades: dict[str, Cascades] = field(default_factory=dict)

    def setting(self, key: Key, since: datetime) -> Setting:
        """Where and when a flow of this commit is compared."""

        def link_states(waiting: Sequence[Waiting]) -> Sequence[Waiting]:
            return self._cascades_in(key[0]).link_states(key[1], waiting)

        return Setting(*key, since, partial(self._waiting, key[0]), downstream=False, link_states=link_states)

    def cascade(self, environment: str, old: Record, new: Record) -> Cascade:
        """What follows renames in the links of a flow."""
        return self._cascades_in(environment).of(old, new) if links_differ(old, new) else Cascade(old)

    def _waiting(self, environment: str, names: Collection[str]) -> list[Waiting]:
        if environment not in self._flows:
            files = self.repository.flow_files(self.past.id, [environment])[environment]
            self._flows[environment] = WaitingFlows(environment, files, self._read, self.linked)
        return self._flows[environment].waiting_for(names)

    def _cascades_in(self, environment: str) -> Cascades:
        if environment not in self._cascades:
            sides = (self._files(commit, environment) for commit in (self.past.parent, self.past.id))
            self._cascades[environment] = cascades_between(*sides)
        return self._cascades[environment]

    def _files(self, commit: str | None, environment: str) -> Files:
        """The flows of one side; none where a flow or file stands in the way, so that nothing is followed."""
        try:
            return Files(self.repository.flow_files(commit, [environment])[environment], self._read)
        except RepositoryError:
            return Files({}, self._read)

    def _read(self, file: FlowFile) -> bytes:
        return self.repository.blob(file.blob)


def _batches(past: Iterator[PastCommit]) -> Iterator[list[PastCommit]]:
    """One commit at first, so that the first entry comes at once, then ever more."""
    size = 1
    while batch := [*islice(past, size)]:
        yield batch
        size = min(2 * size, _MOST_COMMITS)


def _held(paths: Iterable[str], flows: Collection[Key] | None) -> dict[Key, set[str]]:
    """The files of each of these flows, of all for None."""
    held: dict[Key, set[str]] = {}
    for path in paths:
        key = _key(path)
        if key is not None and (flows is None or key in flows):
            held.setdefault(key, set()).add(path)
    return held


def _key(path: str) -> Key | None:
    """The flow that a path is named for; None for what is no flow's file."""
    parts = path.split("/")
    if len(parts) != _DEPTH or parts[0] != FLOWS or not ENVIRONMENT.fullmatch(parts[1]):
        return None
    flow_id = None if parts[2].startswith(".") else file_layout.flow_id_of(path)
    return None if flow_id is None else (parts[1], flow_id)


def _moment(when: str) -> datetime:
    """The wall clock of whoever committed."""
    try:
        return datetime.fromisoformat(when).replace(tzinfo=None)
    except ValueError:  # git keeps dates that no calendar has
        return datetime(1970, 1, 1)  # noqa: DTZ001  # schedules have no zone


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
