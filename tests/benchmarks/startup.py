"""Compare the start-up time of every command with that of an empty interpreter."""

import sys
from collections.abc import Iterator

from .figures import Figure
from .measuring import Cost, median, ratio, run_command

COMMANDS = ("init", "sync", "drift", "diff", "validate", "fmt", "doctor", "schema", "emulator", "demo")
_BOUND = 5.0


def startup_figures(rounds: int) -> Iterator[Figure]:
    """Measure `--version`, and `--help` of the program and of each command."""
    measured = [("--version",), ("--help",), *((command, "--help") for command in COMMANDS)]
    nothing: list[Cost] = []
    costs: dict[tuple[str, ...], list[Cost]] = {arguments: [] for arguments in measured}
    for _ in range(rounds):
        nothing.append(run_command(sys.executable, "-c", "pass"))
        for arguments in measured:
            costs[arguments].append(run_command(sys.executable, "-m", "flowsync", *arguments))
    for arguments, spent in costs.items():
        name = f"flowsync {' '.join(arguments)}"
        times = ratio(spent, nothing)
        yield Figure(name, times, bound=_BOUND, ours=median(spent), theirs=median(nothing))
