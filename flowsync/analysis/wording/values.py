"""Format values for a sentence: short, on one line, distinguishable."""

import json
from typing import Final
from unicodedata import normalize

from flowsync.flow.common_ends import common_ends
from flowsync.flow.field_types import Field
from flowsync.flow.printable import escape_controls
from flowsync.flow.values import Value, json_text

_LONGEST: Final = 60
_LEAD: Final = 15
_QUOTE: Final = '"'


def format_value(value: Value, row: Field | None = None) -> str:
    """Return a value with its word from the table; text is quoted only if it could be misread."""
    return _shorten(_text(value, row), 0)


def format_values(before: Value, after: Value, row: Field | None = None) -> str:
    """Return `before → after`, both shortened around their first difference."""
    old, new = _format_both(before, after, row)
    if max(len(old), len(new)) <= _LONGEST:
        return f"{old} → {new}"
    common, tail = common_ends(old, new)
    start = _word_start(old, max(common - _LEAD, 0), common)
    more = " (and further on)" if min(len(old), len(new)) - tail > start + _LONGEST else ""
    return f"{_shorten(old, start)} → {_shorten(new, start)}{more}"


def _format_both(before: Value, after: Value, row: Field | None) -> tuple[str, str]:
    """Return both sides in one notation that distinguishes them."""
    old, new = _text(before, row), _text(after, row)
    if _look_equal(old, new):
        return json.dumps(before), json.dumps(after)
    are_texts = isinstance(before, str) and isinstance(after, str)
    if are_texts and before and after and (old[:1] == _QUOTE) != (new[:1] == _QUOTE):
        return escape_controls(json_text(before)), escape_controls(json_text(after))
    return old, new


def _look_equal(one: str, other: str) -> bool:
    if one.isascii() and other.isascii():
        return one == other
    return normalize("NFC", one) == normalize("NFC", other)


def _word_start(text: str, start: int, end: int) -> int:
    """Return the start of the first word between two indexes, the first index without a blank."""
    blank = text.find(" ", start, end)
    return blank + 1 if start and blank >= 0 else start


def _text(value: Value, row: Field | None) -> str:
    if row and isinstance(value, (int, str)) and not isinstance(value, bool) and value in row.words:
        return f"{value} ({row.words[value]})"
    if isinstance(value, str) and _reads_as_text(value):
        return value
    return escape_controls(json_text(value))


def _reads_as_text(value: str) -> bool:
    """Return whether the bare text cannot be read as anything else: a number, JSON, or blanks at its ends."""
    return value.isprintable() and value.strip() == value and value[:1].isalpha() and value not in _JSON_WORDS


_JSON_WORDS: Final = frozenset({"null", "true", "false"})


def _shorten(text: str, start: int) -> str:
    if len(text) - start <= _LONGEST and not start:
        return text
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
