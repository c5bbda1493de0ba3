"""Two texts line by line: what came, what went, and what stands around it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Final, Literal, TypeAlias

from flowsync.flow.printable import printable
from flowsync.report.myers import stays

Mark: TypeAlias = Literal[" ", "+", "-"]

_LINE_END: Final = "line end)"
_LINE_END_MARK: Final = re.compile(r"\((no )?line end\)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `text` is printable, `before` and `after` are its numbers on the sides that have it."""

    mark: Mark
    text: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that changed and those around them; `before` and `after` are how many lines come before them."""

    before: int
    after: int
    lines: tuple[Line, ...]


_Block: TypeAlias = tuple[int, int, int, int]
"""From and to a line before, from and to a line after: these differ."""


def hunks(before: str, after: str, context: int) -> tuple[Hunk, ...] | None:
    """The places that differ, each with up to `context` unchanged lines around.

    None where too much moved to align it: `alignment.MOST_EDITS`.

    No change is invisible: what ends a line is shown where it is no line feed, and a last line without an
    end says so where only one of the texts has one.
    """
    said = before.endswith("\n") != after.endswith("\n")
    was, becomes = (shown_lines(side, end_said=said) for side in (before, after))
    blocks = _blocks(was, becomes)
    if blocks is None:
        return None
    return tuple(_hunk(some, was, becomes, context) for some in _near(blocks, context))


def sides(hunk: Hunk) -> list[tuple[Line | None, Line | None]]:
    """The lines of a hunk in rows, before on the left and after on the right."""
    rows: list[tuple[Line | None, Line | None]] = []
    went: list[Line] = []
    came: list[Line] = []
    for line in (*hunk.lines, None):
        if line is None or line.mark == " ":
            rows += zip_longest(went, came)
            went, came = [], []
            rows += [(line, line)] if line else []
        else:
            (went if line.mark == "-" else came).append(line)
    return rows


def shown_lines(text: str, *, end_said: bool = True) -> list[str]:
    """The lines, with whatever ends them shown where it is not a plain line feed.

    That the last one has no end stands behind it if that is to be said, or if it looks as if it were.
    """
    *lines, last = _printable_lines(text)
    if _LINE_END in text:
        lines = [f"{line}  (line end)" if _LINE_END_MARK.search(line) else line for line in lines]
    if last and (end_said or _LINE_END_MARK.search(last)):
        last = f"{last}  (no line end)"
    return [*lines, last] if last else lines


def _printable_lines(text: str) -> list[str]:
    """Most commands need a look at the whole of them only."""
    lines = text.split("\n")
    whole = "".join(lines)
    return lines if printable(whole) is whole else [*map(printable, lines)]


def _blocks(was: Sequence[str], becomes: Sequence[str]) -> list[_Block] | None:
    """What differs, in order: all between lines that stay."""
    same = stays(was, becomes)
    if same is None:
        return None
    bounds = pairwise(((-1, -1), *same, (len(was), len(becomes))))
    gaps = ((i1 + 1, i2, j1 + 1, j2) for (i1, j1), (i2, j2) in bounds)
    return [gap for gap in gaps if gap[0] < gap[1] or gap[2] < gap[3]]


def _near(blocks: Iterable[_Block], context: int) -> Iterator[list[_Block]]:
    """Blocks whose surroundings touch, together."""
    together: list[_Block] = []
    for block in blocks:
        if together and block[0] - together[-1][1] > 2 * context:
            yield together
            together = []
        together.append(block)
    if together:
        yield together


def _hunk(blocks: Sequence[_Block], was: Sequence[str], becomes: Sequence[str], context: int) -> Hunk:
    start = max(blocks[0][0] - context, 0)
    shift = blocks[0][2] - blocks[0][0]
    return Hunk(start, start + shift, tuple(_lines(blocks, was, becomes, start, context)))


def _lines(
    blocks: Sequence[_Block], was: Sequence[str], becomes: Sequence[str], place: int, context: int
) -> Iterator[Line]:
    first, last = blocks[0], blocks[-1]
    shift = first[2] - first[0]
    for i1, i2, j1, j2 in blocks:
        yield from _unchanged(place, i1, shift, was)
        yield from (Line("-", was[i], i + 1, None) for i in range(i1, i2))
        yield from (Line("+", becomes[j], None, j + 1) for j in range(j1, j2))
        place, shift = i2, j2 - i2
    yield from _unchanged(place, min(last[1] + context, len(was)), shift, was)


def _unchanged(start: int, end: int, shift: int, was: Sequence[str]) -> Iterator[Line]:
    return (Line(" ", was[i], i + 1, i + 1 + shift) for i in range(start, end))
