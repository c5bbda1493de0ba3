"""Requests to the platform: method, path, query and body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flowsync.enos.auth.signing import token_encryption
from flowsync.errors import GatewayError

TOKEN_SERVICE = "/apim-token-service/v2.0/token"  # noqa: S105  a path, no password
BATCH_SERVICE = "/batch-processing-service/v2.1"


@dataclass(frozen=True)
class ApiRequest:
    """One request before it is signed; `path` follows the gateway's base URL, `body` is JSON or empty."""

    method: str
    path: str
    action: str
    query: str = ""
    body: str = ""
    flow_id: int | None = None

    @property
    def title(self) -> str:
        return self.action if self.flow_id is None else f"{self.action} of flow {self.flow_id}"

    @property
    def is_token_request(self) -> bool:
        return self.path.startswith(TOKEN_SERVICE)

    @property
    def target(self) -> str:
        """The path and query as sent; spaces are `%20`, never `+`."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def error(
        self,
        what: str,
        *,
        kind: type[GatewayError] = GatewayError,
        is_titled: bool = True,
        **facts: Any,  # noqa: ANN401
    ) -> GatewayError:
        """Return an error about this request; `facts` are further arguments of its class.

        A failure of every request, such as an unreachable gateway, is not titled with this one.
        """
        return kind(
            f"{self.title}: {what}" if is_titled else what,
            method=self.method,
            action=self.action,
            flow_id=self.flow_id,
            **facts,
        )


def export_request(flow_id: int, user_id: str, org_id: str) -> ApiRequest:
    query = _query({"action": "export", "flowId": str(flow_id), "userId": user_id, "orgId": org_id})
    return ApiRequest("GET", f"{BATCH_SERVICE}/flows", "export", query, flow_id=flow_id)


def directories_request(user_id: str, org_id: str) -> ApiRequest:
    query = _query({"action": "listWorkFlowDirs", "userId": user_id, "orgId": org_id})
    return ApiRequest("GET", f"{BATCH_SERVICE}/directories", "listWorkFlowDirs", query)


def time_request(action: str) -> ApiRequest:
    """Build a `getCurrentTime` or `getTimeZone` request, which takes neither user nor organisation."""
    return ApiRequest("GET", f"{BATCH_SERVICE}/time", action, _query({"action": action}))


def token_request(
    step: str, app_key: str, timestamp_ms: int, app_secret: str, refreshed: str = ""
) -> ApiRequest:
    """Build a token request; `step` is `get` or `refresh`, `refreshed` the token that a refresh replaces."""
    fields = {
        "appKey": app_key,
        "encryption": token_encryption(app_key, timestamp_ms, app_secret),
        "timestamp": timestamp_ms,
    } | ({"accessToken": refreshed} if refreshed else {})
    body = json.dumps(fields, separators=(",", ":"))
    return ApiRequest("POST", f"{TOKEN_SERVICE}/{step}", f"token/{step}", body=body)


def _query(pairs: Mapping[str, str]) -> str:
    return urlencode(pairs, quote_via=quote, safe="")
