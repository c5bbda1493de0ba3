"""Plain JSON-like values: strict parsing, one form of numbers and key order, limits."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Final, NoReturn, TypeAlias

from flowsync.errors import CanonicalError
from flowsync.flow.json_scan import first_refusal, pointer_step

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Record: TypeAlias = dict[str, Value]

MAX_DEPTH: Final = 64
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_NODES: Final = 1_000_000
MAX_DIGITS: Final = 4_000
_EXACT_INTEGERS: Final = 2.0**53
_MAX_BITS: Final = (10**MAX_DIGITS).bit_length() - 1
_BYTES_A_CHARACTER: Final = 4

SCALARS: Final = frozenset({str, int, bool, type(None)})
"""Types whose values have only one form; floats are not among them."""


def parse_json(text: str) -> Value:
    """Return the value of one JSON text.

    Raises CanonicalError with the line of broken JSON, or with the JSON Pointer of duplicate keys, NaN,
    infinities and anything that exceeds a limit.
    """
    check_size(text)
    try:
        value: Value = _DECODER.decode(text)
    except json.JSONDecodeError as exc:
        raise CanonicalError(f"broken JSON: {exc}", line=exc.lineno) from exc
    except (CanonicalError, RecursionError, ValueError) as exc:  # ValueError: too many digits for Python
        what, pointer = first_refusal(text, depth=MAX_DEPTH, digits=MAX_DIGITS) or (str(exc), "")
        raise CanonicalError(what, pointer=pointer) from exc
    return value


def parse_json_bytes(data: bytes) -> Value:
    """Parse UTF-8 JSON, with or without a byte order mark, as `parse_json` does."""
    return parse_json(decode_utf8(data))


def decode_utf8(data: bytes) -> str:
    """Decode UTF-8 without a byte order mark; raise CanonicalError for other bytes and for too many."""
    if len(data) > MAX_BYTES:
        raise CanonicalError(f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        message = f"not UTF-8: byte {exc.start} cannot be decoded"
        raise CanonicalError(message, line=line, hint="save the file as UTF-8") from exc


def check_size(text: str) -> None:
    """Raise CanonicalError for a text that takes too many bytes of UTF-8."""
    if len(text) * _BYTES_A_CHARACTER <= MAX_BYTES:
        return
    size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise CanonicalError(f"{size:,} bytes are more than the limit of {MAX_BYTES:,}")


def json_text(value: Value) -> str:
    """Return compact JSON, the same for equal values; keys stay in their order."""
    return _ENCODER.encode(value)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def number(value: float) -> int | float:
    """Return an integral float below 2**53 as an integer, any other unchanged; refuse NaN and infinities."""
    if value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return int(value)
    if value - value != 0:
        raise CanonicalError(f"{value} is not a number that a document can hold")
    return value


def plain(value: Value) -> Value:
    """Return the value with numbers in one form and the keys of every mapping sorted by code point."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    raise CanonicalError(f"{kind.__name__} is not a JSON type")


def check_limits(value: Value, *, depth: int = MAX_DEPTH) -> None:
    """Raise CanonicalError for a value that a document cannot contain (format.md §1.12)."""
    level: list[Value] = [value]
    nodes = 0
    while level:
        nodes += len(level)
        if nodes > MAX_NODES:
            raise CanonicalError(f"more than {MAX_NODES:,} values")
        if depth < 0:
            raise CanonicalError(f"nested deeper than {MAX_DEPTH} levels")
        level = _check_children(level)
        depth -= 1


def find_unfit_value(value: Value) -> str:
    """Return the JSON Pointer of the first value that no document can contain, "" if none."""
    return next(_unfit_values(value, "", 0), "")


def _unfit_values(value: Value, pointer: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH or not _is_fit(value):
        yield pointer
    elif isinstance(value, (dict, list)):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unfit_values(item, f"{pointer}/{pointer_step(str(name))}", depth + 1)


def _is_fit(value: Value) -> bool:
    """Return whether a document can contain a value, whatever its items contain."""
    try:
        _check_children([value])
    except CanonicalError:
        return False
    return not isinstance(value, float) or math.isfinite(value)


def _check_children(level: Iterable[Value]) -> list[Value]:
    children: list[Value] = []
    for value in level:
        if type(value) is str:
            if not value.isascii():
                _check_text(value)
        elif type(value) is dict:
            children += value.values()
            if not "".join(value).isascii():
                _check_text("".join(value))
        elif type(value) is list:
            children += value
        elif type(value) is int and value.bit_length() > _MAX_BITS and abs(value) >= 10**MAX_DIGITS:
            raise CanonicalError(f"an integer of more than {MAX_DIGITS:,} digits")
    return children


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise CanonicalError(f"a lone surrogate (U+{ord(text[exc.start]):04X}) is not valid text") from exc


def _refuse_constant(name: str) -> NoReturn:
    raise CanonicalError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Value]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise CanonicalError("a key occurs twice in one object")  # `parse_json` adds the key and its pointer
    return record


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=lambda text: number(float(text)), parse_constant=_refuse_constant
)
