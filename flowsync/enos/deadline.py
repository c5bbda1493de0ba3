"""The time that the work on one flow may take."""

from collections.abc import Callable


class Deadline:
    """A number of seconds from now, without waits for the rate limit.

    It is used by the thread that fetches the flow. `monotonic` is a clock that cannot be set: a corrected
    wall clock must not fail a flow.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._moment = monotonic() + seconds

    @property
    def moment(self) -> float:
        """The end of the time, in seconds of the clock."""
        return self._moment

    def remaining_seconds(self) -> float:
        """Negative when the time is over."""
        return self._moment - self._monotonic()

    def extend_by(self, wait: Callable[[], None]) -> None:
        """Call a function that waits, and move the deadline by its duration."""
        before = self._monotonic()
        wait()
        self._moment += self._monotonic() - before
