"""Compare complete syncs with only fetching the same bytes and with a naive pipeline."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from flowsync.commands.diff import compare_versions
from flowsync.commands.flows_version import FlowsVersion
from flowsync.repository.repository import open_repository

from .exports import flow_ids
from .figures import Figure
from .gateway import serve_variant
from .measuring import Cost, cost, median, ratio, run_command
from .repositories import clean_environment, configured_repository, new_repository, write_and_commit
from .responses import BASE, EDITED, NOISE, Prepared, is_edited

JOBS: Final = 4

_FETCH: Final = "fetch"
_PLAIN: Final = "fetch, write, git add -A, git commit"

# step: the variant, whether the cache of the first sync is kept, and the expected output
_STEPS: Final = {
    "unchanged, cache warm": (BASE, True, "No changes"),
    "unchanged, cache cold": (BASE, False, "No changes"),
    "unchanged, with noise": (NOISE, True, "No changes"),
    "1 % changed": (EDITED, True, "Committed"),
}
_ROWS: Final = (
    ("first", _PLAIN, 2.0),
    ("first", _FETCH, None),
    ("unchanged, cache warm", _FETCH, 1.3),
    ("unchanged, cache cold", _FETCH, None),
    ("unchanged, with noise", _FETCH, 3.0),
    ("1 % changed", _FETCH, None),
)


@dataclass(frozen=True)
class Stage:
    """The environment of syncs: an organisation, a work folder, the number of flows."""

    prepared: Prepared
    port: int
    folder: Path
    count: int


def sync_figures(stage: Stage, rounds: int) -> Iterator[Figure]:
    """Return every kind of sync as a multiple of fetching; each round measures all of them once."""
    runs = [_round(stage, stage.folder / f"{stage.count}-{number}") for number in range(rounds)]
    costs = {name: [run[name] for run in runs] for name in runs[0]}
    for ours, theirs, bound in _ROWS:
        yield Figure(
            f"sync of {stage.count:,} flows, {ours} : {theirs}",
            ratio(costs[ours], costs[theirs]),
            bound=bound,
            ours=median(costs[ours]),
            theirs=median(costs[theirs]),
        )
    speed = stage.count / median(costs[_FETCH]).wall
    yield Figure(f"client, fetching {stage.count:,} flows", speed, "flows/s")


def memory_figure(stage: Stage, fewer: int = 1_000) -> Figure:
    """Measure the peak memory of a first sync of all flows and of fewer."""
    peaks = [
        _first_sync(stage, stage.folder / f"memory-{count}", count).peak for count in (fewer, stage.count)
    ]
    name = f"peak memory, first sync of {stage.count:,} : of {fewer:,} flows ({peaks[1] / 1e6:.0f} MB)"
    return Figure(name, peaks[1] / peaks[0], bound=1.5)


def naive_figure(stage: Stage, few: int) -> Figure:
    """Compare the naive pipeline with a first sync of a few flows."""
    serve_variant(stage.port, BASE)
    place = new_repository(stage.folder / "naive")
    arguments = (str(stage.port), str(few), str(place))
    spent = run_command(sys.executable, "-m", "tests.benchmarks.naive", *arguments)
    scale = stage.count / few
    naive = Cost(spent.wall * scale, spent.cpu * scale)
    ours = _first_sync(stage, stage.folder / "not-naive", stage.count)
    name = f"first sync of {stage.count:,} flows: naive pipeline takes (extrapolated from {few:,})"
    return Figure(name, naive.wall / ours.wall, bound=10, at_least=True, ours=ours, theirs=naive)


def diff_figures(stage: Stage, rounds: int) -> Iterator[Figure]:
    """Measure the comparison of two revisions that differ in 1 % of the flows."""
    place = configured_repository(stage.folder / "diff", stage.port, stage.count, jobs=JOBS)
    cache = stage.folder / "diff-cache"
    for variant in (BASE, EDITED):
        serve_variant(stage.port, variant)
        _sync(place, cache, "Committed")
    edited = sum(map(is_edited, flow_ids(stage.count)))
    command = [sys.executable, "-m", "flowsync", "diff", "HEAD~1", "HEAD", "--format", "json"]
    environment = clean_environment(stage.folder)
    costs = [run_command(*command, cwd=place, environment=environment) for _ in range(rounds)]
    found = json.loads(costs[0].out)["comparisons"][0]["counts"]["changed"]
    if found != edited:
        raise RuntimeError(f"{found} flows differ, expected {edited}")
    what = f"diff of two revisions of {stage.count:,} flows, {edited} changed"
    yield Figure(what, median(costs).wall, "s", ours=median(costs))
    yield Figure(f"{what}: documents read", _documents_read(place), "blobs", bound=2 * edited)


def _documents_read(place: Path) -> int:
    with open_repository(place, environ=os.environ) as repository:
        before, after = (FlowsVersion(name, repository.resolve(name)) for name in ("HEAD~1", "HEAD"))
        compare_versions(before, after, repository, words={}, since=datetime(2026, 1, 1))  # noqa: DTZ001  # no zone
        return repository.blobs_read


def _round(stage: Stage, folder: Path) -> dict[str, Cost]:
    place = configured_repository(folder / "repository", stage.port, stage.count, jobs=JOBS)
    first_cache = folder / "cache"
    serve_variant(stage.port, BASE)
    plain = cost(lambda: write_and_commit(new_repository(folder / "plain"), _files(stage)))
    fetched = _fetch(stage)
    costs = {_PLAIN: fetched + plain, "first": _sync(place, first_cache, "Committed")}
    fetches = [fetched]
    for name, (variant, is_warm, expected) in _STEPS.items():
        serve_variant(stage.port, variant)
        cache = folder / f"cache-{name}"
        if is_warm:
            shutil.copytree(first_cache, cache)
        costs[name] = _sync(place, cache, expected)
        fetches.append(_fetch(stage))
    shutil.rmtree(folder)
    return {**costs, _FETCH: median(fetches)}


def _files(stage: Stage) -> list[tuple[str, bytes]]:
    return [*stage.prepared.files(BASE, count=stage.count)]


def _fetch(stage: Stage) -> Cost:
    """Measure only fetching, in a separate process without its start-up."""
    arguments = (str(stage.port), str(stage.count), str(JOBS))
    spent = run_command(sys.executable, "-m", "tests.benchmarks.fetch", *arguments)
    return Cost(json.loads(spent.out)["wall"], spent.cpu)


def _first_sync(stage: Stage, folder: Path, count: int) -> Cost:
    serve_variant(stage.port, BASE)
    place = configured_repository(folder / "repository", stage.port, count, jobs=JOBS)
    spent = _sync(place, folder / "cache", "Committed")
    shutil.rmtree(folder)
    return spent


def _sync(place: Path, cache: Path, expected: str) -> Cost:
    """Measure one `flowsync sync` with its start-up; fails for an unexpected output."""
    environment = {**clean_environment(place.parent), "XDG_CACHE_HOME": str(cache)}
    spent = run_command(sys.executable, "-m", "flowsync", "sync", cwd=place, environment=environment)
    if expected not in spent.out:
        raise RuntimeError(f"expected {expected!r}:\n{spent.out}")
    return spent
