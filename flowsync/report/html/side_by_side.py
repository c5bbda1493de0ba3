"""Two texts side by side, with the differences inside lines marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.flow.common_ends import common_ends
from flowsync.report.text_diff import Line, hunks, side_rows

_MAX_ROWS: Final = 2_000
_LONGEST_LINE: Final = 2_000
_LEAD: Final = 80
_KINDS: Final = {"-": "removed", "+": "added"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One line on one side; `changed` is the part of the text that differs from the other side."""

    number: int | str
    kind: str
    start: str
    changed: str
    end: str


Row: TypeAlias = tuple[Cell | None, Cell | None]


def side_by_side(before: str, after: str, context: int) -> tuple[Sequence[Row | None], int] | None:
    """Return the first rows, None between two hunks, and the number of further rows.

    None if the texts are too large to be compared line by line.
    """
    found = hunks(before, after, context)
    if found is None:
        return None
    rows = [row for hunk in found for row in (None, *side_rows(hunk))][1:]
    return [_row(*row) if row else None for row in rows[:_MAX_ROWS]], len(rows) - _MAX_ROWS


def _row(before: Line | None, after: Line | None) -> Row:
    common = (0, 0)
    if before and after and before.text != after.text:
        common = common_ends(before.text, after.text)
    return (
        _cell(before, before.before, *common) if before else None,
        _cell(after, after.after, *common) if after else None,
    )


def _cell(line: Line, number: int | None, start: int, end: int) -> Cell:
    return Cell(number or "", _KINDS.get(line.mark, "same"), *_highlight(line.text, start, end))


def _highlight(text: str, start: int, end: int) -> Iterator[str]:
    """Split a line around the part that differs; a very long line is cut before that part."""
    first = max(0, start - _LEAD) if len(text) > _LONGEST_LINE else 0
    last = min(len(text), first + _LONGEST_LINE)
    stop = max(start, len(text) - end) if start + end else start
    more = ", different further on too" if stop > last else ""
    stop = min(stop, last)
    yield f"… {text[first:start]}" if first else text[:start]
    yield text[start:stop]
    yield text[stop:last] + (f"… ({len(text)} characters{more})" if last - first < len(text) else "")
