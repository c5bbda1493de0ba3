"""Label flows in the same way in all formats."""

from flowsync.flow.printable import printable_name


def flow_label(environment: str, flow_id: int, name: str) -> str:
    """Return environment, id and name of a flow; the name is "" if it is not known."""
    return f"{printable_name(environment)} {flow_id}" + (f" {printable_name(name)}" if name else "")
