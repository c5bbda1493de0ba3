"""Run the benchmark and print one table: `python -m tests.benchmarks [--quick] [--only NAME]…`."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from .commits import commit_figures
from .differences import difference_figures
from .figures import Figure, table
from .gateway import responses_per_second, serving
from .history import history_figures
from .responses import Prepared, prepared
from .startup import startup_figures
from .syncs import Stage, diff_figures, memory_figure, naive_figure, sync_figures
from .texts import big_flow_figures, text_figures


@dataclass(frozen=True)
class Size:
    """The size of a measurement."""

    flows: int
    fewer: int
    smallest: int
    naive: int
    texts: int
    rounds: int
    starts: int
    commits: int
    patience: float
    """Return the time limit in seconds for one comparison of another tool."""


_FULL: Final = Size(
    flows=10_000,
    fewer=2_000,
    smallest=1_000,
    naive=1_000,
    texts=50,
    rounds=3,
    starts=11,
    commits=5_000,
    patience=10,
)
_QUICK: Final = Size(
    flows=1_000, fewer=200, smallest=100, naive=50, texts=3, rounds=1, starts=1, commits=500, patience=1
)


class Bench:
    """The organisation and its server, created on first use."""

    def __init__(self, size: Size, folder: Path, stack: ExitStack) -> None:
        self.size = size
        self.folder = folder
        self._stack = stack

    @cached_property
    def prepared(self) -> Prepared:
        place = self.folder / "answers"
        place.mkdir()
        return prepared(place, self.size.flows)

    @cached_property
    def port(self) -> int:
        return self._stack.enter_context(serving(self.prepared))

    def stage(self, name: str, count: int | None = None) -> Stage:
        return Stage(self.prepared, self.port, self.folder / name, count or self.size.flows)


def _server_figures(bench: Bench) -> Iterator[Figure]:
    speeds = [responses_per_second(bench.port, bench.size.flows) for _ in range(bench.size.rounds)]
    yield Figure("server, requests of a plain socket", max(speeds), "answers/s")


def _memory_figures(bench: Bench) -> Iterator[Figure]:
    yield memory_figure(bench.stage("memory"), bench.size.smallest)


def _naive_figures(bench: Bench) -> Iterator[Figure]:
    yield naive_figure(bench.stage("naive"), bench.size.naive)


def _peer_figures(bench: Bench) -> Iterator[Figure]:
    sys.path.append(str(Path(__file__).resolve().parents[1]))  # the cases are next to the tests that use them
    from .peers import peer_figures  # noqa: PLC0415

    yield from peer_figures(bench.size.patience)


_GROUPS: Final[Mapping[str, Callable[[Bench], Iterable[Figure]]]] = {
    "texts": lambda bench: text_figures(bench.size.texts, bench.size.rounds),
    "big": lambda bench: big_flow_figures(bench.size.rounds),
    "differences": lambda bench: difference_figures(bench.size.rounds, 6 * bench.size.patience),
    "peers": _peer_figures,
    "startup": lambda bench: startup_figures(bench.size.starts),
    "server": _server_figures,
    "commits": lambda bench: commit_figures(bench.prepared, bench.folder / "commits", bench.size.rounds),
    "diff": lambda bench: diff_figures(bench.stage("diff"), bench.size.rounds),
    "log": lambda bench: history_figures(bench.folder / "log", bench.size.commits, bench.size.rounds),
    "memory": _memory_figures,
    "naive": _naive_figures,
    "fewer": lambda bench: sync_figures(bench.stage("fewer", bench.size.fewer), bench.size.rounds),
    "syncs": lambda bench: sync_figures(bench.stage("syncs"), bench.size.rounds),
}


def main() -> None:
    arguments = _arguments()
    size = _QUICK if arguments.quick else _FULL
    figures: list[Figure] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowsync-benchmark-")))
        _keep_bytecode(folder / "bytecode")
        bench = Bench(size, folder, stack)
        for name in arguments.only or _GROUPS:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            figures += _GROUPS[name](bench)
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, medians of {size.rounds} rounds")
    print(table(figures))


def _keep_bytecode(folder: Path) -> None:
    """Compile all modules in advance, as an installer does."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, once: does it run?")
    parser.add_argument("--only", action="append", choices=[*_GROUPS], help="one group; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    main()
