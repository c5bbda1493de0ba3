"""Sort keys of lists whose order means nothing."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flowsync.flow.values import Record, Value, json_text

_MISSING: Final = 0
_NULL: Final = 1
_OTHER: Final = 2
_TEXT: Final = 3


def sort_entries(entries: list[Record], identity: Sequence[str]) -> list[Record]:
    """Entries by identity, missing < null < other kinds < text; ties by the JSON of the whole entry."""
    ranks = [tuple(_rank(entry, key) for key in identity) for entry in entries]
    positions = sorted(range(len(entries)), key=ranks.__getitem__)
    if any(ranks[one] == ranks[other] for one, other in pairwise(positions)):
        positions.sort(key=lambda position: (ranks[position], json_text(entries[position])))
    return [entries[position] for position in positions]


def _rank(entry: Record, key: str) -> tuple[int, str]:
    if key not in entry:
        return (_MISSING, "")
    return _rank_of_value(entry[key])


def _rank_of_value(value: Value) -> tuple[int, str]:
    if isinstance(value, str):
        return (_TEXT, value)
    if value is None:
        return (_NULL, "")
    return (_OTHER, json_text(value))
