"""The control API for demos and tests, without authentication: edit flows, add noise and faults."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowsync.emulator.gateway import Gateway, NotFoundError
from flowsync.emulator.organisation import Export, flow_name
from flowsync.emulator.responses import JsonResponse
from flowsync.errors import FlowsyncError


@dataclass(frozen=True)
class ControlCall:
    """One request to the control API."""

    body: object
    org_id: str
    flow_id: int

    @property
    def fields(self) -> dict[str, Any]:
        """The body as an object; raises FlowsyncError if it is not one."""
        if not isinstance(self.body, dict):
            raise FlowsyncError("the body must be a JSON object")
        return self.body


_Handler = Callable[[Gateway, ControlCall], object]


def control_routes(gateway: Gateway) -> list[Route]:
    """Return the routes of the control API. Each returns a JSON value; those without one return {}."""
    return [
        Route(path, partial(_respond, handler, gateway), methods=[method])
        for method, path, handler in _ROUTES
    ]


async def _respond(handler: _Handler, gateway: Gateway, request: Request) -> Response:
    parameters = request.path_params
    body = await _body(request)
    value = handler(gateway, ControlCall(body, parameters.get("org_id", ""), parameters.get("flow_id", 0)))
    return JsonResponse({} if value is None else value)


async def _body(request: Request) -> object:
    if not await request.body():
        return None
    try:
        body: object = await request.json()
    except (ValueError, RecursionError) as exc:
        raise FlowsyncError("the body is not JSON") from exc
    return body


async def control_error(_request: Request, error: Exception) -> Response:
    """Return {"error": ..., "hint": ...} for a FlowsyncError."""
    if not isinstance(error, FlowsyncError):
        raise error
    status = 404 if isinstance(error, NotFoundError) else 400
    return JsonResponse({"error": error.message, "hint": error.hint}, status)


def _organisations(gateway: Gateway, _call: ControlCall) -> object:
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


def _put_flows(gateway: Gateway, call: ControlCall) -> object:
    if not all(flow_id.isdecimal() and isinstance(export, dict) for flow_id, export in call.fields.items()):
        raise FlowsyncError('invalid flows; expected {"<flowId>": export, ...}')
    gateway.put_flows(call.org_id, {int(flow_id): export for flow_id, export in call.fields.items()})
    return {"flows": len(call.fields)}


def _put_flow(gateway: Gateway, call: ControlCall) -> Export:
    gateway.put_flow(call.org_id, call.flow_id, call.fields)
    return call.fields


def _noise(gateway: Gateway, call: ControlCall) -> object:
    on, seed = call.fields.get("on"), call.fields.get("seed", 0)
    if not isinstance(on, bool) or type(seed) is not int:
        raise FlowsyncError('invalid noise; expected {"on": true, "seed": 7}')
    gateway.noise(on=on, seed=seed)
    return {"on": on, "seed": seed}


def _fault(gateway: Gateway, call: ControlCall) -> object:
    gateway.fault(**call.fields)
    return call.fields


def _skew_clock(gateway: Gateway, call: ControlCall) -> object:
    seconds = call.fields.get("skew_seconds")
    if not isinstance(seconds, int | float):
        raise FlowsyncError('invalid clock; expected {"skew_seconds": n}')
    gateway.skew_clock(seconds)
    return {"skew_seconds": seconds}


def _requests(gateway: Gateway, _call: ControlCall) -> object:
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
    ("GET", _FLOW, lambda gateway, call: gateway.flow(call.org_id, call.flow_id)),
    ("PUT", _FLOW, _put_flow),
    ("DELETE", _FLOW, lambda gateway, call: gateway.delete_flow(call.org_id, call.flow_id)),
    ("POST", f"{_FLOW}/edit", lambda gateway, call: gateway.edit(call.org_id, call.flow_id, call.body)),
    ("POST", "/noise", _noise),
    ("POST", "/faults", _fault),
    ("DELETE", "/faults", lambda gateway, _call: gateway.clear_faults()),
    ("POST", "/tokens/expire", lambda gateway, _call: gateway.expire_tokens()),
    ("POST", "/clock", _skew_clock),
    ("GET", "/requests", _requests),
    ("DELETE", "/requests", lambda gateway, _call: gateway.forget_requests()),
)
