import dataclasses

import pytest

from flowsync.enos.connection import Connection

GOOD = Connection("https://apim.example.com", "o1", "u1", "the-key", "the-secret")


def test_repr_of_a_connection_contains_neither_key_nor_secret() -> None:
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
def test_a_gateway_may_end_with_a_slash_or_path(gateway: str, base_url: str) -> None:
    assert dataclasses.replace(GOOD, gateway=gateway).base_url == base_url
