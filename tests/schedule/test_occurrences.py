"""Compare occurrences with cronsim and with an oracle that tries every day, and test examples."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies.schedules import expression, expressions, fields

from flowsync.schedule.occurrences import never_starts, runs_per_week, same_times, times_from
from flowsync.schedule.quartz import (
    Cron,
    LastDay,
    LastDayOfWeek,
    NearestWeekday,
    NthDayOfWeek,
    Unspecified,
    Values,
    parse_cron,
)

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31, 23, 59, 59))  # noqa: DTZ001
A_DAY = timedelta(days=1)


def quartz_day(day: date) -> int:
    """Return the day of the week in Quartz; 1 is Sunday."""
    return day.isoweekday() % 7 + 1


def is_weekday(day: date) -> bool:
    return day.isoweekday() <= 5


def is_nearest_weekday(day: date, wanted: int, length: int) -> bool:
    """Return whether a day is a weekday and no weekday of the month is nearer to the wanted day."""
    if not is_weekday(day) or not 1 <= wanted <= length:
        return False
    weekdays = [one for one in range(1, length + 1) if is_weekday(day.replace(day=one))]
    return day.day == min(weekdays, key=lambda one: abs(one - wanted))


def matches_day(cron: Cron, day: date) -> bool:
    """Return whether a day matches by the definitions; this is the oracle."""
    if day.year not in cron.years.values or day.month not in cron.months.values:
        return False
    return matches_day_of_month(cron, day) and matches_day_of_week(cron, day)


def matches_day_of_month(cron: Cron, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    match cron.days_of_month:
        case Values(values):
            return day.day in values
        case LastDay(before, weekday):
            wanted = length - before
            return is_nearest_weekday(day, wanted, length) if weekday else day.day == wanted
        case NearestWeekday(wanted):
            return is_nearest_weekday(day, wanted, length)
        case Unspecified():
            return True


def matches_day_of_week(cron: Cron, day: date) -> bool:
    match cron.days_of_week:
        case Values(values):
            return quartz_day(day) in values
        case LastDayOfWeek(wanted):
            return quartz_day(day) == wanted and (day + 7 * A_DAY).month != day.month
        case NthDayOfWeek(wanted, number):
            return quartz_day(day) == wanted and (day.day + 6) // 7 == number
        case Unspecified():
            return True


def matches(cron: Cron, moment: datetime) -> bool:
    fields = (cron.hours.values, cron.minutes.values, cron.seconds.values)
    parts = (moment.hour, moment.minute, moment.second)
    return matches_day(cron, moment.date()) and all(
        part in one for part, one in zip(parts, fields, strict=True)
    )


def days_from(cron: Cron, start: datetime) -> Iterator[date]:
    """Return the days of the next months that match by the oracle."""
    return (day for ahead in range(100) if matches_day(cron, day := start.date() + ahead * A_DAY))


def to_cronsim(cron: Cron) -> str:
    """Return the expression for cronsim: six fields, 0 for Sunday, lists for ranges."""
    times = [
        ",".join(map(str, field.values)) for field in (cron.seconds, cron.minutes, cron.hours, cron.months)
    ]
    return " ".join((*times[:3], days_to_cronsim(cron), times[3], days_of_week_to_cronsim(cron)))


def days_to_cronsim(cron: Cron) -> str:
    match cron.days_of_month:
        case Values(values):
            return ",".join(map(str, values))
        case LastDay(0, weekday):
            return "LW" if weekday else "L"
        case Unspecified():
            return "*"
        case _:
            return ""


def days_of_week_to_cronsim(cron: Cron) -> str:
    match cron.days_of_week:
        case Values(values):
            return ",".join(str(value - 1) for value in values)
        case LastDayOfWeek(day):
            return f"{day - 1}L"
        case NthDayOfWeek(day, number):
            return f"{day - 1}#{number}"
        case Unspecified():
            return "*"


@given(text=expressions(), since=MOMENTS)
def test_next_times_equal_those_of_cronsim(text: str, since: datetime) -> None:
    cron = parse_cron(" ".join(text.split()[:6]))  # cronsim knows no years
    assume(days_to_cronsim(cron))
    ours = [*islice((one for one in times_from(cron, since) if one > since), 4)]
    try:
        theirs = [*islice(CronSim(to_cronsim(cron), since), 4)]
    except CronSimError:
        theirs = []
    assert ours == [one for one in theirs if one.year <= 2099]


@given(text=expressions(), since=MOMENTS)
def test_days_match_definitions(text: str, since: datetime) -> None:
    cron = parse_cron(text)
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    once_a_day = parse_cron(" ".join(("0 0 0", *text.split()[3:])))
    end = midnight + 100 * A_DAY
    found = [one.date() for one in islice(times_from(once_a_day, midnight), 100) if one < end]
    assert found == [*days_from(cron, midnight)]


@given(text=expressions(), since=MOMENTS)
def test_times_ascend_and_match_expression(text: str, since: datetime) -> None:
    cron = parse_cron(text)
    found = [*islice(times_from(cron, since), 5)]
    assert found == sorted(set(found))
    assert all(one >= since and matches(cron, one) for one in found)


@given(text=expressions(), since=MOMENTS, count=st.integers(1, 5))
def test_no_time_is_missing(text: str, since: datetime, count: int) -> None:
    found = [*islice(times_from(parse_cron(text), since), count + 1)]
    assume(len(found) > count)
    assert next(times_from(parse_cron(text), found[count - 1] + timedelta(seconds=1))) == found[count]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 0 1W * ? *", "2026-08-03"),  # the 1st is a Saturday: not back into July
        ("0 0 0 31W * ? *", "2027-01-29"),  # a Sunday at the end of January
        ("0 0 0 L-30 * ? *", "2026-08-01"),
        ("0 0 0 29 2 ? *", "2028-02-29"),
        ("0 0 0 ? * 2#5 *", "2026-08-31"),
        ("0 0 0 ? 8 7#5 2026", "2026-08-29"),
    ],
)
def test_days_at_month_boundaries(text: str, expected: str) -> None:
    since = datetime(2027, 1, 1) if text.startswith("0 0 0 31W") else datetime(2026, 8, 1)  # noqa: DTZ001
    assert next(times_from(parse_cron(text), since)).date() == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 0 * * ? *", 7),
        ("0 0/10 * * * ?", 1008),
        ("* * * * * ?", 604_800),
        ("0 30 2 ? * MON-FRI", 5),
        ("0 0 6,18 ? * 2,5", 4),
        ("0 0 0 L * ?", 4800 / 20871),  # 400 years are 20,871 weeks
        ("0 0 0 29 2 ?", 97 / 20871),
        ("0 0 0 ? * 2#5", (20871 - 4 * 4800) / 20871),  # all Mondays but the first four of each month
        ("0 0 0 31 2 ?", 0),
        ("0 0 0 * 1 ? 2026", 31 * 7 / 365),
        ("0 0 0 * * ? 2026-2028", 7),
    ],
)
def test_runs_per_week_is_mean_over_years(text: str, expected: float) -> None:
    assert runs_per_week(parse_cron(text)) == pytest.approx(expected)


@given(expressions())
def test_runs_per_week_equals_count_in_one_year(text: str) -> None:
    *fields, _ = text.split()
    cron = parse_cron(" ".join((*fields, "2028")))
    days = sum(matches_day(cron, date(2028, 1, 1) + ahead * A_DAY) for ahead in range(366))
    a_day = len(cron.hours.values) * len(cron.minutes.values) * len(cron.seconds.values)
    assert runs_per_week(cron) == pytest.approx(days * a_day * 7 / 366)


SAME = [
    ("0 0 0 * * ? *", "0 0 0 ? * * *"),
    ("0 0 0 * * ?", "0 0 0 ? * 1-7 1970-2099"),
    ("0 0 0 ? * L", "0 0 0 ? * SAT"),
    ("0 0 0 ? * MON-FRI", "0 0 0 ? * 2,3,4,5,6"),
    ("0 */15 * * * ?", "0 0,15,30,45 0-23 1/1 * ?"),
    ("0 0 22-2 * * ?", "0 0 0-2,22,23 * * ?"),
    ("0 0 0 L 1 ?", "0 0 0 31 1 ?"),
    ("0 0 0 L 2 ? 2026,2027", "0 0 0 28 2 ? 2026,2027"),
    ("0 0 0 29 2 ?", "0 0 0 29 2 ? 1972/4"),
    ("0 0 0 31 2 ?", "0 0 5 30 2 ?"),
    ("0 0 0 31 2 ?", "0 0 0 31 4 ?"),
    ("0 0 0 13 8 ? 2027", "0 0 0 ? 8 6#2 2027"),
]

DIFFERENT = [
    ("0 0 0 * * ?", "0 0 1 * * ?"),
    ("0 0 0 * * ?", "0 0 0 * * ? 2026"),
    ("0 0 0 L 2 ?", "0 0 0 28 2 ?"),
    ("0 0 0 ? * 6L", "0 0 0 ? * 6#4"),
    ("0 0 0 ? * 6L", "0 0 0 ? * 6#5"),
    ("0 0 0 LW * ?", "0 0 0 L * ?"),
    ("0 0 0 1-31 * ?", "0 0 0 1-30 * ?"),
    ("0 0 0 31 2 ?", "0 0 0 29 2 ?"),
    ("0 0 0 ? * 1", "0 0 0 ? * 2"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_equivalent_expressions_have_same_times(before: str, after: str) -> None:
    assert same_times(parse_cron(before), parse_cron(after))
    assert same_times(parse_cron(after), parse_cron(before))


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_different_schedules_have_different_times(before: str, after: str) -> None:
    assert not same_times(parse_cron(before), parse_cron(after))
    assert not same_times(parse_cron(after), parse_cron(before))


@given(one=fields(), other=fields(), place=st.integers(3, 5))
def test_same_times_equals_comparison_of_all_days(
    one: tuple[str, ...], other: tuple[str, ...], place: int
) -> None:
    mixed = (*one[:place], other[place], *one[place + 1 :])
    crons = [parse_cron(expression(("0", "0", "0", *parts[3:]))) for parts in (one, mixed)]
    before, after = ([*times_from(cron, datetime(1970, 1, 1))] for cron in crons)  # noqa: DTZ001
    assert same_times(*crons) == (before == after)


@given(expressions())
def test_schedule_without_days_never_starts(text: str) -> None:
    cron = parse_cron(text)
    assert never_starts(cron) == (next(times_from(cron, datetime(1970, 1, 1)), None) is None)  # noqa: DTZ001
