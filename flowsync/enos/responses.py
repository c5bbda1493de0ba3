"""Responses of the platform: envelope, data and classification of failures."""

import json
import logging
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
_LOG = logging.getLogger(__name__)
_SEE_RESPONSE = "run again with -v to see the response"
_TITLE = re.compile(rb"<(?:title|h1)>([^<]+)<", re.IGNORECASE)
_WINDOW = 65_536
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
    fields = _parse(response)
    code = _code(fields, response) if isinstance(fields, dict) else fields
    if isinstance(fields, dict) and code == 0 and response.is_success:
        return fields
    raise _error(response, _failure(response, code), _own_message(fields) or _title(response.body))


def flow_data(response: Response, flow_id: int) -> dict[str, Any]:
    """Return the `data` of a response that must be this flow, or a list with it.

    An export has no `flowId` as a rule; one of another flow proves that the response is not of this request.
    """
    data = envelope(response).get("data")
    flow = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(flow, dict):
        raise _unexpected(response, data, "an object")
    if not is_flow(flow):
        raise _unusable(response, "the response contains no flow", _own_message(flow))
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


def convert_error(error: GatewayError, kind: type[Error], message: str = "", **facts: Any) -> Error:  # noqa: ANN401
    """Return an error of another kind with the facts of `error`, except those that are given."""
    own = {key: fact for key, fact in vars(error).items() if key not in {"message", "retry_after"}}
    return kind(message or error.message, **{**own, **facts})


def _parse(response: Response) -> dict[str, Any] | str:
    """Return the JSON object of a body, or a description of what the body is instead."""
    trimmed = response.body.strip()
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
        return _refusal(trimmed, response)
    return value if isinstance(value, dict) else f"{_kind(value)} instead of a JSON object"


def _refusal(body: bytes, response: Response) -> str:
    """Describe JSON that Python's own parser fails on, with its position."""
    try:
        parse_json_bytes(body)
    except CanonicalError as error:
        return _without_secrets(error.sentence, response) or "not JSON"
    return "not JSON"


def _code(fields: dict[str, Any], response: Response) -> int | str:
    """Return the code of an envelope, or a sentence that says why it has none."""
    # "stauts": a misspelling in the sample of the platform's token documentation
    keys = (*CODE_KEYS, "stauts") if response.request.is_token_request else CODE_KEYS
    try:
        code = response_code(fields, keys)
    except CanonicalError as error:
        return _without_secrets(error.message, response) or "the code or status is not a number"
    return "no envelope with a code or status" if code is None else code


def _without_secrets(sentence: str, response: Response) -> str:
    """Return a sentence that quotes the response, "" if it contains a secret: its own words stay whole."""
    return sentence if redact(sentence, response.secrets) == sentence else ""


def _failure(response: Response, code: int | str) -> ApiFailure:
    """Classify a failure by its code, or by the description that replaces a code."""
    number = None if isinstance(code, str) else code
    if number is not None and number in CODES:
        return CODES[number]
    if not response.is_success:
        return status_failure(response.status, number, _redirect_host(response))
    return ApiFailure(GatewayError, f"unknown code {number}" if number is not None else str(code), number)


def _redirect_host(response: Response) -> str:
    try:
        host = urlsplit(response.location).hostname
    except ValueError:
        return "an invalid address"
    return quote_response(host.encode(), response.secrets) if host else "the same host"


def _own_message(fields: dict[str, Any] | str) -> str:
    """Return what the platform writes for people, "" if nothing."""
    found = (fields.get("msg") or fields.get("message")) if isinstance(fields, dict) else ""
    return found if isinstance(found, str) else ""


def _title(body: bytes) -> str:
    """Return the title of an HTML page, which is often that of a proxy."""
    found = _TITLE.search(body[:_WINDOW])
    return found[1].decode("utf-8", "replace") if found else ""


def _unexpected(response: Response, data: object, expected: str) -> GatewayError:
    return _unusable(response, f"data is {_kind(data)}; expected {expected}")


def _unusable(response: Response, what: str, own_message: str = "") -> GatewayError:
    """Return the error for an accepted response with unexpected data."""
    return _error(response, ApiFailure(GatewayError, what, code=0), own_message)


def _error(response: Response, failure: ApiFailure, own_message: str) -> GatewayError:
    """Return the error for a failure; the log contains an excerpt of the response.

    A body without the platform's message may contain a token that is not redacted yet.
    """
    quoted = quote_response(own_message.encode("utf-8", "replace"), response.secrets)
    if not response.request.is_token_request:
        excerpt = quote_response(response.body, response.secrets) or "empty"
        _LOG.info("%s: response (HTTP %d): %s", response.request.title, response.status, excerpt)
    error = response.request.error(
        f"{failure.message} (HTTP {response.status})" + (f": {quoted}" if quoted else ""),
        kind=failure.kind,
        status=response.status,
        code=failure.code,
        hint=failure.hint or _SEE_RESPONSE,
    )
    if isinstance(error, TransientError):
        error.retry_after = response.retry_after
    return error


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
