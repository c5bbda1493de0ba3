"""Compare live snapshots with the repository."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, unlisted_flow_finding
from flowsync.analysis.cascades import Cascades
from flowsync.analysis.comparison import NOTATION, Comparison, FlowComparison, FlowStatus, Side
from flowsync.commands.dependents_index import DependentsIndex
from flowsync.commands.exports import Fetched, FetchFailure
from flowsync.commands.fetch import LiveSnapshot
from flowsync.commands.sides import live_side
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import compare_graphs
from flowsync.document.load import load_document, load_flow_document
from flowsync.errors import CanonicalError, GatewayError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository


def compare_snapshots(
    snapshots: Iterable[LiveSnapshot], repository: Repository, *, before: Side, since: datetime
) -> Comparison:
    """Compare all snapshots, ordered by environment and flow id; next runs are those after `since`."""
    snapshots = tuple(snapshots)
    flows = sorted(
        (flow for snapshot in snapshots for flow in _LiveComparison(snapshot, repository, since).flows()),
        key=lambda flow: (flow.environment, flow.flow_id),
    )
    checked = sum(
        len(snapshot.fetched) + len(snapshot.failures) + len(_unlisted(snapshot)) for snapshot in snapshots
    )
    after = live_side((snapshot.environment for snapshot in snapshots), since)
    return Comparison(before, after, tuple(flows), checked)


def ignore_notation(comparison: Comparison) -> Comparison:
    """Treat flows that are only written differently as the same."""
    return replace(comparison, flows=tuple(flow for flow in comparison.flows if flow.reason != NOTATION))


def require_any_fetched(snapshots: Iterable[LiveSnapshot]) -> None:
    """Raise GatewayError if not a single flow could be fetched."""
    snapshots = tuple(snapshots)
    failures = [failure for snapshot in snapshots for failure in snapshot.failures]
    if failures and not any(snapshot.fetched for snapshot in snapshots):
        first = failures[0].error
        raise GatewayError(
            f"no flow could be exported, {len(failures)} of {len(failures)} are unknown: {first.message}",
            environment=first.environment if isinstance(first, GatewayError) else "",
            gateway=first.gateway if isinstance(first, GatewayError) else "",
            effort=first.effort if isinstance(first, GatewayError) else "",
            flow_id=failures[0].flow_id,
            hint=first.hint,
        )


@dataclass(frozen=True)
class _LiveComparison:
    """Compares one snapshot with the repository."""

    snapshot: LiveSnapshot
    repository: Repository
    since: datetime

    def flows(self) -> Iterator[FlowComparison]:
        for fetched in self.snapshot.fetched:
            committed = self.snapshot.committed.get(fetched.flow_id)
            if committed is None:
                yield self._new(fetched)
            elif fetched.read is not None:
                yield from self._changed(fetched, committed)
        yield from (_unknown(self.snapshot, failure) for failure in self.snapshot.failures)
        for flow_id, committed in _unlisted(self.snapshot).items():
            yield self._missing(flow_id, committed)

    def _new(self, fetched: Fetched) -> FlowComparison:
        flow = _flow_comparison(
            self.snapshot, fetched.flow_id, FlowStatus.NEW, name=fetched.name, file=fetched.file.path
        )
        return replace(flow, findings=(added_flow_finding(flow.name, self._context(fetched.flow_id)),))

    def _missing(self, flow_id: int, committed: FlowFile) -> FlowComparison:
        reason, before = _why_unlisted(self.snapshot), self._committed_document(flow_id, committed)
        flow = _flow_comparison(
            self.snapshot, flow_id, FlowStatus.MISSING, name=_name(before), file=committed.path, reason=reason
        )
        found = unlisted_flow_finding(flow.name, self._context(flow_id), before=before)
        return replace(flow, findings=(found,))

    def _committed_document(self, flow_id: int, committed: FlowFile) -> Record | None:
        """Return the committed document, None if it cannot be parsed."""
        try:
            return load_flow_document(flow_id, self.repository.blob(committed.blob))
        except CanonicalError:
            return None

    def _changed(self, fetched: Fetched, committed: FlowFile) -> Iterator[FlowComparison]:
        """Compare a flow whose bytes differ; links that only have other ids are not a change."""
        flow = _flow_comparison(
            self.snapshot, fetched.flow_id, FlowStatus.CHANGED, name=fetched.name, file=fetched.file.path
        )
        assert fetched.read is not None
        try:
            before = load_flow_document(fetched.flow_id, self.repository.blob(committed.blob))
        except CanonicalError as exc:
            line = f" (line {exc.line})" if exc.line else ""
            reason = f"the committed file cannot be parsed; repair or remove it: {exc.message}{line}"
            yield replace(flow, status=FlowStatus.UNKNOWN, file=committed.path, reason=reason, hint=exc.hint)
            return
        after = load_document(fetched.read())
        cascade = self._cascades.of(before, after)
        found = analyze(cascade.before, after, self._context(fetched.flow_id))
        graph = compare_graphs(cascade.before, after, [one.change for one in found]) if found else None
        if found or cascade.reason:
            yield replace(flow, findings=found, graph=graph, reason="" if found else cascade.reason)
        elif before == after or fetched.file.path != committed.path:
            yield replace(flow, reason=NOTATION)

    def _context(self, flow_id: int) -> DiffContext:
        return DiffContext(
            self.snapshot.environment.name,
            flow_id,
            self.since,
            self._dependents.dependents_of,
            link_states=lambda dependents: self._cascades.link_states(flow_id, dependents),
        )

    @cached_property
    def _dependents(self) -> DependentsIndex:
        """Dependents on the live side; of flows that were not exported, those in the repository."""
        return DependentsIndex(self.snapshot.environment.name, self._live.files, self._live.read)

    @cached_property
    def _cascades(self) -> Cascades:
        return cascades_between(Files(self.snapshot.committed, self._blob), self._live)

    @cached_property
    def _live(self) -> Files:
        """The files of the live side; for flows that were not exported, those of the repository."""
        fetched = {one.flow_id: one for one in self.snapshot.fetched}
        texts = {one.file.blob: one.read for one in fetched.values() if one.read is not None}
        listed = {
            **dict.fromkeys(self.snapshot.committed, ""),
            **{one.flow_id: one.name for one in self.snapshot.listed.values()},
        }

        def read(file: FlowFile) -> bytes:
            text = texts.get(file.blob)
            return self._blob(file) if text is None else text()

        return Files(
            {**self.snapshot.committed, **{one.flow_id: one.file for one in fetched.values()}},
            read,
            {flow_id: name for flow_id, name in listed.items() if flow_id not in fetched},
        )

    def _blob(self, file: FlowFile) -> bytes:
        return self.repository.blob(file.blob)


def _unknown(snapshot: LiveSnapshot, failure: FetchFailure) -> FlowComparison:
    committed, error = snapshot.committed.get(failure.flow_id), failure.error
    return _flow_comparison(
        snapshot,
        failure.flow_id,
        FlowStatus.UNKNOWN,
        file=committed.path if committed else "",
        reason=_describe(error),
        hint=error.hint,
    )


def _describe(error: GatewayError | CanonicalError) -> str:
    """Return the message without what is the same for all flows of the environment."""
    if isinstance(error, CanonicalError):
        return error.sentence
    return f"{error.message} (after {error.attempts} attempts)" if error.attempts > 1 else error.message


def _flow_comparison(
    snapshot: LiveSnapshot,
    flow_id: int,
    status: FlowStatus,
    *,
    name: str = "",
    file: str = "",
    reason: str = "",
    hint: str = "",
) -> FlowComparison:
    listed = snapshot.listed.get(flow_id)
    return FlowComparison(
        snapshot.environment.name,
        flow_id,
        name or (listed.name if listed else ""),
        status,
        file=file,
        directory=listed.directory if listed else "",
        reason=reason,
        hint=hint,
    )


def _unlisted(snapshot: LiveSnapshot) -> dict[int, FlowFile]:
    if snapshot.selected:
        return {}
    return {
        flow_id: committed
        for flow_id, committed in snapshot.committed.items()
        if flow_id not in snapshot.listed
    }


def _why_unlisted(snapshot: LiveSnapshot) -> str:
    how = "discovered or configured" if snapshot.environment.discover else "configured"
    return f"no longer {how}; its file is kept"


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
