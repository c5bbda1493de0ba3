"""A Quartz expression in words: short, exact, and never the same words for schedules that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, assert_never

from flowsync.schedule.lists import join_numbers, join_words, ordinal, runs, stretch_round
from flowsync.schedule.quartz import (
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
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2099
_DAYS_OF_MONTH: Final = 31
_MAX_FULL_NAMES: Final = 4
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True)
class _MonthWords:
    """Months within days (`the 1st of January`), after such days, and after days without a month."""

    of: str
    behind_of: str
    behind: str


@dataclass(frozen=True, slots=True)
class _DayWords:
    """Days before times (`Friday to Monday at 06:00`) and after them (`every hour, Friday to Monday`)."""

    before: str
    behind: str
    months: str


@lru_cache(maxsize=4096)
def describe_cron(cron: Cron) -> str:
    """Describe a schedule in words; if they would be very long, return the shortest form of it."""
    words = _sentence(cron)
    return words if len(words) <= _LONGEST else f"by the expression {_expression(cron)}"


def _sentence(cron: Cron) -> str:
    days, years = _days(cron), _years(cron.years.values)
    every_day = not (days.behind or days.months or years)
    times = times_of_day(cron.hours.values, cron.minutes.values, cron.seconds.values, over_midnight=every_day)
    words = f"{days.before} {times.words}" if times.is_list else f"{times.words}{days.behind}"
    return f"{words}{days.months}{years}"


def _days(cron: Cron) -> _DayWords:
    months = _months([month - 1 for month in cron.months.values])
    match cron.days_of_month, cron.days_of_week:
        case Unspecified(), Values(values):
            return _named_days([(day - 2) % 7 for day in values], months)
        case Unspecified(), days_of_week:
            return _on(_day_of_week(days_of_week), months)
        case Values(values), _ if len(values) == _DAYS_OF_MONTH:
            return _DayWords("every day", "", months.behind)
        case days_of_month, _:
            return _on(_day_of_month(days_of_month), months)


def _on(day: str, months: _MonthWords) -> _DayWords:
    words = f"on {day} of {months.of}"
    return _DayWords(words, f" {words}", months.behind_of)


def _named_days(days: list[int], months: _MonthWords) -> _DayWords:
    """Days of the week, 0 for Monday."""
    if len(days) == len(_DAYS):
        return _DayWords("every day", "", months.behind)
    if set(days) == set(range(5)):
        return _DayWords("weekdays", " on weekdays", months.behind)
    if ends := stretch_round(days, len(_DAYS)):
        words = f"{_DAYS[ends[0]]} to {_DAYS[ends[1]]}"
        return _DayWords(words, f", {words}", months.behind)
    names = [_DAYS[day] for day in sorted(days)]
    return _DayWords(
        f"every {join_words(names)}", f" on {join_words([f'{name}s' for name in names])}", months.behind
    )


def _day_of_month(days: DaysOfMonth) -> str:
    match days:
        case Values(values):
            return f"the {join_numbers(values, ordinal)}"
        case LastDay(before, weekday):
            return _last_day(before, weekday=weekday)
        case NearestWeekday(day):
            return f"the weekday nearest the {ordinal(day)}"
        case Unspecified():
            return "every day"
        case _:
            assert_never(days)


def _last_day(before: int, *, weekday: bool) -> str:
    if before == 0:
        return "the last weekday" if weekday else "the last day"
    return f"the {'weekday nearest the ' if weekday else ''}{ordinal(before)} day before the last"


def _day_of_week(days: DaysOfWeek) -> str:
    match days:
        case LastDayOfWeek(day):
            return f"the last {_DAYS[(day - 2) % 7]}"
        case NthDayOfWeek(day, number):
            return f"the {ordinal(number)} {_DAYS[(day - 2) % 7]}"
        case Values() | Unspecified():
            return "every day"
        case _:
            assert_never(days)


def _months(months: list[int]) -> _MonthWords:
    """Months of the year, 0 for January."""
    if len(months) == len(_MONTHS):
        return _MonthWords("the month", "", "")
    if ends := stretch_round(months, len(_MONTHS)):
        words = f", {_MONTHS[ends[0]]} to {_MONTHS[ends[1]]}"
        return _MonthWords("the month", words, words)
    length = None if len(months) <= _MAX_FULL_NAMES else 3
    words = join_words([_MONTHS[month][:length] for month in months])
    return _MonthWords(words, "", f" in {words}")


def _years(years: Sequence[int]) -> str:
    if len(years) == _LAST_YEAR - _FIRST_YEAR + 1:
        return ""
    is_one_stretch = len(years) > 1 and len(runs(years)) == 1
    if is_one_stretch and years[-1] == _LAST_YEAR:
        return f", from {years[0]} on"
    if is_one_stretch and years[0] == _FIRST_YEAR:
        return f", until {years[-1]}"
    return f", only in {join_numbers(years)}"


def _expression(cron: Cron) -> str:
    """Return the expression in a form that all its spellings share."""
    fields = (
        _field(cron.seconds.values, 60),
        _field(cron.minutes.values, 60),
        _field(cron.hours.values, 24),
        _field_of_month(cron.days_of_month),
        _field(cron.months.values, len(_MONTHS)),
        _field_of_week(cron.days_of_week),
        _field(cron.years.values, _LAST_YEAR - _FIRST_YEAR + 1),
    )
    return " ".join(fields)


def _field_of_month(days: DaysOfMonth) -> str:
    match days:
        case Values(values):
            return _field(values, _DAYS_OF_MONTH)
        case LastDay(before, weekday):
            return f"L{f'-{before}' if before else ''}{'W' if weekday else ''}"
        case NearestWeekday(day):
            return f"{day}W"
        case Unspecified():
            return "?"
        case _:
            assert_never(days)


def _field_of_week(days: DaysOfWeek) -> str:
    match days:
        case Values(values):
            return _field(values, len(_DAYS))
        case LastDayOfWeek(day):
            return f"{day}L"
        case NthDayOfWeek(day, number):
            return f"{day}#{number}"
        case Unspecified():
            return "?"
        case _:
            assert_never(days)


def _field(values: Sequence[int], size: int) -> str:
    if len(values) == size:
        return "*"
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs(values))
