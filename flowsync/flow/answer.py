"""The export inside an answer of the platform, or inside a file saved from one."""

from flowsync.errors import CanonicalError
from flowsync.flow.values import Record, Value, parse_json_bytes


def export_in(answer: bytes) -> Record:
    """The export in the bytes of a JSON answer, with or without its envelope.

    A one-element list around it is taken off. Raises CanonicalError for anything else, an answer that
    reports a failure included.
    """
    return _unwrapped(_data(parse_json_bytes(answer)))


def _data(value: Value) -> Value:
    if not isinstance(value, dict) or "data" not in value:
        return value
    code = value.get("code", value.get("status"))
    if code is None:
        return value
    if str(code) != "0":
        raise CanonicalError(f"the answer reports a failure: code {code}, {value.get('msg')!r}")
    return value["data"]


def _unwrapped(data: Value) -> Record:
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise CanonicalError("no export: expected a JSON object")
    return data
