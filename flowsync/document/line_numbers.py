"""Find the line of a path in a document's file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flowsync.document.reader import Source, Steps, parse_source
from flowsync.flow.field_types import Shape
from flowsync.flow.fields import FLOW
from flowsync.flow.paths import entry_step, key_step
from flowsync.flow.values import Value

_NUMBERED: Final = "~#"
_IDENTITY_KEY: Final = re.compile(r"[A-Za-z]+(?=[=~])")
_PARAMETERS: Final = frozenset({(row.name,) for row in FLOW.fields if row.shape is Shape.PARAMETERS})


def lines_of(text: str, paths: Iterable[str]) -> Mapping[str, int]:
    """Return the 1-based line of each path, or of its nearest ancestor in the file.

    Only a comparison knows which of several entries of one identity a path means; here they are numbered in
    the order of the file. Raises CanonicalError if the text is not a document.
    """
    finder = _Finder(parse_source(text), text.split("\n"))
    return {path: finder.line(path) for path in paths}


@dataclass
class _Finder:
    """A file; `found` caches the positions of the entries of each list."""

    source: Source
    text: Sequence[str]
    found: dict[tuple[Steps, tuple[str, ...]], Mapping[str, list[int]]] = field(default_factory=dict)

    def line(self, path: str) -> int:
        value: Value = self.source.document
        steps: Steps = ()
        for step in path.split("/")[1:]:
            key = self._key(value, steps, step)
            if key is None:
                break
            value, steps = value[key], (*steps, key)  # type: ignore[index]
        if not steps:
            return 1
        start = self.source.lines[steps]
        return self._line_of_key(steps[-1], start) if value and isinstance(value, (dict, list)) else start

    def _line_of_key(self, key: str | int, start: int) -> int:
        """Return the line of the key whose entries start at `start`, usually the one above."""
        if isinstance(key, int) or _has_key(self.text[start - 1], key):
            return start
        above = range(start - 1, 0, -1)
        return next((line for line in above if _is_content(self.text[line - 1])), start)

    def _key(self, value: Value, steps: Steps, step: str) -> str | int | None:
        """Return the key or index of a step; None if it does not exist."""
        if isinstance(value, dict):
            key = step.replace("~1", "/").replace("~0", "~")
            return key if key in value else None
        if not isinstance(value, list):
            return None
        name, _, number = step.partition(_NUMBERED)
        identity = _identity(name)
        indexes = self._indexes(value, steps, identity).get(name, [])
        if indexes:
            return indexes[min(int(number or 1), len(indexes)) - 1]
        is_index = step.isdecimal() and steps not in _PARAMETERS  # there only the entries without a key count
        return int(step) if is_index and int(step) < len(value) else None

    def _indexes(
        self, entries: list[Value], steps: Steps, identity: tuple[str, ...]
    ) -> Mapping[str, list[int]]:
        """Return the indexes of the entries by their steps, and of members by their names."""
        if (steps, identity) not in self.found:
            indexes: dict[str, list[int]] = {}
            for index, entry in enumerate(entries):
                if identity and isinstance(entry, dict):
                    indexes.setdefault(entry_step(entry, identity), []).append(index)
                elif isinstance(entry, str):
                    indexes.setdefault(key_step(entry), []).append(index)
            self.found[steps, identity] = indexes
        return self.found[steps, identity]


def _identity(step: str) -> tuple[str, ...]:
    """Return the keys that a step names; none for an index or a member."""
    keys = [_IDENTITY_KEY.match(part) for part in step.split(",")]
    return tuple(key[0] for key in keys if key) if all(keys) else ()


def _has_key(line: str, key: str) -> bool:
    bare = line.lstrip(" -?{[,")
    return any(bare.startswith(f"{quote}{key}{quote}:") for quote in ("", "'", '"'))


def _is_content(line: str) -> bool:
    return line.strip() != "" and not line.lstrip().startswith("#")
