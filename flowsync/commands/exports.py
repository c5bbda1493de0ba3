"""Turn exports into files; a response that is known from an earlier run is not rendered again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowsync.commands.render_pool import Outcome, RenderPool
from flowsync.enos.client import Client
from flowsync.errors import CanonicalError, GatewayError
from flowsync.repository.repository import FlowFile
from flowsync.repository.response_cache import ResponseCache
from flowsync.repository.temp_store import TempStore


@dataclass(frozen=True)
class Fetched:
    """A flow as the platform has it; `read` returns its text, None if the repository contains the same.

    `name` is empty if the response was known and therefore not parsed.
    """

    flow_id: int
    name: str
    file: FlowFile
    read: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class FetchFailure:
    """A flow that could not be fetched, with the error."""

    flow_id: int
    error: GatewayError | CanonicalError


@dataclass(frozen=True)
class Exports:
    """Exports flows as files, compared with the files that the baseline contains (`committed`)."""

    platform: Client
    cache: ResponseCache
    committed: Mapping[int, FlowFile]
    renderer: RenderPool
    temp_store: TempStore
    digests: dict[int, str] = field(default_factory=dict)

    def outcomes(
        self, flow_ids: Iterable[int], first: Mapping[int, Fetched] | None = None
    ) -> Iterator[Fetched | FetchFailure]:
        """Export flows; if there are `first` outcomes, again, each on a fresh connection.

        A second response of equal bytes keeps the first outcome.
        """
        first = first or {}
        digests = {flow_id: self.digests[flow_id] for flow_id in first}
        for flow_id, response in self.platform.exports(
            flow_ids, is_known=self._is_known, keep_alive=not first
        ):
            if isinstance(response, GatewayError):
                yield FetchFailure(flow_id, response)
                continue
            if digests.get(flow_id) == self.digests[flow_id]:
                yield first[flow_id]
                continue
            file = self.cache.file(flow_id, self.digests[flow_id])
            if file is not None and self.committed.get(flow_id) == file:
                yield Fetched(flow_id, "", file)
            else:
                yield from map(self._outcome, self.renderer.put(flow_id, response))
        yield from map(self._outcome, self.renderer.drain())

    def _is_known(self, flow_id: int, response: bytes) -> bool:
        self.digests[flow_id] = self.cache.digest(flow_id, response)
        return self.cache.file(flow_id, self.digests[flow_id]) is not None

    def _outcome(self, ready: Outcome) -> Fetched | FetchFailure:
        if isinstance(ready, CanonicalError):
            return FetchFailure(ready.flow_id or 0, ready)
        file = FlowFile(ready.path, ready.blob)
        self.cache.remember(ready.flow_id, self.digests[ready.flow_id], file)
        is_committed = self.committed.get(ready.flow_id) == file
        return Fetched(
            ready.flow_id, ready.name, file, None if is_committed else self.temp_store.put(ready.data)
        )
