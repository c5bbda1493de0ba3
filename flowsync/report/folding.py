"""Lines folded at blanks to the columns of a terminal, where an ideograph takes two."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import combining, east_asian_width

WIDTH: Final = 80

_WIDE: Final = frozenset({"W", "F"})
_PARTS: Final = re.compile(r" *[^ ]+ *")


def wrapped(line: str, indent: str, rest: str | None = None) -> Iterator[str]:
    """The line in parts that fit behind `indent`, those after the first behind `rest`; words stay whole."""
    rest = indent if rest is None else rest
    first, *others = folded(line, WIDTH - columns(indent), WIDTH - columns(rest))
    yield f"{indent}{first}".rstrip()
    yield from (f"{rest}{other}" for other in others)


def folded(line: str, first: int, others: int | None = None) -> list[str]:
    """The line in parts of at most so many columns where its words allow it; at least one part."""
    width = first
    if columns(line) <= width:
        return [line]
    parts = [""]
    for word in _PARTS.findall(line):
        if parts[-1] and columns(parts[-1]) + columns(word.rstrip()) > width:
            parts.append("")
            width = first if others is None else others
        parts[-1] += word
    return [part.rstrip() for part in parts]


def columns(text: str) -> int:
    """How wide a terminal shows printable text."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 1 + (east_asian_width(one) in _WIDE) for one in text)
