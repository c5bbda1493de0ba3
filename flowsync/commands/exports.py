"""The exports of flows as files; a response that is known from an earlier run is not rendered again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowsync.commands.render_pool import Outcome, Renderer
from flowsync.enos.client import Client
from flowsync.errors import CanonicalError, GatewayError
from flowsync.repository.repository import FlowFile
from flowsync.repository.response_cache import DigestCache
from flowsync.repository.temp_store import Spool


@dataclass(frozen=True)
class Seen:
    """A flow as the platform has it; `read` gives its text, None where the repository holds it already.

    `name` is empty where the response was known and so not read.
    """

    flow_id: int
    name: str
    file: FlowFile
    read: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Unseen:
    """A flow that could not be looked at, and why."""

    flow_id: int
    error: GatewayError | CanonicalError


@dataclass(frozen=True)
class Exports:
    """The way from flow ids to files, beside the files `held` by the baseline."""

    platform: Client
    cache: DigestCache
    held: Mapping[int, FlowFile]
    renderer: Renderer
    spool: Spool
    digests: dict[int, str] = field(default_factory=dict)

    def outcomes(self, flow_ids: Iterable[int]) -> Iterator[Seen | Unseen]:
        """Export each flow once."""
        return self._outcomes(flow_ids, {}, is_kept=True)

    def repeated(self, first: Mapping[int, Seen]) -> Iterator[Seen | Unseen]:
        """Export flows once more, each on a connection of its own; equal bytes have the first outcome."""
        return self._outcomes(first, first, is_kept=False)

    def _outcomes(
        self, flow_ids: Iterable[int], first: Mapping[int, Seen], *, is_kept: bool
    ) -> Iterator[Seen | Unseen]:
        digests = {flow_id: self.digests[flow_id] for flow_id in first}
        for flow_id, answer in self.platform.exports(flow_ids, is_known=self._is_known, is_kept=is_kept):
            if isinstance(answer, GatewayError):
                yield Unseen(flow_id, answer)
                continue
            if digests.get(flow_id) == self.digests[flow_id]:
                yield first[flow_id]
                continue
            file = self.cache.file(flow_id, self.digests[flow_id])
            if file is not None and self.held.get(flow_id) == file:
                yield Seen(flow_id, "", file)
            else:
                yield from map(self._outcome, self.renderer.put(flow_id, answer))
        yield from map(self._outcome, self.renderer.rest())

    def _is_known(self, flow_id: int, answer: bytes) -> bool:
        self.digests[flow_id] = self.cache.digest(flow_id, answer)
        return self.cache.file(flow_id, self.digests[flow_id]) is not None

    def _outcome(self, ready: Outcome) -> Seen | Unseen:
        if isinstance(ready, CanonicalError):
            return Unseen(ready.flow_id or 0, ready)
        file = FlowFile(ready.path, ready.blob)
        self.cache.remember(ready.flow_id, self.digests[ready.flow_id], file)
        is_held = self.held.get(ready.flow_id) == file
        return Seen(ready.flow_id, ready.name, file, None if is_held else self.spool.put(ready.data))
