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
"""From and to a line before, from and to a line after: these differ."""


def hunks(before: str, after: str, context: int) -> tuple[Hunk, ...] | None:
    """Return the hunks, each with up to `context` unchanged lines around; None beyond `myers.MOST_EDITS`.

    Every change is visible: a line end that is not a line feed is shown, and a last line without an end is
    marked if only one of the texts has one.
    """
    shows_end = before.endswith("\n") != after.endswith("\n")
    old, new = (mark_line_ends(side, show_end=shows_end) for side in (before, after))
    blocks = _blocks(old, new)
    if blocks is None:
        return None
    return tuple(_hunk(some, old, new, context) for some in _near(blocks, context))


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
    """Most commands need a look at the whole of them only."""
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
    """Join blocks whose contexts touch."""
    together: list[_Block] = []
    for block in blocks:
        if together and block[0] - together[-1][1] > 2 * context:
            yield together
            together = []
        together.append(block)
    if together:
        yield together


def _hunk(blocks: Sequence[_Block], before: Sequence[str], after: Sequence[str], context: int) -> Hunk:
    start = max(blocks[0][0] - context, 0)
    shift = blocks[0][2] - blocks[0][0]
    return Hunk(start, start + shift, tuple(_lines(blocks, before, after, start, context)))


def _lines(
    blocks: Sequence[_Block], before: Sequence[str], after: Sequence[str], place: int, context: int
) -> Iterator[Line]:
    first, last = blocks[0], blocks[-1]
    shift = first[2] - first[0]
    for i1, i2, j1, j2 in blocks:
        yield from _unchanged_pairs(place, i1, shift, before)
        yield from (Line("-", before[i], i + 1, None) for i in range(i1, i2))
        yield from (Line("+", after[j], None, j + 1) for j in range(j1, j2))
        place, shift = i2, j2 - i2
    yield from _unchanged_pairs(place, min(last[1] + context, len(before)), shift, before)


def _unchanged_pairs(start: int, end: int, shift: int, before: Sequence[str]) -> Iterator[Line]:
    return (Line(" ", before[i], i + 1, i + 1 + shift) for i in range(start, end))
