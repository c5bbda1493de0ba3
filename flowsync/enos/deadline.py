"""Time limit of the work on one flow."""

from collections.abc import Callable


class Deadline:
    """A number of seconds from now, to which waits for the rate limit are added. Used by one thread.

    `monotonic` is a clock that is never adjusted, so that a correction of the system time fails no flow.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._moment = monotonic() + seconds

    @property
    def moment(self) -> float:
        """The end of the time limit, in seconds of the clock."""
        return self._moment

    def remaining_seconds(self) -> float:
        """Return the remaining time, negative after the deadline."""
        return self._moment - self._monotonic()

    def extend_by(self, wait: Callable[[], None]) -> None:
        """Call `wait` and postpone the deadline by the time it took."""
        before = self._monotonic()
        wait()
        self._moment += self._monotonic() - before
