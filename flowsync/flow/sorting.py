"""Sort lists whose order has no meaning by identity."""

from collections.abc import Sequence
from itertools import pairwise

from flowsync.flow.values import Record, json_text


def sort_entries(entries: list[Record], identity: Sequence[str]) -> list[Record]:
    """Sort entries by identity: missing < null < other kinds < text; ties by the JSON of the whole entry."""
    ranks = [tuple(_rank(entry, key) for key in identity) for entry in entries]
    positions = sorted(range(len(entries)), key=ranks.__getitem__)
    if any(ranks[one] == ranks[other] for one, other in pairwise(positions)):
        positions.sort(key=lambda position: (ranks[position], json_text(entries[position])))
    return [entries[position] for position in positions]


def _rank(entry: Record, key: str) -> tuple[int, str]:
    value = entry.get(key)
    if isinstance(value, str):
        return (3, value)
    if value is None:
        return (1 if key in entry else 0, "")
    return (2, json_text(value))
