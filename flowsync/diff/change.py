"""The change model: a small closed union of plain data."""

from dataclasses import dataclass
from typing import TypeAlias

from flowsync.flow.values import Value


@dataclass(frozen=True, slots=True)
class Added:
    """Something that only the after side has."""

    path: str
    value: Value


@dataclass(frozen=True, slots=True)
class Removed:
    """Something that only the before side has."""

    path: str
    value: Value


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that both sides have, with another value."""

    path: str
    before: Value
    after: Value


Change: TypeAlias = Added | Removed | Changed
