import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from flowsync.enos.auth.tokens import TokenSource
from flowsync.enos.error_codes import TokenRefusedError, TransientError
from flowsync.enos.requests import ApiRequest
from flowsync.errors import AuthenticationError, GatewayError


@dataclass
class Service:
    """A token service with its own clock: token-1, token-2, … each valid for `life` seconds."""

    life: Any = 7200
    now: float = 1000.0
    actions: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> float:
        return self.now

    def post(self, request: ApiRequest) -> dict[str, Any]:
        assert self.busy.acquire(blocking=False), "two token actions at once"
        try:
            self.actions.append(request.action)
            self.bodies.append(json.loads(request.body))
            if request.action in self.refused:
                raise TokenRefusedError(f"{request.action}: code 1204", code=1204, hint="look")
            return {"status": 0, "data": {"accessToken": f"token-{len(self.actions)}", "expire": self.life}}
        finally:
            self.busy.release()

    def tokens(self) -> TokenSource:
        return TokenSource("key", "secret", clock=self.clock)


def test_a_token_is_requested_once_and_reused() -> None:
    service = Service()
    tokens = service.tokens()
    assert [tokens.current(service.post) for _ in range(3)] == ["token-1"] * 3
    assert service.actions == ["token/get"]


@pytest.mark.parametrize(
    ("life", "still_good", "refreshed"),
    [
        (7200, 6599.0, 6600.0),
        ("7200", 6599.0, 6600.0),
        (100, 49.0, 50.0),
        (1200.0, 599.0, 600.0),
        (7199.5, 6599.0, 6599.5),
        ("7199.5", 6599.0, 6599.5),
        (None, 6599.0, 6600.0),
    ],
)
def test_a_token_is_refreshed_ten_minutes_or_half_its_life_before_it_expires(
    life: Any, still_good: float, refreshed: float
) -> None:
    service = Service(life=life)
    tokens = service.tokens()
    tokens.current(service.post)
    service.now = 1000 + still_good
    assert tokens.current(service.post) == "token-1"
    service.now = 1000 + refreshed
    assert tokens.current(service.post) == "token-2"
    assert service.actions == ["token/get", "token/refresh"]
    assert service.bodies[1]["accessToken"] == "token-1"


def test_an_expired_token_is_replaced_by_get_not_refresh() -> None:
    service = Service()
    tokens = service.tokens()
    tokens.current(service.post)
    service.now += 7200
    tokens.current(service.post)
    assert service.actions == ["token/get", "token/get"]


def test_a_failed_refresh_falls_back_to_get() -> None:
    service = Service(refused={"token/refresh"})
    tokens = service.tokens()
    tokens.current(service.post)
    service.now += 7000
    assert tokens.current(service.post) == "token-3"
    assert service.actions == ["token/get", "token/refresh", "token/get"]


@pytest.mark.parametrize(
    "failure", [TransientError("502"), GatewayError("no JSON"), AuthenticationError("code 1002")], ids=repr
)
def test_a_token_stays_in_use_after_a_failed_refresh_and_is_refreshed_30_s_later(
    failure: GatewayError,
) -> None:
    service = Service()
    tokens = service.tokens()
    tokens.current(service.post)
    service.now += 6600
    requested: list[str] = []

    def fail(request: ApiRequest) -> dict[str, Any]:
        requested.append(request.action)
        raise failure

    assert tokens.current(fail) == "token-1"
    service.now += 29
    assert tokens.current(fail) == "token-1"
    assert requested == ["token/refresh"]
    service.now += 1
    assert tokens.current(fail) == "token-1"
    assert requested == ["token/refresh"] * 2
    service.now += 30
    assert tokens.current(service.post) == "token-2"
    assert service.actions == ["token/get", "token/refresh"]


def test_a_token_that_expires_during_a_failed_refresh_is_not_used() -> None:
    service = Service()
    tokens = service.tokens()
    tokens.current(service.post)
    service.now += 7100

    def fail_slowly(request: ApiRequest) -> dict[str, Any]:
        service.now += 100
        raise TransientError(f"{request.action}: silence")

    with pytest.raises(TransientError, match="token/refresh: silence"):
        tokens.current(fail_slowly)


def test_a_refused_get_ends_the_run() -> None:
    service = Service(refused={"token/get"})
    with pytest.raises(AuthenticationError, match="1204") as caught:
        service.tokens().current(service.post)
    assert (caught.value.code, caught.value.hint) == (1204, "look")


def test_a_refused_token_is_replaced_once_for_all_threads() -> None:
    service = Service()
    tokens = service.tokens()
    refused = tokens.current(service.post)
    with ThreadPoolExecutor(8) as pool:
        replaced = list(pool.map(lambda _: tokens.replacement(refused, service.post), range(8)))
    assert replaced == ["token-2"] * 8
    assert service.actions == ["token/get"] * 2


def test_threads_share_one_token() -> None:
    service = Service()
    tokens = service.tokens()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: tokens.current(service.post), range(32))) == {"token-1"}
    assert service.actions == ["token/get"]


def test_token_requests_have_distinct_timestamps_with_a_stopped_clock() -> None:
    service = Service()
    tokens = service.tokens()
    for _ in range(4):
        tokens.replacement(tokens.current(service.post), service.post)
    timestamps = [body["timestamp"] for body in service.bodies]
    assert timestamps == list(range(1_000_000, 1_000_005))
    assert len({body["encryption"] for body in service.bodies}) == 5


def test_secrets_include_every_recent_token() -> None:
    service = Service()
    tokens = service.tokens()
    tokens.replacement(tokens.current(service.post), service.post)
    assert set(tokens.secrets) == {"key", "secret", "token-1", "token-2"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        "hidden-token",
        [],
        {"expire": 7200},
        {"accessToken": None, "expire": 7200},
        {"accessToken": "", "expire": 7200},
        {"accessToken": "hidden\ntoken", "expire": 7200},
        {"accessToken": "hidden-tökén", "expire": 7200},
        {"accessToken": "hidden-token", "expire": "soon"},
        {"accessToken": "hidden-token", "expire": True},
        {"accessToken": "hidden-token", "expire": float("nan")},
        {"accessToken": "hidden-token", "expire": [7200]},
    ],
)
def test_an_unusable_token_response_is_not_quoted(data: Any) -> None:
    tokens = Service().tokens()
    with pytest.raises(GatewayError, match="token/get") as caught:
        tokens.current(lambda _: {"status": 0, "data": data})
    assert "hidden" not in str(caught.value)


def test_a_token_without_expire_has_the_documented_lifetime() -> None:
    service = Service()
    tokens = service.tokens()
    assert tokens.current(lambda _: {"status": 0, "data": {"accessToken": "token-0"}}) == "token-0"
    service.now += 6599
    assert tokens.current(service.post) == "token-0"
    service.now += 1
    assert tokens.current(service.post) == "token-1"


@pytest.mark.parametrize("life", [0, -5, "0.0"])
def test_a_token_that_has_expired_is_not_used_but_requested_again_later(life: Any) -> None:
    service = Service(life=life)
    tokens = service.tokens()
    with pytest.raises(TransientError, match="expired"):
        tokens.current(service.post)
    service.life = 7200
    assert tokens.current(service.post) == "token-2"


@dataclass
class Forgetful(Service):
    """A token service whose `get` returns the same token until it is refreshed, as documented."""

    token: int = 1

    def post(self, request: ApiRequest) -> dict[str, Any]:
        envelope = super().post(request)
        self.token += request.action == "token/refresh"
        envelope["data"]["accessToken"] = f"token-{self.token}"
        return envelope


def test_a_refused_token_that_get_returns_again_is_refreshed_once_for_all_threads() -> None:
    service = Forgetful()
    tokens = service.tokens()
    refused = tokens.current(service.post)
    with ThreadPoolExecutor(8) as pool:
        replaced = list(pool.map(lambda _: tokens.replacement(refused, service.post), range(8)))
    assert replaced == ["token-2"] * 8
    assert service.actions == ["token/get", "token/get", "token/refresh"]


def test_a_new_token_is_not_refreshed_immediately() -> None:
    service = Forgetful()
    tokens = service.tokens()
    first = tokens.replacement(tokens.current(service.post), service.post)
    service.now += 1.9
    assert tokens.replacement(first, service.post) == first
    service.now += 0.1
    assert tokens.replacement(first, service.post) == "token-3"


def test_a_refused_token_is_retried_if_it_cannot_be_refreshed() -> None:
    service = Forgetful(refused={"token/refresh"})
    tokens = service.tokens()
    refused = tokens.current(service.post)
    assert tokens.replacement(refused, service.post) == refused
