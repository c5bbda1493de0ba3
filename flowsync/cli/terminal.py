"""The size of the terminal."""

import os
import shutil

from flowsync.cli import console


def stdout_width() -> int | None:
    """Return the columns of stdout: COLUMNS, else those of the terminal; None for a pipe or a file."""
    if not (console.is_terminal() or os.environ.get("COLUMNS")):
        return None
    return shutil.get_terminal_size().columns
