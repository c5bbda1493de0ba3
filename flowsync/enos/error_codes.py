"""Failures of the platform: documented codes and HTTP statuses, and their scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class FailureScope(Enum):
    """What a failure affects, and whether a retry may resolve it."""

    TRANSIENT = "retry"
    TOKEN = "retry with a new token"  # noqa: S105  not a password
    FLOW = "the flow is unknown"
    RUN = "the run fails"


@dataclass(frozen=True)
class ApiFailure:
    """A failure: its scope, a short description, the platform's code and a hint."""

    scope: FailureScope
    message: str
    code: int | None = None
    hint: str = ""


_SLOWER = "lower `jobs` or set `rate`, or raise the limit in the gateway's flow control"
_CLOCK = "this machine's clock"
_TOKEN = f"check that the application is active, and check {_CLOCK}"
_USER = "check `userId` and `orgId`: the user must belong to the organisation"

CODES: Mapping[int, ApiFailure] = MappingProxyType(
    {
        code: ApiFailure(scope, f"code {code}, {message}", code, hint)
        for code, scope, message, hint in (
            (1001, FailureScope.TRANSIENT, "repeated token request", ""),
            (1002, FailureScope.RUN, "the application key does not exist", "check the appKey"),
            (1003, FailureScope.RUN, "the encryption is invalid", f"check the appSecret and {_CLOCK}"),
            (1004, FailureScope.RUN, "invalid parameter", "check appKey and appSecret"),
            (1005, FailureScope.TRANSIENT, "internal error of the token service", ""),
            (1202, FailureScope.RUN, "a parameter is empty", "check appKey and appSecret"),
            (1203, FailureScope.TOKEN, "the access token has expired", _TOKEN),
            (1204, FailureScope.TOKEN, "the access token can't be refreshed", _TOKEN),
            (62101, FailureScope.RUN, "the user is unknown in this organisation", _USER),
            (62102, FailureScope.FLOW, "validation failed", "check that the flow exists and is complete"),
            (62103, FailureScope.FLOW, "the user has no privilege", "give the user the right to read it"),
            (62104, FailureScope.FLOW, "the state does not allow it", ""),
            (62105, FailureScope.RUN, "the user's account is locked", "unlock the account in the console"),
            (62109, FailureScope.TRANSIENT, "internal error of the platform", ""),
        )
    }
)


def status_failure(status: int, code: int | None, redirect: str) -> ApiFailure:
    """Return the failure for an HTTP status that is not a success and has no documented code."""
    if 300 <= status < 400:  # noqa: PLR2004  the class of statuses that redirect
        message = f"a redirect to {redirect}, which is not followed"
        return ApiFailure(FailureScope.FLOW, message, code, "check the gateway's address")
    match status:
        case 401:
            return ApiFailure(FailureScope.TOKEN, "the gateway refuses the access token", code, _TOKEN)
        case 403:
            return ApiFailure(
                FailureScope.FLOW,
                "access is forbidden",
                code,
                "check the gateway's list of allowed addresses",
            )
        case 429:
            return ApiFailure(FailureScope.TRANSIENT, "too many requests", code, _SLOWER)
        case _ if status >= 500:  # noqa: PLR2004  the class of statuses that mean a failing server
            return ApiFailure(FailureScope.TRANSIENT, "the gateway fails", code)
        case _:
            return ApiFailure(FailureScope.FLOW, "the gateway refuses the request", code)
