"""What is wrong with one value, by its row of the field table."""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from flowsync.flow.field_types import Field, Shape
from flowsync.flow.values import Value, json_text
from flowsync.schedule.quartz import CronError, UnevaluatedCronError, parse_cron

Severity: TypeAlias = Literal["error", "warning", "note"]
"""A note is about a form or a field of the platform that nobody has to change; it is kept and compared."""


class Problem(NamedTuple):
    """A rule that a value breaks; the message is one line and ends in the value."""

    rule: str
    severity: Severity
    message: str


_TYPES: Final[Mapping[Shape, frozenset[type]]] = {
    Shape.TEXT: frozenset({str}),
    Shape.CRON: frozenset({str}),
    Shape.DATE: frozenset({str}),
    Shape.INTEGER: frozenset({int}),
    Shape.NUMBER: frozenset({int, float}),
    Shape.BOOLEAN: frozenset({bool}),
    Shape.ID: frozenset({int}),
    Shape.NAMES: frozenset({list}),
    Shape.PARAMETERS: frozenset({list}),
    Shape.RUN_MODE: frozenset({dict}),
    Shape.ENTRIES: frozenset({list}),
}
_EXPECTED: Final[Mapping[Shape, str]] = {
    Shape.TEXT: "text",
    Shape.CRON: "text",
    Shape.DATE: "text",
    Shape.INTEGER: "an integer",
    Shape.NUMBER: "a number",
    Shape.BOOLEAN: "true or false",
    Shape.ID: "an integer",
    Shape.NAMES: "a list of names",
    Shape.PARAMETERS: "a list of entries",
    Shape.RUN_MODE: "a mapping",
    Shape.ENTRIES: "a list of entries",
}
_UNSET_AS_EMPTY_TEXT: Final = frozenset(
    {Shape.CRON, Shape.DATE, Shape.NAMES, Shape.PARAMETERS, Shape.RUN_MODE}
)
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_MAX_LENGTH: Final = 60


def check_value(row: Field, value: Value) -> Problem | None:
    """Return what is wrong with the value of a field; null is always allowed, as the platform may send it."""
    if value is None or (value == "" and row.shape in _UNSET_AS_EMPTY_TEXT):
        return None
    if isinstance(value, str) and value in row.spellings:
        return None
    if type(value) not in _TYPES[row.shape]:
        return kind_problem(row, value)
    if isinstance(value, str):
        return _text_problem(row, value)
    if isinstance(value, int | float):
        return _number_problem(row, value)
    return None


def kind_problem(row: Field, value: Value) -> Problem:
    """Return the problem of a value of an undocumented kind."""
    message = f"{row.name} is not {_EXPECTED[row.shape]}: {quote_value(value)}"
    lenient: Severity = "note" if row.shape is Shape.PARAMETERS else "warning"
    return Problem("kind", lenient if row.lenient else "error", message)


def quote_value(value: Value) -> str:
    """Return a value on one short line, without control characters."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else json_text(value)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"


def _text_problem(row: Field, value: str) -> Problem | None:
    if row.shape is Shape.CRON:
        return _cron_problem(value)
    if row.shape is Shape.DATE and not _is_date(value):
        return Problem(
            "date", "error", f"{row.name} is not a date of the form yyyy-MM-dd: {quote_value(value)}"
        )
    return _enum_problem(row, value)


def _number_problem(row: Field, value: float) -> Problem | None:
    if row.minimum is not None and row.maximum is None and value < row.minimum:
        return Problem("range", "error", f"{row.name} is below {row.minimum:g}: {quote_value(value)}")
    if row.minimum is not None and row.maximum is not None and not row.minimum <= value <= row.maximum:
        limits = f"{row.minimum:g} to {row.maximum:g}"
        return Problem("range", "error", f"{row.name} is not in {limits}: {quote_value(value)}")
    return _enum_problem(row, value)


def _enum_problem(row: Field, value: str | float) -> Problem | None:
    if not row.words or value in row.words or value in ("", row.unset):
        return None
    words = ", ".join(f"{value} ({word})" for value, word in row.words.items())
    return Problem("enum", "warning", f"{row.name} is none of {words}: {quote_value(value)}")


def _cron_problem(value: str) -> Problem | None:
    try:
        parse_cron(value)
    except UnevaluatedCronError as exc:
        return Problem("cron", "warning", f"cron is not evaluated: {exc}: {quote_value(value)}")
    except CronError as exc:
        return Problem("cron", "error", f"cron is not a Quartz expression: {exc}: {quote_value(value)}")
    return None


def _is_date(text: str) -> bool:
    """Return whether the text is a day of the Gregorian calendar."""
    match = _DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = map(int, match.groups())
    if not (year and 1 <= month <= len(_DAYS)):
        return False
    leap_day = month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _DAYS[month - 1] + leap_day
