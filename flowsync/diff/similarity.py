"""Tasks under another name that do nearly the same, found by what their commands share."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Entry, Pair, are_identical
from flowsync.flow.field_types import Subject
from flowsync.flow.fields import TASK
from flowsync.flow.values import Record

BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

LIKE_BY_LINES: Final = 0.6
LIKE_BY_WORDS: Final = 0.8
_MIN_LINES: Final = 8
_COMMON: Final = 4

_Feature: TypeAlias = tuple[str, str]
"""`line` or `word`, and its text."""
_Features: TypeAlias = Counter[_Feature]
_Weights: TypeAlias = Mapping[_Feature, float]


def find_similar(
    removed: Sequence[Entry], added: Sequence[Entry], before: Iterable[Record], after: Iterable[Record]
) -> list[Pair]:
    """Pair removed and added tasks with similar commands, most similar first.

    Similarity is Dice's coefficient of the lines of two commands; of their words if both have at most eight
    lines. 0.6 by lines or 0.8 by words is enough. A line or word of n tasks of one side has the weight 1/n,
    so common text says nothing, and one in more than four of the candidates is ignored: the cost is linear.
    Ties go to the pair with the fewest other fields that differ, then to the first by path.
    """
    weights = _weights([*map(_features, before)], [*map(_features, after)])
    old_entries, new_entries = ([_features(entry.record) for entry in side] for side in (removed, added))
    totals = [[_totals(features, weights) for features in side] for side in (old_entries, new_entries)]
    ranked: list[tuple[float, int, str, str, int, int]] = []
    for (kind, old, new), weight in _shared_weight(old_entries, new_entries, weights).items():
        if kind == "line" and totals[0][old]["word"] and totals[1][new]["word"]:
            continue
        likeness = 2 * weight / (totals[0][old][kind] + totals[1][new][kind])
        if likeness >= (LIKE_BY_LINES if kind == "line" else LIKE_BY_WORDS):
            unlike = differing(removed[old].record, added[new].record)
            first, second = sorted((removed[old].step, added[new].step))  # the same order from either side
            ranked.append((-round(likeness, 9), unlike, first, second, old, new))
    return _best(sorted(ranked), removed, added)


def are_at_all_alike(before: Record, after: Record) -> bool:
    """Return whether two commands may be versions of one: both empty, or a line of each starts alike.

    Common lines say nothing, unless one of the commands has no others.
    """
    old_entries, new_entries = _lines(before), _lines(after)
    if not old_entries or not new_entries:
        return old_entries == new_entries
    old_rest, new_rest = old_entries - new_entries, new_entries - old_entries
    if not old_rest or not new_rest:
        return True
    programs = ({line.split()[0] for line in rest} for rest in (old_rest, new_rest))
    return not set.isdisjoint(*programs)


def _lines(record: Record) -> set[str]:
    body = record.get(BODY)
    return {line for line in map(str.strip, body.splitlines()) if line} if isinstance(body, str) else set()


def differing(before: Record, after: Record, *, but: Collection[str] = TASK.identity) -> int:
    """Count the fields that differ between two records."""
    keys = (before.keys() | after.keys()).difference(but)
    return sum(
        key not in before or key not in after or not are_identical(before[key], after[key]) for key in keys
    )


def _best(
    ranked: Iterable[tuple[float, int, str, str, int, int]], removed: Sequence[Entry], added: Sequence[Entry]
) -> list[Pair]:
    used_before: set[int] = set()
    used_after: set[int] = set()
    pairs = []
    for *_, old, new in ranked:
        if old not in used_before and new not in used_after:
            used_before.add(old)
            used_after.add(new)
            pairs.append((removed[old], added[new]))
    return pairs


def _features(record: Record) -> _Features:
    body = record.get(BODY)
    if not isinstance(body, str):
        return Counter()
    lines = [line for line in map(str.strip, body.splitlines()) if line]
    features = Counter(("line", line) for line in lines)
    if len(lines) <= _MIN_LINES:
        features.update(("word", word) for line in lines for word in line.split())
    return features


def _weights(before: Iterable[_Features], after: Iterable[_Features]) -> _Weights:
    owned = [Counter(feature for features in side for feature in features) for side in (before, after)]
    return {feature: 1 / max(owned[0][feature], owned[1][feature]) for feature in owned[0] | owned[1]}


def _totals(features: _Features, weights: _Weights) -> dict[str, float]:
    totals = {"line": 0.0, "word": 0.0}
    for feature, count in features.items():
        totals[feature[0]] += weights[feature] * count
    return totals


def _shared_weight(
    old_entries: Sequence[_Features], new_entries: Sequence[_Features], weights: _Weights
) -> dict[tuple[str, int, int], float]:
    """Return the weight that two commands share, by kind of feature and their indexes."""
    shared: dict[tuple[str, int, int], float] = defaultdict(float)
    holders = _owners(new_entries)
    for feature, old_places in _owners(old_entries).items():
        new_places = holders.get(feature, ())
        if len(old_places) <= _COMMON and len(new_places) <= _COMMON:
            for old in old_places:
                for new in new_places:
                    common = min(old_entries[old][feature], new_entries[new][feature])
                    shared[feature[0], old, new] += weights[feature] * common
    return shared


def _owners(side: Sequence[_Features]) -> dict[_Feature, list[int]]:
    holders: dict[_Feature, list[int]] = defaultdict(list)
    for place, features in enumerate(side):
        for feature in features:
            holders[feature].append(place)
    return holders
