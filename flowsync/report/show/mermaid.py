"""The tasks of one flow, and what they wait for elsewhere, as a Mermaid flowchart."""

from flowsync.diff.graph_diff import compare_graphs
from flowsync.report.mermaid import draw_all
from flowsync.report.show.flow import FlowView


def flow_report(flow: FlowView) -> str:
    """Draw the whole graph."""
    return draw_all(compare_graphs(flow.document, flow.document, ()))
