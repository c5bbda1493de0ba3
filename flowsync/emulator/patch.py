"""JSON Patch (RFC 6902: add, replace, remove, test) that also changes JSON inside text."""

import copy
import json
from collections.abc import Mapping, Sequence

from flowsync.errors import FlowsyncError

_OPERATIONS = ("add", "replace", "remove", "test")


def apply_patch(value: object, patch: object) -> object:
    """Apply the operations of `patch` to `value`; raises FlowsyncError if one does not apply.

    A pointer that continues below a text leads into the JSON object or array in the text (runMode,
    parameters); the text is then written again, compactly.
    """
    if not isinstance(patch, Sequence) or isinstance(patch, str):
        raise FlowsyncError("not a JSON Patch; expected a list of operations")
    for operation in patch:
        value = _after(value, operation)
    return value


def _after(value: object, operation: object) -> object:
    if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
        raise FlowsyncError(f"not a JSON Patch operation: {operation!r}")
    if operation.get("op") not in _OPERATIONS:
        raise FlowsyncError(
            f"unknown operation: {operation.get('op')!r}", hint=f"use one of {', '.join(_OPERATIONS)}"
        )
    if operation["op"] != "remove" and "value" not in operation:
        raise _refusal(operation, "it has no value")
    return _change(value, _steps(operation), operation)


def _steps(operation: Mapping[str, object]) -> list[str]:
    path = str(operation["path"])
    if path and not path.startswith("/"):
        raise _refusal(operation, "a pointer starts with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _change(value: object, steps: list[str], operation: Mapping[str, object]) -> object:
    if not steps:
        return _index_from(value, operation)
    match value:
        case dict():
            return _change_object(value, steps, operation)
        case list():
            return _change_array(value, steps, operation)
        case str():
            inside = _change(_decode(value, operation), steps, operation)
            return json.dumps(inside, ensure_ascii=False, separators=(",", ":"))
    raise _refusal(operation, f"there is nothing below {value!r}")


def _index_from(value: object, operation: Mapping[str, object]) -> object:
    if operation["op"] == "remove":
        raise _refusal(operation, "the whole document cannot be removed")
    if operation["op"] == "test":
        if not _same(value, operation["value"]):
            raise _refusal(operation, f"the value is {value!r}")
        return value
    return operation["value"]


def _change_object(
    value: dict[str, object], steps: list[str], operation: Mapping[str, object]
) -> dict[str, object]:
    """Return a changed copy of the same class, so that a task keeps its id."""
    name, below = steps[0], steps[1:]
    after = copy.copy(value)
    if not below and operation["op"] == "add":
        after[name] = operation["value"]
        return after
    if name not in value:
        raise _refusal(operation, f"there is no {name!r}")
    if not below and operation["op"] == "remove":
        del after[name]
    else:
        after[name] = _change(value[name], below, operation)
    return after


def _change_array(value: list[object], steps: list[str], operation: Mapping[str, object]) -> list[object]:
    below, adding = steps[1:], operation["op"] == "add" and not steps[1:]
    index = _index(steps[0], len(value), operation, past_end=adding)
    if adding:
        return [*value[:index], operation["value"], *value[index:]]
    if not below and operation["op"] == "remove":
        return [*value[:index], *value[index + 1 :]]
    return [*value[:index], _change(value[index], below, operation), *value[index + 1 :]]


def _index(step: str, length: int, operation: Mapping[str, object], *, past_end: bool) -> int:
    if past_end and step == "-":
        return length
    if not (step.isascii() and step.isdigit()) or (step != "0" and step.startswith("0")):
        raise _refusal(operation, f"{step!r} is not an index")
    if int(step) >= length + past_end:
        raise _refusal(operation, f"the list has {length} entries")
    return int(step)


def _decode(text: str, operation: Mapping[str, object]) -> object:
    try:
        decoded: object = json.loads(text)
    except ValueError as exc:
        raise _refusal(operation, f"the text {text[:40]!r} is not JSON") from exc
    return decoded


def _same(one: object, other: object) -> bool:
    """Compare JSON values: numbers by value, but true is not 1."""
    match one, other:
        case (bool(), _) | (_, bool()):
            return one is other
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _refusal(operation: Mapping[str, object], why: str) -> FlowsyncError:
    return FlowsyncError(f"the patch does not apply: {operation['op']} {operation['path']}: {why}")
