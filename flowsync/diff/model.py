"""The change model: a small closed union of plain data."""

from dataclasses import dataclass
from typing import TypeAlias

from flowsync.flow.values import Record, Value


@dataclass(frozen=True, slots=True)
class Added:
    """A value that only the after side has.

    `cascaded` are the relations and links that were added with it because they name it.
    """

    path: str
    value: Value
    cascaded: "tuple[Change, ...]" = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A value that only the before side has; `cascaded` as in `Added`."""

    path: str
    value: Value
    cascaded: "tuple[Change, ...]" = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that differs between the sides."""

    path: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """An entry of an identified list with another identity: a renamed task, a retargeted link.

    `path` leads to it on the before side, `to` on the after side; `before` and `after` are its identities
    (`{"name": "load"}`). Other changes of the entry are changes of their own, below `to`. `cascaded` are the
    relations and links that were rekeyed only because they name it.
    """

    path: str
    to: str
    before: Record
    after: Record
    cascaded: "tuple[Rekeyed, ...]" = ()


@dataclass(frozen=True, slots=True)
class Oversize:
    """Two values that differ and are too large to be compared in detail."""

    path: str
    before: Value
    after: Value


Change: TypeAlias = Added | Removed | Changed | Rekeyed | Oversize
