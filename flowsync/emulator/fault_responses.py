"""Build the response of each kind of fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import formatdate
from types import MappingProxyType

from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from flowsync.emulator.faults import Fault
from flowsync.emulator.responses import JsonResponse, envelope, service_refusal, unauthenticated
from flowsync.emulator.tokens import expired_token

_MEBIBYTE = 1024 * 1024
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
_SHAPES: Mapping[str, object] = MappingProxyType(
    {"array": [], "scalar": "OK", "data_null": envelope(None), "data_array": envelope([1, 2, 3])}
)


class BrokenResponse(Response):
    """A response that declares its whole body; the connection ends in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        # Returning with more announced makes the server close the connection.
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def faulty_response(fault: Fault, correct_response: Callable[[], Response], now: float) -> Response:
    """Return the response for `fault`.

    `correct_response` handles the request, with its effects; it is called only for faults that need it.
    """
    if fault.kind in _INVENTED:
        return _INVENTED[fault.kind](fault, now)
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
# Responses that take the place of the correct one.
_INVENTED: Mapping[str, Callable[[Fault, float], Response]] = MappingProxyType(
    {
        "status": lambda fault, _now: Response(fault.body, fault.status, {**_JSON, **fault.headers}),
        "html": lambda _fault, _now: HTMLResponse(_LOGIN_PAGE),
        "empty": lambda _fault, _now: Response(headers=_JSON),
        "code": lambda fault, _now: service_refusal(fault.code, fault.message).response(),
        "wrong_type": lambda fault, _now: JsonResponse(_SHAPES[fault.shape]),
        "oversize": lambda fault, _now: StreamingResponse(_oversize(fault.mebibytes), headers=_JSON),
        "redirect": lambda fault, _now: RedirectResponse(fault.location, 302),
        "token_expired": lambda _fault, _now: expired_token().response(),
        "unauthorized": lambda _fault, _now: unauthenticated().response(),
        "rate_limited": _rate_limited,
    }
)
# The correct response, delivered in a wrong way.
_DISTORTED: Mapping[str, Callable[[Fault, bytes, int], Response]] = MappingProxyType(
    {
        "drip": lambda fault, body, status: StreamingResponse(
            _drip(body, fault.seconds), status, {**_JSON, "Content-Length": str(len(body))}
        ),
        "reset": lambda _fault, body, status: BrokenResponse(body, status, _JSON),
        "truncated": lambda _fault, body, status: Response(body[: len(body) // 2], status, _JSON),
        "no_envelope": lambda _fault, body, _status: JsonResponse(json.loads(body)["data"]),
        "content_type": lambda fault, body, status: Response(body, status, media_type=fault.content_type),
    }
)
