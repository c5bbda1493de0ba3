"""The field table as documents have it, and the JSON Schema that is published from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flowsync.flow.canonical import FORMAT
from flowsync.flow.field_types import Field, Kind, Shape, Struct
from flowsync.flow.fields import FLOW, LINK_RELATION
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.values import Record, Value


def _without_joins(struct: Struct) -> tuple[Field, ...]:
    return tuple(row for row in struct.fields if row.kind is not Kind.JOIN_KEY)


_TARGETS: Final = Field(
    TARGETS,
    Shape.ENTRIES,
    "The tasks here that wait for the link",
    kind=Kind.ENTRIES,
    entries=Struct("Target", _without_joins(LINK_RELATION)),
)


def _is_link(row: Field) -> bool:
    return row.entries is not None and any(inner.kind is Kind.JOIN_KEY for inner in row.entries.fields)


def _link_row(row: Field, *more: Field) -> Field:
    """Return the row of a list of links, with its join key replaced by `more`."""
    assert row.entries is not None
    return replace(row, entries=Struct(row.entries.name, (*_without_joins(row.entries), *more)))


_SENT: Final = tuple(row for row in FLOW.fields if row.shape is not Shape.JOINED)

_AMBIGUOUS: Final = Field(
    AMBIGUOUS,
    Shape.ENTRIES,
    "Links and targets that the export does not tie together for certain",
    kind=Kind.ENTRIES,
    entries=Struct("AmbiguousLink", (*(_link_row(row) for row in _SENT if _is_link(row)), _TARGETS)),
)

DOCUMENT: Final = Struct(
    "Document",
    (
        Field("format", Shape.INTEGER, "Version of the canonical form"),
        Field("flowId", Shape.INTEGER, "Id of the flow, as it was asked for", environment_specific=True),
        *(_link_row(row, _TARGETS) if _is_link(row) else row for row in _SENT),
        _AMBIGUOUS,
    ),
)
"""Every row that a document can have: no join keys, links hold their targets."""

_KINDS: Final[Mapping[Shape, str]] = {
    Shape.TEXT: "text",
    Shape.CRON: "text: a Quartz expression",
    Shape.DATE: "text: yyyy-MM-dd",
    Shape.INTEGER: "integer",
    Shape.NUMBER: "number",
    Shape.BOOLEAN: "true or false",
    Shape.ID: "integer",
    Shape.NAMES: "list of names",
    Shape.PARAMETERS: "list of entries with `key` and `value`",
    Shape.RUN_MODE: "mapping",
    Shape.ENTRIES: "list of mappings",
}


def document_schema() -> Record:
    """Return the JSON Schema (2020-12) of a document.

    It restricts only what the canonical form guarantees: a field that the platform sent in another kind or
    beyond its range is still a legal document, so the expected kind, range and words are in the description,
    and `examples` contains the values of an enumeration.
    """
    fields = {row.name: _field_schema(row) for row in DOCUMENT.fields}
    fields["format"] = {**fields["format"], "const": FORMAT}
    fields["flowId"] = {**fields["flowId"], "type": "integer"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:flowsync:document:{FORMAT}",
        "title": "flowsync document",
        "description": "One flow of EnOS Batch Data Processing in canonical form",
        "type": "object",
        "required": ["format", "flowId"],
        "properties": {**fields},
        "additionalProperties": True,
    }


def _field_schema(row: Field) -> Record:
    examples: list[Value] = [True, False] if row.shape is Shape.BOOLEAN else [*row.words]
    schema: Record = {"title": row.name, "description": _description(row)}
    return {**schema, **({"examples": examples} if examples else {}), **_inner_schema(row)}


def _inner_schema(row: Field) -> Record:
    if row.entries is None:
        return {}
    record: Record = {
        "properties": {inner.name: _field_schema(inner) for inner in row.entries.fields},
        "additionalProperties": True,
    }
    if row.shape is Shape.ENTRIES:
        return {"type": ["array", "null"], "items": {"title": row.entries.name, "type": "object", **record}}
    return {"items": record} if row.shape is Shape.PARAMETERS else record


def _description(row: Field) -> str:
    expected = " ".join(part for part in (_KINDS[row.shape], _range_text(row)) if part)
    words = ", ".join(f"{value} = {word}" for value, word in row.words.items())
    return ". ".join(part for part in (row.doc, expected[0].upper() + expected[1:], words) if part)


def _range_text(row: Field) -> str:
    if row.minimum is None:
        return ""
    return f"from {row.minimum:g}" + ("" if row.maximum is None else f" to {row.maximum:g}")
