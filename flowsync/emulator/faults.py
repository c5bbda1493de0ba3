"""Faults that the emulator produces on request, and the response of each kind."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from email.utils import formatdate
from types import MappingProxyType
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from flowsync.emulator.responses import JsonResponse, envelope, service_refusal, unauthenticated
from flowsync.emulator.tokens import expired_token
from flowsync.errors import FlowsyncError

_MEBIBYTE = 1024 * 1024
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
_SHAPES: Mapping[str, object] = MappingProxyType(
    {"array": [], "scalar": "OK", "data_null": envelope(None), "data_array": envelope([1, 2, 3])}
)
_TYPES: Mapping[str, Any] = MappingProxyType(
    {
        "flow_id": int | None,
        "count": int | None,
        "status": int,
        "headers": Mapping,
        "seconds": int | float,
        "code": int,
        "mebibytes": int,
        "http_date": bool,
    }
)


@dataclass(frozen=True)
class Fault:
    """One kind of fault, for one flow (None: any flow) and one action.

    The action "any" matches all actions, "token" both calls of the token service. The fault happens `count`
    times (None: until the faults are cleared). The other fields belong to single kinds.
    """

    kind: str
    flow_id: int | None = None
    action: str = "export"
    count: int | None = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: str = '{"message":"Service unavailable"}'
    seconds: float = 1.0
    code: int = 62109
    message: str = "Internal server exception"
    shape: str = "array"
    mebibytes: int = 64
    location: str = "https://login.example.com/sso?from=apim"
    http_date: bool = False
    content_type: str = "text/plain"

    def matches(self, action: str, flow_id: int | None) -> bool:
        actions = {"any", action, action.partition("/")[0]}
        return self.action in actions and self.flow_id in (None, flow_id)

    def remaining(self) -> list["Fault"]:
        """Return what is left of this fault after one request: the fault, counted down, or nothing."""
        if self.count is None:
            return [self]
        return [replace(self, count=self.count - 1)] if self.count > 1 else []


def fault_from(settings: Mapping[str, Any]) -> Fault:
    """Create a fault from its fields by name, with `flowId` for `flow_id`.

    Raises FlowsyncError for unknown fields.
    """
    named = {"flow_id" if name == "flowId" else name: value for name, value in settings.items()}
    known = [known.name for known in fields(Fault)]
    if unknown := sorted(named.keys() - set(known)):
        raise FlowsyncError(f"unknown field of a fault: {unknown[0]}", hint=f"use one of {', '.join(known)}")
    kinds = ["latency", *_REPLACED, *_DISTORTED]
    for name, value, values in (
        ("kind", named.get("kind"), kinds),
        ("shape", named.get("shape", "array"), [*_SHAPES]),
    ):
        if value not in values:
            raise FlowsyncError(f"unknown {name} of a fault: {value}", hint=f"use one of {', '.join(values)}")
    for name, value in named.items():
        if not isinstance(value, _TYPES.get(name, str)):
            raise FlowsyncError(f"invalid {name} of a fault: {value!r}")
    return Fault(**named)


async def faulty_response(fault: Fault, correct_response: Callable[[], Response], now: float) -> Response:
    """Return the response for `fault`.

    `correct_response` handles the request, with its effects; it is called only for faults that need it.
    """
    if fault.kind in _REPLACED:
        return _REPLACED[fault.kind](fault, now)
    if fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
        return correct_response()
    correct = correct_response()
    return _DISTORTED[fault.kind](fault, bytes(correct.body), correct.status_code)


async def _drip(body: bytes, pause: float) -> AsyncIterator[bytes]:
    for index in range(len(body)):
        yield body[index : index + 1]
        await asyncio.sleep(pause)


async def _oversize(mebibytes: int) -> AsyncIterator[bytes]:
    yield b'{"code":0,"msg":"OK","data":{"name":"'
    for _ in range(mebibytes):
        yield b"x" * _MEBIBYTE
    yield b'"}}'


def _rate_limited(fault: Fault, now: float) -> Response:
    wait = formatdate(now + fault.seconds, usegmt=True) if fault.http_date else f"{fault.seconds:.0f}"
    return JsonResponse({"message": "API rate limit exceeded"}, 429, {"Retry-After": wait})


_JSON: Mapping[str, str] = MappingProxyType({"Content-Type": JsonResponse.media_type})
# Kinds that replace the correct response.
_REPLACED: Mapping[str, Callable[[Fault, float], Response]] = MappingProxyType(
    {
        # any HTTP status, with `headers` and `body`
        "status": lambda fault, _now: Response(fault.body, fault.status, {**_JSON, **fault.headers}),
        # a login page
        "html": lambda _fault, _now: HTMLResponse(_LOGIN_PAGE),
        # no body
        "empty": lambda _fault, _now: Response(headers=_JSON),
        # the envelope with `code` and `message`
        "code": lambda fault, _now: service_refusal(fault.code, fault.message).response(),
        # JSON of another type, by `shape`
        "wrong_type": lambda fault, _now: JsonResponse(_SHAPES[fault.shape]),
        # valid JSON of `mebibytes` MiB
        "oversize": lambda fault, _now: StreamingResponse(_oversize(fault.mebibytes), headers=_JSON),
        # a redirect to `location` on another host
        "redirect": lambda fault, _now: RedirectResponse(fault.location, 302),
        # code 1203 although the token is valid
        "token_expired": lambda _fault, _now: expired_token().response(),
        # HTTP 401 although the signature is correct
        "unauthorized": lambda _fault, _now: unauthenticated().response(),
        # HTTP 429 with Retry-After `seconds`, as a date if `http_date`
        "rate_limited": _rate_limited,
    }
)
# Kinds that deliver the correct response in a wrong way. "latency" delivers it after `seconds`.
_DISTORTED: Mapping[str, Callable[[Fault, bytes, int], Response]] = MappingProxyType(
    {
        # byte by byte, `seconds` apart
        "drip": lambda fault, body, status: StreamingResponse(
            _drip(body, fault.seconds), status, {**_JSON, "Content-Length": str(len(body))}
        ),
        # the connection closes in the middle of the declared body, because the server refuses to end it
        "reset": lambda _fault, body, status: StreamingResponse(
            iter([body[: len(body) // 2]]), status, {**_JSON, "Content-Length": str(len(body))}
        ),
        # complete HTTP with half of the JSON
        "truncated": lambda _fault, body, status: Response(body[: len(body) // 2], status, _JSON),
        # the data without {code, msg, data} around it
        "no_envelope": lambda _fault, body, _status: JsonResponse(json.loads(body)["data"]),
        # the Content-Type `content_type`
        "content_type": lambda fault, body, status: Response(body, status, media_type=fault.content_type),
    }
)
