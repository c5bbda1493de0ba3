import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowsync.enos.auth.signing import params_data, signature, token_encryption
from flowsync.enos.requests import token_request

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "signature_vectors.json").read_text("utf-8"))
SIGNATURES = VECTORS["api_signature"]["vectors"]
ENCRYPTIONS = VECTORS["token_encryption"]["vectors"]


@pytest.mark.parametrize("vector", SIGNATURES, ids=[vector["id"] for vector in SIGNATURES])
def test_every_published_signature_is_reproduced(vector: dict[str, Any]) -> None:
    params = params_data(vector["url"], vector["body"])
    assert params == vector["params_data"]
    assert (
        signature(vector["access_token"], params, vector["timestamp_ms"], vector["app_secret"])
        == (vector["apim_signature"])
    )


@pytest.mark.parametrize("vector", SIGNATURES, ids=[vector["id"] for vector in SIGNATURES])
def test_a_receiver_of_a_request_by_httpx_computes_the_published_signature(
    vector: dict[str, Any],
) -> None:
    sent = httpx.Request("GET", vector["url"], content=vector["body"].encode())
    params = params_data(sent.url.raw_path.decode(), sent.content.decode())
    assert (
        signature(vector["access_token"], params, vector["timestamp_ms"], vector["app_secret"])
        == (vector["apim_signature"])
    )


@pytest.mark.parametrize("vector", ENCRYPTIONS, ids=[vector["id"] for vector in ENCRYPTIONS])
def test_every_published_token_encryption_is_reproduced(vector: dict[str, Any]) -> None:
    key, timestamp, secret = vector["app_key"], vector["timestamp_ms"], vector["app_secret"]
    assert token_encryption(key, timestamp, secret) == vector["encryption"]


@pytest.mark.parametrize("vector", ENCRYPTIONS, ids=[vector["id"] for vector in ENCRYPTIONS])
def test_token_requests_have_the_documented_bodies(vector: dict[str, Any]) -> None:
    key, timestamp, secret = vector["app_key"], vector["timestamp_ms"], vector["app_secret"]
    refreshed = vector["refresh_body_adds"]["accessToken"]
    get = token_request("get", key, timestamp, secret)
    refresh = token_request("refresh", key, timestamp, secret, refreshed)
    assert json.loads(get.body) == vector["get_body"]
    assert json.loads(refresh.body) == vector["get_body"] | vector["refresh_body_adds"]


def test_names_are_sorted_by_utf16_code_unit() -> None:
    beyond, private = "\U0001f600", "\ue000"  # private < beyond by code point, reverse by code unit
    assert params_data(f"/x?{private}=1&{beyond}=2", "") == f"{beyond}2{private}1"


def test_a_fragment_is_not_signed() -> None:
    assert params_data("/x?a=1#b=2", "") == "a1"
