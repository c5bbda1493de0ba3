"""Locate paths in the field table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from flowsync.flow.field_types import Field, Shape, Struct, Subject
from flowsync.flow.fields import FLOW, LINK_RELATION, TASK
from flowsync.flow.links import TARGETS

_TARGETS_ROW: Final = Field(
    TARGETS, Shape.ENTRIES, FLOW.by_name["linkRelations"].doc, entries=LINK_RELATION, subject=Subject.LINK
)
_PATHS: Final = 10_000
_LISTS: Final = (Shape.ENTRIES, Shape.PARAMETERS)
_NAMELESS: Final = ("~null", "~missing")
_ESCAPE: Final = re.compile("~([0-3])")
_ESCAPED: Final = "~/=,"

EntryNames: TypeAlias = tuple[Struct, tuple[str | None, ...]]
"""The struct of an entry, and its identity: a name for each of its keys, None for a missing name."""


@dataclass(frozen=True, slots=True)
class Location:
    """What a path leads to.

    `entries` are the structs of the lists on the way with the names of the entry in each; `row` is the row of
    the last known field, None in an unknown one; `keys` are the steps after the last entry, unescaped.
    `number` is that of the innermost entry among those of the same names, None if there is only one.
    """

    subject: Subject
    entries: tuple[EntryNames, ...]
    row: Field | None
    keys: tuple[str, ...]
    number: int | None = None

    @property
    def is_entry(self) -> bool:
        """Whether the path leads to an entry of a list, not into one."""
        return bool(self.entries) and not self.keys

    @property
    def is_flow(self) -> bool:
        """Whether the path leads to the flow itself."""
        return self.subject is Subject.FLOW and not self.keys

    @property
    def is_in_task(self) -> bool:
        """Whether the path leads to a task or into one."""
        return bool(self.entries) and self.entries[0][0] is TASK

    @property
    def shape(self) -> Shape | None:
        """The shape of the last known field."""
        return self.row.shape if self.row else None

    @property
    def struct(self) -> Struct | None:
        """The struct of the innermost entry."""
        return self.entries[-1][0] if self.entries else None

    @property
    def names(self) -> tuple[str | None, ...]:
        """The identity of the innermost entry."""
        return self.entries[-1][1] if self.entries else ()


@lru_cache(maxsize=_PATHS)
def locate(path: str) -> Location:
    """Locate a path of a document in the field table; the empty path is the flow itself."""
    steps = path.split("/")[1:]
    struct, subject, row, number = FLOW, Subject.FLOW, None, None
    entries: list[EntryNames] = []
    keys: list[str] = []
    while steps:
        key = _unescape(steps.pop(0))
        keys.append(key)
        row = _TARGETS_ROW if entries and key == TARGETS else struct.by_name.get(key)
        if row is None:
            keys += map(_unescape, steps)
            return Location(Subject.UNKNOWN_FIELD, tuple(entries), None, tuple(keys), number)
        subject = row.subject or struct.subject
        if row.entries and row.shape in _LISTS and steps and not steps[0].isdigit():  # no index: a name
            struct, keys = row.entries, []
            step, _, numbered = steps.pop(0).partition("~#")
            number = int(numbered) if numbered else None
            entries.append((struct, _names(step, struct.identity)))
        elif row.entries:
            struct = row.entries
        else:
            keys += map(_unescape, steps)
            break
    return Location(subject, tuple(entries), row, tuple(keys), number)


def _names(step: str, identity: Sequence[str]) -> tuple[str | None, ...]:
    parts = step.split(",")
    texts = (part[len(key) :] for key, part in zip(identity, parts, strict=True))
    return tuple(None if text in _NAMELESS else _unescape(text[1:]) for text in texts)


def _unescape(step: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED[int(match[1])], step)
