"""The way back: the export that a document stands for."""

from collections.abc import Callable, Mapping
from typing import Final

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonical, is_keyed
from flowsync.flow.fields import FLOW, PARAMETER, RESERVED, RUN_MODE, Field, Shape, Struct
from flowsync.flow.links import AMBIGUOUS, TARGETS, separated
from flowsync.flow.values import Record, Value, json_text

_LISTS: Final = (*(field.name for field in FLOW.fields if field.shape is Shape.ENTRIES), AMBIGUOUS)
_INNER_LISTS: Final = {
    "flowLinks": (TARGETS,),
    "taskLinks": (TARGETS,),
    AMBIGUOUS: ("flowLinks", "taskLinks", TARGETS),
}


def export_of(document: Mapping[str, Value]) -> Record:
    """The export of a document, in the spelling of the Export Flow call; `flowId` is not part of it.

    Raises CanonicalError where a list of the document is no list of mappings.
    """
    document = dict(document)
    _check_lists(document)
    links = separated(document)
    body = {key: value for key, value in document.items() if key not in RESERVED}
    return _sent_record(FLOW, {**body, **links})  # type: ignore[dict-item]


def normalised(document: Mapping[str, Value]) -> Record:
    """A document that was edited by hand, brought to canonical form; what is canonical stays equal."""
    flow_id = document.get("flowId")
    assert flow_id is None or isinstance(flow_id, int)
    return canonical(export_of(document), flow_id)


def _check_lists(document: Record) -> None:
    for key in _LISTS:
        for pointer, entry in _checked_entries(document, key, ""):
            for inner in _INNER_LISTS.get(key, ()):
                _checked_entries(entry, inner, pointer)


def _checked_entries(record: Record, key: str, pointer: str) -> list[tuple[str, Record]]:
    entries = record.get(key)
    if not isinstance(entries, list | None):
        raise CanonicalError(f"{key} is no list", pointer=f"{pointer}/{key}")
    checked = []
    for index, entry in enumerate(entries or []):
        if not isinstance(entry, dict):
            raise CanonicalError(f"an entry of {key} is no mapping", pointer=f"{pointer}/{key}/{index}")
        checked.append((f"{pointer}/{key}/{index}", entry))
    return checked


def _sent_record(struct: Struct, record: Record) -> Record:
    sent: Record = {}
    for key, value in record.items():
        field = struct.by_name.get(key)
        if field is None:
            sent[key.removeprefix("~")] = value
        else:
            sent_value = _SENT_VALUE.get(field.shape)
            sent[key] = sent_value(value, field) if sent_value else value
    return sent


def _sent_entries(value: Value, field: Field) -> Value:
    assert field.entries is not None
    return [_sent_record(field.entries, entry) for entry in value or []]  # type: ignore[union-attr,arg-type]


def _sent_names(value: Value, _field: Field) -> Value:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return ";".join(map(str, value))
    return value


def _sent_run_mode(value: Value, _field: Field) -> Value:
    return json_text(_sent_record(RUN_MODE, value)) if isinstance(value, dict) else value


def _sent_parameters(value: Value, _field: Field) -> Value:
    return json_text([_sent_parameter(entry) for entry in value]) if isinstance(value, list) else value


def _sent_parameter(entry: Value) -> Value:
    return _sent_record(PARAMETER, entry) if is_keyed(entry) else entry  # type: ignore[arg-type]


_SENT_VALUE: Final[Mapping[Shape, Callable[[Value, Field], Value]]] = {
    Shape.ENTRIES: _sent_entries,
    Shape.JOINED: _sent_entries,
    Shape.NAMES: _sent_names,
    Shape.RUN_MODE: _sent_run_mode,
    Shape.PARAMETERS: _sent_parameters,
}
