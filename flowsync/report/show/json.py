"""One flow as a JSON document for programs."""

from typing import Any

from flowsync.analysis.dependents import Waiting
from flowsync.graph.components import cycles
from flowsync.graph.edges import all_links, edges
from flowsync.graph.levels import steps
from flowsync.report.json import SCHEMA_VERSION, json_lines
from flowsync.report.show.flow import ShownFlow
from flowsync.schedule.timetable import Timetable


def flow_page(flow: ShownFlow) -> str:
    """The document and all that is worked out from it; `error` is null, as in the report of every command."""
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
            "schedule": None if flow.timetable is None else _schedule(flow.timetable),
            "steps": steps(flow.document),
            "cycles": cycles(edges(flow.document)),
            "waits_for": [
                {"flow": link.flow, "task": link.task, "targets": [*link.waiting]}
                for link in all_links(flow.document)
            ],
            "waited_for": [_waiting(one) for one in flow.waiting],
            "document": flow.document,
            "error": None,
        }
    )


def _schedule(timetable: Timetable) -> dict[str, Any]:
    return {
        "words": timetable.words,
        "per_week": timetable.per_week,
        "coming": [moment.isoformat() for moment in timetable.coming],
        "since": timetable.since.isoformat(),
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    return {
        "environment": one.environment,
        "flowId": one.flow_id,
        "name": one.name,
        "task": one.source_task or None,
        "targets": [*one.targets],
    }
