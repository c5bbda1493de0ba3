"""Start and end of worker threads."""

import threading
from contextlib import nullcontext
from typing import NoReturn

import httpx
import pytest

from flowsync.enos.http_session import HttpSession
from flowsync.enos.workers import WorkerPool


def _session() -> HttpSession:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    return HttpSession("https://apim.example", lambda: nullcontext(transport), silence=1, monotonic=lambda: 0)


def test_an_interrupt_while_a_thread_starts_is_raised_for_the_consumer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_thread: threading.Thread) -> NoReturn:
        raise KeyboardInterrupt

    workers: WorkerPool[str, str] = WorkerPool(lambda _session, item: item, _session, jobs=2)
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(workers.run(["only"]))
