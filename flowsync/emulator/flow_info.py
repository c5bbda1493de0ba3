"""Flow info, the form of Get Flow: the console's view, with a graph and without commands."""

import json

from flowsync.emulator.organisation import Export, Organisation, flow_name

_COLUMN, _ROW = 180.0, 90.0


def flow_info(organisation: Organisation, flow_id: int, export: Export) -> dict[str, object]:
    """Return what Get Flow returns for an export; missing ids and times are derived from the flowId."""
    created = f"{export.get('startTime') or '2019-07-24'} 10:15:00.0"
    creator = str(export.get("owners") or organisation.user_id).strip("; ").partition(";")[0]
    return {
        "flowId": flow_id,
        "flowName": flow_name(flow_id, export),
        "active": 1,
        "creator": creator,
        "createTime": created,
        "updateTime": created,
        "updateUser": creator,
        "freq": export.get("cron"),
        "owner": export.get("owners"),
        "visitor": export.get("visitors"),
        "doAs": export.get("submitter"),
        "graph": json.dumps(_graph(organisation, flow_id, export, creator), ensure_ascii=False),
        "entry": 0,
        "virtual": False,
        "locked": False,
        "hasEditPri": True,
        "hasReadPri": True,
        "isUserLocked": False,
    } | {name: export.get(name) for name in _SHARED}


_SHARED = ("cycle", "parameters", "alertMode", "type", "syncType", "desc", "startTime")


def _graph(organisation: Organisation, flow_id: int, export: Export, creator: str) -> dict[str, object]:
    nodes = _task_nodes(flow_id, export)
    by_name = {str(node["taskName"]): node for node in nodes}
    links = _flow_nodes(organisation, export, first_row=len(nodes))
    cycle_gap = f"{export.get('cycle') or 'D'}0"
    return {
        "creator": creator,
        "freq": export.get("cron"),
        "owners": export.get("owners"),
        "visitors": export.get("visitors"),
        "doAs": export.get("submitter"),
        "name": flow_name(flow_id, export),
        "tasks": nodes,
        "flows": links,
        "relations": [
            {
                "cycleGap": cycle_gap,
                "source": by_name[relation["sourceTaskName"]]["nodeId"],
                "target": by_name[relation["targetTaskName"]]["nodeId"],
                "rerun": relation.get("rerun"),
            }
            for relation in _objects(export, "relations")
            if {relation.get("sourceTaskName"), relation.get("targetTaskName")} <= by_name.keys()
        ],
        "active": 1,
    } | {name: export.get(name) for name in _SHARED}


def _task_nodes(flow_id: int, export: Export) -> list[dict[str, object]]:
    return [
        {
            "taskName": task.get("name"),
            "x": _COLUMN,
            "y": _ROW * row,
            "taskId": str(flow_id * 100 + row),
            "nodeId": f"t_{flow_id * 100 + row}",
        }
        for row, task in enumerate(_objects(export, "tasks"))
    ]


def _flow_nodes(organisation: Organisation, export: Export, *, first_row: int) -> list[dict[str, object]]:
    ids = {flow_name(flow_id, known): flow_id for flow_id, known in organisation.flows.items()}
    names = [
        str(link["sourceFlowName"]) for link in _objects(export, "flowLinks") if link.get("sourceFlowName")
    ]
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
