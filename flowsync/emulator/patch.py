"""JSON Patch (RFC 6902: add, replace and remove) that also changes JSON inside text."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from flowsync.errors import FlowsyncError

_OPERATIONS = ("add", "replace", "remove")
_Operation = Mapping[str, object]


def apply_patch(value: object, patch: object) -> object:
    """Apply the operations of `patch` to `value`; raises FlowsyncError if one does not apply.

    A pointer that continues below a text leads into the JSON object or array in the text (runMode,
    parameters); the text is then written again, compactly.
    """
    if not isinstance(patch, list):
        raise FlowsyncError("not a JSON Patch; expected a list of operations")
    for operation in patch:
        value = _change(value, _steps(operation), operation)
    return value


def _steps(operation: object) -> list[str]:
    """Return the steps of the operation's pointer; raises FlowsyncError for an invalid operation."""
    if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
        raise FlowsyncError(f"not a JSON Patch operation: {operation!r}")
    if operation.get("op") not in _OPERATIONS:
        raise FlowsyncError(
            f"unknown operation: {operation.get('op')!r}", hint=f"use one of {', '.join(_OPERATIONS)}"
        )
    if operation["op"] != "remove" and "value" not in operation:
        raise _refusal(operation, "it has no value")
    path = operation["path"]
    if path and not path.startswith("/"):
        raise _refusal(operation, "a pointer starts with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _change(value: Any, steps: list[str], operation: _Operation) -> object:  # noqa: ANN401 (any JSON)
    """Return a changed copy. An object keeps its class, so that a task keeps its id."""
    if not steps:
        if operation["op"] == "remove":
            raise _refusal(operation, "the whole document cannot be removed")
        return operation["value"]
    if isinstance(value, str):
        inside = _change(_decode(value, operation), steps, operation)
        return json.dumps(inside, ensure_ascii=False, separators=(",", ":"))
    is_addition = operation["op"] == "add" and len(steps) == 1
    key = _key(value, steps[0], operation, is_addition=is_addition)
    after = copy.copy(value)
    if is_addition and isinstance(after, list):
        after.insert(key, operation["value"])
    elif operation["op"] == "remove" and len(steps) == 1:
        del after[key]
    else:
        after[key] = _change(None if is_addition else value[key], steps[1:], operation)
    return after


def _key(value: object, step: str, operation: _Operation, *, is_addition: bool) -> Any:  # noqa: ANN401
    """Return the name or the index that a step of a pointer leads to."""
    match value:
        case dict():
            if step not in value and not is_addition:
                raise _refusal(operation, f"there is no {step!r}")
            return step
        case list():
            return _index(step, len(value), operation, is_addition=is_addition)
    raise _refusal(operation, f"there is nothing below {value!r}")


def _index(step: str, length: int, operation: _Operation, *, is_addition: bool) -> int:
    if is_addition and step == "-":
        return length
    if not (step.isascii() and step.isdigit()) or (step != "0" and step.startswith("0")):
        raise _refusal(operation, f"{step!r} is not an index")
    if int(step) >= length + is_addition:
        raise _refusal(operation, f"the list has {length} entries")
    return int(step)


def _decode(text: str, operation: _Operation) -> object:
    try:
        decoded: object = json.loads(text)
    except ValueError as exc:
        raise _refusal(operation, f"the text {text[:40]!r} is not JSON") from exc
    return decoded


def _refusal(operation: _Operation, why: str) -> FlowsyncError:
    return FlowsyncError(f"the patch does not apply: {operation['op']} {operation['path']}: {why}")
