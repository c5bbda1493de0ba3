"""Test the Quartz dialect: examples of the Quartz tutorial and of the platform, and refused expressions."""

import pickle

import pytest

from flowsync.schedule.quartz import (
    Cron,
    CronError,
    LastDay,
    LastDayOfWeek,
    NearestWeekday,
    NthDayOfWeek,
    UnevaluatedCronError,
    Unspecified,
    Values,
    parse_cron,
)

VALID = [
    # the platform's own samples
    "0 0 0 * * ? *",
    "59 59 23 * * ? *",
    "0 1 * * * ? *",
    "0 1/1 * * * ? *",
    # the Quartz tutorial
    "0 0 12 * * ?",
    "0 15 10 ? * *",
    "0 15 10 * * ?",
    "0 15 10 * * ? *",
    "0 15 10 * * ? 2005",
    "0 * 14 * * ?",
    "0 0/5 14 * * ?",
    "0 0/5 14,18 * * ?",
    "0 0-5 14 * * ?",
    "0 10,44 14 ? 3 WED",
    "0 15 10 ? * MON-FRI",
    "0 15 10 15 * ?",
    "0 15 10 L * ?",
    "0 15 10 L-2 * ?",
    "0 15 10 ? * 6L",
    "0 15 10 ? * 6L 2002-2005",
    "0 15 10 ? * 6#3",
    "0 0 12 1/5 * ?",
    "0 11 11 11 11 ?",
    # the two forms without a value, blanks, steps, names
    "* * * * * ?",
    "* * * ? * *",
    "0\t0  0 * * ? *",
    " 0 0 0 * * ? * ",
    "0/15 */20 /4 * * ?",
    "0 5-55/10 22-2/2 * * ?",
    "0 0 0 1-31/7 1/3 ? 2024/2",
    "0 0 0 1 JAN,APR,JUL,OCT ?",
    "0 0 0 1 jan-mar ? 2030,2040",
    "0 0 0 ? * sun,Tue,6",
    "0 0 0 ? NOV-FEB FRI-MON",
    "0 50-10 * 29-3 * ?",
    "0 0 0 LW * ?",
    "0 0 0 L-3W * ?",
    "0 0 0 15W * ?",
    "0 0 0 ? * L",
    "0 0 0 ? * FRIL",
    "0 0 0 ? * mon#1 *",
    "0 0 0 ? * 2/2 1970-2099",
    "0 0 0 *,15 * ?",
]

INVALID = {
    "": "cron: expected 6 or 7 fields, got 0",
    "   ": "cron: expected 6 or 7 fields, got 0",
    "0 0 * * *": "cron: expected 6 or 7 fields, got 5",
    "@daily": "cron: expected 6 or 7 fields, got 1",
    "60 0 0 * * ? * *": "second: 60 is not in 0-59",
    "60 0 0 * * ?": "second: 60 is not in 0-59",
    "0 60 0 * * ?": "minute: 60 is not in 0-59",
    "0 0 24 * * ?": "hour: 24 is not in 0-23",
    "0 0 0 0 * ?": "day of month: 0 is not in 1-31",
    "0 0 0 32 * ?": "day of month: 32 is not in 1-31",
    "0 0 0 1 13 ?": "month: 13 is not in 1-12",
    "0 0 0 1 0 ?": "month: 0 is not in 1-12",
    "0 0 0 ? * 8": "day of week: 8 is not in 1-7",
    "0 0 0 ? * 0": "day of week: 0 is not in 1-7",
    "0 0 0 * * ? 2030-2020": "year: 2030-2020 ends before it starts",
    "0 0 0 * * *": "day of week: day of month is given too; one of them must be ?",
    "0 0 0 15 * MON": "day of week: day of month is given too; one of them must be ?",
    "0 0 0 ? * ?": "day of week: day of month is ? too; one of them must be given",
    "? 0 0 * * ?": "second: '?' is not valid here",
    "0 0 ? * * ?": "hour: '?' is not valid here",
    "0 0 0 * ? ?": "month: '?' is not valid here",
    "0 0 0 * * ? ?": "year: '?' is not valid here",
    "0 0 0 15,? * ?": "day of week: day of month is ? too; one of them must be given",
    "0 0 0 ?x * ?": "day of week: day of month is ? too; one of them must be given",
    "0 0 0 ?xy * 1": "day of month: '?XY' is not valid here",
    "0 0 0 32W/2 * ?": "day of month: 32 is not in 1-31",
    "0 0 0 ? * 8L/2": "day of week: 8 is not in 1-7",
    "0 0 0 15W/2,99 * ?": "day of month: 99 is not in 1-31",
    "0 ?x 0 * * ?": "minute: '?X' is not valid here",
    "0 0 MON * * ?": "hour: MON is not a number",
    "0 0 0 1 FOO ?": "month: FOO is not the name of a month",
    "0 0 0 ? * FOO": "day of week: FOO is not the name of a day of week",
    "0 0 0 ? * 2-FRI": "day of week: 2-FRI mixes a name and a number",
    "0 0 0 ? * MON-6": "day of week: MON-6 mixes a name and a number",
    "0 0/60 0 * * ?": "minute: step 60 is not in 1-59",
    "0 0 */24 * * ?": "hour: step 24 is not in 1-23",
    "0 0 0 ? * 1/8": "day of week: step 8 is not in 1-7",
    "0 0 0 1 1/13 ?": "month: step 13 is not in 1-12",
    "0 0/ 0 * * ?": "minute: '0/' is not valid here",
    "0 / 0 * * ?": "minute: '/' is not valid here",
    "0 -5 0 * * ?": "minute: '-5' is not valid here",
    "0 \u0665 0 * * ?": "minute: '\u0665' is not valid here",
    "0 0 L * * ?": "hour: 'L' is not valid here",
    "0 0 0 L-31 * ?": "day of month: 31 is not in 0-30",
    "0 0 0 32W * ?": "day of month: 32 is not in 1-31",
    "0 0 0 6L * ?": "day of month: '6L' is not valid here",
    "0 0 0 ? * 8L": "day of week: 8 is not in 1-7",
    "0 0 0 ? * 6L,2L": "day of week: L is not allowed in a list",
    "0 0 0 ? * 6#6": "day of week: 6 is not in 1-5",
    "0 0 0 ? * 6#0": "day of week: 0 is not in 1-5",
    "0 0 0 ? * 0#1": "day of week: 0 is not in 1-7",
    "0 0 0 ? * 2#1,4#1": "day of week: # is not allowed in a list",
    "0 0 0 2#1 * ?": "day of month: '2#1' is not valid here",
    "0 0 12345678901234567890 * * ?": "hour: '12345678901234567890' is not valid here",
}

UNEVALUATED = {
    "0 0 0 * * ? * *": "cron: expected 6 or 7 fields, got 8",
    "0 0 0 * * ? * 5": "cron: expected 6 or 7 fields, got 8",
    "0 0 0 15W/2 * ?": "day of month: Quartz ignores what follows 15W in '15W/2'",
    "0 0 0 ? * 6L/2": "day of week: Quartz ignores what follows 6L in '6L/2'",
    "0 0 0 ? * FRIL/2": "day of week: Quartz ignores what follows FRIL in 'FRIL/2'",
    "0 0 0 ? * L-3": "day of week: Quartz ignores what follows L in 'L-3'",
    "0 0 0 ?x * 1": "day of month: Quartz ignores what follows ? in '?X'",
    "0 0 0 1 * ?*": "day of week: Quartz ignores what follows ? in '?*'",
    "0 0 0 15,? * MON": "day of month: Quartz ignores the entries beside ? in a list",
    "0 0 0 15? * ?": "day of month: Quartz ignores what follows 15 in '15?'",
    "0 10-40/99 0 * * ?": "minute: step 99 is beyond the end of the range",
    "0 0 0 ? * 5-0": "day of week: a range that ends at 0 has no defined meaning",
    "0 0 0 * * ? 1969": "year: years are evaluated from 1970 to 2099",
    "0 0 0 * * ? 2100": "year: years are evaluated from 1970 to 2099",
    "0 0 0 ? * MONDAY": "day of week: Quartz ignores what follows MON in 'MONDAY'",
    "0 0 0 ? * MON/2": "day of week: Quartz ignores what follows MON in 'MON/2'",
    "0 0/0 0 * * ?": "minute: a step of 0 has no defined meaning",
    "0 *5 0 * * ?": "minute: Quartz ignores what follows * in '*5'",
    "0 1-2-3 0 * * ?": "minute: Quartz ignores what follows 1-2 in '1-2-3'",
    "0 1,,2 0 * * ?": "minute: Quartz ignores an empty entry",
    "0 1, 0 * * ?": "minute: Quartz ignores an empty entry",
    "0 1.5 0 * * ?": "minute: Quartz ignores what follows 1 in '1.5'",
    "0 0\n0 0 * * ?": "minute: Quartz ignores what follows 0 in '0\\n0'",
    "0 0 0 L,15 * ?": "day of month: L in a list differs between versions of Quartz",
    "0 0 0 1W,15W * ?": "day of month: W in a list differs between versions of Quartz",
    "0 0 0 1-5W * ?": "day of month: Quartz ignores what follows 1-5 in '1-5W'",
    "0 0 0 ? * LW": "day of week: Quartz ignores what follows L in 'LW'",
    "0 0 0 15,L * ?": "day of month: L in a list differs between versions of Quartz",
    "0 0 0 ? * 2#1,6": "day of week: # in a list differs between versions of Quartz",
    "0 0 0 ? * MON-FRI/2": "day of week: Quartz ignores what follows MON-FRI in 'MON-FRI/2'",
    "0 0 0 1 JANUARY ?": "month: Quartz ignores what follows JAN in 'JANUARY'",
    "0 0 0 * * ? 2026-2200": "year: years are evaluated from 1970 to 2099",
    "0 0 0 1-5/2W * ?": "day of month: Quartz ignores what follows 1-5/2 in '1-5/2W'",
    "0 0/10x 0 * * ?": "minute: Quartz ignores what follows 0/10 in '0/10X'",
}


@pytest.mark.parametrize("text", VALID)
def test_documented_expressions_are_parsed(text: str) -> None:
    assert isinstance(parse_cron(text), Cron)


@pytest.mark.parametrize(("text", "message"), INVALID.items(), ids=[*INVALID])
def test_invalid_expression_is_refused_with_field_and_reason(text: str, message: str) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert str(caught.value) == message
    assert not isinstance(caught.value, UnevaluatedCronError)


@pytest.mark.parametrize(("text", "message"), UNEVALUATED.items(), ids=[*UNEVALUATED])
def test_unevaluated_expression_is_refused_with_reason(text: str, message: str) -> None:
    with pytest.raises(UnevaluatedCronError) as caught:
        parse_cron(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text", ["0 0 0 15,L 13 ?", "0 0 99 ? * MON/2", "0 0 0 99W,15W * ?", "0 60,, 0 * * ?"]
)
def test_invalid_field_takes_precedence_over_unevaluated_ones(text: str) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert not isinstance(caught.value, UnevaluatedCronError)


def values(field: object) -> tuple[int, ...]:
    assert isinstance(field, Values)
    return field.values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 0 * * ?", (0,)),
        ("0 10,44,10 0 * * ?", (10, 44)),
        ("0 0-5 0 * * ?", (0, 1, 2, 3, 4, 5)),
        ("0 5/20 0 * * ?", (5, 25, 45)),
        ("0 */20 0 * * ?", (0, 20, 40)),
        ("0 /30 0 * * ?", (0, 30)),
        ("0 10-40/15 0 * * ?", (10, 25, 40)),
        ("0 58-1 0 * * ?", (0, 1, 58, 59)),
        ("0 * 0 * * ?", tuple(range(60))),
    ],
)
def test_values_of_minutes(text: str, expected: tuple[int, ...]) -> None:
    assert values(parse_cron(text).minutes) == expected


def test_range_of_hours_wraps_at_midnight() -> None:
    assert values(parse_cron("0 0 22-2 * * ?").hours) == (0, 1, 2, 22, 23)


def test_range_of_hours_keeps_step_over_midnight() -> None:
    assert values(parse_cron("0 0 21-3/2 * * ?").hours) == (1, 3, 21, 23)


def test_range_of_months_wraps_at_end_of_year() -> None:
    assert values(parse_cron("0 0 0 1 NOV-FEB ?").months) == (1, 2, 11, 12)


def test_range_of_days_wraps_at_end_of_month() -> None:
    assert values(parse_cron("0 0 0 30-2 * ?").days_of_month) == (1, 2, 30, 31)


def test_sunday_is_1() -> None:
    assert values(parse_cron("0 0 0 ? * SUN").days_of_week) == (1,)
    assert values(parse_cron("0 0 0 ? * SAT").days_of_week) == (7,)
    assert values(parse_cron("0 0 0 ? * FRI-MON").days_of_week) == (1, 2, 6, 7)


def test_step_without_start_begins_at_minimum() -> None:
    assert values(parse_cron("0 0 0 */10 * ?").days_of_month) == (1, 11, 21, 31)
    assert values(parse_cron("0 0 0 ? */6 *").months) == (1, 7)


def test_years_are_1970_to_2099() -> None:
    assert values(parse_cron("0 0 0 * * ?").years) == tuple(range(1970, 2100))
    assert values(parse_cron("0 0 0 * * ? 2090/5").years) == (2090, 2095)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("?", Unspecified()),
        ("L", LastDay()),
        ("L-0", LastDay()),
        ("L-3", LastDay(before=3)),
        ("LW", LastDay(weekday=True)),
        ("l-3w", LastDay(before=3, weekday=True)),
        ("15W", NearestWeekday(15)),
    ],
)
def test_special_days_of_month(day: str, expected: object) -> None:
    week = "*" if day == "?" else "?"
    assert parse_cron(f"0 0 0 {day} * {week}").days_of_month == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("L", Values((7,), "L")),
        ("6L", LastDayOfWeek(6)),
        ("thul", LastDayOfWeek(5)),
        ("6#3", NthDayOfWeek(6, 3)),
        ("MON#1", NthDayOfWeek(2, 1)),
    ],
)
def test_special_days_of_week(day: str, expected: object) -> None:
    assert parse_cron(f"0 0 0 ? * {day}").days_of_week == expected


def test_missing_year_is_every_year() -> None:
    assert parse_cron("0 0 0 * * ?") == parse_cron("0 0 0 * * ? *")


def test_equivalent_spellings_are_equal() -> None:
    assert parse_cron("0 0 0 ? JAN-MAR mon-fri") == parse_cron("0 0 0 ? 1,2,3 2-6 1970-2099")
    assert parse_cron("0 0 0 ? * MON") != parse_cron("0 0 0 ? * TUE")


def test_text_of_field_is_kept_in_upper_case() -> None:
    assert parse_cron("0 0 0 ? jan-mar *").months.text == "JAN-MAR"


def test_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(CronError("hour", "24 is not in 0-23")))  # noqa: S301  # our own bytes
    assert (error.field, error.reason, str(error)) == ("hour", "24 is not in 0-23", "hour: 24 is not in 0-23")
