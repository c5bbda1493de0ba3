"""Threads that work through many items, each on its own channel, and can be stopped at any moment."""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from flowsync.enos.http_session import HttpSession

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.5
_GRACE = 1.0


class WorkerPool(Generic[Item, Result]):
    """Up to `jobs` threads; each opens one session, works and closes it.

    They are daemons: a thread that hangs in a connect or a sleep never keeps the program from ending.
    """

    def __init__(
        self,
        work: Callable[[HttpSession, Item], Result],
        open_channel: Callable[[], HttpSession],
        *,
        jobs: int,
    ) -> None:
        self._work = work
        self._open_channel = open_channel
        self._jobs = jobs
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._results: SimpleQueue[Result | BaseException] = SimpleQueue()
        self._stopped = threading.Event()
        self._channels: list[HttpSession] = []
        self._threads: list[threading.Thread] = []

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield the results in order of completion; an exception of the work is raised here.

        At most two items per thread are started ahead of the consumer.
        """
        source = iter(items)
        try:
            waiting = self._feed(islice(source, 2 * self._jobs))
            self._start(min(self._jobs, waiting))
            while waiting:
                result = self._next_result()
                waiting += self._feed(islice(source, 1)) - 1
                yield result
        finally:
            self.stop()

    def stop(self) -> None:
        """End running work and start no more; waits at most a second."""
        self._stopped.set()
        for session in self._channels:
            session.stop()
        for _ in self._threads:
            self._items.put(None)
        for thread in self._threads:
            # a garbage collection may run in any thread; an interrupt may come before one has begun
            if thread is not threading.current_thread() and thread.is_alive():
                thread.join(_GRACE / len(self._threads))

    def _feed(self, items: Iterable[Item]) -> int:
        batch = list(items)
        for item in batch:
            self._items.put(item)
        return len(batch)

    def _start(self, count: int) -> None:
        for number in range(count):
            session = self._open_channel()
            thread = threading.Thread(target=self._serve, args=(session,), name=f"enos-{number}", daemon=True)
            self._channels.append(session)
            self._threads.append(thread)
            thread.start()

    def _serve(self, session: HttpSession) -> None:
        with session:
            while not self._stopped.is_set() and (item := self._items.get()) is not None:
                self._results.put(self._outcome(session, item))

    def _outcome(self, session: HttpSession, item: Item) -> Result | BaseException:
        try:
            return self._work(session, item)
        except BaseException as error:  # noqa: BLE001  nothing is swallowed: the consumer raises it
            return error

    def _next_result(self) -> Result:
        while not self._stopped.is_set():
            for session in self._channels:
                session.abort_if_overdue()
            try:
                result = self._results.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if isinstance(result, BaseException):
                raise result
            return result
        raise RuntimeError("the client was closed while its results were awaited")
