"""Defer signals during work that must not be interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Hold interrupts back until the work is done, then deliver the first of them.

    Handlers hold them back from this process, whichever thread gets them. The mask holds them back from its
    git commands, which Ctrl-C in a terminal reaches too.
    """
    if threading.current_thread() is not threading.main_thread():
        with _mask():  # Python runs handlers in the main thread only: no interrupt is raised in this one
            yield
        return
    deferred: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = [
        number for number, handler in before.items() if handler is not None
    ]  # None: not Python's to restore
    for number in ours:
        signal.signal(number, lambda got, _: deferred.append(got))
    try:
        with _mask():
            yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
    if deferred:
        signal.raise_signal(deferred[0])


@contextmanager
def _mask() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
