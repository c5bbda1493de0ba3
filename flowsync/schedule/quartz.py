"""Parse schedules in the platform's dialect: Quartz expressions of six or seven fields."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeAlias

YEARS: Final = range(1970, 2100)
"""The years that are evaluated."""


class CronError(ValueError):
    """An invalid Quartz expression: the name of the field (`cron` for the whole) and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class UnevaluatedCronError(CronError):
    """An expression that some version of Quartz accepts, but whose occurrences flowsync does not compute."""


@dataclass(frozen=True)
class Values:
    """Every value that a field allows, ascending; `text` is how it was written, in upper case.

    Fields that allow the same values are equal, however they were written.
    """

    values: tuple[int, ...]
    text: str = field(compare=False)


@dataclass(frozen=True)
class Unspecified:
    """`?`: the other field of days decides."""

    def __str__(self) -> str:
        return "?"


@dataclass(frozen=True)
class LastDay:
    """`L`, `L-n` and their `W` forms: so many days before the last of the month.

    With `weekday` set, the nearest Monday to Friday of that month.
    """

    before: int = 0
    weekday: bool = False

    def __str__(self) -> str:
        return f"L{f'-{self.before}' if self.before else ''}{'W' if self.weekday else ''}"


@dataclass(frozen=True)
class NearestWeekday:
    """`nW`: the Monday to Friday nearest to that day, within the month.

    As in Quartz 2.5, `30W` and `31W` skip a month that lacks the day. Quartz 2.3 moves them to the start of
    the next month.
    """

    day: int

    def __str__(self) -> str:
        return f"{self.day}W"


@dataclass(frozen=True)
class LastDayOfWeek:
    """`nL`: the last such day of the month; 1 is Sunday."""

    day_of_week: int

    def __str__(self) -> str:
        return f"{self.day_of_week}L"


@dataclass(frozen=True)
class NthDayOfWeek:
    """`n#k`: the k-th such day of the month, 1 to 5; no day if there are fewer. 1 is Sunday."""

    day_of_week: int
    number: int

    def __str__(self) -> str:
        return f"{self.day_of_week}#{self.number}"


DaysOfMonth: TypeAlias = Values | LastDay | NearestWeekday | Unspecified
DaysOfWeek: TypeAlias = Values | LastDayOfWeek | NthDayOfWeek | Unspecified


class Cron(NamedTuple):
    """A Quartz expression; exactly one of the two fields of days is `Unspecified`. Sunday is day 1."""

    seconds: Values
    minutes: Values
    hours: Values
    days_of_month: DaysOfMonth
    months: Values
    days_of_week: DaysOfWeek
    years: Values


@dataclass(frozen=True)
class _Row:
    """The legal values of one field of an expression; a range that wraps may end before it starts."""

    name: str
    minimum: int
    maximum: int
    names: Mapping[str, int] = field(default_factory=dict)
    wraps: bool = True

    @property
    def size(self) -> int:
        return self.maximum - self.minimum + 1


_MONTH_NAMES: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_SECOND: Final = _Row("second", 0, 59)
_MINUTE: Final = _Row("minute", 0, 59)
_HOUR: Final = _Row("hour", 0, 23)
_DAY_OF_MONTH: Final = _Row("day of month", 1, 31)
_MONTH: Final = _Row("month", 1, 12, {name: number for number, name in enumerate(_MONTH_NAMES, 1)})
_DAY_OF_WEEK: Final = _Row("day of week", 1, 7, {name: number for number, name in enumerate(_DAY_NAMES, 1)})
_YEAR: Final = _Row("year", YEARS[0], YEARS[-1], wraps=False)

_ENTRY: Final = re.compile(
    r"(?:\*|(?P<first>[0-9]{1,9}|[A-Z]{3})(?:-(?P<last>[0-9]{1,9}|[A-Z]{3}))?)?(?:/(?P<step>[0-9]{1,9}))?",
    re.ASCII,
)
_IGNORED_TAIL: Final = re.compile(
    r"""[0-9]{1,9}(?=[^0-9LW\#/-])
    | [0-9]{1,9}-[0-9]{1,9}(?:(?=[^0-9/])|/[0-9]{1,9}(?=[^0-9]))
    | [0-9]{1,9}/[0-9]{2,9}(?=[^0-9])
    | [A-Z]{3}(?:(?=[^\#L-])|-[A-Z]{3}(?=.))
    | \*(?=[^/])""",
    re.ASCII | re.VERBOSE,
)
"""The part of an entry that Quartz reads; it ignores the other characters without an error."""
_LAST_DAY: Final = re.compile(r"L(?:-(?P<before>[0-9]{1,9}))?(?P<weekday>W)?", re.ASCII)
_NEAREST_WEEKDAY: Final = re.compile(r"(?P<day>[0-9]{1,9})W", re.ASCII)
_SATURDAY: Final = re.compile(r"L(?:W|-[0-9]*W?)", re.ASCII)
_LAST_DAY_OF_WEEK: Final = re.compile(r"(?P<day>[0-9]{1,9}|[A-Z]{3})L", re.ASCII)
_NTH_DAY_OF_WEEK: Final = re.compile(r"(?P<day>[0-9]{1,9}|[A-Z]{3})#(?P<number>[0-9]{1,9})", re.ASCII)
_MAX_DAYS_BEFORE: Final = 30
_MAX_PER_DAY: Final = 5
_FIELDS_WITHOUT_YEAR: Final = 6
_MAX_QUOTED: Final = 40


@lru_cache(maxsize=1024)
def parse_cron(text: str) -> Cron:
    """Parse a Quartz expression.

    Blanks or tabs separate the fields, case is ignored, a missing seventh field is `*`. Raises CronError for
    what every version of Quartz refuses. Raises UnevaluatedCronError for what some version accepts but
    ignores in part (`*5`, `MON/2`, `15W/2`, `?x`, `1,,2`, a step of 0, an eighth field), for what versions
    read differently (`L`, `W` or `#` inside a list), and for years that flowsync does not evaluate.
    """
    fields = re.split(r"[ \t]+", text.strip(" \t\r\n").upper())
    if len(fields) == _FIELDS_WITHOUT_YEAR:
        fields.append("*")
    unevaluated: list[UnevaluatedCronError] = []
    if len(fields) != len(_PARSERS):
        reason = f"expected 6 or 7 fields, got {len(fields) if text.strip() else 0}"
        if len(fields) < len(_PARSERS):
            raise CronError("cron", reason)
        unevaluated.append(UnevaluatedCronError("cron", reason))
    cron = Cron(*(_parse(parse, field, unevaluated) for parse, field in zip(_PARSERS, fields, strict=False)))
    is_unspecified = (isinstance(cron.days_of_month, Unspecified), isinstance(cron.days_of_week, Unspecified))
    if is_unspecified == (True, True):
        raise CronError("day of week", "day of month is ? too; one of them must be given")
    if is_unspecified == (False, False):
        raise CronError("day of week", "day of month is given too; one of them must be ?")
    if unevaluated:
        raise unevaluated[0]
    return cron


def _parse(parse: Callable[[str], Any], text: str, unevaluated: list[UnevaluatedCronError]) -> Any:  # noqa: ANN401  # each field has a type of its own
    """Parse a field; collect an error that is not a reason to refuse the expression."""
    try:
        return parse(text)
    except UnevaluatedCronError as exc:
        unevaluated.append(exc)
        is_unspecified = any(entry.startswith("?") for entry in text.split(","))
        return Unspecified() if is_unspecified else None


def _days_of_month(text: str) -> DaysOfMonth:
    _check_list(_DAY_OF_MONTH, text, "?LW", _days_of_month)
    if text.startswith("?"):
        return _unspecified(_DAY_OF_MONTH, text)
    if match := _LAST_DAY.fullmatch(text):
        before = _within("day of month", match["before"] or "0", 0, _MAX_DAYS_BEFORE)
        return LastDay(before, weekday=match["weekday"] is not None)
    if match := _NEAREST_WEEKDAY.match(text):
        day = _value(_DAY_OF_MONTH, match["day"])
        _check_tail(_DAY_OF_MONTH, text, match[0])
        return NearestWeekday(day)
    return _values(_DAY_OF_MONTH, text)


def _days_of_week(text: str) -> DaysOfWeek:
    if "," in text and ("L" in text or text.count("#") > 1):
        found = "L" if "L" in text else "#"
        raise CronError("day of week", f"{found} is not allowed in a list")
    _check_list(_DAY_OF_WEEK, text, "?#", _days_of_week)
    if text.startswith("?"):
        return _unspecified(_DAY_OF_WEEK, text)
    if text == "L":
        return Values((_DAY_OF_WEEK.maximum,), text)
    if _SATURDAY.fullmatch(text):
        _check_tail(_DAY_OF_WEEK, text, "L")
    if match := _LAST_DAY_OF_WEEK.match(text):
        day = _value(_DAY_OF_WEEK, match["day"])
        _check_tail(_DAY_OF_WEEK, text, match[0])
        return LastDayOfWeek(day)
    if match := _NTH_DAY_OF_WEEK.fullmatch(text):
        number = _within("day of week", match["number"], 1, _MAX_PER_DAY)
        return NthDayOfWeek(_value(_DAY_OF_WEEK, match["day"]), number)
    return _values(_DAY_OF_WEEK, text)


def _check_list(row: _Row, text: str, letters: str, parse: Callable[[str], object]) -> None:
    """Check a list with entries such as `L`, `15W` or `2#1`, which versions of Quartz read differently.

    With `?` in a list, Quartz ignores the other entries.
    """
    entries = text.split(",")
    found = next((letter for letter in letters if letter in text), None)
    if len(entries) == 1 or not found:
        return
    for entry in filter(None, entries):
        with suppress(UnevaluatedCronError):
            parse(entry)
    if found == "?":
        raise UnevaluatedCronError(row.name, "Quartz ignores the entries beside ? in a list")
    raise UnevaluatedCronError(row.name, f"{found} in a list differs between versions of Quartz")


def _unspecified(row: _Row, text: str) -> Unspecified:
    """Return the value of a field that starts with `?`; Quartz refuses more than one character after it."""
    if len(text) > len("?x"):
        raise CronError(row.name, f"{_quote(text)} is not valid here")
    _check_tail(row, text, "?")
    return Unspecified()


def _check_tail(row: _Row, text: str, known: str) -> None:
    """Check that nothing follows the part of an entry that Quartz reads."""
    if text != known:
        raise UnevaluatedCronError(row.name, f"Quartz ignores what follows {known} in {_quote(text)}")


def _values(row: _Row, text: str) -> Values:
    entries = text.split(",")
    listed = {value for entry in entries if entry for value in _entry_values(row, entry)}
    if not all(entries):
        raise UnevaluatedCronError(row.name, "Quartz ignores an empty entry")
    return Values(tuple(sorted(listed)), text)


def _entry_values(row: _Row, entry: str) -> Iterable[int]:
    match = _ENTRY.fullmatch(entry)
    if ignored := _IGNORED_TAIL.match(entry):
        _entry_values(row, ignored[0])
        _check_tail(row, entry, ignored[0])
    if not entry or not match:
        raise CronError(row.name, f"{_quote(entry)} is not valid here")
    first, last, step = match["first"], match["last"], match["step"]
    if first is not None and last is not None and first.isdigit() != last.isdigit():
        raise CronError(row.name, f"{first}-{last} mixes a name and a number")
    start = row.minimum if first is None else _value(row, first)
    open_end = row.maximum if first is None or step is not None else start
    stop = open_end if last is None else _last_value(row, start, last)
    if step is not None and int(step) == 0:
        raise UnevaluatedCronError(row.name, "a step of 0 has no defined meaning")
    if step is not None and int(step) > row.maximum and last is not None:
        raise UnevaluatedCronError(row.name, f"step {int(step)} is beyond the end of the range")
    values = range(start, stop + 1, 1 if step is None else _within(row.name, step, 1, row.maximum, "step "))
    if stop <= row.maximum:
        return values
    return [(value - row.minimum) % row.size + row.minimum for value in values]


def _last_value(row: _Row, start: int, last: str) -> int:
    """Return the end of a range; one that wraps ends beyond the maximum."""
    if row.minimum == 1 and last.isdigit() and int(last) == 0:
        raise UnevaluatedCronError(row.name, "a range that ends at 0 has no defined meaning")
    stop = _value(row, last)
    if stop < start and not row.wraps:
        raise CronError(row.name, f"{start}-{stop} ends before it starts")
    return stop if stop >= start else stop + row.size


def _value(row: _Row, text: str) -> int:
    if text in row.names:
        return row.names[text]
    if not text.isdigit():
        expected = f"the name of a {row.name}" if row.names else "a number"
        raise CronError(row.name, f"{text} is not {expected}")
    if row is _YEAR and not row.minimum <= int(text) <= row.maximum:
        raise UnevaluatedCronError(row.name, f"years are evaluated from {row.minimum} to {row.maximum}")
    return _within(row.name, text, row.minimum, row.maximum)


def _within(name: str, text: str, minimum: int, maximum: int, what: str = "") -> int:
    if not minimum <= int(text) <= maximum:
        raise CronError(name, f"{what}{int(text)} is not in {minimum}-{maximum}")
    return int(text)


_PARSERS: Final[tuple[Callable[[str], Any], ...]] = (
    *(partial(_values, row) for row in (_SECOND, _MINUTE, _HOUR)),
    _days_of_month,
    partial(_values, _MONTH),
    _days_of_week,
    partial(_values, _YEAR),
)


def _quote(entry: str) -> str:
    return repr(entry[:_MAX_QUOTED]) if entry else "an empty entry"
