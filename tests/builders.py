"""Build the entries of an export that several test folders use."""

from typing import Any


def relation(source: str, target: str, *, rerun: bool = True) -> dict[str, Any]:
    return {"sourceTaskName": source, "targetTaskName": target, "rerun": rerun}


def flow_link(flow: str, link_id: str = "0") -> dict[str, Any]:
    return {"linkId": link_id, "sourceFlowName": flow}


def task_link(flow: str, task: str, link_id: str = "0") -> dict[str, Any]:
    return {"linkId": link_id, "sourceFlowName": flow, "sourceTaskName": task}


def link_target(task: str, link_id: str = "0", *, rerun: bool = True) -> dict[str, Any]:
    return {"linkId": link_id, "targetTaskName": task, "rerun": rerun}
