"""What fits into a comment: of a tree of blocks, the ones that matter most."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from typing import Final, TypeAlias


class Worth(IntEnum):
    """What a block is, in the order of its worth: where there is too much the last goes first."""

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

    A block with a `worth` of its own is left out by that, and its children, which are worth less, before it.
    A block without one is only there while one of its children is.
    """

    head: str
    worth: Worth | None = None
    children: "tuple[Block, ...]" = ()
    foot: str = ""


_Key: TypeAlias = tuple[int, int]
_Piece: TypeAlias = tuple[_Key, str]

_LAST: Final[_Key] = (max(Worth) + 1, 0)


def fitting(blocks: Iterable[Block], budget: int) -> tuple[str, Mapping[Worth, int]]:
    """As much of the blocks as `budget` bytes hold, and how many were left out of each worth.

    Of two blocks of one worth the later one is left out.
    """
    places = count()
    pieces = [piece for block in blocks for piece in _pieces(block, places)[1]]
    cut = _cut(sorted(pieces), budget)
    left_out = Counter(Worth(key[0]) for key in {key for key, _ in pieces if key >= cut})
    return "".join(text for key, text in pieces if key < cut), left_out


def size(text: str) -> int:
    """Its bytes; those of a surrogate are as many as those of the character that will stand for it."""
    return len(text.encode(errors="surrogatepass"))


def _pieces(block: Block, places: Iterator[int]) -> tuple[_Key, list[_Piece]]:
    """The key that the block stands or falls with, and its text in pieces."""
    own = (block.worth, next(places)) if block.worth is not None else _LAST
    inner = [_pieces(child, places) for child in block.children]
    key = min(own, *(child for child, _ in inner)) if inner else own
    pieces = [(key, block.head), *(piece for _, some in inner for piece in some), (key, block.foot)]
    return key, pieces


def _cut(pieces: Sequence[_Piece], budget: int) -> _Key:
    """The first key that no longer fits; all pieces of one key stay or go."""
    used = 0
    for key, text in pieces:
        used += size(text)
        if used > budget:
            return key
    return (_LAST[0] + 1, 0)
