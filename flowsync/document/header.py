"""Load the first fields of a document without parsing its tasks."""

import re
from typing import Final

from flowsync.document.load import load_flow_document
from flowsync.document.reader import parse
from flowsync.errors import CanonicalError
from flowsync.flow.values import Record, decode_utf8

_START: Final = re.compile(rb"format: [0-9]+\nflowId: [0-9]+\n")
_LISTS: Final = re.compile(rb"^(?:owners|visitors|parameters|tasks):", re.MULTILINE)
_REQUIRED: Final = frozenset({"name", "type", "cron"})


def load_flow_header(flow_id: int, data: bytes) -> Record:
    """Load the fields before the first list: the name and the schedule of a flow.

    A file in which they are not where flowsync writes them is loaded as a whole. Raises CanonicalError for
    anything that is not a document of this flow; errors behind the header are not found.
    """
    header = _parse_header(data)
    return header if header.get("flowId") == flow_id else load_flow_document(flow_id, data)


def _parse_header(data: bytes) -> Record:
    """Return the header, empty if only the whole document can tell."""
    lists = _LISTS.search(data)
    if not _START.match(data) or lists is None:
        return {}
    try:
        header = parse(decode_utf8(data[: lists.start()]))
    except CanonicalError:  # such as a quoted text that continues in the first column
        return {}
    return header if header.keys() >= _REQUIRED else {}
