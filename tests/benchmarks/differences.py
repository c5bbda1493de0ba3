"""Compare versions of a large flow: against a plain recursion, against deepdiff, and by size."""

import gc
import multiprocessing
import statistics
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deepdiff import DeepDiff

from flowsync.diff.document_diff import compare_documents
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record

from .exports import Export, edited, export
from .figures import Figure
from .measuring import cost, median

_TASKS: Final = 1_000
_MANY: Final = 5_000
_FEW: Final = 0.02
_LARGE: Final = 0.3
_IDENTITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "tasks": ("name",),
    "relations": ("sourceTaskName", "targetTaskName"),
    "flowLinks": ("sourceFlowName",),
    "taskLinks": ("sourceFlowName", "sourceTaskName"),
    "targets": ("targetTaskName",),
    "parameters": ("key",),
}
_SHARES: Final = {"1 % edited": 0.01, "30 % edited": _LARGE, "all edited": 1.0}

Sides = tuple[Record, Record]


def difference_figures(rounds: int, patience: float) -> Iterator[Figure]:
    """Return the ratios of one run; `patience` is deepdiff's time limit in seconds."""
    few, large = _versions(_TASKS, _FEW), _versions(_TASKS, _LARGE)
    yield from _against_recursion(few, rounds)
    yield from _against_deepdiff(few, rounds)
    yield _against_slow_deepdiff(large, rounds, patience)
    for what, share in _SHARES.items():
        yield _growth(what, _versions(_TASKS, share), _versions(_MANY, share), rounds)
    yield _growth("all renamed", _renamed(_TASKS), _renamed(_MANY), rounds)


def _versions(tasks: int, share: float) -> Sides:
    flow = export(1, tasks)
    return canonicalize(flow, 1), canonicalize(edited(flow, share), 1)


def _renamed(tasks: int) -> Sides:
    flow = export(1, tasks)
    return canonicalize(flow, 1), canonicalize(_with_other_names(flow), 1)


def _with_other_names(flow: Export) -> Export:
    def prefixed(record: Export) -> Export:
        ends = ("name", "sourceTaskName", "targetTaskName")
        return {key: f"x_{value}" if key in ends else value for key, value in record.items()}

    lists = ("tasks", "relations", "linkRelations")
    return {**flow, **{key: [*map(prefixed, flow[key])] for key in lists}}


def _against_recursion(sides: Sides, rounds: int) -> Iterator[Figure]:
    """Run both many times in turn, because one run is too short to measure."""
    keyed = [_keyed(side) for side in sides]
    if len(compare_documents(*sides)) != len([*_recursion(*keyed)]):
        raise RuntimeError("the two comparisons do not find the same")
    ours, theirs = [], []
    for _ in range(rounds * 10):
        ours.append(cost(lambda: compare_documents(*sides)))
        theirs.append(cost(lambda: [*_recursion(*keyed)]))
    ratio = statistics.median(our.cpu / their.cpu for our, their in zip(ours, theirs, strict=True))
    name = f"{_TASKS:,} tasks, 2 % edited: changes take as long as plain recursion"
    yield Figure(name, ratio, bound=3, ours=median(ours), theirs=median(theirs))


def _against_deepdiff(sides: Sides, rounds: int) -> Iterator[Figure]:
    ours = [cost(lambda: compare_documents(*sides)) for _ in range(rounds * 3)]
    theirs = [cost(lambda: DeepDiff(*sides, ignore_order=True)) for _ in range(rounds)]
    times = median(theirs).cpu / median(ours).cpu
    name = f"{_TASKS:,} tasks, 2 % edited: DeepDiff ignore_order takes"
    yield Figure(name, times, bound=50, at_least=True, ours=median(ours), theirs=median(theirs))


def _against_slow_deepdiff(sides: Sides, rounds: int, patience: float) -> Figure:
    """Measure one run; if the time limit stops it, return the limit."""
    ours = median([cost(lambda: compare_documents(*sides)) for _ in range(rounds * 3)])
    worker = multiprocessing.get_context("fork").Process(target=_ignoring_order, args=sides)

    def wait() -> None:
        worker.start()
        worker.join(patience)
        worker.kill()
        worker.join()

    theirs = cost(wait)
    name = f"{_TASKS:,} tasks, 30 % edited: DeepDiff ignore_order takes"
    return Figure(name, theirs.cpu / ours.cpu, bound=1_000, at_least=True, ours=ours, theirs=theirs)


def _ignoring_order(before: Record, after: Record) -> None:
    DeepDiff(before, after, ignore_order=True)


def _growth(what: str, small: Sides, large: Sides, rounds: int) -> Figure:
    """Return the time per task for 5,000 tasks as a multiple of that for 1,000, from the fastest runs.

    The documents are none of the collector's business while this is measured: it would walk through all of
    them whenever a comparison of many tasks makes many small lists.
    """
    gc.collect()
    gc.freeze()
    ours, theirs = [], []
    for _ in range(rounds * 3):
        theirs.append(cost(lambda: compare_documents(*small)))
        ours.append(cost(lambda: compare_documents(*large)))
    gc.unfreeze()
    ratio = min(one.cpu for one in ours) / min(one.cpu for one in theirs) * _TASKS / _MANY
    name = f"{what}: a task of {_MANY:,} takes as long as one of {_TASKS:,}"
    return Figure(name, ratio, bound=1.5, ours=median(ours), theirs=median(theirs))


def _keyed(value: Any, key: str = "") -> Any:
    """Convert lists with an identity to mappings."""
    if isinstance(value, dict):
        return {name: _keyed(inner, name) for name, inner in value.items()}
    identity = _IDENTITIES.get(key)
    if identity and isinstance(value, list):
        return {tuple(entry.get(part) for part in identity): _keyed(entry) for entry in value}
    return value


def _recursion(before: Any, after: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the paths of all differences."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            if key in before and key in after:
                yield from _recursion(before[key], after[key], (*path, key))
            else:
                yield (*path, key)
    elif type(before) is not type(after) or before != after:
        yield path
