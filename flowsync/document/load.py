"""Load a document from the bytes of its file."""

from flowsync.document.reader import parse
from flowsync.errors import CanonicalError
from flowsync.flow.export import normalize
from flowsync.flow.values import Record, decode_utf8


def load_flow_document(flow_id: int, data: bytes) -> Record:
    """Load a document from a file that is named for a flow; the document must be of that flow."""
    document = load_document(data)
    if document.get("flowId") != flow_id:
        actual = document.get("flowId", "none")
        raise CanonicalError(
            f"the file name has flow {flow_id}, the document has flow {actual}", flow_id=flow_id
        )
    return document


def load_document(data: bytes) -> Record:
    """Load the canonical document from the bytes of a file, however it is written there.

    Raises CanonicalError for anything that is not a document.
    """
    return normalize(parse(decode_utf8(data)))


def flow_name(document: Record | None) -> str:
    """Return the name in a document, empty if there is none or it is not text."""
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""
