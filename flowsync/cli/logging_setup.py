"""What the program says of its own doings, for -v."""

import logging
import sys
from typing import Final

_LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)


def log(verbose: int) -> None:
    """Send the messages of flowsync's loggers to stderr: warnings, with 1 what is done, with 2 all."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("flowsync").setLevel(_LEVELS[min(verbose, len(_LEVELS) - 1)])
