"""Problems of one value: types, ranges, enumerations, dates."""

import pytest

from flowsync.analysis.value_checks import Problem, check_value, quote_value
from flowsync.flow.field_types import Field, Shape
from flowsync.flow.fields import FLOW, RUN_MODE, STRUCTS, TASK
from flowsync.flow.values import Value

ROWS = [row for struct in STRUCTS for row in struct.fields if row.shape is not Shape.JOINED]
START_TIME = FLOW.by_name["startTime"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_null_is_valid(row: Field) -> None:
    assert check_value(row, None) is None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_value_of_another_type_is_an_error_unless_the_platform_mixes_types(row: Field) -> None:
    other: Value = 7.5 if row.shape is not Shape.NUMBER else "text"
    problem = check_value(row, other)
    assert problem is not None
    lenient = "note" if row.name == "parameters" else "warning"
    assert (problem.rule, problem.severity) == ("kind", lenient if row.lenient else "error")


@pytest.mark.parametrize("row", [row for row in ROWS if row.words], ids=lambda row: row.name)
def test_enumerated_values_are_legal_and_others_a_warning(row: Field) -> None:
    assert [check_value(row, value) for value in row.words] == [None] * len(row.words)
    problem = check_value(row, 99 if row.shape is Shape.INTEGER else "other")
    assert problem is not None
    assert (problem.rule, problem.severity) == ("enum", "warning")


def test_value_that_means_unset_is_legal() -> None:
    assert check_value(RUN_MODE.by_name["keyType"], 0) is None
    assert check_value(FLOW.by_name["cycle"], "") is None


@pytest.mark.parametrize("row", [row for row in ROWS if row.minimum is not None], ids=lambda row: row.name)
def test_range_includes_its_limits(row: Field) -> None:
    minimum, maximum = row.minimum, row.maximum
    assert minimum is not None
    below: Value = -1 if row.shape is Shape.INTEGER else minimum - 0.01
    assert check_value(row, int(minimum) if row.shape is Shape.INTEGER else minimum) is None
    assert check_value(row, below) == Problem("range", "error", problem_message(row, below))
    if maximum is not None:
        assert check_value(row, maximum) is None
        assert check_value(row, maximum + 1) == Problem("range", "error", problem_message(row, maximum + 1))


def problem_message(row: Field, value: Value) -> str:
    if row.maximum is None:
        return f"{row.name} is below {row.minimum:g}: {value}"
    return f"{row.name} is not in {row.minimum:g} to {row.maximum:g}: {value}"


def test_true_is_not_an_integer_and_1_is_not_a_boolean() -> None:
    assert check_value(TASK.by_name["timeout"], True) == Problem(
        "kind", "error", "timeout is not an integer: true"
    )
    assert check_value(TASK.by_name["asLink"], 1) == Problem(
        "kind", "error", "asLink is not true or false: 1"
    )


@pytest.mark.parametrize(
    "date", ["2019-07-24", "2000-02-29", "2024-02-29", "2023-12-31", "0001-01-01", "9999-04-30", ""]
)
def test_calendar_days_are_dates(date: str) -> None:
    assert check_value(START_TIME, date) is None


@pytest.mark.parametrize(
    "date",
    [
        "2023-02-29",
        "1900-02-29",
        "2100-02-29",
        "2023-04-31",
        "2023-13-01",
        "2023-00-01",
        "2023-01-00",
        "2023-01-32",
        "0000-01-01",
        "2023-1-1",
        "24.07.2019",
        "2019-07-24 00:00:00",
        "2019-07-24\n",
        "\u0662\u0660\u0661\u0669-07-24",
    ],
)
def test_other_texts_are_not_dates(date: str) -> None:
    problem = check_value(START_TIME, date)
    assert problem is not None
    assert (problem.rule, problem.severity) == ("date", "error")
    assert problem.message.startswith("startTime is not a date of the form yyyy-MM-dd: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("中文", "'中文'"),
        ("a\nb", r'"a\u000ab"'),
        ("\u2028\x1b", r'"\u2028\u001b"'),
        ("1\u043e", r'"1\u043e"'),
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ({"a": 1}, "a mapping"),
        ([1], "a list"),
    ],
)
def test_value_is_quoted_on_one_line(value: Value, expected: str) -> None:
    assert quote_value(value) == expected


def test_long_value_is_truncated() -> None:
    assert quote_value("x" * 500) == "'" + "x" * 59 + "…"
