"""Every place of a document that contains one value, with its path in a report."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.paths import entry_step, key_step

_NEW_KEY: Final = "zz new"
_OTHERS: Final[Sequence[Any]] = (
    None, "", "a", "0", 0, 1, 1.5, True, False, "two\nlines", 10**20, [], {}, [1], {"zz": None},
)  # fmt: skip
_LISTS: Final = {
    "tasks": ("name",),
    "relations": ("sourceTaskName", "targetTaskName"),
    "flowLinks": ("sourceFlowName",),
    "taskLinks": ("sourceFlowName", "sourceTaskName"),
}
_LINKS: Final = ("flowLinks", "taskLinks")


@dataclass(frozen=True)
class Place:
    """A value, or a mapping that may get one more: `holder[key]` at `path`."""

    path: str
    holder: Any
    key: Any

    @property
    def is_new(self) -> bool:
        return isinstance(self.holder, dict) and self.key not in self.holder

    @property
    def is_removable(self) -> bool:
        return isinstance(self.holder, dict) and self.key in self.holder


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Yield all places where one edit is one change; no two entries of a list may have one identity.

    Links are left out if some are ambiguous: another reading of those may explain an edit of a link.
    """
    for key, value in document.items():
        path = f"/{key_step(key)}"
        if key in _LINKS and AMBIGUOUS in document:
            continue
        if key in _LISTS:
            for entry in value:
                yield from _in_entry(entry, _LISTS[key], path)
        elif key not in ("format", "flowId", AMBIGUOUS):
            yield Place(path, document, key)
            yield from _in_parameters(value) if key == "parameters" else _inside(value, path)
    yield Place(f"/{_NEW_KEY}", document, _NEW_KEY)


def other_value(value: Any, dice: Random) -> Any:
    """Return another value, which keeps no part of a structure."""
    structure = dict if isinstance(value, dict) else list if isinstance(value, list) else ()
    others = [one for one in _OTHERS if not isinstance(one, structure)]
    return dice.choice([one for one in others if json.dumps(one) != json.dumps(value)])


def _in_entry(entry: dict[str, Any], identity: Sequence[str], path: str) -> Iterator[Place]:
    path = f"{path}/{entry_step(entry, identity)}"
    yield Place(f"{path}/{_NEW_KEY}", entry, _NEW_KEY)
    for key, value in entry.items():
        if key == TARGETS:
            for target in value:
                yield from _in_entry(target, ("targetTaskName",), f"{path}/{TARGETS}")
        elif key not in identity:
            yield Place(f"{path}/{key_step(key)}", entry, key)
            yield from _inside(value, f"{path}/{key_step(key)}")


def _in_parameters(value: Any) -> Iterator[Place]:
    """Yield the places in parameters that have a key; the others are a list of their own."""
    if not isinstance(value, list):
        return
    keyed = [one for one in value if isinstance(one, dict) and isinstance(one.get("key"), str)]
    for entry in keyed:
        yield from _in_entry(entry, ("key",), "/parameters")


def _inside(value: Any, path: str) -> Iterator[Place]:
    """Yield the places in a structure; a list of names is a set and has none."""
    if isinstance(value, dict):
        yield Place(f"{path}/{_NEW_KEY}", value, _NEW_KEY)
        for key, inner in value.items():
            yield Place(f"{path}/{key_step(key)}", value, key)
            yield from _inside(inner, f"{path}/{key_step(key)}")
    elif isinstance(value, list) and not all(isinstance(one, str) for one in value):
        for index, inner in enumerate(value):
            yield Place(f"{path}/{index}", value, index)
            yield from _inside(inner, f"{path}/{index}")
