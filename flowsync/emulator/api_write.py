"""The write actions of the batch service: return the changed organisation and the data of the response."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowsync.emulator.organisation import (
    WORKFLOW_KIND,
    Directory,
    Export,
    Organisation,
    directory_key,
    flow_name,
    with_flow,
)
from flowsync.emulator.responses import invalid

_FIRST_ID = 2500


def import_flow(organisation: Organisation, body: object) -> tuple[Organisation, dict[str, object]]:
    """Add a flow, and return its flowId: the requested one if it is free.

    An import always creates a flow. The outer flowName and desc take precedence over those inside flowJson.
    Raises RefusalError (62102) with the documented message.
    """
    if not isinstance(body, dict):
        raise invalid("Incorrect parameter")
    name, desc, directory = body.get("flowName"), body.get("desc", ""), body.get("dirId")
    if not isinstance(name, str) or not name.strip():
        raise invalid("Invalid parameter: flowName")
    if not isinstance(desc, str):
        raise invalid("Incorrect parameter")
    if directory not in [one.key for one in _all(organisation.directories) if one.kind == WORKFLOW_KIND]:
        raise invalid("Directory does not exist")
    if name in {flow_name(flow_id, export) for flow_id, export in organisation.flows.items()}:
        raise invalid("Workflow validation failed: flow name must be unique")
    flow_id = _free_id(organisation, body.get("flowId"))
    export = {**_validate(body.get("flowJson")), "name": name, "desc": desc}
    extended = with_flow(organisation, flow_id, export)
    return replace(extended, placement={**organisation.placement, flow_id: directory}), {"flowId": flow_id}


def create_directory(organisation: Organisation, body: object) -> tuple[Organisation, dict[str, object]]:
    """Add a directory, and return its dirId; raises RefusalError (62102)."""
    if not isinstance(body, dict):
        raise invalid("Incorrect parameter")
    parent, title = body.get("parentId"), body.get("dirName")
    if not isinstance(parent, str) or not isinstance(title, str) or not parent or not title.strip():
        raise invalid("Incorrect parameter")
    known = {directory.key: directory for directory in _all(organisation.directories)}
    if parent not in known:
        raise invalid("Directory does not exist")
    if title in {child.title for child in known[parent].children}:
        raise invalid("Incorrect parameter: the directory exists already")
    child = Directory(title, directory_key(f"{parent}/{title}"), known[parent].kind)
    tree = tuple(_insert(root, parent, child) for root in organisation.directories)
    return replace(organisation, directories=tree), {"dirId": child.key}


def _insert(directory: Directory, parent: str, child: Directory) -> Directory:
    children = tuple(_insert(below, parent, child) for below in directory.children)
    return replace(directory, children=(*children, child) if directory.key == parent else children)


def _all(directories: Iterable[Directory]) -> Iterator[Directory]:
    for directory in directories:
        yield directory
        yield from _all(directory.children)


def _free_id(organisation: Organisation, requested: object) -> int:
    if requested is not None and (type(requested) is not int or requested < 1):
        raise invalid("Invalid parameter: flowId")
    if isinstance(requested, int) and requested not in organisation.flows:
        return requested
    return max(organisation.flows, default=_FIRST_ID) + 1


def _validate(flow: object) -> Export:
    """Return the flow of an import if its tasks have distinct names and its relations connect its tasks."""
    tasks = flow.get("tasks") if isinstance(flow, dict) else None
    if not isinstance(flow, dict) or not isinstance(tasks, list):
        raise invalid("Workflow validation failed")
    names = [task.get("name") if isinstance(task, Mapping) else None for task in tasks]
    if len(set(map(str, names))) < len(names) or not all(isinstance(name, str) and name for name in names):
        raise invalid("Workflow validation failed: task names must be unique")
    for relation in flow.get("relations") or ():
        ends = ("sourceTaskName", "targetTaskName")
        if not isinstance(relation, Mapping) or any(relation.get(end) not in names for end in ends):
            raise invalid("Workflow validation failed: a relation names an unknown task")
    return flow
