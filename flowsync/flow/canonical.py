"""Convert an export to its canonical form, which is independent of order and decoration."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeGuard

from flowsync.errors import CanonicalError
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, PARAMETER, RESERVED, STRUCTS
from flowsync.flow.links import AMBIGUOUS, join_links
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import (
    MAX_DEPTH,
    SCALARS,
    Record,
    Value,
    check_limits,
    find_unfit_value,
    parse_json,
    plain,
)

FORMAT: Final = 1
_BLANKS: Final = " \t\r\n\f\v"
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,3998})", re.ASCII)
_ARRAYS: Final = tuple(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.JOINED})
_LINKS: Final = ("flowLinks", "taskLinks", "linkRelations")
_RUN_MODE_LEVEL: Final = 3
_PARAMETERS_LEVEL: Final = 1


def canonicalize(export: Mapping[str, Value], flow_id: int | None) -> Record:
    """Return the document of an export (format.md §1); exports of equal meaning have equal documents.

    `flow_id` is the id that was requested, since an export carries none; None leaves the key out. Raises
    CanonicalError, with a JSON Pointer into the export.
    """
    try:
        document = _document(dict(export), flow_id)
        check_limits(document)
    except CanonicalError as exc:
        exc.flow_id = flow_id
        exc.pointer = exc.pointer or find_unfit_value(dict(export))
        raise
    except RecursionError as exc:
        what, pointer = f"nested deeper than {MAX_DEPTH} levels", find_unfit_value(dict(export))
        raise CanonicalError(what, flow_id=flow_id, pointer=pointer) from exc
    return document


def _document(export: Record, flow_id: int | None) -> Record:
    flow = _record(FLOW, export, "")
    for key in _ARRAYS:
        flow.setdefault(key, [])
    flow.update(join_links(*(flow.pop(key) for key in _LINKS)))  # type: ignore[arg-type]  # lists of records
    header: Record = {"format": FORMAT} if flow_id is None else {"format": FORMAT, "flowId": flow_id}
    ambiguous = flow.pop(AMBIGUOUS)
    known = {field.name: flow.pop(field.name) for field in FLOW.fields if field.name in flow}
    return {**header, **known, **({AMBIGUOUS: ambiguous} if ambiguous else {}), **flow}


def _record(struct: Struct, sent: Record, pointer: str) -> Record:
    """Return the known keys of a record in table order, then the unknown ones by code point."""
    sent = _fold_aliases(struct, sent)
    record: Record = {}
    for name, field, convert in _COLUMNS[struct.name]:
        if name in sent:
            value = sent[name]
            if convert:
                record[name] = convert(value, field, pointer)
            else:
                record[name] = value if type(value) in SCALARS else plain(value)
    if len(record) < len(sent):
        unknown = {_escape(key): key for key in sent.keys() - struct.by_name.keys()}
        record.update((key, plain(sent[unknown[key]])) for key in sorted(unknown))
    return record


def _fold_aliases(struct: Struct, sent: Record) -> Record:
    if sent.keys() <= struct.by_name.keys():
        return sent
    folded = dict(sent)
    for field in struct.fields:
        alias = next((alias for alias in field.aliases if alias in sent), None)
        if alias is not None and field.name not in sent:
            folded[field.name] = folded.pop(alias)
    return folded


def _escape(key: str) -> str:
    return f"~{key}" if key in RESERVED or key.startswith("~") else key


def _entries(value: Value, field: Field, pointer: str) -> Value:
    if value is None:
        return []
    list_pointer = f"{pointer}/{field.name}"
    if not isinstance(value, list):
        raise CanonicalError(f"{field.name} is not an array but {_kind(value)}", pointer=list_pointer)
    records = []
    for index, entry in enumerate(value):
        if not isinstance(entry, dict):
            raise CanonicalError(
                f"an entry of {field.name} is {_kind(entry)}", pointer=f"{list_pointer}/{index}"
            )
        assert field.entries is not None
        records.append(_record(field.entries, entry, f"{list_pointer}/{index}"))
    return [*records] if field.shape is Shape.JOINED else [*sort_entries(records, field.identified_by)]


def _names(value: Value, _field: Field, _pointer: str) -> Value:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return plain(value)
    names = {name.strip(_BLANKS) for text in texts for name in str(text).split(";")}
    return [*sorted(names - {""})]


def _run_mode(value: Value, field: Field, pointer: str) -> Value:
    decoded = value
    if isinstance(value, str) and value.lstrip(_BLANKS).startswith("{"):
        decoded = _decode(value, _RUN_MODE_LEVEL)
    if not isinstance(decoded, dict):
        return plain(value)
    assert field.entries is not None
    return _record(field.entries, decoded, f"{pointer}/{field.name}")


def _parameters(value: Value, _field: Field, _pointer: str) -> Value:
    decoded = value
    while isinstance(decoded, str):
        inner = _decode(decoded, _PARAMETERS_LEVEL)
        if isinstance(inner, dict):  # its values lie one level deeper as entries
            inner = _decode(decoded, _PARAMETERS_LEVEL + 1)
        if not isinstance(inner, (str, list, dict)):
            return value
        decoded = inner
    if isinstance(decoded, dict):
        decoded = [{"key": key, "value": item} for key, item in decoded.items()]
    if not isinstance(decoded, list):
        return plain(value)
    keyed = [_record(PARAMETER, entry, "") for entry in decoded if is_keyed(entry)]
    keyed.sort(key=lambda entry: str(entry["key"]))
    return [*keyed, *(plain(entry) for entry in decoded if not is_keyed(entry))]


def is_keyed(entry: Value) -> TypeGuard[Record]:
    """Return whether an entry of `parameters` has the key that identifies it."""
    return isinstance(entry, dict) and isinstance(entry.get("key"), str)


def _decode(text: str, level: int) -> Value:
    """Parse JSON that was sent inside a string, `level` steps below the root; None if it must stay text."""
    try:
        value = parse_json(text)
        check_limits(value, depth=MAX_DEPTH - level)
    except CanonicalError:
        return None
    return value


def _id(value: Value, _field: Field, _pointer: str) -> Value:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    return plain(value)


def _kind(value: Value) -> str:
    kinds = {dict: "an object", list: "an array", str: "text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


_Conversion: TypeAlias = Callable[[Value, Field, str], Value]

_CANONICAL_VALUE: Final[Mapping[Shape, _Conversion]] = {
    Shape.ENTRIES: _entries,
    Shape.JOINED: _entries,
    Shape.NAMES: _names,
    Shape.RUN_MODE: _run_mode,
    Shape.PARAMETERS: _parameters,
    Shape.ID: _id,
}

_COLUMNS: Final[Mapping[str, tuple[tuple[str, Field, _Conversion | None], ...]]] = {
    struct.name: tuple((row.name, row, _CANONICAL_VALUE.get(row.shape)) for row in struct.fields)
    for struct in STRUCTS
}
"""The rows of each record with their conversion; None where the plain value is the canonical one."""
