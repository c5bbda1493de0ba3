"""Quartz expressions: realistic ones and generated ones."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

HOURS: Final = ("*", "0", "2", "9-17", "22-5", "0/2", "1/6", "6,18", "9-12,18", "0,8,16", "0/5", "23")
MINUTES: Final = ("0", "30", "*", "0/10", "2/10", "5", "5-55/10", "0/7", "50-10", "5,20,50", "0-5", "59")
SECONDS: Final = ("0", "0", "0", "30", "*", "0/15", "5/30", "59", "0-10", "0,30")
DAYS: Final = (
    *("* ?", "? *", "1-31 ?", "1 ?", "15 ?", "1,15 ?", "1/5 ?", "1-7 ?", "29-3 ?", "31 ?", "30,31 ?", "29 ?"),
    *("L ?", "L-1 ?", "L-2 ?", "L-30 ?", "LW ?", "L-2W ?", "1W ?", "15W ?", "31W ?"),
    *("? MON-FRI", "? 2-6", "? 1", "? L", "? FRI-MON", "? 2,5", "? 1,7", "? 2-7", "? SUN,TUE,THU"),
    *("? 6L", "? 1L", "? 6#1", "? 6#2", "? 2#5"),
)
MONTHS: Final = ("*", "*", "*", "1", "2", "JAN,APR,JUL,OCT", "NOV-FEB", "1/2", "1-6", "2,3", "1-12")
YEARS: Final = ("*", "*", "*", "*", "2026", "2026-2028", "2026/1", "1970-2030", "2024/2", "2024/4", "2099")


def _number_lists(first: int, last: int) -> st.SearchStrategy[str]:
    """`*`, a value, a list, a range that may wrap, or a step."""
    number = st.integers(first, last)
    return st.one_of(
        st.just("*"),
        st.lists(number, min_size=1, max_size=8).map(lambda values: ",".join(map(str, values))),
        st.tuples(number, number).map(lambda ends: f"{ends[0]}-{ends[1]}"),
        st.tuples(number, st.integers(1, last - first)).map(lambda parts: f"{parts[0]}/{parts[1]}"),
    )


def _often(usual: Sequence[str], any_other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(usual), any_other)


_any_days: Final = st.one_of(
    _number_lists(1, 31).map(lambda days: f"{days} ?"),
    _number_lists(1, 7).map(lambda days: f"? {days}"),
    st.integers(0, 30).map(lambda before: f"L-{before} ?"),
    st.integers(0, 30).map(lambda before: f"L-{before}W ?"),
    st.integers(1, 31).map(lambda day: f"{day}W ?"),
    st.integers(1, 7).map(lambda day: f"? {day}L"),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda parts: f"? {parts[0]}#{parts[1]}"),
)


def fields() -> st.SearchStrategy[tuple[str, ...]]:
    """Seconds, minutes, hours, both fields of days as one, months, years."""
    years = st.integers(1970, 2099).flatmap(lambda one: st.integers(one, 2099).map(lambda to: f"{one}-{to}"))
    return st.tuples(
        _often(SECONDS, _number_lists(0, 59)),
        _often(MINUTES, _number_lists(0, 59)),
        _often(HOURS, _number_lists(0, 23)),
        _often(DAYS, _any_days),
        _often(MONTHS, _number_lists(1, 12)),
        _often(YEARS, years),
    )


def expression(parts: Sequence[str]) -> str:
    """Return the text of an expression from its `fields`."""
    *times, days, months, years = parts
    of_month, of_week = days.split()
    return " ".join((*times, of_month, months, of_week, years))


def expressions() -> st.SearchStrategy[str]:
    return fields().map(expression)
