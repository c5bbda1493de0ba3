"""What differs inside a structure that the field table does not know, found by deepdiff."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from deepdiff import DeepDiff

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Value, json_text, parse_json

_ADDED: Final = frozenset({"dictionary_item_added", "iterable_item_added"})
_REMOVED: Final = frozenset({"dictionary_item_removed", "iterable_item_removed"})
_CHANGED: Final = frozenset({"values_changed", "type_changes"})


def structure_changes(before: Value, after: Value, steps: tuple[str, ...]) -> list[Change]:
    """The changes between two mappings or two lists that differ, in order of their paths.

    What deepdiff does not take apart is one change of the whole structure, never none.
    """
    tree = DeepDiff(
        _spelled(before),
        _spelled(after),
        view="tree",
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    if not tree or tree.keys() - _ADDED - _REMOVED - _CHANGED:
        return [Changed(path(steps), before, after)]
    found = [change for category, levels in tree.items() for change in _changes(category, levels, steps)]
    return sorted(found, key=lambda change: change.path)


def _changes(category: str, levels: Iterable[Any], steps: tuple[str, ...]) -> Iterator[Change]:
    for level in levels:
        inner = path((*steps, *(key_step(str(key)) for key in level.path(output_format="list"))))
        if category in _ADDED:
            yield Added(inner, _unspelled(level.t2))
        elif category in _REMOVED:
            yield Removed(inner, _unspelled(level.t1))
        else:
            yield Changed(inner, _unspelled(level.t1), _unspelled(level.t2))


def _spelled(value: Value) -> Value:
    """The structure with every scalar as its JSON text: deepdiff takes 1, 1.0 and true in lists for equal."""
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    return json_text(value)


def _unspelled(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _unspelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unspelled(item) for item in value]
    return parse_json(str(value))
