"""What fits into a comment: of a tree of blocks, the ones that matter most."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import count, groupby
from operator import itemgetter
from typing import Final, TypeAlias


class Priority(IntEnum):
    """The priority of a block; if there is too much, the last ones are left out first."""

    BREAKING = 1
    UNKNOWN = 2
    BEHAVIOUR = 3
    COSMETIC = 4
    EFFECT = 5
    TIMES = 6
    FLOWS = 7
    BREAKING_DETAIL = 8
    BREAKING_GRAPH = 9
    BEHAVIOUR_DETAIL = 10
    BEHAVIOUR_GRAPH = 11
    COSMETIC_DETAIL = 12
    COSMETIC_GRAPH = 13


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a report that stays whole: `children` between `head` and `foot`.

    A block with a `worth` is left out by it, after its children, which are worth less. Among blocks of one
    worth, those of a lower `rank` come first, so that every flow is mentioned before one is complete. A block
    without a worth is present only if one of its children is. A head that takes time to write is a function:
    it is called at most once, and only if there is room left.
    """

    head: str | Callable[[], str]
    priority: Priority | None = None
    children: "tuple[Block, ...]" = ()
    foot: str = ""
    rank: int = 0


_Key: TypeAlias = tuple[int, int, int]
_Piece: TypeAlias = tuple[_Key, int, str | Callable[[], str]]
"""What it stands or falls with, its place in the report, and its text."""

_LAST: Final = max(Priority) + 1


def fit_blocks(blocks: Iterable[Block], budget: int) -> tuple[str, Mapping[Priority, int]]:
    """Return as many blocks as `budget` bytes hold, and the number left out of each worth.

    Of two blocks of one worth and rank, the later one is left out.
    """
    numbers = count()
    inner = [piece for block in blocks for piece in _pieces(block, numbers)[1]]
    pieces = [(key, place, text) for place, (key, text) in enumerate(inner)]
    retained, cut = _fitting(sorted(pieces, key=itemgetter(0)), budget)
    omitted = Counter(Priority(priority) for priority, *_ in {key for key, _, _ in pieces if key >= cut})
    return "".join(text for _, text in sorted(retained)), omitted


def size(text: str) -> int:
    """Return the size in bytes; a surrogate counts as the character that replaces it."""
    return len(text.encode(errors="surrogatepass"))


def _pieces(block: Block, numbers: Iterator[int]) -> tuple[_Key, list[tuple[_Key, str | Callable[[], str]]]]:
    """Return the key that decides about the block, and its text in pieces."""
    own = (block.priority or _LAST, block.rank, next(numbers))
    inner = [_pieces(child, numbers) for child in block.children]
    key = min(own, *(child for child, _ in inner)) if inner else own
    return key, [(key, block.head), *(piece for _, some in inner for piece in some), (key, block.foot)]


def _fitting(pieces: Iterable[_Piece], budget: int) -> tuple[list[tuple[int, str]], _Key]:
    """Texts with their places, up to the first key of which not all fits, and that key."""
    retained: list[tuple[int, str]] = []
    used = 0
    for key, some in groupby(pieces, key=itemgetter(0)):
        described = [(place, text if isinstance(text, str) else text()) for _, place, text in some]
        used += sum(size(text) for _, text in described)
        if used > budget:
            return retained, key
        retained += described
    return retained, (_LAST + 1, 0, 0)
