"""Compare the commit of a sync, without the export, with plain git."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from flowsync.repository.identity import Identity
from flowsync.repository.object_id import blob_id
from flowsync.repository.objects import FileChange
from flowsync.repository.preconditions import writing_target
from flowsync.repository.recovery import recover
from flowsync.repository.repository import Repository, open_repository
from flowsync.repository.temp_store import TempStore
from flowsync.repository.transaction import commit

from .figures import Figure
from .measuring import Cost, cost, median, ratio
from .repositories import clean_environment, import_and_check_out, new_repository, write_and_commit
from .responses import BASE, EDITED, ENVIRONMENT, Prepared

_AUTHOR = Identity("Benchmark", "benchmark@example.com")
_FIRST_BOUND, _FEW_BOUND = 1.3, 1.5
_COMMITS = 3


@dataclass(frozen=True)
class _Costs:
    """Measure the same commits in the same order with flowsync and plain git."""

    ours: list[Cost] = field(default_factory=list)
    plain: list[Cost] = field(default_factory=list)

    def figure(self, name: str, bound: float) -> Figure:
        ours, plain = median(self.ours), median(self.plain)
        return Figure(name, ratio(self.ours, self.plain), bound=bound, ours=ours, theirs=plain)


def commit_figures(prepared: Prepared, folder: Path, rounds: int) -> Iterator[Figure]:
    """Commit all flows, then edit 1 % of them and undo the edit in turn."""
    first, few = _Costs(), _Costs()
    edited = _edited_files(prepared)
    for number in range(rounds):
        _measure(folder / str(number), dict(prepared.files(BASE)), edited, first, few)
        shutil.rmtree(folder / str(number))
    yield first.figure(
        f"commit of {prepared.count:,} new flows : write, git add -A, git commit", _FIRST_BOUND
    )
    yield few.figure(
        f"commit of {len(edited)} of {prepared.count:,} flows : fast-import, read-tree -m -u, status",
        _FEW_BOUND,
    )


def _measure(
    folder: Path, base: Mapping[str, bytes], edited: Mapping[str, bytes], first: _Costs, few: _Costs
) -> None:
    ours, plain = new_repository(folder / "ours"), new_repository(folder / "plain")
    first.plain.append(_cost(partial(write_and_commit, plain, base.items())))
    first.ours.append(_commit_cost(ours, {}, base, folder))
    before = {path: base[path] for path in edited}
    for was, becomes in [(before, edited), (edited, before)] * _COMMITS:
        few.plain.append(_cost(partial(import_and_check_out, plain, becomes.items())))
        few.ours.append(_commit_cost(ours, was, becomes, folder))


def _edited_files(prepared: Prepared) -> dict[str, bytes]:
    both = zip(prepared.files(BASE), prepared.files(EDITED), strict=True)
    return dict(after for before, after in both if before != after)


def _cost(work: Callable[[], object]) -> Cost:
    """Measure work after all earlier writes have reached the disk."""
    os.sync()
    return cost(work)


def _commit_cost(place: Path, was: Mapping[str, bytes], becomes: Mapping[str, bytes], home: Path) -> Cost:
    """Commit a sync in an open repository; fetching and rendering are done before."""
    with open_repository(place, environ=clean_environment(home)) as repository, TempStore() as spool:
        changes = _changes(was, becomes.items(), spool)
        return _cost(lambda: _commit(repository, changes))


def _changes(
    committed: Mapping[str, bytes], files: Iterable[tuple[str, bytes]], spool: TempStore
) -> list[FileChange]:
    """Return the input of the commit: ids of both sides, new texts in the temporary store."""
    return [
        FileChange(path, _id(committed[path]) if path in committed else None, _id(text), spool.put(text))
        for path, text in files
    ]


def _id(text: bytes) -> str:
    return blob_id(text, "sha1")


def _commit(repository: Repository, changes: Sequence[FileChange]) -> None:
    """Run the steps of a sync before and after fetching; check that something was committed."""
    recover(repository)
    target = writing_target(repository, branch=None, environments=[ENVIRONMENT], author=_AUTHOR)
    new = commit(repository, target, changes, message="sync", sleep=time.sleep, author=_AUTHOR)
    if new in {None, target.parent}:
        raise RuntimeError("nothing was committed")
