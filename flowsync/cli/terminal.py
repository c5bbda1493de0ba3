"""The size of the terminal."""

import os

from flowsync.cli import console


def stdout_width() -> int | None:
    """Return the columns of stdout: COLUMNS, else those of the terminal; None for a pipe or a file."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return int(columns)
    return console.width() if console.is_terminal() else None
