"""Where a path of a document stands in its file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flowsync.flow.fields import FLOW, Shape
from flowsync.flow.paths import entry_step, key_step
from flowsync.flow.reader import Source, Steps
from flowsync.flow.values import Value

_NUMBERED: Final = "~#"
_PARAMETERS: Final = frozenset({(row.name,) for row in FLOW.fields if row.shape is Shape.PARAMETERS})


def lines_of(source: Source, paths: Iterable[str]) -> Mapping[str, int]:
    """The 1-based line of what each path leads to, or of the nearest thing around it that the file has.

    Which of several entries of one identity a path means is known to a comparison only; they are taken in
    the order of the file.
    """
    finder = _Finder(source)
    return {path: finder.line(path) for path in paths}


@dataclass(frozen=True)
class _Finder:
    """A file; `found` remembers where the entries of a list are, so that each list is walked once."""

    source: Source
    found: dict[tuple[Steps, tuple[str, ...]], Mapping[str, list[int]]] = field(default_factory=dict)

    def line(self, path: str) -> int:
        value: Value = self.source.document
        steps: Steps = ()
        for step in path.split("/")[1:]:
            key = self._key(value, steps, step)
            if key is None:
                break
            value, steps = value[key], (*steps, key)  # type: ignore[index]
        return self.source.lines[steps] if steps else 1

    def _key(self, value: Value, steps: Steps, step: str) -> str | int | None:
        """The key or index that a step stands for; None where there is no such thing."""
        if isinstance(value, dict):
            key = step.replace("~1", "/").replace("~0", "~")
            return key if key in value else None
        if not isinstance(value, list):
            return None
        name, _, number = step.partition(_NUMBERED)
        identity = _identity(name)
        places = self._places(value, steps, identity).get(name, [])
        if places:
            return places[min(int(number or 1), len(places)) - 1]
        is_index = step.isdecimal() and steps not in _PARAMETERS  # there only the entries without a key count
        return int(step) if is_index and int(step) < len(value) else None

    def _places(
        self, entries: list[Value], steps: Steps, identity: tuple[str, ...]
    ) -> Mapping[str, list[int]]:
        """The indexes of the entries by their steps; of the members where no keys identify them."""
        if (steps, identity) not in self.found:
            places: dict[str, list[int]] = {}
            for index, entry in enumerate(entries):
                if identity and isinstance(entry, dict):
                    places.setdefault(entry_step(entry, identity), []).append(index)
                elif not identity and isinstance(entry, str):
                    places.setdefault(key_step(entry), []).append(index)
            self.found[steps, identity] = places
        return self.found[steps, identity]


def _identity(step: str) -> tuple[str, ...]:
    """The keys that a step names; none for an index or a member."""
    parts = step.split(",")
    if not all("=" in part or part.endswith(("~null", "~missing")) for part in parts):
        return ()
    return tuple(part.partition("=")[0].removesuffix("~null").removesuffix("~missing") for part in parts)
