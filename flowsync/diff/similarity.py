"""Find tasks under another name with similar commands."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, TypeAlias

from flowsync.diff.list_matching import Entry, Pair, are_identical
from flowsync.flow.field_types import Subject
from flowsync.flow.fields import TASK
from flowsync.flow.multimap import multimap
from flowsync.flow.values import Record

BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

_SIMILAR_BY_LINES: Final = 0.6
_SIMILAR_BY_WORDS: Final = 0.8
_MIN_LINES: Final = 8
_COMMON: Final = 4

_WORD: Final = re.compile(r"[^\W\d_]+")

_Feature: TypeAlias = tuple[str, str]
"""`line` or `word`, and its text."""
_Features: TypeAlias = Counter[_Feature]
_Weights: TypeAlias = Mapping[_Feature, float]
_Candidate: TypeAlias = tuple[float, int, str, str, int, int]
"""A pair of tasks: the rank, then the indexes of the removed and of the added task."""


def find_similar(
    removed: Sequence[Entry], added: Sequence[Entry], before: Iterable[Record], after: Iterable[Record]
) -> list[Pair]:
    """Pair removed and added tasks with similar commands, most similar first.

    Similarity is Dice's coefficient of the lines of two commands; of their words if both have at most eight
    lines. 0.6 by lines or 0.8 by words is enough. A line or word of n tasks of one side has the weight 1/n,
    so common text counts little, and one in more than four of the candidates is ignored: the cost is linear.
    Ties go to the pair with the fewest other fields that differ, then to the first by path.
    """
    weights = _weights(before, after)
    old_features, new_features = ([_features(entry.record) for entry in side] for side in (removed, added))
    totals = [[_totals(features, weights) for features in side] for side in (old_features, new_features)]
    ranked: list[_Candidate] = []
    for (kind, old, new), weight in _shared_weight(old_features, new_features, weights).items():
        if kind == "line" and totals[0][old]["word"] and totals[1][new]["word"]:
            continue
        similarity = 2 * weight / (totals[0][old][kind] + totals[1][new][kind])
        if similarity >= (_SIMILAR_BY_LINES if kind == "line" else _SIMILAR_BY_WORDS):
            difference = count_differing(removed[old].record, added[new].record)
            first, second = sorted((removed[old].step, added[new].step))  # the same order from either side
            ranked.append((-round(similarity, 9), difference, first, second, old, new))
    return _best(sorted(ranked), removed, added)


def are_related(before: Record, after: Record) -> bool:
    """Return whether two commands may be versions of one: both empty, or they run programs of similar names.

    Common lines count only if one of the commands has no others.
    """
    old_lines, new_lines = {*_lines(before)}, {*_lines(after)}
    if not old_lines or not new_lines:
        return old_lines == new_lines
    old_rest, new_rest = old_lines - new_lines, new_lines - old_lines
    if not old_rest or not new_rest:
        return True
    words = ({word for line in rest for word in _program_words(line)} for rest in (old_rest, new_rest))
    return not set.isdisjoint(*words)


def _program_words(line: str) -> Iterator[str]:
    """Yield the words in the names of the program and of the files in a line, without their extensions."""
    program, *arguments = line.split()
    for name in (program, *(argument for argument in arguments if "/" in argument or "." in argument)):
        yield from _WORD.findall(name.rpartition("/")[2].partition(".")[0])


def body_of(task: Record) -> str | None:
    """Return the command of a task; None if it is empty or not text."""
    body = task.get(BODY)
    return body if isinstance(body, str) and body.strip() else None


def count_differing(before: Record, after: Record, *, but: Collection[str] = TASK.identity) -> int:
    """Count the fields that differ between two records."""
    keys = (before.keys() | after.keys()).difference(but)
    return sum(
        key not in before or key not in after or not are_identical(before[key], after[key]) for key in keys
    )


def _best(ranked: Iterable[_Candidate], removed: Sequence[Entry], added: Sequence[Entry]) -> list[Pair]:
    best: dict[int, int] = {}
    used: set[int] = set()
    for *_, old, new in ranked:
        if old not in best and new not in used:
            best[old] = new
            used.add(new)
    return [(removed[old], added[new]) for old, new in best.items()]


def _lines(record: Record) -> list[str]:
    return [line for line in map(str.strip, (body_of(record) or "").splitlines()) if line]


def _features(record: Record) -> _Features:
    lines = _lines(record)
    features = Counter(("line", line) for line in lines)
    if len(lines) <= _MIN_LINES:
        features.update(("word", word) for line in lines for word in line.split())
    return features


def _weights(before: Iterable[Record], after: Iterable[Record]) -> _Weights:
    owned = [Counter(feature for record in side for feature in _features(record)) for side in (before, after)]
    return {feature: 1 / max(owned[0][feature], owned[1][feature]) for feature in owned[0] | owned[1]}


def _totals(features: _Features, weights: _Weights) -> dict[str, float]:
    totals = {"line": 0.0, "word": 0.0}
    for feature, count in features.items():
        totals[feature[0]] += weights[feature] * count
    return totals


def _shared_weight(
    before: Sequence[_Features], after: Sequence[_Features], weights: _Weights
) -> dict[tuple[str, int, int], float]:
    """Return the weight that two commands share, by kind of feature and their indexes."""
    shared: dict[tuple[str, int, int], float] = defaultdict(float)
    owners_before, owners_after = (
        multimap((feature, index) for index, features in enumerate(side) for feature in features)
        for side in (before, after)
    )
    for feature, old_indexes in owners_before.items():
        new_indexes = owners_after.get(feature, ())
        if len(old_indexes) <= _COMMON and len(new_indexes) <= _COMMON:
            for old, new in product(old_indexes, new_indexes):
                common = min(before[old][feature], after[new][feature])
                shared[feature[0], old, new] += weights[feature] * common
    return shared
