"""When a flow runs: a schedule in words, how often a week, and its next times."""

from dataclasses import dataclass
from datetime import datetime

from flowsync.flow.cron import Cron


@dataclass(frozen=True, slots=True)
class Timetable:
    """A schedule as people read it; all times are the server's wall clock.

    `words` is the expression itself where it is not understood. `per_week` is the mean number of runs, None
    where that is not known; `coming` are the first times after `since`.
    """

    words: str
    per_week: float | None
    coming: tuple[datetime, ...]
    since: datetime


def timetable(cron: str, *, start: str | None, since: datetime, by_hand: bool = False) -> Timetable:
    """A first version: the expression itself."""
    del start, by_hand
    return Timetable(cron, None, (), since)


def same_times(before: Cron, after: Cron) -> bool:
    """A first version: fields that allow the same values."""
    return before == after
