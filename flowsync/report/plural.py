"""Numbers of things in words."""

from flowsync.flow.printable import escape_controls as escape_controls  # noqa: PLC0414  # formats take it from here
from flowsync.flow.printable import escape_text as escape_text  # noqa: PLC0414


def plural(number: int, what: str) -> str:
    """Return a number with a noun in the right form."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
