"""Pool of worker threads, each with its own HTTP session, that can be stopped at any time."""

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
    """Up to `jobs` threads, each with one session.

    They are daemon threads, so that one that hangs in a connect or a sleep never blocks the program's exit.
    """

    def __init__(
        self,
        work: Callable[[HttpSession, Item], Result],
        open_session: Callable[[], HttpSession],
        *,
        jobs: int,
    ) -> None:
        self._work = work
        self._open_session = open_session
        self._jobs = jobs
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._results: SimpleQueue[Result | BaseException] = SimpleQueue()
        self._stopped = threading.Event()
        self._sessions: list[HttpSession] = []
        self._threads: list[threading.Thread] = []

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield the results in order of completion; raise the exceptions of `work`.

        Takes at most two items per thread ahead of the consumer.
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
        """Abort the running work and start no more; wait for the threads for at most one second."""
        self._stopped.set()
        for session in self._sessions:
            session.stop()
        for _ in self._threads:
            self._items.put(None)
        for thread in self._threads:
            # garbage collection may call this in any thread; an interrupt may precede the start of one
            if thread is not threading.current_thread() and thread.is_alive():
                thread.join(_GRACE / len(self._threads))

    def _feed(self, items: Iterable[Item]) -> int:
        batch = list(items)
        for item in batch:
            self._items.put(item)
        return len(batch)

    def _start(self, count: int) -> None:
        for number in range(count):
            session = self._open_session()
            thread = threading.Thread(
                target=self._work_on_items, args=(session,), name=f"enos-{number}", daemon=True
            )
            self._sessions.append(session)
            self._threads.append(thread)
            thread.start()

    def _work_on_items(self, session: HttpSession) -> None:
        with session:
            while not self._stopped.is_set() and (item := self._items.get()) is not None:
                self._results.put(self._outcome(session, item))

    def _outcome(self, session: HttpSession, item: Item) -> Result | BaseException:
        try:
            return self._work(session, item)
        except BaseException as error:  # noqa: BLE001  raised again for the consumer
            return error

    def _next_result(self) -> Result:
        while not self._stopped.is_set():
            for session in self._sessions:
                session.abort_if_overdue()
            try:
                result = self._results.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if isinstance(result, BaseException):
                raise result
            return result
        raise RuntimeError("the client was closed before all results were available")
