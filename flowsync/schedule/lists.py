"""Write sorted numbers in words: ordinals, ranges, and the start of a series."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

_SUFFIXES: Final = {1: "st", 2: "nd", 3: "rd"}
_TEENS: Final = (11, 12, 13)
_RANGE_FROM: Final = 3
_SERIES_FROM: Final = 5


def ordinal(number: int) -> str:
    """Return a number with its suffix: 1st, 2nd, 3rd, 4th, 11th."""
    suffix = "th" if number % 100 in _TEENS else _SUFFIXES.get(number % 10, "th")
    return f"{number}{suffix}"


def join_words(words: Sequence[str]) -> str:
    """Join words as A, B and C."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def join_numbers(values: Sequence[int], format_number: Callable[[int], str] = str) -> str:
    """Join numbers so that different lists never read alike: `1 to 5, 8 and 9`, `0, 7, …, 56`."""
    if len(values) >= _SERIES_FROM:
        series = range(values[0], values[-1] + 1, values[1] - values[0])
        if series.step > 1 and [*series] == [*values]:
            return f"{format_number(values[0])}, {format_number(values[1])}, …, {format_number(values[-1])}"
    return join_words([word for run in runs(values) for word in _run_in_words(run, format_number)])


def runs(values: Sequence[int]) -> list[range]:
    """Split ascending numbers into runs of consecutive ones."""
    breaks = [index for index, (one, other) in enumerate(pairwise(values), 1) if other > one + 1]
    bounds = pairwise((0, *breaks, len(values)))
    return [range(values[start], values[stop - 1] + 1) for start, stop in bounds]


def wrapping_run(values: Sequence[int], size: int) -> tuple[int, int] | None:
    """Return the ends of a run of numbers from 0 to `size` - 1, where 0 follows the last one.

    None if they are fewer than three, all, or more than one run.
    """
    present = frozenset(values)
    starts = [value for value in values if (value - 1) % size not in present]
    if len(starts) != 1 or len(values) < _RANGE_FROM:
        return None
    return starts[0], (starts[0] + len(values) - 1) % size


def _run_in_words(run: range, format_number: Callable[[int], str]) -> list[str]:
    if len(run) < _RANGE_FROM:
        return [*map(format_number, run)]
    return [f"{format_number(run[0])} to {format_number(run[-1])}"]
