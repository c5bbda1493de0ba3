"""The time that the work on one flow may take."""

from collections.abc import Callable


class Deadline:
    """So many seconds from now on, waits in line not counted; belongs to the thread that works on the flow.

    `monotonic` is a clock that nobody sets: a corrected wall clock must not cost a flow.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._moment = monotonic() + seconds

    @property
    def moment(self) -> float:
        """When the time is over, in seconds of the clock."""
        return self._moment

    def remaining_seconds(self) -> float:
        """Negative when the time is over."""
        return self._moment - self._monotonic()

    def extend_by(self, wait: Callable[[], None]) -> None:
        """Waits, and moves the deadline by as long as that took."""
        before = self._monotonic()
        wait()
        self._moment += self._monotonic() - before
