"""Names and lists of names inside a sentence."""

from collections.abc import Sequence
from typing import Final

from flowsync.flow.printable import printable_name, shorten

MAX_NAMES: Final = 3
"""The number of names that a sentence has of many; of one more, it has all."""

_LONG: Final = 80


def format_name(name: str) -> str:
    """Return a name as reports print it; a very long one is cut."""
    return printable_name(shorten(name, _LONG))


def join_names(described: Sequence[str], more: int = 0) -> str:
    """Join names: a, b and c; of many the first: a, b, c and 9 more. `more` counts names that are not given.

    A name takes no more room than "1 more".
    """
    rest = len(described) + more - MAX_NAMES
    if len(described) >= MAX_NAMES and (rest > 1 or more):
        return f"{', '.join(described[:MAX_NAMES])} and {rest:,} more"
    return " and ".join(part for part in (", ".join(described[:-1]), described[-1]) if part)
