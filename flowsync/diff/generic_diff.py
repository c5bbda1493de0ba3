"""Compare structures that are not in the field table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from deepdiff import DeepDiff
from deepdiff.model import DiffLevel

from flowsync.diff.model import Added, Change, Changed, Oversize, Removed
from flowsync.flow.common_ends import common_ends
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Record, Value, json_text, parse_json

MAX_VALUES: Final = 4_000
"""Values of both sides together that are compared in detail: aligning lists is quadratic."""

MAX_PAIRS: Final = 20_000
"""Pairs of equal values in two lists that are aligned: the cost is cubic if few values are different."""

_ADDED: Final = frozenset({"dictionary_item_added"})
_REMOVED: Final = frozenset({"dictionary_item_removed"})
_CHANGED: Final = frozenset({"values_changed", "type_changes"})

_Steps: TypeAlias = tuple[str, ...]


def structure_changes(before: Value, after: Value, steps: _Steps) -> list[Change]:
    """Compare two different mappings or lists; the changes are in order of their paths.

    If deepdiff reports nothing, the whole structure is one change. More than `MAX_VALUES` values are
    one Oversize, and so is a list with more than `MAX_PAIRS`.
    """
    if _size(before) + _size(after) > MAX_VALUES:
        return [Oversize(path(steps), before, after)]
    found = [*_inner_changes(before, after, steps)]
    return sorted(found, key=lambda change: change.path) or [Changed(path(steps), before, after)]


def _inner_changes(before: Value, after: Value, steps: _Steps) -> Iterator[Change]:
    """Yield the changes between two different values."""
    if isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, steps)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _mapping_changes(before, after, steps)
    else:
        yield Changed(path(steps), before, after)


def _list_changes(before: list[Value], after: list[Value], steps: _Steps) -> Iterator[Change]:
    """Compare values at one index between equal neighbours; report the others as added and removed."""
    old, new = ([*map(json_text, side)] for side in (before, after))
    start, tail = common_ends(old, new)  # so that one edit of a list stays one
    old, new = old[start : len(old) - tail], new[start : len(new) - tail]
    if _count_pairs(old, new) > MAX_PAIRS:
        yield Oversize(path(steps), before, after)
        return
    for old_range, new_range in _different_ranges(old, new):
        for offset in sorted({*old_range, *new_range}):
            index = start + offset
            inner = (*steps, str(index))
            if offset in old_range and offset in new_range:
                yield from _inner_changes(before[index], after[index], inner)
            elif offset in old_range:
                yield Removed(path(inner), before[index])
            else:
                yield Added(path(inner), after[index])


def _different_ranges(before: list[str], after: list[str]) -> Iterator[tuple[range, range]]:
    """Yield the ranges between common values; the result does not depend on the order of the sides."""
    if before > after:
        yield from ((old_range, new_range) for new_range, old_range in _different_ranges(after, before))
        return
    for kind, *ends in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield range(*ends[:2]), range(*ends[2:])


def _count_pairs(before: Iterable[str], after: Iterable[str]) -> int:
    """Count the pairs of equal values."""
    counts = Counter(after)
    return sum(count * counts[text] for text, count in Counter(before).items())


def _mapping_changes(before: Record, after: Record, steps: _Steps) -> Iterator[Change]:
    """Yield the changes between two different mappings."""
    tree = DeepDiff(
        _encode(before),
        _encode(after),
        view="tree",
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    if tree.keys() - _ADDED - _REMOVED - _CHANGED:
        yield Changed(path(steps), before, after)
        return
    for category, levels in tree.items():
        for level in levels:
            yield from _converted_changes(category, level, steps)


def _converted_changes(category: str, level: DiffLevel, steps: _Steps) -> Iterable[Change]:
    """Convert one finding of deepdiff."""
    place = (*steps, *map(key_step, level.path(output_format="list")))
    if category in _ADDED:
        return [Added(path(place), _decode(level.t2))]
    if category in _REMOVED:
        return [Removed(path(place), _decode(level.t1))]
    return _inner_changes(_decode(level.t1), _decode(level.t2), place)


def _size(value: Value) -> int:
    """Count the values, up to slightly more than the limit."""
    count, rest = 0, [value]
    while rest and count <= MAX_VALUES:
        inner = rest.pop()
        count += 1
        if isinstance(inner, dict):
            rest += inner.values()
        elif isinstance(inner, list):
            rest += inner
    return count


def _encode(value: Record) -> dict[str, object]:
    """Encode a value for deepdiff: all but mappings as JSON, because it treats 1, 1.0 and true as equal."""
    return {key: _encode(item) if isinstance(item, dict) else json_text(item) for key, item in value.items()}


def _decode(value: object) -> Value:
    if isinstance(value, dict):
        return {key: _decode(item) for key, item in value.items()}
    return parse_json(str(value))
