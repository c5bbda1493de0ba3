"""Test timetables: description, runs per week and next runs, for any text."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowsync.schedule.timetable import Timetable, build_timetable

NOW = datetime(2026, 11, 24, 3, 0)  # noqa: DTZ001 - a Tuesday


def test_timetable_contains_description_runs_per_week_and_next_runs() -> None:
    found = build_timetable("0 30 2 ? * MON-FRI *", start=None, since=NOW)
    assert found == Timetable(
        "weekdays at 02:30",
        5.0,
        tuple(datetime(2026, 11, day, 2, 30) for day in (25, 26, 27)),  # noqa: DTZ001
        NOW,
    )


def test_next_run_is_after_since() -> None:
    found = build_timetable("0 0 3 * * ?", start=None, since=NOW)
    assert found.next_runs[0] == NOW + timedelta(days=1)


def test_first_run_may_be_midnight_of_start() -> None:
    found = build_timetable("0 0 0 * * ?", start="2027-02-01", since=NOW)
    assert found.next_runs[0] == datetime(2027, 2, 1)  # noqa: DTZ001


def test_start_in_the_past_has_no_effect() -> None:
    assert build_timetable("0 0 0 * * ?", start="2020-01-01", since=NOW) == build_timetable(
        "0 0 0 * * ?", start=None, since=NOW
    )


@pytest.mark.parametrize(
    "start",
    ["", "soon", "2027-13-01", "2027-02-30", "20270201", "2027-W05-1", "\uff12\uff10\uff12\uff17-02-01"],
)
def test_start_that_is_not_a_date_has_no_effect(start: str) -> None:
    assert build_timetable("0 0 0 * * ?", start=start, since=NOW).next_runs[0] == datetime(2026, 11, 25)  # noqa: DTZ001


def test_schedule_that_ends_before_start_never_runs() -> None:
    found = build_timetable("0 0 0 * * ? 2027", start="2028-01-01", since=NOW)
    assert found == Timetable("every day at 00:00, only in 2027: never again", 0.0, (), NOW)


def test_past_years_never_run_again() -> None:
    found = build_timetable("0 0 0 * * ? 2001", start=None, since=NOW)
    assert found == Timetable("every day at 00:00, only in 2001: never again", 0.0, (), NOW)


def test_31_february_never_runs() -> None:
    found = build_timetable("0 0 0 31 2 ?", start=None, since=NOW)
    assert found == Timetable("on the 31st of February at 00:00: never, there is no such day", 0.0, (), NOW)


def test_fewer_than_three_runs_remain_at_end_of_2099() -> None:
    found = build_timetable("0 0 0 31 12 ? 2098/1", start=None, since=NOW)
    assert [one.year for one in found.next_runs] == [2098, 2099]


@pytest.mark.parametrize(("by_hand", "words"), [(False, "no schedule"), (True, "by hand")])
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_empty_text_is_no_schedule(text: str, *, by_hand: bool, words: str) -> None:
    expected = Timetable(words, None, (), NOW, is_by_hand=by_hand)
    assert build_timetable(text, start=None, since=NOW, by_hand=by_hand) == expected


def test_schedule_of_manual_flow_has_no_effect() -> None:
    found = build_timetable("0 0 0 * * ?", start=None, since=NOW, by_hand=True)
    assert found == Timetable(
        "every day at 00:00 (without effect: started by hand)", 0.0, (), NOW, is_by_hand=True
    )


def test_text_that_is_not_a_schedule_is_quoted() -> None:
    expected = Timetable("0 0 * * * (not understood)", None, (), NOW, is_understood=False)
    assert build_timetable(" 0 0 * * * ", start=None, since=NOW) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("daily\x1b[31m", "daily\\u001b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb", "a\\u000ab"),
        ("x" * 500, "x" * 79 + "…"),
        ("\x1b" * 500, "\\u001b" * 13 + "\\…"),
    ],
)
def test_hostile_text_is_short_and_printable(text: str, words: str) -> None:
    assert build_timetable(text, start=None, since=NOW).description == f"{words} (not understood)"


@given(text=st.text(), start=st.none() | st.text() | st.dates().map(str), since=st.datetimes())
@example(text="* * * * * ?", start="9999-12-31", since=NOW)
@example(text="* * * * * ?", start=None, since=datetime.max)  # noqa: DTZ901
@example(text="* * * * * ?", start=None, since=datetime.min)  # noqa: DTZ901
def test_any_text_and_day_have_a_timetable(text: str, start: str | None, since: datetime) -> None:
    found = build_timetable(text, start=start, since=since)
    assert found.description.isprintable()
    assert len(found.next_runs) <= 3
    assert all(one > since for one in found.next_runs)


def test_nonexistent_local_times_are_skipped() -> None:
    before_the_gap = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    table = build_timetable("0 30 2 * * ? *", start=None, since=before_the_gap)
    assert [f"{one:%m-%d %H:%M}" for one in table.next_runs] == ["03-30 02:30", "03-31 02:30", "04-01 02:30"]
    naive = build_timetable("0 30 2 * * ? *", start=None, since=before_the_gap.replace(tzinfo=None))
    assert f"{naive.next_runs[0]:%m-%d %H:%M}" == "03-29 02:30"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "Europe/Berlin", "Australia/Lord_Howe"])
def test_only_times_inside_gap_are_skipped(zone: str) -> None:
    since = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
    table = build_timetable("0 0 12 1,15 * ? *", start=None, since=since)
    assert [one.day for one in table.next_runs] == [1, 15, 1]
