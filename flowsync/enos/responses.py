"""Responses of the platform: envelope, data and classification of failures."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flowsync.document.file_layout import MOST_ID_DIGITS
from flowsync.enos.error_codes import CODES, ApiFailure, TransientError, status_failure
from flowsync.enos.redaction import quote_response, redact
from flowsync.enos.requests import ApiRequest
from flowsync.errors import CanonicalError, GatewayError
from flowsync.flow.envelope import CODE_KEYS, is_flow, response_code
from flowsync.flow.values import parse_json_bytes

Error = TypeVar("Error", bound=GatewayError)
_INTEGER = re.compile(rf"-?[0-9]{{1,{MOST_ID_DIGITS}}}(\.0*)?")


@dataclass(frozen=True)
class Response:
    """A complete response: request, status, decoded body, and the two headers that are used.

    No error about the response contains one of the `secrets`.
    """

    request: ApiRequest
    status: int
    body: bytes
    secrets: tuple[str, ...] = field(default=(), repr=False)
    retry_after: str = ""
    location: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  the class of statuses that mean success


def integer(value: object) -> int | None:
    """Return the integer for values like 2512, "2512" or 3381.0; None for anything else."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if _INTEGER.fullmatch(value.strip()):
            return int(value.partition(".")[0])
        case _:
            return None


def envelope(response: Response) -> dict[str, Any]:
    """Return the envelope of an accepted response, its `data` not checked.

    A documented code takes precedence, because its HTTP status is not documented; then the HTTP status; then
    the body. Raises TransientError, TokenRefusedError, AuthenticationError (the run fails) or GatewayError
    (this flow is unknown).
    """
    fields = _parse(response.body)
    code = _code(fields, response.request) if isinstance(fields, dict) else fields
    if isinstance(fields, dict) and code == 0 and response.is_success:
        return fields
    raise _error(response, _failure(response, code), _excerpt(response, fields))


def flow_data(response: Response, flow_id: int) -> dict[str, Any]:
    """Return the `data` of a response that must be this flow, or a list with it.

    An export has no `flowId` as a rule; one of another flow proves that the response is not of this request.
    """
    data = envelope(response).get("data")
    flow = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(flow, dict):
        raise _unexpected(response, data, "an object")
    if not is_flow(flow):
        raise _unusable(response, "the response contains no flow")
    other = integer(flow.get("flowId"))
    if other not in (None, flow_id):
        raise _unusable(response, f"the response contains flow {other}")
    return flow


def directory_nodes(response: Response) -> list[Any]:
    """Return the `data` of a response that must be a list."""
    data = envelope(response).get("data")
    if not isinstance(data, list):
        raise _unexpected(response, data, "a list")
    return data


def milliseconds(response: Response) -> int:
    """Return the `data` of a response that must be an integer, in any notation."""
    data = envelope(response).get("data")
    number = integer(data)
    if number is None:
        raise _unexpected(response, data, "a number of milliseconds")
    return number


def text(response: Response) -> str:
    """Return the `data` of a response that must be text and not empty."""
    data = envelope(response).get("data")
    if not isinstance(data, str) or not data.strip():
        raise _unexpected(response, data, "a name")
    return data.strip()


def convert_error(error: GatewayError, kind: type[Error], message: str = "") -> Error:
    """Return an error of another kind with the facts of `error`, and its message unless another is given."""
    return kind(
        message or error.message,
        method=error.method,
        action=error.action,
        flow_id=error.flow_id,
        status=error.status,
        code=error.code,
        hint=error.hint,
    )


def _parse(body: bytes) -> dict[str, Any] | str:
    """Return the JSON object of a body, or a description of what the body is instead."""
    trimmed = body.strip()
    if not trimmed:
        return "empty response"
    if trimmed.startswith(b"<"):
        return "HTML page instead of JSON"
    try:
        value = json.loads(trimmed)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(error.doc) or error.msg.startswith("Unterminated string")
        return f"{'truncated JSON' if is_cut else 'not JSON'}: {error}"
    except (RecursionError, ValueError):  # too deep, not Unicode, or a number of thousands of digits
        return _refusal(trimmed)
    return value if isinstance(value, dict) else f"{_kind(value)} instead of a JSON object"


def _refusal(body: bytes) -> str:
    """Describe JSON that Python's own parser fails on, with its position."""
    try:
        parse_json_bytes(body)
    except CanonicalError as error:
        return error.sentence
    return "not JSON"


def _code(fields: dict[str, Any], request: ApiRequest) -> int | str:
    """Return the code of an envelope, or a sentence that says why it has none."""
    # "stauts": a misspelling in the sample of the platform's token documentation
    keys = (*CODE_KEYS, "stauts") if request.is_token_request else CODE_KEYS
    try:
        code = response_code(fields, keys)
    except CanonicalError as error:
        return error.message
    return "no envelope with a code or status" if code is None else code


def _failure(response: Response, code: int | str) -> ApiFailure:
    """Classify a failure by its code, or by the description that replaces a code."""
    number = None if isinstance(code, str) else code
    if number is not None and number in CODES:
        return CODES[number]
    if not response.is_success:
        return status_failure(response.status, number, _redirect_host(response.location))
    return ApiFailure(GatewayError, f"unknown code {number}" if number is not None else str(code), number)


def _redirect_host(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return "an invalid address"
    return quote_response(host.encode(), ()) if host else "the same host"


def _excerpt(response: Response, fields: dict[str, Any] | str) -> str:
    quoted = response.body
    if response.request.is_token_request and not quoted.lstrip().startswith(b"<"):
        # The body may contain a token that is not redacted yet: quote only its message.
        found = (fields.get("msg") or fields.get("message")) if isinstance(fields, dict) else ""
        quoted = found.encode("utf-8", "replace") if isinstance(found, str) else b""
    return quote_response(quoted, response.secrets)


def _unexpected(response: Response, data: object, expected: str) -> GatewayError:
    return _unusable(response, f"data is {_kind(data)}; expected {expected}")


def _unusable(response: Response, what: str) -> GatewayError:
    """Return the error for an accepted response with unexpected data."""
    return _error(
        response, ApiFailure(GatewayError, what, code=0), quote_response(response.body, response.secrets)
    )


def _error(response: Response, failure: ApiFailure, excerpt: str) -> GatewayError:
    what = f"{failure.message} (HTTP {response.status})" + (f": {excerpt}" if excerpt else "")
    error = response.request.error(
        redact(what, response.secrets),
        kind=failure.kind,
        status=response.status,
        code=failure.code,
        hint=failure.hint,
    )
    if isinstance(error, TransientError):
        error.retry_after = response.retry_after
    return error


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
