"""Describe when a flow runs: its schedule in words, runs per week, and the next runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from itertools import islice
from typing import Final

from flowsync.schedule.description import describe_cron
from flowsync.schedule.occurrences import never_starts, runs_per_week, times_from
from flowsync.schedule.quartz import Cron, CronError, parse_cron

WEEKS_A_YEAR: Final = 365.2425 / 7
_MAX_NEXT_RUNS: Final = 3
_LONGEST_TEXT: Final = 80
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timetable:
    """A schedule for readers; all times are the platform's wall clock.

    `description` contains an expression that is not evaluated. `per_week` is the mean number of runs,
    None if unknown; `next_runs` are the first ones after `since`.
    """

    description: str
    per_week: float | None
    next_runs: tuple[datetime, ...]
    since: datetime
    is_understood: bool = True
    is_by_hand: bool = False

    @property
    def never_runs(self) -> bool:
        """Whether the schedule is understood and has no run after `since`."""
        return self.is_understood and not self.next_runs


def build_timetable(cron: str, *, start: str | None, since: datetime, by_hand: bool = False) -> Timetable:
    """Describe a schedule after `since`, and not before the day `start`.

    If `since` has a time zone, times that do not exist there are left out, as Quartz does. `start` is
    `yyyy-MM-dd`; anything else has no effect. With `by_hand`, the platform keeps the schedule but does not
    follow it.
    """
    zone, since = since.tzinfo, since.replace(tzinfo=None)
    if not cron.strip():
        return Timetable("by hand" if by_hand else "no schedule", None, (), since, is_by_hand=by_hand)
    try:
        parsed = parse_cron(cron)
        description = describe_cron(parsed)
    except CronError:
        parsed, description = None, f"{_quote(cron)} (not understood)"
    if by_hand:
        words = f"{description} (without effect: started by hand)"
        return Timetable(words, 0.0, (), since, is_by_hand=True)
    if parsed is None:
        return Timetable(description, None, (), since, is_understood=False)
    next_runs = tuple(islice(_times_after(parsed, since, _day(start), zone), _MAX_NEXT_RUNS))
    if next_runs:
        return Timetable(description, runs_per_week(parsed), next_runs, since)
    ending = "never, there is no such day" if never_starts(parsed) else "never again"
    return Timetable(f"{description}: {ending}", 0.0, (), since)


def _times_after(cron: Cron, since: datetime, start: date, zone: tzinfo | None) -> Iterator[datetime]:
    earliest = max(since, datetime.combine(start, time.min))
    times = (moment for moment in times_from(cron, earliest) if moment > since)
    return times if zone is None else (moment for moment in times if _exists(moment, zone))


def _exists(moment: datetime, zone: tzinfo) -> bool:
    """Return whether a local time exists in a time zone."""
    there_and_back = moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) == moment


def _day(start: str | None) -> date:
    try:
        return date.fromisoformat(start) if start and _DATE.fullmatch(start) else date.min
    except ValueError:
        return date.min


def _quote(text: str) -> str:
    """Quote text that is not a schedule, on one line and without control characters."""
    printable = text.strip()[: _LONGEST_TEXT + 1]
    escaped = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in printable)
    return escaped if len(escaped) <= _LONGEST_TEXT else f"{escaped[: _LONGEST_TEXT - 1]}…"
