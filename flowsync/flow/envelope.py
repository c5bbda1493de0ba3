"""Extract the export from a response of the platform, or from a file saved from one."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from flowsync.errors import CanonicalError
from flowsync.flow.field_types import Field, Kind
from flowsync.flow.fields import FLOW
from flowsync.flow.values import Record, Value, parse_json_bytes

CODE_KEYS: Final = ("code", "status")
"""The keys of an envelope that may contain its code; the first that is not null counts."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_NAME: Final = next(field for field in FLOW.fields if field.kind is Kind.FLOW_NAME)
_OTHERS: Final = tuple(field for field in FLOW.fields if field is not _NAME)
_TASKS: Final = FLOW.by_name["tasks"]
_MOST_KEYS_SHOWN: Final = 5


def extract_export(answer: bytes) -> Record:
    """Return the export in the bytes of a JSON response, with or without its envelope.

    A one-element list around it is removed. Raises CanonicalError for anything else: a response that reports
    a failure, and one that does not prove to be a flow.
    """
    value = parse_json_bytes(answer)
    data = _data(value)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise CanonicalError("no export: expected a JSON object")
    if not is_flow(data):
        raise CanonicalError(f"the response contains no flow{_contents(data)}")
    return data


def is_flow(export: Record) -> bool:
    """Return whether an object is a flow: a text as name and another documented key that is not null.

    No code is documented for an unknown flow id, so a response may be empty or contain an error instead.
    Other calls of the platform describe a flow too, as `flowName`, and without its tasks.
    """
    has_tasks = _value(export, _TASKS) is not None
    name = _value(export, _NAME) if has_tasks else export.get(_NAME.name)
    if not isinstance(name, str):
        return False
    is_graph = "graph" in export and not has_tasks  # in responses of Get Flow and Load Flow For Edit
    return not is_graph and any(_value(export, field) is not None for field in _OTHERS)


def response_code(answer: Mapping[str, object], keys: Sequence[str] = CODE_KEYS) -> int | None:
    """Return the code of an envelope, 0 for success; None without an envelope.

    A code is an integer, or the decimal text of one. 0.0 equals the number 0, but "0.0" is not a code. Raises
    CanonicalError for a code of any other kind, such as false.
    """
    match next((answer[key] for key in keys if answer.get(key) is not None), None):
        case None:
            return None
        case bool():
            pass
        case int() as code:
            return code
        case float() as number if number.is_integer():
            return int(number)
        case str() as text if _INTEGER.fullmatch(text):
            return int(text)
    raise CanonicalError("the code of the answer is not an integer")


def _data(value: Value) -> Value:
    """Return the content of the envelope, or the value itself if it has none."""
    if not isinstance(value, dict) or ("data" not in value and is_flow(value)):
        return value
    code = response_code(value)
    if code:
        raise CanonicalError(f"the response reports a failure: code {code}, {value.get('msg')!r:.200}")
    return value if code is None else value.get("data", value)


def _value(export: Record, field: Field) -> Value:
    return next((export[key] for key in (field.name, *field.aliases) if key in export), None)


def _contents(data: Record) -> str:
    """Describe what a response contains instead of a flow."""
    try:
        code = response_code(data)
    except CanonicalError:
        code = None
    if code:
        return f", but code {code}: {data.get('msg')!r:.200}"
    keys = ", ".join(f"{key:.40}" for key in [*data][:_MOST_KEYS_SHOWN])
    return f"; its keys are {keys}" if keys else ""
