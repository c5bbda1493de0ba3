"""Render responses of the platform as files in this process or in others."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.document.file_layout import document_path
from flowsync.document.load import flow_name
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError, FlowsyncError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.envelope import extract_export
from flowsync.repository.object_id import blob_id

_BATCH: Final = 32
_MAX_PENDING: Final = 6
"""Pending batches: enough to keep the processes busy, few enough to limit memory."""


@dataclass(frozen=True, slots=True)
class RenderedFlow:
    """A flow as the file that it becomes."""

    flow_id: int
    name: str
    path: str
    blob: str
    data: bytes


Outcome: TypeAlias = RenderedFlow | CanonicalError
_Batch: TypeAlias = list[tuple[int, bytes]]


def render_response(flow_id: int, response: bytes, environment: str, hash_name: str) -> Outcome:
    """Render one response; a CanonicalError is returned, so that the other flows continue."""
    try:
        document = canonicalize(extract_export(response), flow_id)
        data = dump(document).encode()
    except CanonicalError as exc:
        exc.flow_id = flow_id
        return exc
    name = flow_name(document)
    path = document_path(environment, name, flow_id)
    return RenderedFlow(flow_id, name, path, blob_id(data, hash_name), data)


class RenderPool:
    """Renders responses; starts other processes only for more than one batch.

    Results are returned in the order of the input. `processes` 1 keeps everything in this process.
    """

    def __init__(self, environment: str, hash_name: str, *, processes: int) -> None:
        self._form = (environment, hash_name)
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._batch: _Batch = []
        self._pending: deque[Future[list[Outcome]]] = deque()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def put(self, flow_id: int, response: bytes) -> Iterator[Outcome]:
        """Add one response and return the results that are ready."""
        self._batch.append((flow_id, response))
        if len(self._batch) == _BATCH:
            yield from self._send()
        while len(self._pending) > _MAX_PENDING:
            yield from self._next_batch()

    def drain(self) -> Iterator[Outcome]:
        """Return all remaining results."""
        while self._pending:
            yield from self._next_batch()
        yield from _render_batch(self._batch, *self._form)
        self._batch = []

    def _send(self) -> Iterator[Outcome]:
        batch, self._batch = self._batch, []
        if self._processes == 1:
            yield from _render_batch(batch, *self._form)
        else:
            with _terminated_error():
                self._pending.append(self._start().submit(_render_batch, batch, *self._form))

    def _next_batch(self) -> list[Outcome]:
        with _terminated_error():
            return self._pending.popleft().result()

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # threads are fetching, and a forked copy of a process with threads can hang
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_follow_parent)
        return self._pool


def _follow_parent() -> None:
    """Make a rendering process ignore interrupts, and end when its parent ends, even if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the main thread waits for work that no process will send


@contextmanager
def _terminated_error() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as exc:
        raise FlowsyncError("a rendering process was killed", hint="check the available memory") from exc


def _render_batch(batch: _Batch, environment: str, hash_name: str) -> list[Outcome]:
    return [render_response(flow_id, response, environment, hash_name) for flow_id, response in batch]
