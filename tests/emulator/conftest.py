"""One emulator for all tests of this folder, reset for each, and a client with its own signatures."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from emulator.organisations import NOW, SOLAR, WIND, Call

from flowsync.emulator.gateway import Gateway
from flowsync.emulator.organisation import Organisation
from flowsync.emulator.server import serving

TOKEN_PATH = "/apim-token-service/v2.0/token"
BATCH_PATH = "/batch-processing-service/v2.1"


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Gateway]:
    with serving([WIND, SOLAR], clock=lambda: NOW) as running:
        yield running


def _replace(fresh: Organisation, _changed: Organisation) -> tuple[Organisation, None]:
    return fresh, None


@pytest.fixture
def emulator(shared_emulator: Gateway) -> Gateway:
    for fresh in (WIND, SOLAR):
        shared_emulator.write(fresh.org_id, partial(_replace, fresh))
    shared_emulator.noise(on=False)
    shared_emulator.clear_faults()
    shared_emulator.expire_tokens()
    shared_emulator.skew_clock(0)
    shared_emulator.forget_requests()
    return shared_emulator


@pytest.fixture(scope="session")
def http(shared_emulator: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared_emulator.url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def fresh_timestamp() -> Callable[[], int]:
    """Return milliseconds that increase with each call, because no encryption may be sent twice."""
    return itertools.count(int(NOW * 1000)).__next__


@pytest.fixture
def token_call(http: httpx.Client, emulator: Gateway, fresh_timestamp: Callable[[], int]) -> Call:
    """Post to the token service; keywords replace fields of a correct body, None removes one."""

    def post(name: str = "get", secret: str = WIND.app_secret, **changed: object) -> httpx.Response:
        key, timestamp = changed.pop("appKey", "key-wind"), changed.pop("timestamp", fresh_timestamp())
        encryption = hashlib.sha256(f"{key}{timestamp}{secret}".encode()).hexdigest()
        body = {"appKey": key, "timestamp": timestamp, "encryption": encryption, **changed}
        present = {field: value for field, value in body.items() if value is not None}
        return http.post(f"{TOKEN_PATH}/{name}", json=present)

    return post


@pytest.fixture
def access_token(token_call: Call) -> str:
    return str(token_call().json()["data"]["accessToken"])


@pytest.fixture
def call(http: httpx.Client, access_token: str) -> Call:
    """Call an action of the batch service, signed as documented."""

    def signed(
        action: str,
        *,
        resource: str = "flows",
        body: object = None,
        token: str = access_token,
        secret: str = WIND.app_secret,
        timestamp: float = NOW * 1000,
        headers: dict[str, str] | None = None,
        **parameters: object,
    ) -> httpx.Response:
        query = {"action": action, "orgId": "o100", "userId": "u100", **parameters}
        sent = {name: str(value) for name, value in query.items() if value is not None}
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        text = token + "".join(name + sent[name] for name in sorted(sent)) + content.decode()
        signature = hashlib.sha256(f"{text}{timestamp:.0f}{secret}".encode()).hexdigest()
        return http.request(
            "GET" if body is None else "POST",
            f"{BATCH_PATH}/{resource}",
            params=sent,
            content=content,
            headers={
                "apim-accesstoken": token,
                "apim-signature": signature,
                "apim-timestamp": f"{timestamp:.0f}",
                "Content-Type": "application/json;charset=UTF-8",
                **(headers or {}),
            },
        )

    return signed


@pytest.fixture
def export(call: Call) -> Callable[..., httpx.Response]:
    def exported(flow_id: object = 2924, **settings: Any) -> httpx.Response:
        return call("export", flowId=flow_id, **settings)

    return exported
