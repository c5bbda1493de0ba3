"""A limit on requests per second over all threads."""

import threading
from collections.abc import Callable


class RateLimiter:
    """Lets one caller pass per interval; with `rate` None, all pass immediately."""

    def __init__(
        self, rate: float | None, *, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._interval = 1.0 / rate if rate else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Wait until the next request may be sent.

        Sleeps while it holds the lock, so callers pass one by one.
        """
        if not self._interval:
            return
        with self._lock:
            pause = self._next - self._monotonic()
            if pause > 0:
                self._sleep(pause)
            self._next = self._monotonic() + self._interval
