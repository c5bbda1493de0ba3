"""Verdicts on a look: what the live side has against what the repository holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from flowsync.analysis.analyze import Setting, findings, flow_added, flow_unlisted
from flowsync.analysis.cascades import Cascades
from flowsync.analysis.comparison import NOTATION, Comparison, FlowVerdict, Verdict
from flowsync.commands.dependents_index import WaitingFlows
from flowsync.commands.exports import Seen, Unseen
from flowsync.commands.fetch import Look
from flowsync.commands.snapshots import Files, cascades_between
from flowsync.diff.graph_diff import task_graph
from flowsync.document.load import document_in, document_of
from flowsync.errors import CanonicalError, GatewayError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository


def comparison_of(
    looks: Iterable[Look], repository: Repository, *, before: str, since: datetime
) -> Comparison:
    """The verdicts of all looks, by environment and flow id; next runs are told from `since` on."""
    looks = tuple(looks)
    verdicts = sorted(
        (verdict for look in looks for verdict in _Judge(look, repository, since).verdicts()),
        key=lambda verdict: (verdict.environment, verdict.flow_id),
    )
    checked = sum(len(look.seen) + len(look.unseen) + len(_unlisted(look)) for look in looks)
    return Comparison(before, "live", tuple(verdicts), checked)


def without_notation(comparison: Comparison) -> Comparison:
    """The comparison with flows that are only written differently counted as the same."""
    return replace(comparison, flows=tuple(flow for flow in comparison.flows if flow.reason != NOTATION))


def require_something_seen(looks: Iterable[Look]) -> None:
    """Raise GatewayError where not one flow could be looked at; such a run knows nothing."""
    looks = tuple(looks)
    failures = [unseen for look in looks for unseen in look.unseen]
    if failures and not any(look.seen for look in looks):
        first = failures[0].error
        raise GatewayError(
            f"no flow could be exported, {len(failures)} of {len(failures)} are unknown: {first.message}",
            flow_id=failures[0].flow_id,
            hint=first.hint,
        )


@dataclass(frozen=True)
class _Judge:
    """One look beside the repository."""

    look: Look
    repository: Repository
    since: datetime

    def verdicts(self) -> Iterator[FlowVerdict]:
        for seen in self.look.seen:
            held = self.look.held.get(seen.flow_id)
            if held is None:
                yield self._new(seen)
            elif seen.read is not None:
                yield self._changed(seen, held)
        yield from (_unknown(self.look, unseen) for unseen in self.look.unseen)
        for flow_id, held in _unlisted(self.look).items():
            yield self._missing(flow_id, held)

    def _new(self, seen: Seen) -> FlowVerdict:
        verdict = _verdict(self.look, seen.flow_id, Verdict.NEW, name=seen.name, file=seen.file.path)
        return replace(verdict, findings=(flow_added(verdict.name, self._setting(seen.flow_id)),))

    def _missing(self, flow_id: int, held: FlowFile) -> FlowVerdict:
        reason, before = _why_unlisted(self.look), self._held_document(flow_id, held)
        verdict = _verdict(
            self.look, flow_id, Verdict.MISSING, name=_name(before), file=held.path, reason=reason
        )
        found = flow_unlisted(verdict.name, self._setting(flow_id), before=before)
        return replace(verdict, findings=(found,))

    def _held_document(self, flow_id: int, held: FlowFile) -> Record | None:
        """The committed document, where it can be understood."""
        try:
            return document_of(flow_id, self.repository.blob(held.blob))
        except CanonicalError:
            return None

    def _changed(self, seen: Seen, held: FlowFile) -> FlowVerdict:
        verdict = _verdict(self.look, seen.flow_id, Verdict.CHANGED, name=seen.name, file=seen.file.path)
        assert seen.read is not None
        try:
            before = document_of(seen.flow_id, self.repository.blob(held.blob))
        except CanonicalError as exc:
            reason = f"the committed file cannot be read, repair or remove it: {exc.message}"
            return replace(verdict, verdict=Verdict.UNKNOWN, file=held.path, reason=reason)
        after = document_in(seen.read())
        cascade = self._cascades.of(before, after)
        found = findings(cascade.before, after, self._setting(seen.flow_id))
        graph = task_graph(cascade.before, after, [one.change for one in found]) if found else None
        return replace(
            verdict, findings=found, graph=graph, reason="" if found else cascade.reason or NOTATION
        )

    def _setting(self, flow_id: int) -> Setting:
        return Setting(
            self.look.environment.name,
            flow_id,
            self.since,
            self._waiting.waiting_for,
            link_states=lambda waiting: self._cascades.link_states(flow_id, waiting),
        )

    @cached_property
    def _waiting(self) -> WaitingFlows:
        """Who waits for whom, as the platform has it, or else the repository."""
        return WaitingFlows(self.look.environment.name, self._live.files, self._live.read)

    @cached_property
    def _cascades(self) -> Cascades:
        return cascades_between(Files(self.look.held, self._blob), self._live)

    @cached_property
    def _live(self) -> Files:
        """The files of the live side, those of flows that were not exported as the repository has them."""
        seen = {one.flow_id: one for one in self.look.seen}
        texts = {one.file.blob: one.read for one in seen.values() if one.read is not None}
        listed = {
            **dict.fromkeys(self.look.held, ""),
            **{one.flow_id: one.name for one in self.look.listed.values()},
        }

        def read(file: FlowFile) -> bytes:
            text = texts.get(file.blob)
            return self._blob(file) if text is None else text()

        return Files(
            {**self.look.held, **{one.flow_id: one.file for one in seen.values()}},
            read,
            {flow_id: name for flow_id, name in listed.items() if flow_id not in seen},
        )

    def _blob(self, file: FlowFile) -> bytes:
        return self.repository.blob(file.blob)


def _unknown(look: Look, unseen: Unseen) -> FlowVerdict:
    held = look.held.get(unseen.flow_id)
    return _verdict(
        look,
        unseen.flow_id,
        Verdict.UNKNOWN,
        file=held.path if held else "",
        reason=unseen.error.sentence,
    )


def _verdict(
    look: Look, flow_id: int, verdict: Verdict, *, name: str = "", file: str = "", reason: str = ""
) -> FlowVerdict:
    listed = look.listed.get(flow_id)
    return FlowVerdict(
        look.environment.name,
        flow_id,
        name or (listed.name if listed else ""),
        verdict,
        file=file,
        directory=listed.directory if listed else "",
        reason=reason,
    )


def _unlisted(look: Look) -> dict[int, FlowFile]:
    if look.selected:
        return {}
    return {flow_id: held for flow_id, held in look.held.items() if flow_id not in look.listed}


def _why_unlisted(look: Look) -> str:
    how = "discovered or configured" if look.environment.discover else "configured"
    return f"no longer {how}; its file is kept"


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
