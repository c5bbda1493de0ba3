"""Defer signals during work that must not be interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Defer interrupts until the work is done, then deliver the first one.

    Handlers defer them in this process, whichever thread receives them. The mask blocks them in its git
    commands, which Ctrl-C in a terminal reaches too.
    """
    if threading.current_thread() is not threading.main_thread():
        with _mask():  # Python runs handlers in the main thread only
            yield
        return
    deferred: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    # A handler that was not installed from Python is None and cannot be restored.
    replaced = {number: handler for number, handler in before.items() if handler is not None}
    for number in replaced:
        signal.signal(number, lambda received, _: deferred.append(received))
    try:
        with _mask():
            yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
    if deferred:
        signal.raise_signal(deferred[0])


@contextmanager
def _mask() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
