"""The tasks of one flow, and what they wait for elsewhere, as a Mermaid flowchart."""

from flowsync.diff.graph_diff import task_graph
from flowsync.report.mermaid import whole
from flowsync.report.show.flow import ShownFlow


def flow_page(flow: ShownFlow) -> str:
    """The whole graph."""
    return whole(task_graph(flow.document, flow.document, ()))
