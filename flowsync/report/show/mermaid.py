"""The tasks of one flow, and what they wait for elsewhere, as a Mermaid flowchart."""

from flowsync.analysis.flow_details import FlowDetails
from flowsync.diff.graph_diff import compare_graphs
from flowsync.report.mermaid import draw_all


def flow_page(flow: FlowDetails) -> str:
    """Draw the whole graph."""
    return draw_all(compare_graphs(flow.document, flow.document, ()))
