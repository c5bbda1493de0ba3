"""Flow info, the form of Get Flow: the console's view, with a graph and without commands."""

import json

from flowsync.emulator.api_read import readable_flow
from flowsync.emulator.organisation import Export, Organisation, flow_name

_COLUMN, _ROW = 180.0, 90.0
_SAME_NAMES = ("cycle", "parameters", "alertMode", "type", "syncType", "desc", "startTime")


def flow_info(organisation: Organisation, requested_id: int | None) -> dict[str, object]:
    """Return what Get Flow returns for a flow; ids and times that an export lacks are made up.

    Raises RefusalError like `readable_flow`.
    """
    flow_id, export = readable_flow(organisation, requested_id)
    created = f"{export.get('startTime') or '2019-07-24'} 10:15:00.0"
    creator = str(export.get("owners") or organisation.user_id).strip("; ").partition(";")[0]
    shared = {name: export.get(name) for name in _SAME_NAMES} | {
        "active": 1,
        "creator": creator,
        "freq": export.get("cron"),
        "doAs": export.get("submitter"),
    }
    name = flow_name(flow_id, export)
    graph = {
        "owners": export.get("owners"),
        "visitors": export.get("visitors"),
        "name": name,
        **_graph(organisation, flow_id, export),
    }
    return shared | {
        "flowId": flow_id,
        "flowName": name,
        "createTime": created,
        "updateTime": created,
        "updateUser": creator,
        "owner": export.get("owners"),
        "visitor": export.get("visitors"),
        "graph": json.dumps(shared | graph, ensure_ascii=False),
        "entry": 0,
        "virtual": False,
        "locked": False,
        "hasEditPri": True,
        "hasReadPri": True,
        "isUserLocked": False,
    }


def _graph(organisation: Organisation, flow_id: int, export: Export) -> dict[str, object]:
    """Return the nodes of tasks and upstream flows, and the edges between tasks."""
    nodes = {
        str(task.get("name")): {
            "taskName": task.get("name"),
            "x": _COLUMN,
            "y": _ROW * row,
            "taskId": str(flow_id * 100 + row),
            "nodeId": f"t_{flow_id * 100 + row}",
        }
        for row, task in enumerate(_objects(export, "tasks"))
    }
    relations = [
        {
            "cycleGap": f"{export.get('cycle') or 'D'}0",
            "source": nodes[relation["sourceTaskName"]]["nodeId"],
            "target": nodes[relation["targetTaskName"]]["nodeId"],
            "rerun": relation.get("rerun"),
        }
        for relation in _objects(export, "relations")
        if {relation.get("sourceTaskName"), relation.get("targetTaskName")} <= nodes.keys()
    ]
    flows = _flow_nodes(organisation, export, first_row=len(nodes))
    return {"tasks": [*nodes.values()], "flows": flows, "relations": relations}


def _flow_nodes(organisation: Organisation, export: Export, *, first_row: int) -> list[dict[str, object]]:
    ids = {flow_name(flow_id, known): flow_id for flow_id, known in organisation.flows.items()}
    names = [str(link.get("sourceFlowName")) for link in _objects(export, "flowLinks")]
    return [
        {
            "flowId": str(ids[name]),
            "flowName": name,
            "nodeId": f"f_{ids[name]}",
            "isVirtual": False,
            "x": 0.0,
            "y": _ROW * row,
        }
        for row, name in enumerate((name for name in names if name in ids), start=first_row)
    ]


def _objects(export: Export, name: str) -> list[Export]:
    stored = export.get(name)
    return [entry for entry in stored if isinstance(entry, dict)] if isinstance(stored, list) else []
