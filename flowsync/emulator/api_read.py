"""The read actions of the batch service: from an organisation and a request to the data of the response."""

from collections.abc import Iterable, Mapping

from flowsync.emulator.organisation import WORKFLOW_KIND, Directory, Export, Organisation, flow_name
from flowsync.emulator.responses import RefusalError, invalid, service_refusal

_PAGE = {"pageNo": 1, "pageSize": 10}
_BY_START = frozenset({"startTime", "start_time"})
_BY_AGE = frozenset({"createTime", "create_time", "updateTime", "update_time"})


def requested_flow_id(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit()):
        raise invalid("Invalid parameter: flowId")
    return int(text)


def readable_export(organisation: Organisation, flow_id: int) -> Export:
    """Return the export of a flow that the user may read.

    Raises RefusalError: 62102 for an unknown flow (no code is documented), 62103 for a hidden one.
    """
    if flow_id not in organisation.flows:
        raise invalid("Flow validation exception")
    if flow_id in organisation.hidden:
        raise service_refusal(62103, "User has no privilege")
    return organisation.flows[flow_id]


def my_flows(organisation: Organisation, expression: str | None) -> list[dict[str, object]]:
    return [
        {
            "flowId": str(flow_id),
            "editable": flow_id not in organisation.hidden,
            "flowName": flow_name(flow_id, export),
            "cycle": export.get("cycle"),
        }
        for flow_id, export in _matching(organisation, expression)
    ]


def found_flows(organisation: Organisation, body: object) -> list[dict[str, object]]:
    """Return one page of the matching flows; pages count from 1.

    Raises RefusalError for a malformed request.
    """
    if not isinstance(body, dict):
        raise invalid("Incorrect parameter")
    expression = body.get("expression")
    if not isinstance(expression, str | None):
        raise invalid("Invalid parameter: expression")
    number, size, sorters = _pagination(body.get("pagination"))
    flows = _sort(_matching(organisation, expression), sorters)
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
    return [_check_sorter(sorter) for sorter in sorters]


def _check_sorter(sorter: object) -> Mapping[str, object]:
    if not isinstance(sorter, dict) or sorter.get("field") not in _BY_START | _BY_AGE:
        raise invalid("sorter field is illegal")
    if sorter.get("order", "ASC") not in ("ASC", "DESC"):
        raise invalid("sorter order is illegal")
    return sorter


def _sort(
    flows: list[tuple[int, Export]], sorters: Iterable[Mapping[str, object]]
) -> list[tuple[int, Export]]:
    """Sort by each sorter; ids are assigned in order of creation, so they stand for createTime."""
    for sorter in reversed(list(sorters)):
        backwards = sorter.get("order") == "DESC"
        if sorter["field"] in _BY_START:
            flows = sorted(flows, key=lambda flow: str(flow[1].get("startTime")), reverse=backwards)
        else:
            flows = sorted(flows, key=lambda flow: flow[0], reverse=backwards)
    return flows


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
    flows: dict[str, list[object]] = {}
    home = first_workflow_root(organisation.directories)
    for flow_id, export in sorted(organisation.flows.items()):
        key = organisation.placement.get(flow_id, home)
        flows.setdefault(key, []).append(_file_node(flow_id, flow_name(flow_id, export), WORKFLOW_KIND))
    return [_directory_node(directory, flows) for directory in organisation.directories]


def first_workflow_root(directories: Iterable[Directory]) -> str:
    return next((root.key for root in directories if root.kind == WORKFLOW_KIND), "")


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
        raise _unknown_user()
    if organisation.app_key != app_key:
        raise service_refusal(62103, "User has no privilege")
    return organisation


def _unknown_user() -> RefusalError:
    return service_refusal(62101, "userId does not exist, or does not match orgId")
