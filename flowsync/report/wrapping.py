"""Wrap lines at blanks to the columns of a terminal, where an ideograph takes two."""

import re
from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import Final
from unicodedata import combining, east_asian_width

WIDTH: Final = 80

_WIDE: Final = frozenset({"W", "F"})
_OF_OTHER_WIDTH: Final = re.compile("[^\x00-\u02ff\u2000-\u22ff]")
"""Characters that may have no column or two; the width of each single one is slow to compute."""
_PARTS: Final = re.compile(r" *[^ ]+ *")


def wrap(line: str, indent: str, rest: str | None = None, width: int = WIDTH) -> Iterator[str]:
    """Wrap a line to parts after `indent`, further parts after `rest`; words stay whole."""
    rest = indent if rest is None else rest
    first, *others = fold(line, width - columns(indent), width - columns(rest))
    yield f"{indent}{first}".rstrip()
    yield from (f"{rest}{other}" for other in others)


def fold(line: str, first: int, others: int | None = None) -> list[str]:
    """Split a line into parts of at most so many columns, if its words allow it; at least one part."""
    width = first
    if columns(line) <= width:
        return [line]
    parts, used = [""], 0
    for word in _PARTS.findall(line):
        wide = columns(word)
        if used and used + columns(word.rstrip(" ")) > width:
            parts.append("")
            width, used = first if others is None else others, 0
        parts[-1] += word
        used += wide
    return [part.rstrip() for part in parts]


def truncate(line: str, limit: int) -> str:
    """Cut a line to at most so many columns, with a mark at its end."""
    if columns(line) <= limit:
        return line
    widths = accumulate(map(columns, line))
    return f"{line[: sum(1 for _ in takewhile(lambda width: width < limit, widths))]}…"


def columns(text: str) -> int:
    """Return the width of printable text on a terminal."""
    if not _OF_OTHER_WIDTH.search(text):
        return len(text)
    return sum(0 if combining(one) else 1 + (east_asian_width(one) in _WIDE) for one in text)
