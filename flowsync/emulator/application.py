"""The platform's services over HTTP: authentication, dispatch and responses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowsync.emulator import api_read, api_write
from flowsync.emulator.control import control_routes
from flowsync.emulator.fault_responses import FaultResponse, faulty_response, refusal_answer, response
from flowsync.emulator.flow_info import flow_info
from flowsync.emulator.gateway import Gateway, RequestRecord
from flowsync.emulator.organisation import Organisation
from flowsync.emulator.responses import (
    RefusalError,
    encode_json,
    envelope,
    gateway_refusal,
    invalid,
    token_envelope,
    unauthenticated,
)
from flowsync.emulator.signing import call_signature, first_values

TOKEN_PATH = "/apim-token-service/v2.0/token"  # noqa: S105 (a path)
BATCH_PATH = "/batch-processing-service/v2.1"
# The platform documents no window; the emulator refuses a timestamp that is further off than this.
SKEW_SECONDS = 15 * 60


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
            Route(f"{TOKEN_PATH}/{{call}}", partial(_token, gateway), methods=["POST"]),
            Route(f"{BATCH_PATH}/{{resource}}", partial(_batch, gateway), methods=["GET", "POST"]),
            *control_routes(gateway),
        ],
        exception_handlers={404: _no_route, 405: _no_route},
    )


async def _no_route(_request: Request, _error: Exception) -> Response:
    return response(refusal_answer(gateway_refusal(404, "no Route matched with those values")))


# The token service


async def _token(gateway: Gateway, request: Request) -> Response:
    name, body = request.path_params["call"], await request.body()
    if name not in ("get", "refresh"):
        return await _no_route(request, LookupError(name))
    return await _apply_fault(
        gateway,
        RequestRecord("POST", f"token/{name}", None, 200),
        lambda: _token_answer(gateway, name, body),
    )


def _token_answer(gateway: Gateway, name: str, body: bytes) -> bytes:
    issue = gateway.tokens.get if name == "get" else gateway.tokens.refresh
    return encode_json(token_envelope(issue(_json_body(body), gateway.now())))


# The batch service


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
    record = RequestRecord(call.method, call.action, call.flow_id, 200)
    try:
        app_key = _authenticate(gateway, call)
    except RefusalError as refusal:
        return _record(gateway, record, response(refusal_answer(refusal)))
    return await _apply_fault(gateway, record, lambda: _batch_answer(gateway, call, app_key))


def _authenticate(gateway: Gateway, call: ApiCall) -> str:
    """Return the appKey of a correctly signed call; raises RefusalError for any other call."""
    token, signature, timestamp = (
        call.headers.get(name, "") for name in ("apim-accesstoken", "apim-signature", "apim-timestamp")
    )
    if not (token and signature and timestamp.isascii() and timestamp.isdigit()):
        raise unauthenticated()
    app_key = gateway.tokens.app_key_of(token, gateway.now())
    expected = call_signature(token, call.query, call.body, timestamp, gateway.tokens.app_secret(app_key))
    if signature != expected or abs(int(timestamp) / 1000 - gateway.now()) > SKEW_SECONDS:
        raise unauthenticated()
    return app_key


def _batch_answer(gateway: Gateway, call: ApiCall, app_key: str) -> bytes:
    if call.resource == "time":
        return encode_json(envelope(_time(gateway, call)))
    organisation = gateway.organisation(call.parameters.get("orgId"))
    organisation = api_read.check_user(organisation, call.parameters.get("userId"), app_key)
    operation = _OPERATIONS.get((call.method, call.resource, call.action))
    if operation is None:
        raise invalid("Incorrect parameter: action")
    return operation(gateway, organisation, call)


def _time(gateway: Gateway, call: ApiCall) -> object:
    match call.method, call.action:
        case "GET", "getCurrentTime":
            return int(gateway.now() * 1000)
        case "GET", "getTimeZone":
            return "GMT+8"
    raise invalid("Incorrect parameter: action")


def _export(gateway: Gateway, organisation: Organisation, call: ApiCall) -> bytes:
    flow_id = api_read.requested_flow_id(call.parameters.get("flowId"))
    api_read.readable_export(organisation, flow_id)
    return gateway.export_answer(organisation.org_id, flow_id)


def _get(_gateway: Gateway, organisation: Organisation, call: ApiCall) -> bytes:
    flow_id = api_read.requested_flow_id(call.parameters.get("flowId"))
    export = api_read.readable_export(organisation, flow_id)
    return encode_json(envelope(flow_info(organisation, flow_id, export)))


def _get_my_flow(_gateway: Gateway, organisation: Organisation, call: ApiCall) -> bytes:
    return encode_json(envelope(api_read.my_flows(organisation, call.parameters.get("expression"))))


def _search(_gateway: Gateway, organisation: Organisation, call: ApiCall) -> bytes:
    return encode_json(envelope(api_read.found_flows(organisation, _json_body(call.body))))


def _list_directories(gateway: Gateway, organisation: Organisation, _call: ApiCall) -> bytes:
    return gateway.directory_answer(organisation)


def _written(
    change: Callable[[Organisation, object], tuple[Organisation, dict[str, object]]],
    gateway: Gateway,
    organisation: Organisation,
    call: ApiCall,
) -> bytes:
    data: dict[str, object] = {}

    def changed(before: Organisation) -> Organisation:
        after, answered = change(before, _json_body(call.body))
        data.update(answered)
        return after

    gateway.update(organisation.org_id, changed)
    return encode_json(envelope(data))


Operation = Callable[[Gateway, Organisation, ApiCall], bytes]
_OPERATIONS: Mapping[tuple[str, str, str], Operation] = MappingProxyType(
    {
        ("GET", "flows", "export"): _export,
        ("GET", "flows", "get"): _get,
        ("GET", "flows", "getMyFlow"): _get_my_flow,
        ("POST", "flows", "search"): _search,
        ("POST", "flows", "import"): partial(_written, api_write.import_flow),
        ("GET", "directories", "listWorkFlowDirs"): _list_directories,
        ("POST", "directories", "create"): partial(_written, api_write.with_directory),
    }
)


# Every response passes through here


async def _apply_fault(gateway: Gateway, record: RequestRecord, answer: Callable[[], bytes]) -> Response:
    """Return the response to a request, or the fault that is due for it."""

    def right_answer() -> FaultResponse:
        try:
            return FaultResponse(answer())
        except RefusalError as refusal:
            return refusal_answer(refusal)

    fault = gateway.take_fault(record.action, record.flow_id)
    if fault is None:
        return _record(gateway, record, response(right_answer()))
    played = await faulty_response(fault, right_answer, gateway.now())
    return _record(gateway, record, played, fault.kind)


def _record(gateway: Gateway, record: RequestRecord, answer: Response, fault: str = "") -> Response:
    gateway.record(RequestRecord(record.method, record.action, record.flow_id, answer.status_code, fault))
    return answer


def _json_body(body: bytes) -> object:
    """Return the JSON body of a request; None, which no action accepts, if it is not JSON."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value
