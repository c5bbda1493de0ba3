"""The control API of demos and tests, without authentication: change the live side, add noise and faults."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from flowsync.emulator.faults import fault_from
from flowsync.emulator.gateway import Gateway
from flowsync.emulator.organisation import Export, Organisation, flow_name
from flowsync.emulator.responses import encode_json
from flowsync.errors import FlowsyncError

_Handler = Callable[[Gateway, Request], Awaitable[object]]


def control_routes(gateway: Gateway) -> list[Mount]:
    """Return the routes below `/_control`. Responses are JSON: the value, or {"error": ..., "hint": ...}."""

    def route(path: str, method: str, handler: _Handler) -> Route:
        return Route(path, partial(_respond, handler, gateway), methods=[method])

    flows = "/organisations/{org_id}/flows"
    return [
        Mount(
            "/_control",
            routes=[
                route("/organisations", "GET", _organisations),
                route(flows, "PUT", _put_flows),
                route(f"{flows}/{{flow_id:int}}", "GET", _get_flow),
                route(f"{flows}/{{flow_id:int}}", "PUT", _put_flow),
                route(f"{flows}/{{flow_id:int}}", "DELETE", _delete_flow),
                route(f"{flows}/{{flow_id:int}}/edit", "POST", _edit_flow),
                route("/noise", "POST", _noise),
                route("/faults", "POST", _add_fault),
                route("/faults", "DELETE", _clear_faults),
                route("/tokens/expire", "POST", _expire_tokens),
                route("/clock", "POST", _skew_clock),
                route("/requests", "GET", _requests),
                route("/requests", "DELETE", _forget_requests),
            ],
        )
    ]


async def _respond(handler: _Handler, gateway: Gateway, request: Request) -> Response:
    try:
        return _json(await handler(gateway, request))
    except FlowsyncError as exc:
        return _json({"error": exc.message, "hint": exc.hint}, 400)
    except HTTPException as exc:
        return _json({"error": exc.detail, "hint": ""}, exc.status_code)


def _json(value: object, status: int = 200) -> Response:
    return Response(encode_json(value), status, media_type="application/json")


async def _organisations(gateway: Gateway, _request: Request) -> object:
    return [
        {
            "orgId": organisation.org_id,
            "name": organisation.name,
            "flows": [
                {"flowId": flow_id, "flowName": flow_name(flow_id, export)}
                for flow_id, export in sorted(organisation.flows.items())
            ],
        }
        for organisation in gateway.organisations
    ]


async def _put_flows(gateway: Gateway, request: Request) -> object:
    body = await _object_body(request)
    if not all(flow_id.isdecimal() and isinstance(export, dict) for flow_id, export in body.items()):
        raise FlowsyncError('invalid flows; expected {"<flowId>": export, ...}')
    gateway.put_flows(_organisation(gateway, request).org_id, {int(known): body[known] for known in body})
    return {"flows": len(body)}


async def _get_flow(gateway: Gateway, request: Request) -> object:
    return _flow(gateway, request)


async def _put_flow(gateway: Gateway, request: Request) -> object:
    export = await _object_body(request)
    gateway.put_flow(_organisation(gateway, request).org_id, request.path_params["flow_id"], export)
    return export


async def _delete_flow(gateway: Gateway, request: Request) -> object:
    export = _flow(gateway, request)
    gateway.delete_flow(request.path_params["org_id"], request.path_params["flow_id"])
    return export


async def _edit_flow(gateway: Gateway, request: Request) -> object:
    _flow(gateway, request)
    patch = await _json_body(request)
    return gateway.edit(request.path_params["org_id"], request.path_params["flow_id"], patch)


async def _noise(gateway: Gateway, request: Request) -> object:
    body = await _object_body(request)
    on, seed = body.get("on"), body.get("seed", 0)
    if not isinstance(on, bool) or type(seed) is not int:
        raise FlowsyncError('invalid noise; expected {"on": true, "seed": 7}')
    gateway.noise(on=on, seed=seed)
    return {"on": on, "seed": seed}


async def _add_fault(gateway: Gateway, request: Request) -> object:
    body = await _object_body(request)
    gateway.add_fault(fault_from(body))
    return body


async def _clear_faults(gateway: Gateway, _request: Request) -> object:
    gateway.clear_faults()
    return {}


async def _expire_tokens(gateway: Gateway, _request: Request) -> object:
    gateway.expire_tokens()
    return {}


async def _skew_clock(gateway: Gateway, request: Request) -> object:
    seconds = (await _object_body(request)).get("skew_seconds")
    if not isinstance(seconds, int | float):
        raise FlowsyncError('invalid clock; expected {"skew_seconds": n}')
    gateway.skew_clock(seconds)
    return {"skew_seconds": seconds}


async def _requests(gateway: Gateway, _request: Request) -> object:
    return [
        {
            "method": record.method,
            "action": record.action,
            "flowId": record.flow_id,
            "status": record.status,
            "fault": record.fault,
        }
        for record in gateway.requests()
    ]


async def _forget_requests(gateway: Gateway, _request: Request) -> object:
    gateway.forget_requests()
    return {}


def _organisation(gateway: Gateway, request: Request) -> Organisation:
    organisation = gateway.organisation(request.path_params["org_id"])
    if organisation is None:
        raise HTTPException(404, f"the emulator has no organisation {request.path_params['org_id']}")
    return organisation


def _flow(gateway: Gateway, request: Request) -> Export:
    organisation, flow_id = _organisation(gateway, request), request.path_params["flow_id"]
    if flow_id not in organisation.flows:
        raise HTTPException(404, f"organisation {organisation.org_id} has no flow {flow_id}")
    return organisation.flows[flow_id]


async def _object_body(request: Request) -> Export:
    body = await _json_body(request)
    if not isinstance(body, dict):
        raise FlowsyncError("the body must be a JSON object")
    return body


async def _json_body(request: Request) -> object:
    try:
        body: object = await request.json()
    except (ValueError, RecursionError) as exc:
        raise FlowsyncError("the body is not JSON") from exc
    return body
