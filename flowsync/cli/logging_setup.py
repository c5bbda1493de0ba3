"""Log the steps of a run to stderr, for -v."""

import logging
from contextlib import suppress
from typing import Final

from flowsync.cli import console

_LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Handler(logging.Handler):
    """Write each record as one line to stderr; a traceback, if any, follows with lines of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # a log that nothing reads must not end the run
            console.line(f"{record.levelname} {record.name}: {record.getMessage()}", err=True)
            if record.exc_info:
                console.lines(f"{logging.Formatter().formatException(record.exc_info)}\n", err=True)


def start_logging(verbose: int) -> None:
    """Send the records of flowsync's loggers to stderr: warnings; with 1 also each step, with 2 all."""
    logging.basicConfig(handlers=[_Handler()])
    logging.getLogger("flowsync").setLevel(_LEVELS[min(verbose, len(_LEVELS) - 1)])
