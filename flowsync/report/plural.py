"""Numbers of things in words."""

from flowsync.flow.printable import escaped as escaped  # noqa: PLC0414  # formats take it from here
from flowsync.flow.printable import printable as printable  # noqa: PLC0414


def counted(number: int, what: str) -> str:
    """A number of things, with its plural."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
