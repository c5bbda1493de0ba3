"""Compute the occurrences of a schedule on the server's wall clock: the next ones, their number, equality."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import dropwhile, product, starmap
from typing import Final, TypeAlias, assert_never

from flowsync.schedule.quartz import (
    YEARS,
    Cron,
    DaysOfMonth,
    DaysOfWeek,
    LastDay,
    LastDayOfWeek,
    NearestWeekday,
    NthDayOfWeek,
    Unspecified,
    Values,
)

_WEEK: Final = 7
_GREGORIAN_CYCLE: Final = tuple(range(2000, 2400))


@dataclass(frozen=True, slots=True)
class _MonthShape:
    """All that decides which days of a month are allowed; `first` is the day of the week it starts with.

    As everywhere in a Quartz expression, 1 is Sunday. There are 28 shapes.
    """

    first: int
    length: int

    def day_of_week(self, day: int) -> int:
        return (self.first + day - 2) % _WEEK + 1

    def days_on(self, day_of_week: int) -> range:
        """Return the days of the month on that day of the week, ascending."""
        return range((day_of_week - self.first) % _WEEK + 1, self.length + 1, _WEEK)


Days: TypeAlias = tuple[int, ...]


def times_from(cron: Cron, earliest: datetime) -> Iterator[datetime]:
    """Yield the occurrences of the schedule from `earliest` to the end of 2099, ascending."""
    for day in _days_from(cron, earliest.date()):
        first_hour = earliest.hour if day == earliest.date() else 0
        hours = [hour for hour in cron.hours.values if hour >= first_hour]
        times = starmap(time, product(hours, cron.minutes.values, cron.seconds.values))
        moments = (datetime.combine(day, moment) for moment in times)
        yield from dropwhile(lambda moment: moment < earliest, moments)


@lru_cache(maxsize=1024)
def runs_per_week(cron: Cron) -> float:
    """Return the mean number of runs per week, over the 400 years in which the calendar repeats.

    If the expression names years, the mean is over these years.
    """
    is_every_year = len(cron.years.values) == len(YEARS)
    months = _count_months(_GREGORIAN_CYCLE if is_every_year else cron.years.values)
    allowed, calendar = frozenset(cron.months.values), _calendar(cron)
    days = sum(count * len(calendar[shape]) for (month, shape), count in months.items() if month in allowed)
    a_day = len(cron.hours.values) * len(cron.minutes.values) * len(cron.seconds.values)
    length = sum(count * shape.length for (_, shape), count in months.items())
    return days * a_day * _WEEK / length


def same_times(before: Cron, after: Cron) -> bool:
    """Return whether both expressions have exactly the same occurrences from 1970 to 2099."""
    if before == after:
        return True
    days = zip(_days_by_month(before), _days_by_month(after), strict=True)
    if before[:3] == after[:3]:
        return all(one == other for one, other in days)
    return not any(one or other for one, other in days)


def never_starts(cron: Cron) -> bool:
    """Return whether the expression allows no day at all, like 31 February."""
    return not any(_days_by_month(cron))


def _days_by_month(cron: Cron) -> Iterator[Days]:
    """Return the allowed days of each month from 1970 to 2099."""
    years, months, calendar = frozenset(cron.years.values), frozenset(cron.months.values), _calendar(cron)
    for year, month, shape in _all_months():
        yield calendar[shape] if month in months and year in years else ()


def _days_from(cron: Cron, earliest: date) -> Iterator[date]:
    calendar = _calendar(cron)
    years = [year for year in cron.years.values if year >= earliest.year]
    for year, month in product(years, cron.months.values):
        days = (date(year, month, day) for day in calendar[_month_shape(year, month)])
        yield from dropwhile(lambda day: day < earliest, days)


@lru_cache(maxsize=4096)
def _month_shape(year: int, month: int) -> _MonthShape:
    monday_is_0, length = monthrange(year, month)
    return _MonthShape((monday_is_0 + 1) % _WEEK + 1, length)


@lru_cache(maxsize=1)
def _all_months() -> tuple[tuple[int, int, _MonthShape], ...]:
    return tuple((year, month, _month_shape(year, month)) for year in YEARS for month in range(1, 13))


@lru_cache(maxsize=64)
def _count_months(years: Days) -> Mapping[tuple[int, _MonthShape], int]:
    return Counter((month, _month_shape(year, month)) for year in years for month in range(1, 13))


def _calendar(cron: Cron) -> Mapping[_MonthShape, Days]:
    return _calendar_of(cron.days_of_month, cron.days_of_week)


@lru_cache(maxsize=1024)
def _calendar_of(of_month: DaysOfMonth, of_week: DaysOfWeek) -> Mapping[_MonthShape, Days]:
    """Return the allowed days of months of each shape."""
    shapes = (_MonthShape(first, length) for length in range(28, 32) for first in range(1, _WEEK + 1))
    return {shape: tuple(_allowed(of_month, of_week, shape)) for shape in shapes}


def _allowed(of_month: DaysOfMonth, of_week: DaysOfWeek, shape: _MonthShape) -> Iterable[int]:
    match of_month:
        case Values(values):
            return (day for day in values if day <= shape.length)
        case LastDay(before, weekday):
            return _one_day(shape, shape.length - before, weekday=weekday)
        case NearestWeekday(day):
            return _one_day(shape, day, weekday=True)
        case Unspecified():
            return _allowed_of_week(of_week, shape)
        case _:
            assert_never(of_month)


def _allowed_of_week(of_week: DaysOfWeek, shape: _MonthShape) -> Iterable[int]:
    match of_week:
        case Values(values):
            return sorted(day for day_of_week in values for day in shape.days_on(day_of_week))
        case LastDayOfWeek(day_of_week):
            return shape.days_on(day_of_week)[-1:]
        case NthDayOfWeek(day_of_week, number):
            return shape.days_on(day_of_week)[number - 1 : number]
        case Unspecified():
            return ()
        case _:
            assert_never(of_week)


def _one_day(shape: _MonthShape, day: int, *, weekday: bool) -> Days:
    """Return the day, or the nearest weekday within the month; none if the month lacks the day."""
    if not 1 <= day <= shape.length:
        return ()
    return (day + _to_weekday(shape, day) if weekday else day,)


def _to_weekday(shape: _MonthShape, day: int) -> int:
    match shape.day_of_week(day):
        case 7:
            return -1 if day > 1 else 2
        case 1:
            return 1 if day < shape.length else -2
        case _:
            return 0
