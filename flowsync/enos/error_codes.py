"""The verdict of each documented failure: does it pass, does it cost the flow, or the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class FailureScope(Enum):
    """What a failure means for the work."""

    PASSING = "worth another attempt"
    TOKEN = "worth another token"  # noqa: S105  words, no password
    FLOW = "this flow is unknown"
    RUN = "the run fails"


@dataclass(frozen=True)
class ApiFailure:
    """What was wrong in a few words, and what follows from it."""

    scope: FailureScope
    what: str
    code: int | None = None
    hint: str = ""


_SLOWER = "lower `jobs` or set `rate`, or raise the limit in the gateway's flow control"
_TOKEN = "check that the application is active and that this machine's clock is right"  # noqa: S105  words
_USER = "check `userId` and `orgId`: the user must belong to the organisation"

CODES: Mapping[int, ApiFailure] = MappingProxyType(
    {
        fault.code: fault
        for fault in (
            ApiFailure(FailureScope.PASSING, "code 1001, repeated token request", 1001),
            ApiFailure(
                FailureScope.RUN, "code 1002, the application key does not exist", 1002, "check the appKey"
            ),
            ApiFailure(
                FailureScope.RUN,
                "code 1003, the encryption is invalid",
                1003,
                "check the appSecret and this machine's clock",
            ),
            ApiFailure(FailureScope.RUN, "code 1004, invalid parameter", 1004, "check appKey and appSecret"),
            ApiFailure(FailureScope.PASSING, "code 1005, internal error of the token service", 1005),
            ApiFailure(
                FailureScope.RUN, "code 1202, a parameter is empty", 1202, "check appKey and appSecret"
            ),
            ApiFailure(FailureScope.TOKEN, "code 1203, the access token has expired", 1203, _TOKEN),
            ApiFailure(FailureScope.TOKEN, "code 1204, the access token can't be refreshed", 1204, _TOKEN),
            ApiFailure(
                FailureScope.RUN, "code 62101, the user is unknown in this organisation", 62101, _USER
            ),
            ApiFailure(
                FailureScope.FLOW,
                "code 62102, validation failed",
                62102,
                "check that the flow exists and is complete",
            ),
            ApiFailure(
                FailureScope.FLOW,
                "code 62103, the user has no privilege",
                62103,
                "give the user the right to read it",
            ),
            ApiFailure(FailureScope.FLOW, "code 62104, the state does not allow it", 62104),
            ApiFailure(
                FailureScope.RUN,
                "code 62105, the user's account is locked",
                62105,
                "unlock the account in the console",
            ),
            ApiFailure(FailureScope.PASSING, "code 62109, internal error of the platform", 62109),
        )
        if fault.code is not None
    }
)


def status_failure(status: int, code: int | None, redirect: str) -> ApiFailure:
    """Return the error for an unsuccessful HTTP status without a documented code."""
    if 300 <= status < 400:  # noqa: PLR2004  the class of statuses that redirect
        what = f"a redirect to {redirect}, which is not followed"
        return ApiFailure(FailureScope.FLOW, what, code, "check the gateway's address")
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
            return ApiFailure(FailureScope.PASSING, "too many requests", code, _SLOWER)
        case _ if status >= 500:  # noqa: PLR2004  the class of statuses that mean a failing server
            return ApiFailure(FailureScope.PASSING, "the gateway fails", code)
        case _:
            return ApiFailure(FailureScope.FLOW, "the gateway refuses the request", code)
