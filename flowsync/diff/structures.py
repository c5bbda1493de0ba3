"""What differs inside a structure that the field table does not know, found by deepdiff."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from deepdiff import DeepDiff
from deepdiff.model import DiffLevel

from flowsync.diff.change import Added, Change, Changed, Oversize, Removed
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Value, json_text, parse_json

MOST_VALUES: Final = 4_000
"""Values of both sides together that are compared in detail: aligning lists is quadratic."""

_ADDED: Final = frozenset({"dictionary_item_added", "iterable_item_added"})
_REMOVED: Final = frozenset({"dictionary_item_removed", "iterable_item_removed"})
_CHANGED: Final = frozenset({"values_changed", "type_changes"})

_Steps: TypeAlias = tuple[str, ...]


def structure_changes(before: Value, after: Value, steps: _Steps) -> list[Change]:
    """The changes between two mappings or two lists that differ, in order of their paths.

    What deepdiff does not take apart is one change of the whole structure, never none; what has more than
    `MOST_VALUES` is one Oversize.
    """
    if _size(before) + _size(after) > MOST_VALUES:
        return [Oversize(path(steps), before, after)]
    found = [*_inside(before, after, steps)]
    return sorted(found, key=lambda change: change.path) or [Changed(path(steps), before, after)]


def _inside(before: Value, after: Value, steps: _Steps, start: int = 0) -> Iterator[Change]:
    """The changes of two values that differ; a list begins at the index `start`."""
    if isinstance(before, list) and isinstance(after, list):
        head, tail = _alike(before, after)
        was, becomes = before[head : len(before) - tail], after[head : len(after) - tail]
        if len(was) == len(becomes) == 1:
            yield from _inside(was[0], becomes[0], (*steps, str(start + head)))
        else:
            yield from _compared(was, becomes, steps, start + head)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _compared(before, after, steps, 0)
    else:
        yield Changed(path(steps), before, after)


def _alike(before: list[Value], after: list[Value]) -> tuple[int, int]:
    """How many values at the head and at the tail are the same: one edit of a list stays one."""
    was, becomes = ([*map(json_text, side)] for side in (before, after))
    shorter = min(len(was), len(becomes))
    head = next((n for n in range(shorter) if was[n] != becomes[n]), shorter)
    rest = shorter - head
    return head, next((n for n in range(rest) if was[~n] != becomes[~n]), rest)


def _compared(before: Value, after: Value, steps: _Steps, start: int) -> Iterator[Change]:
    tree = DeepDiff(
        _spelled(before),
        _spelled(after),
        view="tree",
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    if tree.keys() - _ADDED - _REMOVED - _CHANGED:
        yield Changed(path(steps), before, after)
        return
    for category, levels in tree.items():
        for level in levels:
            yield from _changes(category, level, steps, start)


def _changes(category: str, level: DiffLevel, steps: _Steps, start: int) -> Iterable[Change]:
    """What one finding of deepdiff says; a value at another index on either side came and went."""
    was, becomes = (_steps_to(level, steps, start, after=after) for after in (False, True))
    if category in _ADDED:
        return [Added(path(becomes), _unspelled(level.t2))]
    if category in _REMOVED:
        return [Removed(path(was), _unspelled(level.t1))]
    before, after = _unspelled(level.t1), _unspelled(level.t2)
    if was != becomes:
        return [Removed(path(was), before), Added(path(becomes), after)]
    return _inside(before, after, was)


def _steps_to(level: DiffLevel, steps: _Steps, start: int, *, after: bool) -> _Steps:
    keys = level.path(output_format="list", use_t2=after)
    return (*steps, *(str(key + start) if isinstance(key, int) else key_step(key) for key in keys))


def _size(value: Value) -> int:
    """How many values there are, counted to a little over the limit."""
    count, left = 0, [value]
    while left and count <= MOST_VALUES:
        inner = left.pop()
        count += 1
        if isinstance(inner, dict):
            left += inner.values()
        elif isinstance(inner, list):
            left += inner
    return count


def _spelled(value: Value) -> Value:
    """What deepdiff is given: mappings of JSON texts, or a list of them.

    It takes 1, 1.0 and true in lists for equal, and does not align lists of structures.
    """
    if isinstance(value, dict):
        return {
            key: _spelled(item) if isinstance(item, dict) else json_text(item) for key, item in value.items()
        }
    assert isinstance(value, list)
    return [*map(json_text, value)]


def _unspelled(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _unspelled(item) for key, item in value.items()}
    return parse_json(str(value))
