"""Progress on a terminal, for anything that takes more than a second."""

import time
from typing import TYPE_CHECKING, Final

from flowsync.cli import console

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_SOON: Final = 1.0


class TerminalProgress:
    """A bar on stderr for each environment, after one second; none unless it is visible."""

    def __init__(self, *, is_visible: bool) -> None:
        self._is_visible = is_visible
        self._begin = time.monotonic()
        self._bar: ProgressBar[int] | None = None

    def update(self, environment: str, done: int, total: int) -> None:
        """Show that `done` of `total` flows are fetched."""
        if self._bar is None and self._is_visible and time.monotonic() - self._begin >= _SOON:
            self._bar = console.progress_bar(f"exporting {environment}", total)
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)
        if done == total:
            self.stop()  # before the result is printed

    def stop(self) -> None:
        """End the bar, if any."""
        if self._bar is not None:
            self._bar.render_finish()
        self._bar = None
