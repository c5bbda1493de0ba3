"""The field table as documents have it, and the JSON Schema that is published from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flowsync.flow.canonical import FORMAT
from flowsync.flow.field_types import Field, Kind, Shape, Struct, list_field
from flowsync.flow.fields import FLOW, FLOW_LINK, LINK_RELATION, TASK_LINK
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.values import Record, Value


def _document_struct(struct: Struct, *more: Field) -> Struct:
    """Return the record of a list as documents have it: with `more` rows instead of its join key."""
    fields = (*(row for row in struct.fields if row.kind is not Kind.JOIN_KEY), *more)
    return replace(struct, fields=fields)


_TARGETS: Final = list_field(
    TARGETS, replace(_document_struct(LINK_RELATION), name="Target"), "The tasks that depend on the link"
)


def _list_row(row: Field, *more: Field) -> Field:
    """Return the row of a list of links as documents have it; any other row is the same there."""
    links = (FLOW_LINK, TASK_LINK)
    return replace(row, entries=_document_struct(row.entries, *more)) if row.entries in links else row


_AMBIGUOUS: Final = list_field(
    AMBIGUOUS,
    Struct(
        "AmbiguousLink", (*(_list_row(FLOW.by_name[key]) for key in ("flowLinks", "taskLinks")), _TARGETS)
    ),
    "Links and targets that the export does not join unambiguously",
)

DOCUMENT: Final = Struct(
    "Document",
    (
        Field("format", Shape.INTEGER, "Version of the canonical form"),
        Field("flowId", Shape.INTEGER, "Id of the flow, as it was requested", environment_specific=True),
        *(_list_row(row, _TARGETS) for row in FLOW.fields if row.shape is not Shape.JOINED),
        _AMBIGUOUS,
    ),
)
"""Every row that a document can have: no join keys; links contain their targets."""

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
    expected = _KINDS[row.shape]
    expected += "" if row.minimum is None else f" from {row.minimum:g}"
    expected += "" if row.maximum is None else f" to {row.maximum:g}"
    words = ", ".join(f"{value} = {word}" for value, word in row.words.items())
    return ". ".join(part for part in (row.doc, expected[0].upper() + expected[1:], words) if part)
