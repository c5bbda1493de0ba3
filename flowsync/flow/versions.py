"""Documents of one flow after another, much faster than each by itself: what two texts share is read once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import FORMAT
from flowsync.flow.export import document_of, normalised
from flowsync.flow.fields import FLOW, TASK, Shape
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.reader import parse_yaml
from flowsync.flow.values import MAX_BYTES, MAX_NODES, Record, Value
from flowsync.flow.writer import render

_KEPT: Final = 64 * 1024 * 1024
_NEXT_KEY: Final = re.compile(r"\n(?=[^ \n-])")
_NEXT_ITEM: Final = re.compile(r"\n(?=- )")
_NEXT_FIELD: Final = re.compile(r"\n  (?=[^ \n-])")
_FIRST_ITEM: Final = ":\n- "
_ITEM: Final = "- "
_HEADER: Final = ("format", "flowId")
_PLACES: Final = {key: place for place, key in enumerate((*_HEADER, *(row.name for row in FLOW.fields)))}
_TASK_PLACES: Final = {row.name: place for place, row in enumerate(TASK.fields)}
_TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
_ALWAYS_THERE: Final = frozenset({*_HEADER, *(row.name for row in FLOW.fields if row.shape is Shape.ENTRIES)})

_Rank: TypeAlias = tuple[int, str] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text that is canonical by itself: an entry of a mapping, or an item of a list.

    `rank` is what the part is sorted by: None where the field table asks for no order, empty where only a
    look at the whole list tells.
    """

    key: str
    value: Value
    rank: _Rank | None


class Versions:
    """Reads documents and remembers their parts, up to so many characters of text.

    Documents share the values of equal parts, so nobody may change them.
    """

    def __init__(self, most_characters: int = _KEPT) -> None:
        self._parts: dict[tuple[str, str], _Part | None] = {}
        self._most = most_characters
        self._held = 0

    def document_of(self, flow_id: int, data: bytes) -> Record:
        """As `flowsync.flow.export.document_of`: the same document, or the same CanonicalError.

        A text is put together from its parts only where each of them is, on proof, what the writer writes
        for its value; since the writer writes part after part, that holds for the whole text then.
        """
        document = self._assembled(data)
        return document_of(flow_id, data) if document is None or document["flowId"] != flow_id else document

    def _assembled(self, data: bytes) -> Record | None:
        text = _readable(data)
        entries = None if text is None else self._in_order("", _NEXT_KEY.split(text), self._entry)
        document: Record = {part.key: part.value for part in entries or ()}
        return document if document.keys() >= _ALWAYS_THERE else None

    def _in_order(
        self, key: str, texts: list[str], read: Callable[[str, str], _Part | None]
    ) -> list[_Part] | None:
        """The parts with these texts; None where one is irregular, or not where it belongs."""
        parts = [self._part(key, text, read) for text in texts]
        known = [part for part in parts if part is not None]
        return known if len(known) == len(parts) and _is_sorted([part.rank for part in known]) else None

    def _part(self, key: str, text: str, read: Callable[[str, str], _Part | None]) -> _Part | None:
        """What is known of a part's text, read when it is met first; `key` is that of the list around it."""
        place = (key, text)
        if place not in self._parts:
            if self._held > self._most:
                self._parts.clear()
                self._held = 0
            self._parts[place] = read(key, text)
            self._held += len(text)
        return self._parts[place]

    def _entry(self, _: str, text: str) -> _Part | None:
        key, is_list, _ = text.partition(_FIRST_ITEM)
        if is_list and key.isalnum():
            read = self._task if key == _TASKS else _item
            items = self._in_order(key, _NEXT_ITEM.split(text[len(key) + 2 :]), read)
            value: Value = [item.value for item in items or ()]
            return _Part(key, value, _place(_PLACES, key)) if items else None
        entry = _canonical_entry(text)
        return _Part(*entry, _place(_PLACES, entry[0])) if entry else None

    def _task(self, key: str, text: str) -> _Part | None:
        fields = self._in_order(_ITEM, _NEXT_FIELD.split(text.removeprefix(_ITEM)), _task_field)
        task: Value = {field.key: field.value for field in fields or ()}
        return _Part(key, task, _rank(key, task)) if fields else None


def _readable(data: bytes) -> str | None:
    """The text less its last line end, where it is one that has few enough values for certain."""
    try:
        text = data.decode() if len(data) <= MAX_BYTES else ""
    except UnicodeDecodeError:
        return None
    # each value begins a line, or stands behind a dash
    if not text.endswith("\n") or text.count("\n") + text.count("- ") >= MAX_NODES:
        return None
    return text[:-1]


def _is_sorted(ranks: list[_Rank | None]) -> bool:
    """Whether each comes after the one before it; of equal ones only a look at them tells the order."""
    if None in ranks:
        return not any(ranks)
    return () not in ranks and all(one < other for one, other in pairwise(ranks))  # type: ignore[operator]


def _canonical_entry(text: str) -> tuple[str, Value] | None:
    """The entry of a document that has exactly this text in canonical form; None where there is none."""
    try:
        entry = parse_yaml(f"{text}\n")
        if not isinstance(entry, dict) or len(entry) != 1 or AMBIGUOUS in entry:
            return None
        document = normalised({"format": FORMAT, **entry})
    except CanonicalError:
        return None
    (key,) = entry
    if key not in document or render({key: document[key]}) != f"{text}\n":
        return None
    return key, document[key]


def _item(key: str, text: str) -> _Part | None:
    entry = _canonical_entry(f"{key}:\n{text}")
    match entry:
        case (_, [item]):
            return _Part(key, item, _rank(key, item))
    return None


def _task_field(_: str, text: str) -> _Part | None:
    """A field of a task, read as the only one of the only task."""
    item = _item(_TASKS, f"{_ITEM}{text}")
    if item is None or not isinstance(item.value, dict) or len(item.value) != 1:
        return None
    ((key, value),) = item.value.items()
    return _Part(key, value, _place(_TASK_PLACES, key))


def _place(places: dict[str, int], key: str) -> _Rank:
    """Where a key stands: as in the table, then by code point."""
    place = places.get(key)
    return (len(places), key) if place is None else (place, "")


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
