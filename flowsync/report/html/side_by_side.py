"""Two texts side by side, line by line, with what differs inside a line marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flowsync.flow.common_ends import common_ends
from flowsync.report.text_diff import Line, hunks, side_rows

_MAX_LINES: Final = 2_000
_LONGEST_LINE: Final = 2_000
_LEAD: Final = 80
_KINDS: Final = {"-": "removed", "+": "added"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One line on one side: its number ("" if none) and its text, with the part that differs in `changed`."""

    number: str
    kind: str
    start: str
    changed: str
    end: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The rows of both sides, None for a gap between two of them, and how many more there are."""

    rows: tuple[tuple[Cell | None, Cell | None] | None, ...]
    more: int


def side_by_side(before: str, after: str, context: int) -> SideBySide | None:
    """Return the lines of both sides in rows; None if they are too large to be compared line by line."""
    found = hunks(before, after, context)
    if found is None:
        return None
    rows = [
        row for number, hunk in enumerate(found) for row in (*([None] if number else []), *side_rows(hunk))
    ]
    return SideBySide(tuple(_row(*row) if row else None for row in rows[:_MAX_LINES]), len(rows) - _MAX_LINES)


def _row(before: Line | None, right: Line | None) -> tuple[Cell | None, Cell | None]:
    common = _common_ends(before, right)
    return (
        _cell(before, before.before, common) if before else None,
        _cell(right, right.after, common) if right else None,
    )


def _common_ends(before: Line | None, right: Line | None) -> tuple[int, int]:
    """Return how many characters a changed pair of lines has in common at its start and at its end."""
    if before is None or right is None or before.text == right.text:
        return (0, 0)
    return common_ends(before.text, right.text)


def _cell(line: Line, number: int | None, common: tuple[int, int]) -> Cell:
    shown_number = "" if number is None else str(number)
    return Cell(shown_number, _KINDS.get(line.mark, "same"), *_highlight(line.text, *common))


def _highlight(text: str, start: int, end: int) -> Iterator[str]:
    """Split a line around the part that differs; a very long line begins shortly before that part."""
    first = max(0, start - _LEAD) if len(text) > _LONGEST_LINE else 0
    last = min(len(text), first + _LONGEST_LINE)
    stop = max(start, len(text) - end) if start + end else start
    more = ", different further on too" if stop > last else ""
    stop = min(stop, last)
    yield f"… {text[first:start]}" if first else text[:start]
    yield text[start:stop]
    yield text[stop:last] + (f"… ({len(text)} characters{more})" if last - first < len(text) else "")
