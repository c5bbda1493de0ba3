"""Load versions of one flow quickly: parts that several versions share are parsed once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from operator import lt
from typing import Final, TypeAlias

from flowsync.document.load import load_flow_document
from flowsync.document.reader import parse_yaml
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import FORMAT
from flowsync.flow.export import normalize
from flowsync.flow.field_types import Field, Shape
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import MAX_BYTES, MAX_NODES, Record, Value

_MAX_CACHED: Final = 64 * 1024 * 1024
# Bytes are split and only unknown parts decoded: splitting text that is not ASCII takes twice the time.
_NEXT_KEY: Final = re.compile(rb"\n(?=[^ \n-])")
_NEXT_ITEM: Final = b"\n- "
_NEXT_FIELD: Final = re.compile(rb"\n  (?=[^ \n-])")
_FIRST_ITEM: Final = b":\n- "
_ITEM: Final = "- "
_INSIDE: Final = "  "
_PLAIN_SHAPES: Final = frozenset({Shape.TEXT, Shape.CRON, Shape.DATE, Shape.INTEGER, Shape.NUMBER})
_LONGEST_GUESS: Final = 1_000_000
_MAX_DIGITS: Final = 16
_POSITIONS: Final = {row.name: position for position, row in enumerate(DOCUMENT.fields)}
_TASK_POSITIONS: Final = {row.name: position for position, row in enumerate(TASK.fields)}
_TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
_TASKS_START: Final = f"\n{_TASKS}:\n".encode()
_TASKS_END: Final = f"\n{DOCUMENT.fields[_POSITIONS[_TASKS] + 1].name}:".encode()
_REQUIRED: Final = {"format", "flowId", *(row.name for row in FLOW.fields if row.shape is Shape.ENTRIES)}

_Rank: TypeAlias = tuple[int, str] | tuple[str, ...]
_Read: TypeAlias = "Callable[[str, list[bytes]], Iterable[_Part | None]]"
"""Reads the parts of a list under a key from their texts; it may stop after an irregular part."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text that is canonical by itself: an entry of a mapping, or an item of a list.

    `rank` is the sort key of the part: None if the field table requires no order, empty if only the whole
    list decides.
    """

    key: str
    value: Value
    rank: _Rank | None


_UNKNOWN: Final = _Part("", None, None)
"""Placeholder for a part that was not read yet; None is an irregular part."""


class VersionReader:
    """Reads documents and caches their parts, up to a number of characters of text.

    Documents share the values of equal parts, so callers must not change them.
    """

    def __init__(self, max_characters: int = _MAX_CACHED) -> None:
        self._parts: dict[tuple[str, bytes], _Part | None] = {}
        self._last: dict[str, list[tuple[bytes, _Part]]] = {}  # comparing with the last version beats hashing
        self._max_characters = max_characters
        self._cached_characters = 0

    def load_flow_document(self, flow_id: int, data: bytes) -> Record:
        """Return the same document, or raise the same CanonicalError, as `document.load.load_flow_document`.

        A text is assembled from its parts only if the writer provably writes each of them for its value. The
        writer writes part after part, so it then writes the whole text.
        """
        document = self._assemble(data)
        if document is None or document["flowId"] != flow_id:
            return load_flow_document(flow_id, data)
        return document

    def _assemble(self, data: bytes) -> Record | None:
        if not _is_readable(data):
            return None
        try:
            entries = self._in_order("", _entries(data), _read_one_by_one(self._entry))
        except UnicodeDecodeError:
            return None
        document: Record = {part.key: part.value for part in entries or ()}
        return document if document.keys() >= _REQUIRED else None

    def _in_order(self, key: str, texts: list[bytes], read: "_Read") -> list[_Part] | None:
        """Return the parts of these texts, of a list under `key`; None if one is irregular or misplaced."""
        last = chain(self._last.get(key, ()), repeat((None, None)))
        known = [
            part if text == last_text else self._parts.get((key, text), _UNKNOWN)
            for text, (last_text, part) in zip(texts, last, strict=False)
        ]
        unknown = [position for position, part in enumerate(known) if part is _UNKNOWN]
        for position, part in zip(
            unknown, read(key, [texts[position] for position in unknown]), strict=False
        ):
            self._cache(key, texts[position], part)
            known[position] = part
            if part is None:
                return None
        parts = [part for part in known if part is not None]
        if len(parts) < len(known):
            return None
        self._last[key] = [*zip(texts, parts, strict=True)]
        return parts if _is_sorted([part.rank for part in parts]) else None

    def _cache(self, key: str, text: bytes, part: _Part | None) -> None:
        if self._cached_characters > self._max_characters:
            self._parts.clear()
            self._cached_characters = 0
        self._cached_characters += len(text)
        self._parts[key, text] = part

    def _entry(self, _: str, text: bytes) -> _Part | None:
        start, is_list, items_text = text.partition(_FIRST_ITEM)
        if is_list and start.isalnum():
            key = start.decode()
            read = _read_one_by_one(self._task) if key == _TASKS else _items
            items = self._in_order(key, items_text.split(_NEXT_ITEM), read)
            value: Value = [item.value for item in items or ()]
            return _Part(key, value, _position(_POSITIONS, key)) if items else None
        entry = _scalar_entry(text.decode(), FLOW.by_name, "") or _canonical_entry(text.decode())
        return _Part(*entry, _position(_POSITIONS, entry[0])) if entry else None

    def _task(self, key: str, text: bytes) -> _Part | None:
        fields = self._in_order(_ITEM, _NEXT_FIELD.split(text), _read_one_by_one(_task_field))
        task: Value = {field.key: field.value for field in fields or ()}
        return _Part(key, task, _rank(key, task)) if fields else None


def _is_readable(data: bytes) -> bool:
    """Return whether the text ends with a line end and certainly has few enough values."""
    if len(data) > MAX_BYTES or not data.endswith(b"\n"):
        return False
    # each value takes a character, and begins a line or follows a dash
    return len(data) < MAX_NODES or data.count(b"\n") + data.count(b"- ") < MAX_NODES


def _entries(data: bytes) -> list[bytes]:
    """Split a document into its entries; the tasks, its largest part, are searched only once."""
    start = data.find(_TASKS_START)
    end = data.rfind(_TASKS_END, start)
    if start < 0 or end < 0:
        return _NEXT_KEY.split(data[:-1])
    return [*_NEXT_KEY.split(data[:start]), data[start + 1 : end], *_NEXT_KEY.split(data[end + 1 : -1])]


def _is_sorted(ranks: list[_Rank | None]) -> bool:
    """Return whether each rank follows the one before it; equal ranks need the whole list."""
    if None in ranks:
        return not any(ranks)
    return () not in ranks and all(map(lt, ranks, ranks[1:]))  # type: ignore[arg-type]


def _canonical_entry(text: str) -> tuple[str, Value] | None:
    """Return the entry of a document with exactly this text in canonical form, None if there is none."""
    try:
        entry = parse_yaml(f"{text}\n")
        if not isinstance(entry, dict) or len(entry) != 1 or AMBIGUOUS in entry:
            return None
        document = normalize({"format": FORMAT, **entry})
    except CanonicalError:
        return None
    (key,) = entry
    if key not in document or dump({key: document[key]}) != f"{text}\n":
        return None
    return key, document[key]


def _scalar_entry(text: str, rows: Mapping[str, Field], indent: str) -> tuple[str, Value] | None:
    """Return the most common kind of entry: a canonical number or text under a key of the table.

    The value is guessed; the guess is right if the writer writes this text for it.
    """
    key, colon, rest = text.partition(": ")
    row = rows.get(key)
    if row is None or not colon or row.shape not in _PLAIN_SHAPES or len(rest) > _LONGEST_GUESS:
        return None
    value = _guess(rest, f"\n{indent}  ")
    record: Record = {key: value}
    written = dump({_TASKS: [record]} if indent else record)
    return (key, value) if written == (f"{_TASKS}:\n- {text}\n" if indent else f"{text}\n") else None


def _guess(text: str, margin: str) -> Value:
    """Guess the value of a canonical text; `margin` is the start of its further lines."""
    head, lines, body = text.partition(margin)
    if lines and head in {"|", "|-"}:
        return body.replace(margin, "\n") + ("\n" if head == "|" else "")
    word = text.partition("  #")[0]
    if word.isdecimal() and len(word) < _MAX_DIGITS:
        return int(word)
    return word[1:-1] if word[:1] == "'" else word


def _read_one_by_one(read: Callable[[str, bytes], _Part | None]) -> _Read:
    return lambda key, texts: (read(key, text) for text in texts)


def _items(key: str, texts: list[bytes]) -> Iterable[_Part | None]:
    """Read items together: one canonicalisation for all of them.

    The writer writes item after item, so where it writes the whole text, it writes each item's text.
    """
    if not texts:
        return []
    items = _NEXT_ITEM.join(texts).decode()
    entry = _canonical_entry(f"{key}{_FIRST_ITEM.decode()}{items}")
    value = entry[1] if entry else None
    if not isinstance(value, list) or len(value) != len(texts):
        return [None]
    return [_Part(key, item, _rank(key, item)) for item in value]


def _task_field(_: str, text: bytes) -> _Part | None:
    """Read a field of a task as the only one of the only task."""
    entry = _scalar_entry(text.decode(), TASK.by_name, _INSIDE) or _lone_field(text)
    return _Part(*entry, _position(_TASK_POSITIONS, entry[0])) if entry else None


def _lone_field(text: bytes) -> tuple[str, Value] | None:
    (item,) = _items(_TASKS, [text])
    if item is None or not isinstance(item.value, dict) or len(item.value) != 1:
        return None
    (entry,) = item.value.items()
    return entry


def _position(positions: dict[str, int], key: str) -> _Rank:
    """Return the position of a key: as in the table, then by code point."""
    position = positions.get(key)
    return (len(positions), key) if position is None else (position, "")


def _rank(key: str, item: Value) -> _Rank | None:
    row = FLOW.by_name.get(key)
    if row is None:
        return None
    if row.shape is Shape.NAMES:
        return (item,) if isinstance(item, str) else ()
    if not row.identified_by:
        return None
    names = [item.get(name) for name in row.identified_by] if isinstance(item, dict) else []
    texts = tuple(name for name in names if isinstance(name, str))
    return texts if len(texts) == len(names) else ()
