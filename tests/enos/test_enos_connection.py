import dataclasses

import pytest

from flowsync.enos.connection import Connection
from flowsync.errors import ConfigError

GOOD = Connection("https://apim.example.com", "o1", "u1", "the-key", "the-secret")


def test_a_connection_shows_neither_key_nor_secret() -> None:
    assert "the-key" not in repr(GOOD)
    assert "the-secret" not in repr(GOOD)
    assert "apim.example.com" in repr(GOOD)


@pytest.mark.parametrize(
    ("gateway", "base_url"),
    [
        ("https://apim.example.com", "https://apim.example.com"),
        ("https://apim.example.com/", "https://apim.example.com"),
        (" https://apim.example.com/gw/ ", "https://apim.example.com/gw"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_a_gateway_may_be_written_with_or_without_a_slash_or_path(gateway: str, base_url: str) -> None:
    assert dataclasses.replace(GOOD, gateway=gateway).base_url == base_url


@pytest.mark.parametrize(
    ("gateway", "reason"),
    [
        ("http://apim.example.com", "https"),
        ("http://127.0.0.1.example.com", "https"),
        ("http://10.0.0.1", "https"),
        ("ftp://apim.example.com", "https"),
        ("apim.example.com", "https"),
        ("", "https"),
        ("https://", "https"),
        ("https://who:hidden@apim.example.com", "user name"),
        ("https://apim.example.com?action=delete", "query"),
        ("https://apim.example.com:notaport", "no address"),
        ("http://[::1", "no address"),
        (f"https://{'a' * 70}.example.com", "no address"),
    ],
)
def test_a_gateway_that_is_unsafe_or_no_address_is_refused_with_a_hint(gateway: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        dataclasses.replace(GOOD, gateway=gateway)
    assert caught.value.hint
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "field", [{"jobs": 0}, {"rate": 0.0}, {"rate": -1.0}, {"request_timeout": 0.0}, {"flow_timeout": -5.0}]
)
def test_numbers_that_would_never_let_a_request_pass_are_refused(field: dict[str, float]) -> None:
    (name,) = field
    with pytest.raises(ConfigError, match=name):
        dataclasses.replace(GOOD, **field)  # type: ignore[arg-type]  # the names are parameters here
