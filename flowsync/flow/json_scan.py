"""Locate the part of a JSON text that a strict reader refused; used only after a refusal."""

import json
import re
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[][{},:]|[^][{},:"\s]++', re.DOTALL)
_CONSTANTS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_INTEGER: Final = re.compile(r"-?[0-9]+", re.ASCII)
_FLOAT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)


@dataclass
class _Open:
    """An array or object whose end has not been read; `step` is the index or key of its current value."""

    step: int | str
    keys: set[str] = field(default_factory=set)
    expects_key: bool = False


def first_refusal(text: str, *, depth: int, digits: int) -> tuple[str, str] | None:
    """Return the first part of JSON that no document can contain, with its JSON Pointer.

    Checks depth, NaN and infinities, long integers and duplicate keys; None if none of these occurs.
    """
    path: list[_Open] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        what = _enter(token, path, depth) or _number_problem(token, digits)
        if what:
            return what, "".join(f"/{pointer_step(str(one.step))}" for one in path)
    return None


def pointer_step(key: str) -> str:
    """Return a key as one step of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _enter(token: str, path: list[_Open], depth: int) -> str:
    """Update `path` by one token; return what is wrong with it, "" if nothing."""
    top = path[-1] if path else None
    match token[0]:
        case "{" | "[" if len(path) > depth:
            return f"nested deeper than {depth} levels"
        case "{":
            path.append(_Open("", expects_key=True))
        case "[":
            path.append(_Open(0))
        case "}" | "]" if path:
            path.pop()
        case "," if top and isinstance(top.step, int):
            top.step += 1
        case "," if top:
            top.expects_key = True
        case '"' if top and top.expects_key:
            return _enter_key(json.loads(token), top)
    return ""


def _enter_key(key: str, record: _Open) -> str:
    record.step, record.expects_key = key, False
    if key in record.keys:
        return f"the key {key!r:.60} occurs twice in one object"
    record.keys.add(key)
    return ""


def _number_problem(token: str, digits: int) -> str:
    if token in _CONSTANTS:
        return f"{token} is not JSON"
    if _INTEGER.fullmatch(token):
        return f"an integer of more than {digits:,} digits" if len(token.lstrip("-")) > digits else ""
    if _FLOAT.fullmatch(token) and float(token) in {float("inf"), float("-inf")}:
        return f"{token:.40} is not a number that a document can hold"
    return ""
