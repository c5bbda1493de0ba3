"""Fit a report into a comment: of a tree of blocks, retain the most important ones."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, groupby
from typing import Final, TypeAlias


class Priority(StrEnum):
    """The priority of a block, as a noun that counts blocks; those of the last priority are omitted first."""

    BREAKING = "breaking change"
    UNKNOWN = "unknown flow"
    BEHAVIOUR = "behaviour change"
    COSMETIC = "cosmetic change"
    EFFECT = "effect"
    TIMES = "schedule comparison"
    FLOWS = "flow list"
    BREAKING_DETAIL = "breaking-change diff"
    BREAKING_GRAPH = "breaking-change graph"
    BEHAVIOUR_DETAIL = "behaviour-change diff"
    BEHAVIOUR_GRAPH = "behaviour-change graph"
    COSMETIC_DETAIL = "cosmetic-change diff"
    COSMETIC_GRAPH = "cosmetic-change graph"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a report that stays whole: `children` between `head` and `foot`.

    Children have a later priority than their block. Of blocks of one priority, those of a lower `rank` are
    retained first, so that every flow is mentioned before one is complete. A block without a priority is
    present only if one of its children is. A head that takes time to write is a function; it is called at
    most once, and only if there is room.
    """

    head: str | Callable[[], str]
    priority: Priority | None = None
    children: "tuple[Block, ...]" = ()
    foot: str = ""
    rank: int = 0


_Key: TypeAlias = tuple[int, int, int]
"""Priority, rank and number of a block; equal keys are retained or omitted together."""

_Text: TypeAlias = str | Callable[[], str]
_RANKS: Final = {priority: rank for rank, priority in enumerate(Priority)}


def fit_blocks(blocks: Iterable[Block], budget: int) -> tuple[str, Mapping[Priority, int]]:
    """Return as many blocks as `budget` bytes allow, and the number of omitted blocks of each priority.

    Of two blocks of one priority and rank, the later one is omitted.
    """
    numbers = count()
    pieces = [piece for block in blocks for piece in _pieces(block, numbers)[1]]
    placed = sorted(enumerate(pieces), key=lambda one: one[1][0])
    retained: list[tuple[int, str]] = []
    first_omitted = (len(_RANKS) + 1, 0, 0)
    for key, group in groupby(placed, key=lambda one: one[1][0]):
        texts = [(place, text if isinstance(text, str) else text()) for place, (_, text) in group]
        budget -= sum(size(text) for _, text in texts)
        if budget < 0:
            first_omitted = key
            break
        retained += texts
    keys = sorted({key for key, _ in pieces if key >= first_omitted})
    omitted = Counter([*Priority][rank] for rank, *_ in keys)
    return "".join(text for _, text in sorted(retained)), omitted


def size(text: str) -> int:
    """Return the size in bytes; a surrogate counts as the character that replaces it."""
    return len(text.encode(errors="surrogatepass"))


def _pieces(block: Block, numbers: Iterator[int]) -> tuple[_Key, list[tuple[_Key, _Text]]]:
    """Return the key that decides about the block, and its text in pieces."""
    own = (_RANKS[block.priority] if block.priority else len(_RANKS), block.rank, next(numbers))
    inner = [_pieces(child, numbers) for child in block.children]
    key = min([own, *(child for child, _ in inner)])
    return key, [(key, block.head), *(piece for _, pieces in inner for piece in pieces), (key, block.foot)]
