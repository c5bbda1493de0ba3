"""The control API below `/_control`, without authentication: edit flows, add noise and faults.

Responses are JSON values; errors are {"error": ..., "hint": ...}. `_ROUTES` lists all requests.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowsync.emulator.gateway import Gateway, NotFoundError
from flowsync.emulator.organisation import flow_name
from flowsync.emulator.responses import JsonResponse
from flowsync.errors import FlowsyncError

# A handler gets the gateway, the body and the parameters of the path.
_Handler = Callable[..., object]


def control_routes(gateway: Gateway) -> list[Route]:
    """Return the routes of the control API."""
    return [
        Route(path, partial(_respond, handler, gateway), methods=[method])
        for method, path, handler in _ROUTES
    ]


async def _respond(handler: _Handler, gateway: Gateway, request: Request) -> Response:
    try:
        body = await request.json() if await request.body() else None
    except (ValueError, RecursionError) as exc:
        raise FlowsyncError("the body is not JSON") from exc
    value = handler(gateway, body, **request.path_params)
    return JsonResponse({} if value is None else value)


async def control_error(_request: Request, error: Exception) -> Response:
    """Return {"error": ..., "hint": ...} for a FlowsyncError."""
    if not isinstance(error, FlowsyncError):
        raise error
    status = 404 if isinstance(error, NotFoundError) else 400
    return JsonResponse({"error": error.message, "hint": error.hint}, status)


def _object(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise FlowsyncError("the body must be a JSON object")
    return body


def _organisations(gateway: Gateway, _body: object) -> object:
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


def _put_flows(gateway: Gateway, body: object, org_id: str) -> object:
    flows = _object(body)
    if not all(flow_id.isdecimal() and isinstance(export, dict) for flow_id, export in flows.items()):
        raise FlowsyncError('invalid flows; expected {"<flowId>": export, ...}')
    gateway.put_flows(org_id, {int(flow_id): export for flow_id, export in flows.items()})
    return {"flows": len(flows)}


def _put_flow(gateway: Gateway, body: object, org_id: str, flow_id: int) -> object:
    gateway.put_flow(org_id, flow_id, _object(body))
    return body


def _noise(gateway: Gateway, body: object) -> object:
    on, seed = _object(body).get("on"), _object(body).get("seed", 0)
    if not isinstance(on, bool) or type(seed) is not int:
        raise FlowsyncError('invalid noise; expected {"on": true, "seed": 7}')
    gateway.noise(on=on, seed=seed)
    return {"on": on, "seed": seed}


def _fault(gateway: Gateway, body: object) -> object:
    gateway.fault(**_object(body))
    return body


def _skew_clock(gateway: Gateway, body: object) -> object:
    seconds = _object(body).get("skew_seconds")
    if not isinstance(seconds, int | float):
        raise FlowsyncError('invalid clock; expected {"skew_seconds": n}')
    gateway.skew_clock(seconds)
    return {"skew_seconds": seconds}


def _requests(gateway: Gateway, _body: object) -> object:
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


_FLOWS = "/organisations/{org_id}/flows"
_FLOW = f"{_FLOWS}/{{flow_id:int}}"
_ROUTES: tuple[tuple[str, str, _Handler], ...] = (
    ("GET", "/organisations", _organisations),
    ("PUT", _FLOWS, _put_flows),
    ("GET", _FLOW, lambda gateway, _body, **path: gateway.flow(**path)),
    ("PUT", _FLOW, _put_flow),
    ("DELETE", _FLOW, lambda gateway, _body, **path: gateway.delete_flow(**path)),
    ("POST", f"{_FLOW}/edit", lambda gateway, body, **path: gateway.edit(patch=body, **path)),
    ("POST", "/noise", _noise),
    ("POST", "/faults", _fault),
    ("DELETE", "/faults", lambda gateway, _body: gateway.clear_faults()),
    ("POST", "/tokens/expire", lambda gateway, _body: gateway.expire_tokens()),
    ("POST", "/clock", _skew_clock),
    ("GET", "/requests", _requests),
    ("DELETE", "/requests", lambda gateway, _body: gateway.forget_requests()),
)
