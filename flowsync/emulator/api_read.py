"""The read actions of the batch service: return the data of the response."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from flowsync.emulator.organisation import WORKFLOW_KIND, Directory, Export, Organisation, flow_name
from flowsync.emulator.responses import invalid, service_refusal

_PAGE = {"pageNo": 1, "pageSize": 10}
# The platform assigns ids in order of creation, so they replace the times that an export does not contain.
_SORT_KEYS: Mapping[str, Callable[[tuple[int, Export]], Any]] = MappingProxyType(
    {
        **dict.fromkeys(("startTime", "start_time"), lambda flow: str(flow[1].get("startTime"))),
        **dict.fromkeys(("createTime", "create_time", "updateTime", "update_time"), itemgetter(0)),
    }
)


def readable_flow(organisation: Organisation, flow_id: int | None) -> tuple[int, Export]:
    """Return the id and the export of a flow that the user may read.

    Raises RefusalError: 62102 for a malformed id and an unknown flow (no code is documented for it), 62103
    for a hidden flow.
    """
    if flow_id is None:
        raise invalid("Invalid parameter: flowId")
    if flow_id not in organisation.flows:
        raise invalid("Flow validation exception")
    if flow_id in organisation.hidden:
        raise service_refusal(62103, "User has no privilege")
    return flow_id, organisation.flows[flow_id]


def my_flows(organisation: Organisation, parameters: Mapping[str, str | None]) -> list[dict[str, object]]:
    return [
        {
            "flowId": str(flow_id),
            "editable": flow_id not in organisation.hidden,
            "flowName": flow_name(flow_id, export),
            "cycle": export.get("cycle"),
        }
        for flow_id, export in _matching(organisation, parameters.get("expression"))
    ]


def search_flows(organisation: Organisation, body: object) -> list[dict[str, object]]:
    """Return one page of the matching flows; pages count from 1.

    Raises RefusalError for a malformed request.
    """
    if not isinstance(body, dict):
        raise invalid("Incorrect parameter")
    expression = body.get("expression")
    if not isinstance(expression, str | None):
        raise invalid("Invalid parameter: expression")
    number, size, sorters = _pagination(body.get("pagination"))
    flows = _matching(organisation, expression)
    for sorter in reversed(sorters):
        key, is_descending = _SORT_KEYS[str(sorter["field"])], sorter.get("order") == "DESC"
        flows = sorted(flows, key=key, reverse=is_descending)
    page = flows[(number - 1) * size : number * size]
    return [{"flowId": flow_id, "flowName": flow_name(flow_id, export)} for flow_id, export in page]


def _pagination(value: object) -> tuple[int, int, list[Mapping[str, object]]]:
    """Return page number, page size and sorters; the documented default if none is sent."""
    pagination = _PAGE if value is None else value
    if not isinstance(pagination, dict):
        raise invalid("Incorrect parameter")
    number, size = pagination.get("pageNo"), pagination.get("pageSize")
    if type(number) is not int or type(size) is not int or number < 1 or size < 1:
        raise invalid("Incorrect parameter")
    return number, size, _sorters(pagination.get("sorters"))


def _sorters(value: object) -> list[Mapping[str, object]]:
    sorters: list[object] = value if isinstance(value, list) else [] if value is None else [value]
    checked: list[Mapping[str, object]] = []
    for sorter in sorters:
        if not isinstance(sorter, dict) or sorter.get("field") not in _SORT_KEYS:
            raise invalid("sorter field is illegal")
        if sorter.get("order", "ASC") not in ("ASC", "DESC"):
            raise invalid("sorter order is illegal")
        checked.append(sorter)
    return checked


def _matching(organisation: Organisation, expression: str | None) -> list[tuple[int, Export]]:
    """Return the flows whose id or name contains the expression, by id."""
    wanted = (expression or "").casefold()
    return [
        (flow_id, export)
        for flow_id, export in sorted(organisation.flows.items())
        if wanted in str(flow_id) or wanted in flow_name(flow_id, export).casefold()
    ]


def directory_nodes(organisation: Organisation) -> list[object]:
    """Return the directory tree of the organisation, flows included, as listWorkFlowDirs returns it."""
    first_root = next((root.key for root in organisation.directories if root.kind == WORKFLOW_KIND), "")
    files: dict[str, list[object]] = {}
    for flow_id, export in sorted(organisation.flows.items()):
        key = organisation.placement.get(flow_id, first_root)
        files.setdefault(key, []).append(_file_node(flow_id, flow_name(flow_id, export), WORKFLOW_KIND))
    return [_directory_node(directory, files) for directory in organisation.directories]


def _directory_node(directory: Directory, flows: Mapping[str, list[object]]) -> dict[str, object]:
    files = [_file_node(key, title, directory.kind) for key, title in directory.files]
    below = [_directory_node(child, flows) for child in directory.children]
    return {
        "children": [*below, *files, *flows.get(directory.key, ())],
        "title": directory.title,
        "type": directory.kind,
        "key": directory.key,
        "isDirectory": True,
    }


def _file_node(key: int, title: str, kind: int) -> dict[str, object]:
    return {"editable": True, "title": title, "type": kind, "key": key, "isDirectory": False}


def check_user(organisation: Organisation | None, user_id: str | None, app_key: str) -> Organisation:
    """Return the organisation of a call.

    Raises RefusalError for a user (62101) or application (62103) of another organisation.
    """
    if organisation is None or organisation.user_id != user_id:
        raise service_refusal(62101, "userId does not exist, or does not match orgId")
    if organisation.app_key != app_key:
        raise service_refusal(62103, "User has no privilege")
    return organisation
