"""What each fault sends."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import assert_never

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from flowsync.emulator.faults import Fault, Shape
from flowsync.emulator.responses import RefusalError, encode_json, service_refusal, unauthenticated
from flowsync.emulator.tokens import expired_token

_JSON = "application/json;charset=UTF-8"
_MEBIBYTE = 1024 * 1024
_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


@dataclass(frozen=True)
class FaultResponse:
    """A complete response: JSON as bytes, and the HTTP status."""

    body: bytes
    status: int = 200


class BrokenResponse(Response):
    """A response that declares its whole body and ends in the middle of it, with its connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        # Returning with more announced makes the server close the connection.
        await send({"type": "http.response.body", "body": half, "more_body": True})


def response(answer: FaultResponse) -> Response:
    return Response(answer.body, answer.status, media_type=_JSON)


def refusal_answer(refusal: RefusalError) -> FaultResponse:
    return FaultResponse(encode_json(refusal.payload), refusal.status)


async def faulty_response(fault: Fault, right_answer: Callable[[], FaultResponse], now: float) -> Response:
    """Return the response for `fault`; `right_answer` is called, with its effects, only if it is needed."""
    match fault.kind:
        case "latency":
            await asyncio.sleep(fault.seconds)
            return response(right_answer())
        case "drip" | "reset" | "truncated" | "content_type" | "no_envelope":
            return _distort(fault, right_answer())
        case "status" | "html" | "empty" | "oversize" | "redirect" | "rate_limited":
            return _foreign(fault, now)
        case "code" | "wrong_type" | "token_expired" | "unauthorized":
            return response(_false_response(fault))
    assert_never(fault.kind)


def _distort(fault: Fault, answer: FaultResponse) -> Response:
    """Deliver the right response in a wrong way."""
    half = len(answer.body) // 2
    if fault.kind == "reset":
        return BrokenResponse(answer.body, answer.status, media_type=_JSON)
    if fault.kind == "truncated":
        return Response(answer.body[:half], answer.status, media_type=_JSON)
    if fault.kind == "content_type":
        return Response(answer.body, answer.status, headers={"Content-Type": fault.content_type})
    if fault.kind == "no_envelope":
        return _json_response(json.loads(answer.body)["data"])
    length = {"Content-Length": str(len(answer.body))}
    return StreamingResponse(_dripping(answer.body, fault.seconds), answer.status, length, _JSON)


def _false_response(fault: Fault) -> FaultResponse:
    """Return JSON of the platform that is not true."""
    match fault.kind:
        case "token_expired":
            return refusal_answer(expired_token())
        case "unauthorized":
            return refusal_answer(unauthenticated())
        case "wrong_type":
            return FaultResponse(encode_json(_of_shape(fault.shape)))
    return refusal_answer(service_refusal(fault.code, fault.message))


def _foreign(fault: Fault, now: float) -> Response:
    """Return a response that does not come from the platform's services."""
    match fault.kind:
        case "html":
            return Response(_LOGIN_PAGE, media_type="text/html")
        case "empty":
            return Response(b"", media_type=_JSON)
        case "oversize":
            return StreamingResponse(_oversize(fault.mebibytes), media_type=_JSON)
        case "redirect":
            return RedirectResponse(fault.location, 302)
        case "rate_limited":
            wait = formatdate(now + fault.seconds, usegmt=True) if fault.http_date else f"{fault.seconds:.0f}"
            return _json_response({"message": "API rate limit exceeded"}, 429, {"Retry-After": wait})
    headers = {"Content-Type": _JSON, **fault.headers}
    return Response(fault.body, fault.status, headers=headers)


def _json_response(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encode_json(value), status, headers, _JSON)


def _of_shape(shape: Shape) -> object:
    match shape:
        case "array":
            return []
        case "scalar":
            return "OK"
        case "data_null":
            return {"code": 0, "msg": "OK", "data": None}
        case "data_array":
            return {"code": 0, "msg": "OK", "data": [1, 2, 3]}
    assert_never(shape)


async def _dripping(body: bytes, pause: float) -> AsyncIterator[bytes]:
    for place in range(len(body)):
        yield body[place : place + 1]
        await asyncio.sleep(pause)


async def _oversize(mebibytes: int) -> AsyncIterator[bytes]:
    yield b'{"code":0,"msg":"OK","data":{"name":"'
    for _ in range(mebibytes):
        yield b"x" * _MEBIBYTE
    yield b'"}}'
