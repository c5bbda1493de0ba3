"""What a job needs of the machine it runs on, handed down by whoever starts it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


def _ignore_progress(_environment: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def _dropped(_line: str) -> None:
    """A note that nobody reads."""


@dataclass(frozen=True)
class RunContext:
    """Environment variables, time, chance and processors.

    `random` gives numbers from 0 to 1; `processes` is how many processes may render documents;
    `cache` is the user's cache folder, None to do without; `progress` is told environment, done and total;
    `note` takes a line about what was fetched that the user should know.
    """

    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    processes: int = 1
    cache: Path | None = None
    progress: Callable[[str, int, int], None] = _ignore_progress
    note: Callable[[str], None] = _dropped

    @property
    def now(self) -> datetime:
        """Now, on this machine's wall clock, which stands for the server's."""
        return datetime.fromtimestamp(int(self.clock()))  # noqa: DTZ006  # schedules have no zone either
