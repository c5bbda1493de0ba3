"""Test descriptions of schedules: examples, and that different schedules have different descriptions."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.schedules import DAYS, HOURS, MINUTES, MONTHS, SECONDS, YEARS, expression, expressions, fields

from flowsync.schedule.description import describe_cron
from flowsync.schedule.lists import join_numbers, join_words, ordinal
from flowsync.schedule.occurrences import same_times
from flowsync.schedule.quartz import parse_cron

WORDS = [
    # times
    ("0 0 0 * * ? *", "every day at 00:00"),
    ("0 0 0 ? * 1-7 *", "every day at 00:00"),
    ("59 59 23 * * ? *", "every day at 23:59:59"),
    ("0 0 6,18 * * ?", "every day at 06:00 and 18:00"),
    ("0 11,12,50 3,4 * * ?", "every day at 03:11, 03:12, 03:50, 04:11, 04:12 and 04:50"),
    ("* * * * * ?", "every second"),
    ("0 * * * * ?", "every minute"),
    ("30 * * * * ?", "every minute at second 30"),
    ("5/15 * * * * ?", "every 15 seconds from second 5"),
    ("0 0 * * * ?", "every hour"),
    ("0 5 * * * ?", "every hour at minute 5"),
    ("30 5 * * * ?", "every hour from 00:05:30"),
    ("0 2/10 * * * ?", "every 10 minutes from minute 2"),
    ("0 0/10 * * * ?", "every 10 minutes"),
    ("0 5-55/10 * * * ?", "every 10 minutes from minute 5"),
    ("0 0/2 * * * ?", "every 2 minutes"),
    ("0 0 0/6 * * ?", "every 6 hours"),
    ("0 30 1/2 * * ?", "every 2 hours from 01:30"),
    ("0 0 9-17 * * ?", "every hour from 09:00 to 17:00"),
    ("0 0/15 9-17 * * ?", "every 15 minutes from 09:00 to 17:45"),
    ("0 0-5 14 * * ?", "every minute from 14:00 to 14:05"),
    ("0 0 22-5 * * ?", "every hour from 22:00 to 05:00"),
    ("0 0 20-5 ? * MON-FRI", "every hour from 00:00 to 05:00 and from 20:00 to 23:00 on weekdays"),
    ("0 0/5 14,18 * * ?", "every 5 minutes from 14:00 to 14:55 and from 18:00 to 18:55"),
    ("0 0 6-12,18 * * ?", "every hour from 06:00 to 12:00 and at 18:00"),
    ("0 0/7 * * * ?", "at minutes 0, 7, …, 56 of every hour"),
    ("0 5,20,50 * * * ?", "at minutes 5, 20 and 50 of every hour"),
    ("0-10 * * * * ?", "at seconds 0 to 10 of every minute"),
    ("0 * 0,5,9,14 * * ?", "every minute of hours 0, 5, 9 and 14"),
    ("0/15 */20 /4 * * ?", "at seconds 0, 15, 30 and 45 of minutes 0, 20 and 40 of hours 0, 4, …, 20"),
    # days of the week
    ("0 30 2 ? * MON-FRI", "weekdays at 02:30"),
    ("0 30 2 ? * 2-6", "weekdays at 02:30"),
    ("0 0 0 ? * 1", "every Sunday at 00:00"),
    ("0 0 0 ? * L", "every Saturday at 00:00"),
    ("0 0 6,18 ? * MON,THU", "every Monday and Thursday at 06:00 and 18:00"),
    ("0 0/10 * ? * MON,THU", "every 10 minutes on Mondays and Thursdays"),
    ("0 0 6 ? * FRI-MON", "Friday to Monday at 06:00"),
    ("0 0 * ? * FRI-MON", "every hour, Friday to Monday"),
    ("0 0 6 ? * 2-7", "Monday to Saturday at 06:00"),
    ("0 0 * ? * 2-6", "every hour on weekdays"),
    ("0 0 6 ? * SAT,SUN", "every Saturday and Sunday at 06:00"),
    ("0 15 7 ? * 6#2", "on the 2nd Friday of the month at 07:15"),
    ("0 15 7 ? * FRI#5", "on the 5th Friday of the month at 07:15"),
    ("0 15 7 ? * 6L", "on the last Friday of the month at 07:15"),
    # days of the month
    ("0 0 0 1 * ?", "on the 1st of the month at 00:00"),
    ("0 0 0 1,15 * ?", "on the 1st and 15th of the month at 00:00"),
    ("0 0 0 1/5 * ?", "on the 1st, 6th, …, 31st of the month at 00:00"),
    ("0 0 0 29-3 * ?", "on the 1st to 3rd and 29th to 31st of the month at 00:00"),
    ("0 0 23 L * ?", "on the last day of the month at 23:00"),
    ("0 0 23 LW * ?", "on the last weekday of the month at 23:00"),
    ("0 0 23 L-2 * ?", "on the 2nd day before the last of the month at 23:00"),
    ("0 0 23 L-2W * ?", "on the weekday nearest the 2nd day before the last of the month at 23:00"),
    ("0 0 8 15W * ?", "on the weekday nearest the 15th of the month at 08:00"),
    ("0 0 * 15 * ?", "every hour on the 15th of the month"),
    # months and years
    ("0 0 0 * 1 ?", "every day at 00:00 in January"),
    ("0 0 0 1 1 ?", "on the 1st of January at 00:00"),
    ("0 0 0 1 1,4,7,10 ?", "on the 1st of January, April, July and October at 00:00"),
    ("0 0 0 1 NOV-FEB ?", "on the 1st of the month at 00:00, November to February"),
    ("0 0 0 ? NOV-FEB FRI-MON", "Friday to Monday at 00:00, November to February"),
    ("0 0 0 ? 1/2 2", "every Monday at 00:00 in Jan, Mar, May, Jul, Sep and Nov"),
    ("0 0 0 * 1 ? 2026-2028", "every day at 00:00 in January, only in 2026 to 2028"),
    ("0 0 0 * * ? 2026", "every day at 00:00, only in 2026"),
    ("0 0 0 * * ? 2026/1", "every day at 00:00, from 2026 on"),
    ("0 0 0 * * ? 1970-2028", "every day at 00:00, until 2028"),
    ("0 0 0 * * ? 2024/2", "every day at 00:00, only in 2024, 2026, …, 2098"),
    ("0 0 22-5 * * ? 2026", "every hour from 00:00 to 05:00 and from 22:00 to 23:00, only in 2026"),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_description_of_schedule(text: str, expected: str) -> None:
    assert describe_cron(parse_cron(text)) == expected


def test_very_long_list_is_described_by_shortest_expression() -> None:
    text = "1,2,3,9,22,24,51 3,4,8,22,34 0,3,6,12,15,22 1,3,4,9,22 1,2,4,6,8,9 ? 1980,1990,2010,2011"
    expression = "1-3,9,22,24,51 3-4,8,22,34 0,3,6,12,15,22 1,3-4,9,22 1-2,4,6,8-9 ? 1980,1990,2010-2011"
    assert describe_cron(parse_cron(text)) == f"by the expression {expression}"


def test_repeated_value_is_described_once() -> None:
    assert describe_cron(parse_cron(f"{'0,' * 1000}0 0 0 * * ?")) == "every day at 00:00"


def test_common_different_schedules_have_different_descriptions() -> None:
    kept = [
        *(
            (second, minute, hour, "* ?", "*", "*")
            for second, minute, hour in product(SECONDS, MINUTES, HOURS)
        ),
        *(("0", "0", hour, *rest) for hour, *rest in product(("0", "22-5", "*"), DAYS, MONTHS, YEARS)),
    ]
    crons_by_words = defaultdict(set)
    for parts in kept:
        cron = parse_cron(expression(parts))
        crons_by_words[describe_cron(cron)].add(cron)
    for words, (first, *others) in crons_by_words.items():
        assert all(same_times(first, other) for other in others), words


@given(one=fields(), other=fields(), place=st.integers(0, 5))
def test_schedules_that_differ_in_one_field_have_different_descriptions(
    one: tuple[str, ...], other: tuple[str, ...], place: int
) -> None:
    mixed = (*one[:place], other[place], *one[place + 1 :])
    before, after = parse_cron(expression(one)), parse_cron(expression(mixed))
    assert same_times(before, after) or describe_cron(before) != describe_cron(after)


@given(expressions())
def test_description_is_one_short_printable_line(text: str) -> None:
    words = describe_cron(parse_cron(text))
    assert words.isprintable()
    assert words == " ".join(words.split())
    assert len(words) < 1200


@given(st.sets(st.integers(0, 59), min_size=1), st.sets(st.integers(0, 59), min_size=1))
def test_different_number_lists_have_different_words(one: set[int], other: set[int]) -> None:
    assert (join_numbers(sorted(one)) == join_numbers(sorted(other))) == (one == other)


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31)
    expected = "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st"
    assert " ".join(map(ordinal, numbers)) == expected


@pytest.mark.parametrize(("words", "expected"), [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b and c")])
def test_joined_words(words: tuple[str, ...], expected: str) -> None:
    assert join_words(words) == expected
