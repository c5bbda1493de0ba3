"""Measure wall time, CPU time and memory."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds; `peak` is the memory of the largest process in bytes, `out` the output."""

    wall: float
    cpu: float
    peak: int = 0
    out: str = ""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def cost(work: Callable[[], object]) -> Cost:
    """Measure work of this process and of its child processes."""
    cpu, wall = _cpu(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


def run_command(
    *command: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, expected: int = 0
) -> Cost:
    """Measure a command from start to end, including all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        launched = [sys.executable, "-I", "-S", str(_LAUNCH), str(report), *command]
        done = subprocess.run(
            launched,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=True,
        )
        costs = json.loads(report.read_text(encoding="utf-8"))
    if costs["status"] != expected:
        raise RuntimeError(f"{command} ended with {costs['status']}:\n{done.stdout}\n{done.stderr}")
    return Cost(costs["wall"], costs["cpu"], costs["peak"], done.stdout)


def median(costs: Iterable[Cost]) -> Cost:
    """Return the median of each kind of cost."""
    costs = tuple(costs)
    return Cost(
        statistics.median(one.wall for one in costs),
        statistics.median(one.cpu for one in costs),
        max(one.peak for one in costs),
    )


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """Return the median over rounds of our wall time as a multiple of theirs."""
    return statistics.median(our.wall / their.wall for our, their in zip(ours, theirs, strict=True))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
