"""The export inside an answer of the platform, or inside a file saved from one."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from flowsync.errors import CanonicalError
from flowsync.flow.values import Record, Value, parse_json_bytes

CODE_KEYS: Final = ("code", "status")
"""Where an envelope may say how the call went; the first that is not null counts."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")


def export_in(answer: bytes) -> Record:
    """The export in the bytes of a JSON answer, with or without its envelope.

    A one-element list around it is taken off. Raises CanonicalError for anything else, an answer that
    reports a failure included.
    """
    return _unwrapped(_data(parse_json_bytes(answer)))


def answer_code(answer: Mapping[str, object], keys: Sequence[str] = CODE_KEYS) -> int | None:
    """What the envelope of an answer says, 0 for success; None where there is no envelope.

    An integer, or the decimal text of one, as JSON would write it. 0.0 is the number 0 in every document,
    so it is here, but "0.0" is not. Raises CanonicalError for a code that is anything else, such as false.
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
    raise CanonicalError("the code of the answer is no integer")


def _data(value: Value) -> Value:
    if not isinstance(value, dict) or "data" not in value:
        return value
    code = answer_code(value)
    if code is None:
        return value
    if code != 0:
        raise CanonicalError(f"the answer reports a failure: code {code}, {value.get('msg')!r}")
    return value["data"]


def _unwrapped(data: Value) -> Record:
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise CanonicalError("no export: expected a JSON object")
    return data
