"""Load a document from the bytes of its file."""

from flowsync.document.reader import decoded, parse
from flowsync.errors import CanonicalError
from flowsync.flow.export import normalised
from flowsync.flow.values import Record


def document_of(flow_id: int, data: bytes) -> Record:
    """As `document_in`, of a file that is named for a flow: it must hold that flow and no other."""
    document = document_in(data)
    if document.get("flowId") != flow_id:
        held = document.get("flowId", "none")
        raise CanonicalError(f"the file is named for flow {flow_id} and holds flow {held}", flow_id=flow_id)
    return document


def document_in(data: bytes) -> Record:
    """The canonical document in the bytes of a file, however it is written there.

    Raises CanonicalError for what is no document.
    """
    return normalised(parse(decoded(data)))
