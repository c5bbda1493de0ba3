"""Describe a Quartz expression in words: short, exact, and different for schedules that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, assert_never

from flowsync.schedule.lists import join_numbers, join_words, ordinal, runs, wrapping_run
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
from flowsync.schedule.time_of_day import times_of_day

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS_OF_MONTH: Final = 31
_SIZES: Final = (60, 60, 24, _DAYS_OF_MONTH, len(_MONTHS), len(_DAYS), len(YEARS))
"""The number of values of each field."""
_MAX_FULL_NAMES: Final = 4
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True)
class _MonthWords:
    """Months within days (`the 1st of January`), after such days, and after days without a month."""

    of: str
    after_of: str
    after: str


@dataclass(frozen=True, slots=True)
class _DayWords:
    """Days before times (`Friday to Monday at 06:00`) and after them (`every hour, Friday to Monday`)."""

    before: str
    after: str
    months: str


@lru_cache(maxsize=4096)
def describe_cron(cron: Cron) -> str:
    """Describe a schedule in words; if they would be very long, return the shortest form of it."""
    words = _sentence(cron)
    return words if len(words) <= _LONGEST else f"by the expression {_expression(cron)}"


def _sentence(cron: Cron) -> str:
    days, years = _days(cron), _years(cron.years.values)
    every_day = not (days.after or days.months or years)
    times = times_of_day(cron.hours.values, cron.minutes.values, cron.seconds.values, over_midnight=every_day)
    words = f"{days.before} {times.words}" if times.is_list else f"{times.words}{days.after}"
    return f"{words}{days.months}{years}"


def _days(cron: Cron) -> _DayWords:
    months = _months([month - 1 for month in cron.months.values])
    match cron.days_of_month, cron.days_of_week:
        case Unspecified(), Values(values):
            return _named_days([(day - 2) % 7 for day in values], months)
        case Values(values), _ if len(values) == _DAYS_OF_MONTH:
            return _DayWords("every day", "", months.after)
        case of_month, of_week:
            day = _day(of_week if isinstance(of_month, Unspecified) else of_month)
            words = f"on {day} of {months.of}"
            return _DayWords(words, f" {words}", months.after_of)


def _named_days(days: list[int], months: _MonthWords) -> _DayWords:
    """Describe days of the week; 0 is Monday."""
    if len(days) == len(_DAYS):
        return _DayWords("every day", "", months.after)
    if set(days) == set(range(5)):
        return _DayWords("weekdays", " on weekdays", months.after)
    if ends := wrapping_run(days, len(_DAYS)):
        words = f"{_DAYS[ends[0]]} to {_DAYS[ends[1]]}"
        return _DayWords(words, f", {words}", months.after)
    names = [_DAYS[day] for day in sorted(days)]
    return _DayWords(
        f"every {join_words(names)}", f" on {join_words([f'{name}s' for name in names])}", months.after
    )


def _day(days: DaysOfMonth | DaysOfWeek) -> str:
    match days:
        case Values(values):
            words = join_numbers(values, ordinal)
        case LastDay(0, weekday):
            words = "last weekday" if weekday else "last day"
        case LastDay(before, weekday):
            words = f"{'weekday nearest the ' if weekday else ''}{ordinal(before)} day before the last"
        case NearestWeekday(day):
            words = f"weekday nearest the {ordinal(day)}"
        case LastDayOfWeek(day):
            words = f"last {_DAYS[day - 2]}"
        case NthDayOfWeek(day, number):
            words = f"{ordinal(number)} {_DAYS[day - 2]}"
        case Unspecified():
            return "every day"
        case _:
            assert_never(days)
    return f"the {words}"


def _months(months: list[int]) -> _MonthWords:
    """Describe months of the year; 0 is January."""
    if len(months) == len(_MONTHS):
        return _MonthWords("the month", "", "")
    if ends := wrapping_run(months, len(_MONTHS)):
        words = f", {_MONTHS[ends[0]]} to {_MONTHS[ends[1]]}"
        return _MonthWords("the month", words, words)
    length = None if len(months) <= _MAX_FULL_NAMES else 3
    words = join_words([_MONTHS[month][:length] for month in months])
    return _MonthWords(words, "", f" in {words}")


def _years(years: Sequence[int]) -> str:
    if len(years) == len(YEARS):
        return ""
    is_one_run = len(years) > 1 and len(runs(years)) == 1
    if is_one_run and years[-1] == YEARS[-1]:
        return f", from {years[0]} on"
    if is_one_run and years[0] == YEARS[0]:
        return f", until {years[-1]}"
    return f", only in {join_numbers(years)}"


def _expression(cron: Cron) -> str:
    """Return the expression in a form that all its spellings share."""
    fields = (
        _field(field.values, size) if isinstance(field, Values) else str(field)
        for field, size in zip(cron, _SIZES, strict=True)
    )
    return " ".join(fields)


def _field(values: Sequence[int], size: int) -> str:
    if len(values) == size:
        return "*"
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs(values))
