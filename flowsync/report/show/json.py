"""One flow as a JSON document for programs."""

from flowsync.graph.components import find_cycles
from flowsync.graph.edges import all_links, relation_edges
from flowsync.graph.levels import task_levels
from flowsync.report.json import SCHEMA_VERSION, json_lines, timetable_json
from flowsync.report.show.flow import FlowView


def flow_report(flow: FlowView) -> str:
    """Return the document and everything derived from it; `error` is null, as in every report."""
    return json_lines(
        {
            "schema_version": SCHEMA_VERSION,
            "command": "show",
            "exit_status": 0,
            "platform_access": "read-only",
            "environment": flow.environment,
            "flowId": flow.flow_id,
            "name": flow.name,
            "file": flow.file,
            "revision": flow.revision,
            "schedule": timetable_json(flow.timetable),
            "steps": task_levels(flow.document),
            "cycles": find_cycles(relation_edges(flow.document)),
            "waits_for": [
                {"flow": link.flow, "task": link.task, "targets": [*link.waiting_tasks]}
                for link in all_links(flow.document)
            ],
            "waited_for": [
                {
                    "environment": one.environment,
                    "flowId": one.flow_id,
                    "name": one.name,
                    "task": one.source_task or None,
                    "targets": [*one.targets],
                }
                for one in flow.dependents
            ],
            "document": flow.document,
            "error": None,
        }
    )
