"""Values of a document as a reader sees them: entries as a list of their fields, texts as they are."""

from typing import Final

from flowsync.flow.values import Record, Value, json_text
from flowsync.report.html.markup import Markup, element
from flowsync.report.wording import escaped, printable

_SHORT: Final = 60
_LONGEST: Final = 2_000
_MOST_FIELDS: Final = 100


def shown(value: Value) -> Markup:
    """The value; a long one is cut, with its length."""
    match value:
        case dict() if value:
            return _entry(value)
        case str() if "\n" in value:
            return element("pre", _cut("\n".join(map(printable, value.split("\n")))))
        case _:
            return element("code", _cut(escaped(json_text(value))))


def is_short(value: Value) -> bool:
    """Whether the value and another fit on one line."""
    return not isinstance(value, dict | list) and len(json_text(value)) <= _SHORT


def _entry(record: Record) -> Markup:
    pairs = list(record.items())
    rows = [
        element("div", element("dt", printable(key)), element("dd", shown(value)))
        for key, value in pairs[:_MOST_FIELDS]
    ]
    rest = len(pairs) - _MOST_FIELDS
    if rest > 0:
        rows.append(element("div", element("dt", "…"), element("dd", f"{rest} more fields")))
    return element("dl", *rows, class_="entry")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
