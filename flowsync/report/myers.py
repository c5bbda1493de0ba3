"""Align the lines of two texts by Myers' "An O(ND) Difference Algorithm and Its Variations" (1986)."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from flowsync.flow.common_ends import common_ends

MAX_EDITS: Final = 1_000
"""Added and removed lines that also occur on the other side; the cost is the square of their number."""

_Pair: TypeAlias = tuple[int, int]


def unchanged_lines(before: Sequence[str], after: Sequence[str]) -> list[_Pair] | None:
    """Return the indexes of the unchanged lines, in order; None beyond `MAX_EDITS`.

    Lines that only one side has are removed first, so that a text of any length may be replaced completely.
    """
    head, tail = common_ends(before, after)
    ends = len(before) - tail, len(after) - tail
    old, new = _common_lines(before, after, head, ends)
    rows = _rows([before[place] for place in old], [after[place] for place in new])
    if rows is None:
        return None
    return [
        *((place, place) for place in range(head)),
        *[(old[x], new[y]) for x, y in _way(rows, len(old), len(new))][::-1],
        *((ends[0] + place, ends[1] + place) for place in range(tail)),
    ]


def _common_lines(
    before: Sequence[str], after: Sequence[str], head: int, ends: _Pair
) -> tuple[list[int], list[int]]:
    """Return the indexes between head and tail of lines that both sides have there."""
    both = {*before[head : ends[0]]} & {*after[head : ends[1]]}
    old = [place for place in range(head, ends[0]) if before[place] in both]
    new = [place for place in range(head, ends[1]) if after[place] in both]
    return old, new


def _rows(old: Sequence[str], new: Sequence[str]) -> list[list[int]] | None:
    """Return how far into `old` each number of edits leads, on each of its diagonals.

    With d edits these are the diagonals -d, -d + 2, ..., d: removed lines minus added lines.
    """
    goal = len(old) - len(new)
    rows: list[list[int]] = []
    for edits in range(MAX_EDITS + 1):
        row = [_slide(old, new, _start(rows, place, edits), 2 * place - edits) for place in range(edits + 1)]
        rows.append(row)
        if abs(goal) <= edits and (goal + edits) % 2 == 0 and row[(goal + edits) // 2] >= len(old):
            return rows
    return None


def _start(rows: Sequence[Sequence[int]], place: int, edits: int) -> int:
    """Return where an edit leads on a diagonal: a line of `old` less or of `new` more, the further one."""
    if not edits:
        return 0
    return rows[edits - 1][place] if _is_added(rows, place, edits) else rows[edits - 1][place - 1] + 1


def _is_added(rows: Sequence[Sequence[int]], place: int, edits: int) -> bool:
    """Return whether the last edit is an added line."""
    before = rows[edits - 1]
    return place == 0 or (place < edits and before[place - 1] < before[place])


def _slide(old: Sequence[str], new: Sequence[str], start: int, diagonal: int) -> int:
    """Return the first line of `old` after those that are the same from `start` on."""
    x, y = start, start - diagonal
    while x < len(old) and y < len(new) and old[x] == new[y]:
        x, y = x + 1, y + 1
    return x


def _way(rows: Sequence[Sequence[int]], x: int, y: int) -> Iterator[_Pair]:
    """Return the pairs of the shortest path, from the last to the first."""
    for edits in range(len(rows) - 1, -1, -1):
        place = (x - y + edits) // 2
        start = _start(rows, place, edits)
        for back in range(1, x - start + 1):
            yield x - back, y - back
        x, y = start, y - (x - start)
        if edits and _is_added(rows, place, edits):
            y -= 1
        elif edits:
            x -= 1
