"""Check one value by its row of the field table."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

from flowsync.flow.field_types import Field, Shape
from flowsync.flow.printable import quote_name
from flowsync.flow.values import Value, json_text
from flowsync.schedule.quartz import CronError, UnevaluatedCronError, parse_cron

Severity: TypeAlias = Literal["error", "warning", "note"]
"""A note is about a form or a field of the platform that nobody has to change; it is kept and compared."""


class Problem(NamedTuple):
    """A rule that a value violates; the message is one line and ends in the value."""

    rule: str
    severity: Severity
    message: str


_KINDS: Final[Mapping[Shape, tuple[tuple[type, ...], str]]] = {
    **dict.fromkeys((Shape.TEXT, Shape.CRON, Shape.DATE), ((str,), "text")),
    **dict.fromkeys((Shape.INTEGER, Shape.ID), ((int,), "an integer")),
    Shape.NUMBER: ((int, float), "a number"),
    Shape.BOOLEAN: ((bool,), "true or false"),
    Shape.NAMES: ((list,), "a list of names"),
    **dict.fromkeys((Shape.PARAMETERS, Shape.ENTRIES), ((list,), "a list of entries")),
    Shape.RUN_MODE: ((dict,), "a mapping"),
}
"""The types of a value, and the words for them."""
_UNSET_AS_EMPTY_TEXT: Final = frozenset(
    {Shape.CRON, Shape.DATE, Shape.NAMES, Shape.PARAMETERS, Shape.RUN_MODE}
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_LENGTH: Final = 60


def check_value(row: Field, value: Value) -> Problem | None:
    """Return the problem of a value, None if there is none; null is allowed: the platform may send it."""
    if value is None or (value == "" and row.shape in _UNSET_AS_EMPTY_TEXT):
        return None
    if isinstance(value, str) and value in row.spellings:
        return None
    if type(value) not in _KINDS[row.shape][0]:
        return kind_problem(row, value)
    if isinstance(value, str):
        return _text_problem(row, value)
    return _number_problem(row, value) if isinstance(value, int | float) else None


def kind_problem(row: Field, value: Value) -> Problem:
    """Return the problem of a value of an undocumented kind."""
    message = f"{row.name} is not {_KINDS[row.shape][1]}: {quote_value(value)}"
    lenient: Severity = "note" if row.shape is Shape.PARAMETERS else "warning"
    return Problem("kind", lenient if row.lenient else "error", message)


def quote_value(value: Value) -> str:
    """Return a value on one short line; no two short ones look alike."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = quote_name(value) if isinstance(value, str) else json_text(value)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"


def _text_problem(row: Field, value: str) -> Problem | None:
    if row.shape is Shape.CRON:
        return _cron_problem(value)
    if row.shape is Shape.DATE and not _is_date(value):
        message = f"{row.name} is not a date of the form yyyy-MM-dd: {quote_value(value)}"
        return Problem("date", "error", message)
    return _enum_problem(row, value)


def _number_problem(row: Field, value: float) -> Problem | None:
    low, high = row.minimum, row.maximum
    if low is not None and high is None and value < low:
        return Problem("range", "error", f"{row.name} is below {low:g}: {quote_value(value)}")
    if low is not None and high is not None and not low <= value <= high:
        return Problem("range", "error", f"{row.name} is not in {low:g} to {high:g}: {quote_value(value)}")
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
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
