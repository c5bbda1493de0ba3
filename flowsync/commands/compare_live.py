"""Compare live snapshots with the repository."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from flowsync.analysis.analyze import added_flow_finding, unlisted_flow_finding
from flowsync.analysis.comparison import NOTATION, Comparison, FlowComparison, FlowStatus, Side
from flowsync.commands.context import RunContext
from flowsync.commands.exports import Fetched, FetchFailure
from flowsync.commands.fetch import LiveSnapshot, fetch_live_snapshots
from flowsync.commands.flows_version import FlowsVersion
from flowsync.commands.snapshots import EnvironmentVersions, Files, describe_error, load_if_valid
from flowsync.config import Environment
from flowsync.document.load import flow_name, load_document, load_flow_document
from flowsync.enos.responses import convert_error
from flowsync.errors import CanonicalError, GatewayError
from flowsync.flow.printable import plural
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.temp_store import TempStore


@contextmanager
def compare_live(
    environments: Sequence[Environment],
    repository: Repository,
    context: RunContext,
    *,
    words: Mapping[str, str],
    baseline: str | None,
    before: str,
) -> Iterator[tuple[list[LiveSnapshot], Comparison]]:
    """Fetch live snapshots and compare them with the commit `baseline` (None: no files), named `before`.

    The flows of the comparison are ordered by environment and id. The fetched texts can be read inside the
    block. Raises what `fetch_live_snapshots` raises.
    """
    with TempStore() as temp_store:
        snapshots = fetch_live_snapshots(environments, repository, baseline, words, temp_store, context)
        comparisons = [_LiveComparison(snapshot, repository, context.now) for snapshot in snapshots]
        flows = sorted((flow for one in comparisons for flow in one.flows()), key=lambda flow: flow.key)
        checked = sum(len(one.fetched) + len(one.failures) + len(_unlisted(one)) for one in snapshots)
        old = FlowsVersion(before, baseline).side(repository)
        yield snapshots, Comparison(old, _live_side(environments, context.now), tuple(flows), checked)


def _live_side(environments: Iterable[Environment], time: datetime) -> Side:
    gateways = {one.name: urlsplit(one.gateway).hostname or "" for one in environments}
    return Side("live", time=time, gateways=gateways)


def require_any_fetched(snapshots: Sequence[LiveSnapshot]) -> None:
    """Raise GatewayError if not a single flow could be fetched."""
    failures = [failure for snapshot in snapshots for failure in snapshot.failures]
    if failures and not any(snapshot.fetched for snapshot in snapshots):
        first = failures[0].error
        message = f"no flow could be exported, {plural(len(failures), 'failure')}; the first: {first.message}"
        if isinstance(first, GatewayError):
            raise convert_error(first, GatewayError, message)
        raise GatewayError(message, flow_id=failures[0].flow_id, hint=first.hint)


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
        yield from (self._unknown(failure) for failure in self.snapshot.failures)
        for flow_id, committed in _unlisted(self.snapshot).items():
            yield self._missing(flow_id, committed)

    def _new(self, fetched: Fetched) -> FlowComparison:
        flow = self._flow(fetched.flow_id, FlowStatus.NEW, name=fetched.name, file=fetched.file.path)
        after = load_document(fetched.read()) if fetched.read else None
        found = added_flow_finding(flow.name, self._versions.context(flow.flow_id, self.since), after=after)
        return replace(flow, findings=(found,))

    def _missing(self, flow_id: int, committed: FlowFile) -> FlowComparison:
        how = "discovered or configured" if self.snapshot.environment.discover else "configured"
        reason = f"no longer {how}; its file is kept"
        before = load_if_valid(flow_id, self._blob(committed))
        flow = self._flow(
            flow_id, FlowStatus.MISSING, name=flow_name(before), file=committed.path, reason=reason
        )
        context = self._versions.context(flow_id, self.since)
        return replace(flow, findings=(unlisted_flow_finding(flow.name, context, before=before),))

    def _changed(self, fetched: Fetched, committed: FlowFile) -> Iterator[FlowComparison]:
        """Compare a flow whose bytes differ; links that only have other ids are not a change."""
        flow = self._flow(fetched.flow_id, FlowStatus.CHANGED, name=fetched.name, file=fetched.file.path)
        assert fetched.read is not None
        try:
            before = load_flow_document(fetched.flow_id, self._blob(committed))
        except CanonicalError as exc:
            reason = f"the committed file cannot be parsed; repair or remove it: {describe_error(exc)}"
            yield replace(flow, status=FlowStatus.UNKNOWN, file=committed.path, reason=reason, hint=exc.hint)
            return
        after = load_document(fetched.read())
        flow = self._versions.compare_flow(flow, before, after, self.since)
        if flow.findings or flow.reason:
            yield flow
        elif before == after or fetched.file.path != committed.path:
            yield replace(flow, reason=NOTATION)

    def _unknown(self, failure: FetchFailure) -> FlowComparison:
        committed = self.snapshot.committed.get(failure.flow_id)
        file = committed.path if committed else ""
        flow = self._flow(failure.flow_id, FlowStatus.UNKNOWN, file=file, reason=_describe(failure.error))
        return replace(flow, hint=failure.error.hint)

    def _flow(
        self, flow_id: int, status: FlowStatus, *, name: str = "", file: str, reason: str = ""
    ) -> FlowComparison:
        listed = self.snapshot.listed.get(flow_id)
        return FlowComparison(
            self.snapshot.environment.name,
            flow_id,
            name or (listed.name if listed else ""),
            status,
            file=file,
            directory=listed.directory if listed else "",
            reason=reason,
        )

    @cached_property
    def _versions(self) -> EnvironmentVersions:
        return EnvironmentVersions(
            self.snapshot.environment.name, lambda: Files(self.snapshot.committed, self._blob), self._live
        )

    def _live(self) -> Files:
        """Return the files of the live side; for flows that were not exported, those of the repository."""
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
            self.snapshot.listed.keys() - fetched.keys(),
        )

    def _blob(self, file: FlowFile) -> bytes:
        return self.repository.blob(file.blob)


def _describe(error: GatewayError | CanonicalError) -> str:
    """Return the message without what is the same for all flows of the environment."""
    if isinstance(error, CanonicalError):
        return error.sentence
    return f"{error.message} (after {error.attempts} attempts)" if error.attempts > 1 else error.message


def _unlisted(snapshot: LiveSnapshot) -> dict[int, FlowFile]:
    return {
        flow_id: committed
        for flow_id, committed in snapshot.committed.items()
        if flow_id not in snapshot.listed and (snapshot.selected is None or flow_id in snapshot.selected)
    }
