"""The part of the machine that a use case depends on; the caller passes it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path


@dataclass(frozen=True)
class RunContext:
    """Environment variables, time, randomness and processes.

    `random` returns numbers from 0 to 1. `zone` is the time zone of this machine, None if it is not known.
    `processes` is the number of processes that may render documents.
    `cache` is the user's cache folder, None for no cache. `progress` gets environment, done and total. `note`
    gets a line that the user should read.
    """

    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    zone: tzinfo | None = None
    processes: int = 1
    cache: Path | None = None
    progress: Callable[[str, int, int], None] = lambda _environment, _done, _total: None
    note: Callable[[str], None] = lambda _line: None

    @property
    def now(self) -> datetime:
        """The current time on this machine's wall clock, used as the platform's."""
        return datetime.fromtimestamp(int(self.clock()), self.zone)
