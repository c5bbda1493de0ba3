"""The platform's services over HTTP: authentication, dispatch and responses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from flowsync.emulator.api_read import check_user, directory_nodes, my_flows, readable_flow, search_flows
from flowsync.emulator.api_write import create_directory, import_flow
from flowsync.emulator.control import control_error, control_routes
from flowsync.emulator.faults import faulty_response
from flowsync.emulator.flow_info import flow_info
from flowsync.emulator.gateway import Gateway, RequestRecord
from flowsync.emulator.noise import noisy_directories, noisy_export, noisy_keys
from flowsync.emulator.organisation import Organisation
from flowsync.emulator.responses import (
    JsonResponse,
    RefusalError,
    envelope,
    gateway_refusal,
    invalid,
    token_envelope,
    unauthenticated,
)
from flowsync.emulator.signing import call_signature, first_values
from flowsync.errors import FlowsyncError

_TOKEN_PATH = "/apim-token-service/v2.0/token"  # noqa: S105 (a path)
_BATCH_PATH = "/batch-processing-service/v2.1"
# The platform documents no limit; the emulator refuses a timestamp that differs more from its clock.
_SKEW_SECONDS = 15 * 60


@dataclass(frozen=True)
class ApiCall:
    """One request to the batch service. `query` is as sent; `parameters` are its decoded first values."""

    method: str
    resource: str
    query: str
    parameters: Mapping[str, str | None]
    headers: Mapping[str, str]
    body: bytes

    @property
    def action(self) -> str:
        return self.parameters.get("action") or ""

    @property
    def flow_id(self) -> int | None:
        text = self.parameters.get("flowId") or ""
        return int(text) if text.isascii() and text.isdigit() else None


def application(gateway: Gateway) -> Starlette:
    """Return the ASGI application of a gateway."""
    return Starlette(
        routes=[
            Route(f"{_TOKEN_PATH}/get", partial(_token, gateway, "get"), methods=["POST"]),
            Route(f"{_TOKEN_PATH}/refresh", partial(_token, gateway, "refresh"), methods=["POST"]),
            Route(f"{_BATCH_PATH}/{{resource}}", partial(_batch, gateway), methods=["GET", "POST"]),
            Mount("/_control", routes=control_routes(gateway)),
        ],
        exception_handlers={404: _no_route, 405: _no_route, FlowsyncError: control_error},
    )


async def _no_route(_request: Request, _error: Exception) -> Response:
    return gateway_refusal(404, "no Route matched with those values").response()


async def _token(gateway: Gateway, name: str, request: Request) -> Response:
    body = _decode(await request.body())
    issue = gateway.tokens.get if name == "get" else gateway.tokens.refresh
    record = RequestRecord("POST", f"token/{name}", None)
    return await _respond(gateway, record, lambda: token_envelope(issue(body, gateway.now())))


async def _batch(gateway: Gateway, request: Request) -> Response:
    query = request.scope["query_string"].decode("latin-1")
    call = ApiCall(
        request.method,
        request.path_params["resource"],
        query,
        first_values(query),
        request.headers,
        await request.body(),
    )
    record = RequestRecord(call.method, call.action, call.flow_id)
    try:
        app_key = _authenticate(gateway, call)
    except RefusalError as refusal:
        return _record(gateway, record, refusal.response())
    return await _respond(gateway, record, lambda: _batch_payload(gateway, call, app_key))


def _authenticate(gateway: Gateway, call: ApiCall) -> str:
    """Return the appKey of a correctly signed call; raises RefusalError for any other call."""
    token, signature, timestamp = (
        call.headers.get(name, "") for name in ("apim-accesstoken", "apim-signature", "apim-timestamp")
    )
    if not (token and signature and timestamp.isascii() and timestamp.isdigit()):
        raise unauthenticated()
    app_key = gateway.tokens.app_key_of(token, gateway.now())
    expected = call_signature(token, call.query, call.body, timestamp, gateway.tokens.app_secret(app_key))
    if signature != expected or abs(int(timestamp) / 1000 - gateway.now()) > _SKEW_SECONDS:
        raise unauthenticated()
    return app_key


def _batch_payload(gateway: Gateway, call: ApiCall, app_key: str) -> dict[str, object]:
    clock = _CLOCK.get((call.method, call.resource, call.action))
    if clock is not None:
        return envelope(clock(gateway))
    organisation = gateway.find(call.parameters.get("orgId"))
    organisation = check_user(organisation, call.parameters.get("userId"), app_key)
    operation = _OPERATIONS.get((call.method, call.resource, call.action))
    if operation is None:
        raise invalid("Incorrect parameter: action")
    data = operation(gateway, organisation, call)
    add_noise, rng = _NOISE.get(call.action), gateway.noise_generator()
    if add_noise is None or rng is None:
        return envelope(data)
    return noisy_keys(envelope(add_noise(data, rng)), rng)


# Actions without an organisation.
_CLOCK: Mapping[tuple[str, str, str], Callable[[Gateway], object]] = MappingProxyType(
    {
        ("GET", "time", "getCurrentTime"): lambda gateway: int(gateway.now() * 1000),
        ("GET", "time", "getTimeZone"): lambda _gateway: "GMT+8",
    }
)
_Operation = Callable[[Gateway, Organisation, ApiCall], object]
_OPERATIONS: Mapping[tuple[str, str, str], _Operation] = MappingProxyType(
    {
        ("GET", "flows", "export"): lambda _, org, call: readable_flow(org, call.flow_id)[1],
        ("GET", "flows", "get"): lambda _, org, call: flow_info(org, call.flow_id),
        ("GET", "flows", "getMyFlow"): lambda _, org, call: my_flows(org, call.parameters),
        ("POST", "flows", "search"): lambda _, org, call: search_flows(org, _decode(call.body)),
        ("POST", "flows", "import"): lambda gateway, org, call: gateway.write(
            org.org_id, lambda current: import_flow(current, _decode(call.body))
        ),
        ("GET", "directories", "listWorkFlowDirs"): lambda _, org, _call: directory_nodes(org),
        ("POST", "directories", "create"): lambda gateway, org, call: gateway.write(
            org.org_id, lambda current: create_directory(current, _decode(call.body))
        ),
    }
)
_NOISE: Mapping[str, Callable[[Any, Random], object]] = MappingProxyType(
    {"export": noisy_export, "listWorkFlowDirs": noisy_directories}
)


async def _respond(gateway: Gateway, record: RequestRecord, payload: Callable[[], object]) -> Response:
    """Return the response to a request, or the fault that applies to it."""

    def correct_response() -> Response:
        try:
            return JsonResponse(payload())
        except RefusalError as refusal:
            return refusal.response()

    fault = gateway.take_fault(record.action, record.flow_id)
    if fault is None:
        return _record(gateway, record, correct_response())
    faulty = await faulty_response(fault, correct_response, gateway.now())
    return _record(gateway, replace(record, fault=fault.kind), faulty)


def _record(gateway: Gateway, record: RequestRecord, sent: Response) -> Response:
    gateway.record(replace(record, status=sent.status_code))
    return sent


def _decode(body: bytes) -> object:
    """Return the JSON body of a request; None, which no action accepts, if it is not JSON."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value
