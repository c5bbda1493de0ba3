"""Numbers of things in words."""

from flowsync.flow.printable import escape_controls as escape_controls  # noqa: PLC0414  # formats take it from here
from flowsync.flow.printable import escape_text as escape_text  # noqa: PLC0414
from flowsync.flow.printable import plural as plural  # noqa: PLC0414
