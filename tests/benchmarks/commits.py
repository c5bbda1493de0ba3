"""The commit of a sync, without the export, against plain git."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from flowsync.repository.committing import commit
from flowsync.repository.healing import heal
from flowsync.repository.identity import Identity
from flowsync.repository.objects import FileChange
from flowsync.repository.reading import open_repository
from flowsync.repository.spool import Spool
from flowsync.repository.states import writing_target

from .answers import BASE, EDITED, ENVIRONMENT, Prepared, is_edited
from .exports import flow_ids
from .figures import Figure
from .measuring import Cost, cost, median, ratio
from .places import clean_environment, import_and_check_out, new_repository, write_and_commit

_AUTHOR = Identity("Benchmark", "benchmark@example.com")
_FIRST_BOUND, _FEW_BOUND = 1.3, 1.5


def commit_figures(prepared: Prepared, folder: Path, rounds: int) -> Iterator[Figure]:
    """The first commit of all flows, and one of the 1 % that were edited."""
    runs = [_round(prepared, folder / str(number)) for number in range(rounds)]
    first, plain_first, few, plain_few = ([*column] for column in zip(*runs, strict=True))
    edited = sum(map(is_edited, flow_ids(prepared.count)))
    yield Figure(
        f"commit of {prepared.count:,} new flows : write, git add -A, git commit",
        ratio(first, plain_first),
        bound=_FIRST_BOUND,
        ours=median(first),
        theirs=median(plain_first),
    )
    yield Figure(
        f"commit of {edited} of {prepared.count:,} flows : fast-import, read-tree -m -u, status",
        ratio(few, plain_few),
        bound=_FEW_BOUND,
        ours=median(few),
        theirs=median(plain_few),
    )


def _round(prepared: Prepared, folder: Path) -> tuple[Cost, Cost, Cost, Cost]:
    base, edited = [*prepared.files(BASE)], _edited_files(prepared)
    ours, plain = new_repository(folder / "ours"), new_repository(folder / "plain")
    plain_first = cost(lambda: write_and_commit(plain, base))
    first = cost(lambda: _commit(ours, base, folder))
    plain_few = cost(lambda: import_and_check_out(plain, edited))
    few = cost(lambda: _commit(ours, edited, folder))
    return first, plain_first, few, plain_few


def _edited_files(prepared: Prepared) -> list[tuple[str, bytes]]:
    both = zip(prepared.files(BASE), prepared.files(EDITED), strict=True)
    return [after for before, after in both if before != after]


def _commit(place: Path, files: Iterable[tuple[str, bytes]], home: Path) -> None:
    """The steps of a sync from the moment its texts lie in the spool; checks what it did."""
    with open_repository(place, environ=clean_environment(home)) as repository, Spool() as spool:
        heal(repository)
        target = writing_target(repository, branch=None, environments=[ENVIRONMENT], author=_AUTHOR)
        held = repository.flow_blobs(target.parent) if target.parent else {}
        changes = [
            FileChange(path, held.get(path), repository.hash_blob(text), spool.put(text))
            for path, text in files
        ]
        new = commit(repository, target, changes, message="sync", sleep=time.sleep, author=_AUTHOR)
        if new in {None, target.parent}:
            raise RuntimeError("nothing was committed")
