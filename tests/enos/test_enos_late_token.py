"""A gateway of several nodes, one of which accepts each new token late."""

import json
import threading
import time
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest

from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.errors import AuthenticationError

FLOWS = range(1, 41)
LATE = 0.3


@dataclass
class Gateway:
    """`get` returns one token until `refresh` replaces it; the last node accepts it late."""

    late: float = LATE
    nodes: int = 2
    issued: dict[str, float] = field(default_factory=dict)
    requests: "count[int]" = field(default_factory=count)
    refusals: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if "token" in request.url.path:
                return self.token(request)
            if self.is_refused(request.headers["apim-accesstoken"]):
                self.refusals += 1
                return httpx.Response(401, json={"message": "Invalid authentication credentials"})
        return httpx.Response(200, json={"code": 0, "data": {"name": "a", "tasks": []}})

    def token(self, request: httpx.Request) -> httpx.Response:
        if not self.issued or request.url.path.endswith("refresh"):
            self.issued[f"token-{len(self.issued)}"] = time.monotonic()
        data = {"accessToken": [*self.issued][-1], "expire": 7200}
        return httpx.Response(200, json={"status": 0, "data": data})

    def is_refused(self, token: str) -> bool:
        return (
            next(self.requests) % self.nodes == self.nodes - 1
            and time.monotonic() < self.issued[token] + self.late
        )


def exported(gateway: Gateway, jobs: int) -> list[object]:
    connection = Connection("https://apim.example", "o1", "u1", "the-key", "the-secret", jobs=jobs)
    with Client(connection, transport=httpx.MockTransport(gateway)) as client:
        return [body for _, body in client.exports(FLOWS, is_known=lambda _, __: False)]


@pytest.mark.parametrize("jobs", [1, 4, 16])
def test_a_node_that_accepts_a_new_token_late_fails_no_flow(jobs: int) -> None:
    gateway = Gateway()
    bodies = exported(gateway, jobs)
    assert all(isinstance(body, bytes) and json.loads(body)["code"] == 0 for body in bodies)
    assert len(bodies) == len(FLOWS)
    assert gateway.refusals
    assert len(gateway.issued) <= 2 + 1


def test_a_node_that_never_accepts_a_token_fails_the_run() -> None:
    gateway = Gateway(late=float("inf"), nodes=1)
    with pytest.raises(AuthenticationError, match="refuses the access token"):
        exported(gateway, jobs=1)
