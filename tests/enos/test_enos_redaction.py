import json

import pytest

from flowsync.enos.redaction import quote_response, redact


@pytest.mark.parametrize(
    "echo",
    [
        "s3cr%t/+é",
        "S3CR%T/+É",
        "s3cr%25t/%2B%C3%A9",
        json.dumps("s3cr%t/+é"),
        "x s3cr%t/+é y s3cr%t/+é",
    ],
)
def test_a_secret_is_masked_in_every_spelling_a_server_may_echo(echo: str) -> None:
    redacted = redact(echo, ["s3cr%t/+é"])
    assert "***" in redacted
    assert "s3cr" not in redacted.lower()


@pytest.mark.parametrize(
    "echo",
    [
        "apim-accesstoken: hidden",
        '{"apim-signature":"hidden"}',
        '{\\"accessToken\\": \\"hidden\\"}',
        "Authorization: Bearer hidden",
        "Set-Cookie: hidden; path=/",
        "app_secret=hidden&x=1",
        '{"encryption": "hidden", "timestamp": 1}',
    ],
)
def test_unknown_values_that_look_like_credentials_are_masked(echo: str) -> None:
    assert "hidden" not in redact(echo, ())


def test_words_about_credentials_are_not_masked() -> None:
    assert redact("the token service is down", ()) == "the token service is down"


def test_a_quotation_is_one_line_of_at_most_200_printable_characters() -> None:
    redacted = quote_response(b"<html>\r\n\t\x1b[31m\x00" + b"x" * 500, ())
    assert redacted == "<html> [31m " + "x" * 188 + "…"


def test_a_secret_across_the_200th_character_is_masked_before_truncation() -> None:
    assert "sec" not in quote_response(b"x" * 195 + b"secret-value", ["secret-value"])


def test_a_secret_across_the_end_of_the_window_is_not_quoted() -> None:
    body = b"\n" * (65_536 - 4) + b"secret-value"
    assert "secr" not in quote_response(body, ["secret-value"])


def test_bytes_that_are_not_text_can_be_quoted() -> None:
    assert quote_response(b"\xff\xfeok", ()) == "\ufffd\ufffdok"
    assert quote_response(b"", ()) == ""


def test_an_empty_secret_masks_nothing() -> None:
    assert redact("plain", [""]) == "plain"
