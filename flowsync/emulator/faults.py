"""Faults that the emulator produces on request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from flowsync.errors import FlowsyncError

Kind = Literal[
    "status",  # any HTTP status, with `headers` and `body`
    "latency",  # the right response after `seconds`
    "drip",  # the right response byte by byte, `seconds` apart
    "reset",  # the connection ends in the middle of the declared body
    "truncated",  # a complete HTTP response with half of the JSON
    "html",  # a login page
    "empty",  # no body
    "code",  # the envelope with `code` and `message`
    "wrong_type",  # JSON of another kind: see `shape`
    "no_envelope",  # the right data without {code, msg, data} around it
    "oversize",  # valid JSON of `mebibytes` MiB
    "redirect",  # to `location`, on another host
    "token_expired",  # code 1203 although the token is valid
    "unauthorized",  # HTTP 401 although the signature is right
    "rate_limited",  # HTTP 429 with Retry-After `seconds`, as a date if `http_date`
    "content_type",  # the right response with Content-Type `content_type`
]
Shape = Literal["array", "scalar", "data_null", "data_array"]
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

    kind: Kind
    flow_id: int | None = None
    action: str = "export"
    count: int | None = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: str = '{"message":"Service unavailable"}'
    seconds: float = 1.0
    code: int = 62109
    message: str = "Internal server exception"
    shape: Shape = "array"
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
    for name, value, values in (
        ("kind", named.get("kind"), get_args(Kind)),
        ("shape", named.get("shape", "array"), get_args(Shape)),
    ):
        if value not in values:
            raise FlowsyncError(f"unknown {name} of a fault: {value}", hint=f"use one of {', '.join(values)}")
    for name, value in named.items():
        if not isinstance(value, _TYPES.get(name, str)):
            raise FlowsyncError(f"invalid {name} of a fault: {value!r}")
    return Fault(**named)
