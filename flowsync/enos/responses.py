"""Responses of the platform: envelope, data and classification of failures."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flowsync.document.file_layout import MOST_ID_DIGITS
from flowsync.enos.error_codes import CODES, ApiFailure, FailureScope, status_failure
from flowsync.enos.redaction import quote_response, redact
from flowsync.enos.requests import ApiRequest
from flowsync.errors import AuthenticationError, CanonicalError, GatewayError
from flowsync.flow.envelope import CODE_KEYS, is_flow, response_code
from flowsync.flow.values import parse_json_bytes

Error = TypeVar("Error", bound=GatewayError)


class TransientError(GatewayError):
    """A failure that a retry may resolve; `retry_after` is the header of that name, empty if absent."""

    def __init__(self, message: str, *, retry_after: str = "", **facts: Any) -> None:  # noqa: ANN401
        super().__init__(message, **facts)
        self.retry_after = retry_after


class TokenRefusedError(GatewayError):
    """The access token is refused, but not the application; a new token may be accepted."""


@dataclass(frozen=True)
class Response:
    """A complete response: status, decoded body, and the two headers that are used."""

    status: int
    body: bytes
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
        case float():
            return int(value) if value.is_integer() else None
        case str():
            return _integer_from_text(value)
        case _:
            return None


def envelope(response: Response, request: ApiRequest, secrets: Iterable[str]) -> dict[str, Any]:
    """Return the envelope of an accepted response, its `data` not checked.

    A documented code takes precedence, because its HTTP status is not documented; then the HTTP status; then
    the body. Raises TransientError, TokenRefusedError, AuthenticationError (the run fails) or GatewayError
    (this flow is unknown).
    """
    fields = _parse(response.body)
    outcome = _classify(response, fields, request)
    if isinstance(outcome, ApiFailure):
        secrets = tuple(secrets)
        raise _error(outcome, response, request, secrets, _excerpt(response, fields, request, secrets))
    return outcome


def flow_data(response: Response, request: ApiRequest, secrets: Iterable[str]) -> dict[str, Any]:
    """Return the `data` of a response that must be one flow, or a list with one flow."""
    secrets = tuple(secrets)
    data = envelope(response, request, secrets).get("data")
    flow = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(flow, dict):
        raise unusable(response, request, secrets, f"data is {_kind(data)}; expected an object")
    if not is_flow(flow):
        raise unusable(response, request, secrets, "the response contains no flow")
    return flow


def directory_nodes(response: Response, request: ApiRequest, secrets: Iterable[str]) -> list[Any]:
    """Return the `data` of a response that must be a list."""
    secrets = tuple(secrets)
    data = envelope(response, request, secrets).get("data")
    if isinstance(data, list):
        return data
    raise unusable(response, request, secrets, f"data is {_kind(data)}; expected a list")


def milliseconds(response: Response, request: ApiRequest, secrets: Iterable[str]) -> int:
    """Return the `data` of a response that must be an integer, in any notation."""
    secrets = tuple(secrets)
    data = envelope(response, request, secrets).get("data")
    number = integer(data)
    if number is None:
        raise unusable(
            response, request, secrets, f"data is {_kind(data)}; expected a number of milliseconds"
        )
    return number


def text(response: Response, request: ApiRequest, secrets: Iterable[str]) -> str:
    """Return the `data` of a response that must be text and not empty."""
    secrets = tuple(secrets)
    data = envelope(response, request, secrets).get("data")
    if isinstance(data, str) and data.strip():
        return data.strip()
    raise unusable(response, request, secrets, f"data is {_kind(data)}; expected a name")


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


def unusable(response: Response, request: ApiRequest, secrets: Iterable[str], what: str) -> GatewayError:
    """Return the error for an accepted response with unexpected data."""
    secrets = tuple(secrets)
    return _error(
        ApiFailure(FailureScope.FLOW, what, code=0),
        response,
        request,
        secrets,
        quote_response(response.body, secrets),
    )


def _integer_from_text(spelling: str) -> int | None:
    body, _, fraction = spelling.strip().partition(".")
    digits = body.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and not fraction.strip("0")
    is_number = is_number and len(digits) <= MOST_ID_DIGITS
    return int(body) if is_number else None


def _parse(body: bytes) -> dict[str, Any] | str:
    trimmed = body.strip()
    if not trimmed:
        return "empty response"
    if trimmed.startswith(b"<"):
        return "HTML page instead of JSON"
    try:
        value = json.loads(trimmed)
    except json.JSONDecodeError as error:
        return _syntax_problem(error)
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


def _syntax_problem(error: json.JSONDecodeError) -> str:
    is_cut = error.pos >= len(error.doc) or error.msg.startswith("Unterminated string")
    return f"{'truncated JSON' if is_cut else 'not JSON'}: {error}"


def _code(fields: dict[str, Any], request: ApiRequest) -> int | str:
    """Return the code of an envelope, or a sentence that says why it has none."""
    # "stauts": a misspelling in the sample of the platform's token documentation
    keys = (*CODE_KEYS, "stauts") if request.is_token_request else CODE_KEYS
    try:
        code = response_code(fields, keys)
    except CanonicalError as error:
        return error.message
    return "no envelope with a code or status" if code is None else code


def _classify(
    response: Response, fields: dict[str, Any] | str, request: ApiRequest
) -> ApiFailure | dict[str, Any]:
    text_part = _code(fields, request) if isinstance(fields, dict) else fields
    code = text_part if isinstance(text_part, int) else None
    if code is not None and code in CODES:
        return CODES[code]
    if not response.is_success:
        return status_failure(response.status, code, _redirect_host(response.location))
    if isinstance(fields, str):
        return ApiFailure(FailureScope.FLOW, fields)
    if isinstance(text_part, str):
        return ApiFailure(FailureScope.FLOW, text_part)
    return fields if code == 0 else ApiFailure(FailureScope.FLOW, f"unknown code {code}", code)


def _redirect_host(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return "an invalid address"
    return quote_response(host.encode(), ()) if host else "the same host"


def _excerpt(
    response: Response, fields: dict[str, Any] | str, request: ApiRequest, secrets: Iterable[str]
) -> str:
    if not request.is_token_request:
        return quote_response(response.body, secrets)
    # A response of the token service may contain a token that is not redacted yet: quote only its message.
    if isinstance(fields, dict):
        message = fields.get("msg") or fields.get("message") or ""
        return quote_response(message.encode("utf-8", "replace"), secrets) if isinstance(message, str) else ""
    return quote_response(response.body, secrets) if response.body.lstrip().startswith(b"<") else ""


def _error(
    failure: ApiFailure, response: Response, request: ApiRequest, secrets: tuple[str, ...], excerpt: str
) -> GatewayError:
    message = f"{request.title}: {failure.message} (HTTP {response.status})" + (
        f": {excerpt}" if excerpt else ""
    )
    kind = _KINDS.get(failure.scope) or partial(TransientError, retry_after=response.retry_after)
    return kind(
        redact(message, secrets),
        method=request.method,
        action=request.action,
        flow_id=request.flow_id,
        status=response.status,
        code=failure.code,
        hint=failure.hint,
    )


_KINDS: dict[FailureScope, type[GatewayError]] = {
    FailureScope.TOKEN: TokenRefusedError,
    FailureScope.FLOW: GatewayError,
    FailureScope.RUN: AuthenticationError,
}


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
