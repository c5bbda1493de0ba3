from typing import Any

import httpx
import pytest
from emulator.organisations import NOW, Call

from flowsync.emulator.gateway import Gateway


def test_a_token_has_a_lifetime_in_seconds(token_call: Call) -> None:
    answer = token_call()
    assert answer.status_code == 200
    assert answer.json() == {
        "status": 0,
        "msg": "SUCCESS",
        "business": "apim-token-service",
        "data": {"accessToken": answer.json()["data"]["accessToken"], "expire": 7200},
    }


def test_get_returns_the_same_token_until_it_expires(token_call: Call, emulator: Gateway) -> None:
    first = token_call().json()["data"]
    emulator.skew_clock(7000)
    assert token_call().json()["data"] == {"accessToken": first["accessToken"], "expire": 200}


def test_get_returns_a_new_token_after_expiry(token_call: Call, emulator: Gateway) -> None:
    first = token_call().json()["data"]
    emulator.skew_clock(7200)
    second = token_call().json()["data"]
    assert second["accessToken"] != first["accessToken"]
    assert second["expire"] == 7200


def test_refresh_returns_a_new_token_with_a_full_lifetime(
    token_call: Call, access_token: str, emulator: Gateway
) -> None:
    emulator.skew_clock(7000)
    refreshed = token_call("refresh", accessToken=access_token).json()["data"]
    assert refreshed["accessToken"] != access_token
    assert refreshed["expire"] == 7200
    assert token_call().json()["data"]["accessToken"] == refreshed["accessToken"]


def test_a_refreshed_token_is_valid_until_it_expires(
    token_call: Call, export: Call, access_token: str, emulator: Gateway
) -> None:
    token_call("refresh", accessToken=access_token)
    assert export().json()["code"] == 0
    emulator.skew_clock(7200)
    assert export(timestamp=(NOW + 7200) * 1000).json()["code"] == 1203


def test_two_applications_have_two_tokens(token_call: Call) -> None:
    other = token_call(appKey="key-solar", secret="secret-solar").json()["data"]
    assert other["accessToken"] != token_call().json()["data"]["accessToken"]


def test_a_timestamp_may_be_a_number_or_text(token_call: Call) -> None:
    assert token_call(timestamp=1_600_000_000_001).json()["status"] == 0
    assert token_call(timestamp="1600000000002").json()["status"] == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"appKey": "key-unknown"}, 1002),
        ({"secret": "another secret"}, 1003),
        ({"encryption": "0" * 64}, 1003),
        ({"appKey": ""}, 1202),
        ({"encryption": None}, 1202),
        ({"timestamp": ""}, 1202),
        ({"timestamp": "soon"}, 1004),
        ({"timestamp": 1.5}, 1004),
        ({"timestamp": True}, 1004),
        ({"encryption": ["a"]}, 1004),
    ],
    ids=str,
)
def test_a_wrong_request_is_refused_with_the_documented_code(
    token_call: Call, changed: dict[str, Any], code: int
) -> None:
    answer = token_call(**changed)
    assert (answer.status_code, answer.json()["status"], answer.json()["data"]) == (200, code, None)


def test_a_body_that_is_not_a_json_object_is_an_invalid_parameter(http: httpx.Client) -> None:
    for content in (b"", b"[]", b"{", b"appKey=a"):
        answer = http.post("/apim-token-service/v2.0/token/get", content=content)
        assert answer.json()["status"] == 1004


def test_one_encryption_is_accepted_once(token_call: Call) -> None:
    assert token_call(timestamp=1_600_000_000_003).json()["status"] == 0
    assert token_call(timestamp=1_600_000_000_003).json()["status"] == 1001


def test_get_and_refresh_share_the_used_encryptions(token_call: Call, access_token: str) -> None:
    token_call(timestamp=1_600_000_000_004)
    refused = token_call("refresh", accessToken=access_token, timestamp=1_600_000_000_004)
    assert refused.json()["status"] == 1001


def test_refresh_without_a_token_is_an_empty_parameter(token_call: Call) -> None:
    assert token_call("refresh").json()["status"] == 1202


@pytest.mark.parametrize("token", ["unknown", "expired", "foreign"])
def test_refresh_requires_a_valid_token_of_the_application(
    token_call: Call, access_token: str, emulator: Gateway, token: str
) -> None:
    sent = {"unknown": "0" * 40, "expired": access_token}.get(token)
    if token == "foreign":
        sent = token_call(appKey="key-solar", secret="secret-solar").json()["data"]["accessToken"]
    if token == "expired":
        emulator.skew_clock(7200)
    assert token_call("refresh", accessToken=sent).json()["status"] == 1204


def test_the_token_service_has_only_get_and_refresh(token_call: Call) -> None:
    answer = token_call("revoke")
    assert (answer.status_code, list(answer.json())) == (404, ["message"])
