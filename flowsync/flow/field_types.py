"""The types of the field table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias


class Shape(StrEnum):
    """The form of a value on the platform and in a document."""

    TEXT = "text"
    CRON = "cron"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ID = "id"  # 2512, "2512" and 2512.0 are one id
    NAMES = "names"  # text separated by semicolons <-> list of names
    PARAMETERS = "parameters"  # JSON text, list or map <-> list of entries
    RUN_MODE = "run mode"  # JSON text or object <-> mapping
    ENTRIES = "entries"  # list of records; missing, null and [] are one
    JOINED = "joined"  # list of records that a document has where their linkId points


class Kind(StrEnum):
    """What a change of the field means in a comparison."""

    VALUE = "value"  # the entry that contains it has changed
    IDENTITY = "identity"  # one entry was removed, another was added
    FLOW_NAME = "flow name"  # the file is renamed
    JOIN_KEY = "join key"  # nothing: the number only ties two lists together
    ENTRIES = "entries"  # entries were added and removed


class Impact(StrEnum):
    """The default severity of a change of the field."""

    BREAKING = "breaking"
    BEHAVIOUR = "behaviour"
    COSMETIC = "cosmetic"


class Subject(StrEnum):
    """The subject of a change of the field, for grouping and filtering."""

    FLOW = "flow"
    SCHEDULE = "schedule"
    SETTINGS = "settings"
    ALERTING = "alerting"
    DESCRIPTION = "description"
    OWNER = "owner"
    VISITOR = "visitor"
    PARAMETER = "parameter"
    TASK = "task"
    BODY = "body"
    RUN_MODE = "run-mode"
    RELATION = "relation"
    LINK = "link"
    UNKNOWN_FIELD = "unknown-field"


Words: TypeAlias = Mapping[int | str, str]
"""The legal values of an enumeration with their words."""


@dataclass(frozen=True)
class Field:
    """One row. `subject` is what its changes are about, by default that of its struct.

    `words` are the legal values of an enumeration with their names; they are part of format 1. `minimum` and
    `maximum` are inclusive. `aliases` are spellings of other editions and calls, folded into `name` if that
    is absent; the first one takes precedence. `entries` is the record of a list or run mode. `lenient` means
    that the platform sends other kinds too; `unset` is the value of an enumeration that means none and so has
    no word; `spellings` are texts that are sent instead of its numbers.
    """

    name: str
    shape: Shape
    doc: str
    subject: Subject | None = None
    kind: Kind = Kind.VALUE
    words: Words = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    lenient: bool = False
    unset: int | None = None
    spellings: frozenset[str] = frozenset()
    entries: "Struct | None" = None
    impact: Impact = Impact.BEHAVIOUR
    environment_specific: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def identified_by(self) -> tuple[str, ...]:
        """The keys that identify the entries of this list; empty if there are none.

        The order of an identified list means nothing; the order of any other list is significant.
        """
        return self.entries.identity if self.entries else ()


@dataclass(frozen=True)
class Struct:
    """A record of the platform and its rows, in the order in which a document has them."""

    name: str
    fields: tuple[Field, ...]
    subject: Subject = Subject.UNKNOWN_FIELD

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def identity(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.kind is Kind.IDENTITY)


def list_field(
    name: str, entries: Struct, doc: str, shape: Shape = Shape.ENTRIES, aliases: tuple[str, ...] = ()
) -> Field:
    """Return the row of a list of records; its changes are breaking."""
    subject, impact = entries.subject, Impact.BREAKING
    return Field(name, shape, doc, subject, Kind.ENTRIES, entries=entries, impact=impact, aliases=aliases)
