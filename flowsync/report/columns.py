"""Align text in columns that fit into a width; what does not fit is put on lines below."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from flowsync.report.wrapping import columns, fold

_GAP: Final = "  "


@dataclass(frozen=True)
class Column:
    """A column. `narrowest` is the width to which its cells may be folded, None for not at all.

    An `essential` column is aligned in every width.
    """

    title: str
    narrowest: int | None = None
    essential: bool = False


def format_columns(
    heads: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterator[str]:
    """Yield the titles and the rows as lines of at most `width` columns, None for any width.

    As many columns as fit are aligned, from the first one on. The other cells follow below each row. A word
    that is longer than its line stays whole.
    """
    cells = zip([head.title for head in heads], *rows, strict=True)
    natural = [max(map(columns, column)) for column in cells]
    widths = natural if width is None else _fit(heads, natural, width)
    indent = " " * (widths[0] + len(_GAP))
    yield _line((head.title for head in heads), widths)
    for row in rows:
        folded = [fold(cell, room) for cell, room in zip(row, widths, strict=False)]
        yield from (_line(parts, widths) for parts in zip_longest(*folded, fillvalue=""))
        if width is not None:
            yield from (f"{indent}{line}" for line in _pack(row[len(widths) :], width - len(indent)))


def _pack(cells: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines of cells, as many on each as fit."""
    line = ""
    for cell in filter(None, cells):
        longer = f"{line}{_GAP}{cell}" if line else cell
        if line and columns(longer) > width:
            yield from fold(line, width)
            longer = cell
        line = longer
    yield from fold(line, width) if line else ()


def _fit(heads: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return the widths of the columns that are aligned."""
    count = len(heads)
    least = [min(head.narrowest or wide, wide) for head, wide in zip(heads, natural, strict=True)]
    while not heads[count - 1].essential and _sum(least[:count]) > width:
        count -= 1
    widths = [*natural[:count]]
    for place in reversed(range(count)):
        widths[place] = max(least[place], widths[place] - max(0, _sum(widths) - width))
    return widths


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=False))
    return _GAP.join(padded).rstrip()
