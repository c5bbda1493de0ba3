"""Progress on a terminal, for anything that takes more than a second."""

import time
from typing import TYPE_CHECKING, Final

from flowsync.report.ci_escaping import escape_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SOON: Final = 1.0


class TerminalProgress:
    """A bar on stderr for each environment, after one second; none unless it is visible."""

    def __init__(self, *, is_visible: bool) -> None:
        self._is_visible = is_visible
        self._begin = time.monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def update(self, environment: str, done: int, total: int) -> None:
        """Show that `done` of `total` flows are fetched."""
        if done == total:
            self.stop()  # before the result is printed
        elif self._is_visible and time.monotonic() - self._begin >= _SOON:
            progress = self._progress or self._start()
            if environment not in self._tasks:
                self._tasks[environment] = progress.add_task(escape_line(environment), total=total)
            progress.update(self._tasks[environment], completed=done)

    def stop(self) -> None:
        """Remove the bars."""
        if self._progress is not None:
            self._progress.stop()
        self._progress, self._tasks = None, {}

    def _start(self) -> "Progress":
        from rich.console import Console  # only for a run that takes long
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("exporting {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        return self._progress
