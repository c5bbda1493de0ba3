"""Compute the occurrences of a schedule on the server's wall clock: the next ones, their number, equality."""

from bisect import bisect_left
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
_MONDAY_TO_FRIDAY: Final = range(2, 7)
_GREGORIAN_CYCLE: Final = tuple(range(2000, 2400))

Days: TypeAlias = tuple[int, ...]

_Month: TypeAlias = tuple[int, int]
"""The weekday of a month's first day (0 is Monday) and its length; they decide which days are allowed."""


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
    allowed, calendar = frozenset(cron.months.values), _calendar(cron.days_of_month, cron.days_of_week)
    days = sum(count * len(calendar[kind]) for (month, kind), count in months.items() if month in allowed)
    a_day = len(cron.hours.values) * len(cron.minutes.values) * len(cron.seconds.values)
    length = sum(count * length for (_, (_, length)), count in months.items())
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
    calendar = _calendar(cron.days_of_month, cron.days_of_week)
    years, months = frozenset(cron.years.values), frozenset(cron.months.values)
    for year, month in product(YEARS, range(1, 13)):
        yield calendar[_month(year, month)] if month in months and year in years else ()


def _days_from(cron: Cron, earliest: date) -> Iterator[date]:
    calendar = _calendar(cron.days_of_month, cron.days_of_week)
    years = cron.years.values[bisect_left(cron.years.values, earliest.year) :]
    first = (earliest.year, earliest.month, earliest.day)
    for year, month in product(years, cron.months.values):
        if (year, month) >= first[:2]:
            days = calendar[_month(year, month)]
            yield from (date(year, month, day) for day in days if (year, month, day) >= first)


_month: Final = lru_cache(maxsize=8192)(monthrange)


@lru_cache(maxsize=64)
def _count_months(years: Days) -> Mapping[tuple[int, _Month], int]:
    return Counter((month, _month(year, month)) for year in years for month in range(1, 13))


@lru_cache(maxsize=1024)
def _calendar(of_month: DaysOfMonth, of_week: DaysOfWeek) -> Mapping[_Month, Days]:
    """Return the allowed days of each kind of month."""
    months = product(range(_WEEK), range(28, 32))
    return {month: tuple(_allowed(of_month, of_week, month)) for month in months}


def _allowed(of_month: DaysOfMonth, of_week: DaysOfWeek, month: _Month) -> Iterable[int]:
    _, length = month
    match of_month:
        case Values(values):
            return (day for day in values if day <= length)
        case LastDay(before, weekday):
            return _one_day(month, length - before, weekday=weekday)
        case NearestWeekday(day):
            return _one_day(month, day, weekday=True)
        case Unspecified():
            return _allowed_of_week(of_week, month)
        case _:
            assert_never(of_month)


def _allowed_of_week(of_week: DaysOfWeek, month: _Month) -> Iterable[int]:
    match of_week:
        case Values(values):
            return sorted(day for day_of_week in values for day in _days_on(day_of_week, month))
        case LastDayOfWeek(day_of_week):
            return _days_on(day_of_week, month)[-1:]
        case NthDayOfWeek(day_of_week, number):
            return _days_on(day_of_week, month)[number - 1 : number]
        case Unspecified():
            return ()
        case _:
            assert_never(of_week)


def _days_on(day_of_week: int, month: _Month) -> range:
    """Return the days of a month on a day of the week, as Quartz counts: 1 is Sunday."""
    first, length = month
    return range((day_of_week - 2 - first) % _WEEK + 1, length + 1, _WEEK)


def _one_day(month: _Month, day: int, *, weekday: bool) -> Iterable[int]:
    """Return the day, or the nearest Monday to Friday within the month; none if the month lacks the day."""
    if not 1 <= day <= month[1]:
        return ()
    if not weekday:
        return (day,)
    weekdays = (other for day_of_week in _MONDAY_TO_FRIDAY for other in _days_on(day_of_week, month))
    return (min(weekdays, key=lambda other: abs(other - day)),)
