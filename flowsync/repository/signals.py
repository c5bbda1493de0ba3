"""A stretch of work that signals do not cut short."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Keep interrupts back until the work is done, then let the first of them have its effect.

    Handlers keep them from this program, whichever thread the system gives them to. The mask keeps them from
    the git calls it makes: Ctrl-C in a terminal reaches those, too.
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
