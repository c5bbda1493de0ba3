"""Rate limit of requests over all threads."""

import threading
from collections.abc import Callable


class RateLimiter:
    """A limit of `rate` requests per second; None means no limit."""

    def __init__(
        self, rate: float | None, *, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._interval = 1.0 / rate if rate else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Sleep until the next request may be sent."""
        if not self._interval:
            return
        with self._lock:  # locked while sleeping, so that callers continue one by one
            pause = self._next - self._monotonic()
            if pause > 0:
                self._sleep(pause)
            self._next = self._monotonic() + self._interval
