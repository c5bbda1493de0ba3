"""Failures of the platform: documented codes and HTTP statuses, and the errors that they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flowsync.errors import AuthenticationError, GatewayError


class TransientError(GatewayError):
    """A failure that a retry may resolve; `retry_after` is the header of that name, empty if absent."""

    retry_after = ""


class TokenRefusedError(GatewayError):
    """The access token is refused, but not the application; a new token may be accepted."""


@dataclass(frozen=True)
class ApiFailure:
    """A failure: the error that it becomes, a short description, the platform's code and a hint.

    A GatewayError makes one flow unknown; an AuthenticationError fails the run.
    """

    kind: type[GatewayError]
    message: str
    code: int | None = None
    hint: str = ""


_SLOWER = "lower `jobs` or set `rate`, or raise the limit in the gateway's flow control"
_CLOCK = "this machine's clock"
_TOKEN = f"check that the application is active, and check {_CLOCK}"
_USER = "check `userId` and `orgId`: the user must belong to the organisation"

CODES: Mapping[int, ApiFailure] = MappingProxyType(
    {
        code: ApiFailure(kind, f"code {code}, {message}", code, hint)
        for code, kind, message, hint in (
            (1001, TransientError, "repeated token request", ""),
            (1002, AuthenticationError, "the application key does not exist", "check `appKey`"),
            (1003, AuthenticationError, "the encryption is invalid", f"check `appSecret` and {_CLOCK}"),
            (1004, AuthenticationError, "invalid parameter", "check `appKey` and `appSecret`"),
            (1005, TransientError, "internal error of the token service", ""),
            (1202, AuthenticationError, "a parameter is empty", "check `appKey` and `appSecret`"),
            (1203, TokenRefusedError, "the access token has expired", _TOKEN),
            (1204, TokenRefusedError, "the access token can't be refreshed", _TOKEN),
            (62101, AuthenticationError, "the user is unknown in this organisation", _USER),
            (62102, GatewayError, "validation failed", "check that the flow exists and is complete"),
            (62103, GatewayError, "the user has no privilege", "give the user the right to read it"),
            (62104, GatewayError, "the state does not allow it", ""),
            (62105, AuthenticationError, "the user's account is locked", "unlock the account in the console"),
            (62109, TransientError, "internal error of the platform", ""),
        )
    }
)


def status_failure(status: int, code: int | None, redirect: str) -> ApiFailure:
    """Return the failure for an HTTP status that is not a success and has no documented code."""
    match status:
        case _ if 300 <= status < 400:  # noqa: PLR2004  the class of statuses that redirect
            message = f"a redirect to {redirect}, which is not followed"
            return ApiFailure(GatewayError, message, code, "check the `gateway`")
        case 401:
            return ApiFailure(TokenRefusedError, "the gateway refuses the access token", code, _TOKEN)
        case 403:
            hint = "check the list of allowed addresses of the `gateway`"
            return ApiFailure(GatewayError, "access is forbidden", code, hint)
        case 429:
            return ApiFailure(TransientError, "too many requests", code, _SLOWER)
        case _ if status >= 500:  # noqa: PLR2004  the class of statuses that mean a failing server
            return ApiFailure(TransientError, "the gateway fails", code)
        case _:
            return ApiFailure(GatewayError, "the gateway refuses the request", code)
