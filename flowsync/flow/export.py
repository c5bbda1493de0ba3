"""Convert a document to an export, and an edited document to canonical form."""

from collections.abc import Callable, Mapping
from typing import Final

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize, is_keyed
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, PARAMETER, RUN_MODE
from flowsync.flow.links import AMBIGUOUS, split_links
from flowsync.flow.printable import quote_name
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import Record, Value, json_text

_NOT_EXPORTED: Final = frozenset({"format", "flowId", AMBIGUOUS})


def to_export(document: Mapping[str, Value]) -> Record:
    """Return the export of a document, in the spelling of the Export Flow call, without `flowId`.

    Raises CanonicalError if a list of the document is not a list of mappings, or if two keys mean one.
    """
    document = dict(document)
    if "linkRelations" in document:
        raise CanonicalError(
            "linkRelations is not a key of a document",
            pointer="/linkRelations",
            hint="write each as one of the `targets` of its link",
        )
    _check_lists(DOCUMENT, document, "")
    links = split_links(document)
    body = {key: value for key, value in document.items() if key not in _NOT_EXPORTED}
    return _export_record(FLOW, {**body, **links}, "")  # type: ignore[dict-item]


def normalize(document: Mapping[str, Value]) -> Record:
    """Bring a document that was edited by hand to canonical form; a canonical one stays equal."""
    flow_id = document.get("flowId")
    if flow_id is not None and type(flow_id) is not int:
        raise CanonicalError(f"flowId is not an integer: {flow_id!r}", pointer="/flowId")
    return canonicalize(to_export(document), flow_id)


def _check_lists(struct: Struct, record: Record, pointer: str) -> None:
    for row in struct.fields:
        if row.entries is None or row.shape is not Shape.ENTRIES:
            continue
        entries, list_pointer = record.get(row.name), f"{pointer}/{row.name}"
        if not isinstance(entries, list | None):
            raise CanonicalError(f"{row.name} is not a list", pointer=list_pointer)
        for index, entry in enumerate(entries or []):
            if not isinstance(entry, dict):
                raise CanonicalError(
                    f"an entry of {row.name} is not a mapping", pointer=f"{list_pointer}/{index}"
                )
            _check_lists(row.entries, entry, f"{list_pointer}/{index}")


def _export_record(struct: Struct, record: Record, pointer: str) -> Record:
    exported: Record = {}
    for key, value in record.items():
        field = struct.by_name.get(key)
        name = key if field else key.removeprefix("~")
        if name in exported:
            raise CanonicalError(f"two keys mean {quote_name(name)}", pointer=pointer)
        convert = _EXPORTERS.get(field.shape) if field else None
        exported[name] = convert(value, field, pointer) if convert and field else value
    return exported


def _export_entries(value: Value, field: Field, pointer: str) -> Value:
    assert field.entries is not None
    return [
        _export_record(field.entries, entry, f"{pointer}/{field.name}/{index}")  # type: ignore[arg-type]
        for index, entry in enumerate(value or [])  # type: ignore[arg-type]
    ]


def _export_names(value: Value, _field: Field, _pointer: str) -> Value:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return ";".join(map(str, value))
    return value


def _export_run_mode(value: Value, field: Field, pointer: str) -> Value:
    if not isinstance(value, dict):
        return value
    return json_text(_export_record(RUN_MODE, value, f"{pointer}/{field.name}"))


def _export_parameters(value: Value, field: Field, pointer: str) -> Value:
    if not isinstance(value, list):
        return value
    list_pointer = f"{pointer}/{field.name}"
    entries: list[Value] = [
        _export_record(PARAMETER, entry, f"{list_pointer}/{index}") if is_keyed(entry) else entry
        for index, entry in enumerate(value)
    ]
    return json_text(entries)


_EXPORTERS: Final[Mapping[Shape, Callable[[Value, Field, str], Value]]] = {
    Shape.ENTRIES: _export_entries,
    Shape.JOINED: _export_entries,
    Shape.NAMES: _export_names,
    Shape.RUN_MODE: _export_run_mode,
    Shape.PARAMETERS: _export_parameters,
}
