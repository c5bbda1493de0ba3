import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flowsync.emulator.signing import call_signature, first_values, signed_parameters, token_encryption

VECTORS = json.loads(
    (Path(__file__).parents[1] / "data" / "signature_vectors.json").read_text(encoding="utf-8")
)
CALLS = VECTORS["api_signature"]["vectors"]
TOKENS = VECTORS["token_encryption"]["vectors"]


@pytest.mark.parametrize("vector", CALLS, ids=[vector["id"] for vector in CALLS])
def test_every_published_call_signature_is_reproduced(vector: dict[str, Any]) -> None:
    query, body = urlsplit(vector["url"]).query, vector["body"]
    assert signed_parameters(query) + body == vector["params_data"]
    signature = call_signature(
        vector["access_token"], query, body.encode(), str(vector["timestamp_ms"]), vector["app_secret"]
    )
    assert signature == vector["apim_signature"]


@pytest.mark.parametrize("vector", TOKENS, ids=[vector["id"] for vector in TOKENS])
def test_every_published_token_encryption_is_reproduced(vector: dict[str, Any]) -> None:
    encryption = token_encryption(vector["app_key"], str(vector["timestamp_ms"]), vector["app_secret"])
    assert encryption == vector["encryption"]


def test_a_call_without_parameters_signs_nothing_for_them() -> None:
    assert signed_parameters("") == ""


def test_names_sort_by_utf_16_code_unit_so_that_an_emoji_comes_before_a_full_width_letter() -> None:
    assert signed_parameters("%EF%BD%81=1&%F0%9F%98%80=2") == "😀2ａ1"  # noqa: RUF001 (the letter at stake)


def test_an_equals_sign_belongs_to_the_value_after_the_first_one() -> None:
    assert first_values("expression=a=b") == {"expression": "a=b"}
