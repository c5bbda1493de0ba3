"""Compare two texts line by line, with context."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Final, Literal, TypeAlias

from flowsync.flow.printable import escape_text
from flowsync.report.myers import unchanged_lines

LineMark: TypeAlias = Literal[" ", "+", "-"]

_LINE_END: Final = "line end)"
_LINE_END_MARK: Final = re.compile(r"\((no )?line end\)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `text` is printable, `before` and `after` are its numbers on the sides that have it."""

    mark: LineMark
    text: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with context; `before` and `after` are the number of lines before them."""

    before: int
    after: int
    lines: tuple[Line, ...]


_Block: TypeAlias = tuple[int, int, int, int]
"""Start and end of the lines before, start and end of the lines after, which differ."""


def hunks(before: str, after: str, context: int) -> tuple[Hunk, ...] | None:
    """Return the hunks, each with up to `context` unchanged lines around; None beyond `myers.MAX_EDITS`.

    Every change is visible: line ends other than line feeds are marked, and so is a last line without an end
    if the other text has one.
    """
    has_end_marks = before.endswith("\n") != after.endswith("\n")
    old, new = (mark_line_ends(side, show_end=has_end_marks) for side in (before, after))
    blocks = _blocks(old, new)
    if blocks is None:
        return None
    return tuple(_hunk(near, old, new, context) for near in _near(blocks, context))


def side_rows(hunk: Hunk) -> list[tuple[Line | None, Line | None]]:
    """Return the lines of a hunk in rows, before on the left and after on the right."""
    rows: list[tuple[Line | None, Line | None]] = []
    removed: list[Line] = []
    added: list[Line] = []
    for line in (*hunk.lines, None):
        if line is None or line.mark == " ":
            rows += zip_longest(removed, added)
            removed, added = [], []
            rows += [(line, line)] if line else []
        else:
            (removed if line.mark == "-" else added).append(line)
    return rows


def mark_line_ends(text: str, *, show_end: bool = True) -> list[str]:
    """Split a text into lines, with marks for line ends that are not a plain line feed.

    A missing last line end is marked if requested, or if the line looks as if it were marked.
    """
    *lines, last = _printable_lines(text)
    if _LINE_END in text:
        lines = [f"{line}  (line end)" if _LINE_END_MARK.search(line) else line for line in lines]
    if last and (show_end or _LINE_END_MARK.search(last)):
        last = f"{last}  (no line end)"
    return [*lines, last] if last else lines


def _printable_lines(text: str) -> list[str]:
    """Escape each line; most texts are printable as a whole."""
    lines = text.split("\n")
    whole = "".join(lines)
    return lines if escape_text(whole) is whole else [*map(escape_text, lines)]


def _blocks(before: Sequence[str], after: Sequence[str]) -> list[_Block] | None:
    """Return the differing blocks in order: everything between unchanged lines."""
    same = unchanged_lines(before, after)
    if same is None:
        return None
    bounds = pairwise(((-1, -1), *same, (len(before), len(after))))
    gaps = ((i1 + 1, i2, j1 + 1, j2) for (i1, j1), (i2, j2) in bounds)
    return [gap for gap in gaps if gap[0] < gap[1] or gap[2] < gap[3]]


def _near(blocks: Iterable[_Block], context: int) -> Iterator[list[_Block]]:
    """Yield blocks together if their contexts touch."""
    together: list[_Block] = []
    for block in blocks:
        if together and block[0] - together[-1][1] > 2 * context:
            yield together
            together = []
        together.append(block)
    if together:
        yield together


def _hunk(blocks: Sequence[_Block], before: Sequence[str], after: Sequence[str], context: int) -> Hunk:
    start = place = max(blocks[0][0] - context, 0)
    shift = blocks[0][2] - blocks[0][0]
    end = min(blocks[-1][1] + context, len(before))
    lines: list[Line] = []
    for i1, i2, j1, j2 in (*blocks, (end, end, 0, 0)):
        lines += (Line(" ", before[i], i + 1, i + 1 + shift) for i in range(place, i1))
        lines += (Line("-", before[i], i + 1, None) for i in range(i1, i2))
        lines += (Line("+", after[j], None, j + 1) for j in range(j1, j2))
        place, shift = i2, j2 - i2
    return Hunk(start, start + blocks[0][2] - blocks[0][0], tuple(lines))
