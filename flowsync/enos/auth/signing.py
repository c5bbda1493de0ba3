"""Signatures of token requests and API calls."""

import hashlib
from urllib.parse import unquote_plus


def token_encryption(app_key: str, timestamp_ms: int, app_secret: str) -> str:
    """Return the `encryption` of a token request, for get and refresh: SHA-256 in lower-case hex."""
    return _hexdigest(f"{app_key}{timestamp_ms}{app_secret}")


def params_data(url: str, body: str) -> str:
    """Return the signed part of a call: decoded query names and values, sorted by name, then the body.

    Names sort by UTF-16 code unit. As in the platform's own signer, a name without `=` is followed by
    `null`, and only the first value of a repeated name counts.
    """
    query = url.partition("#")[0].partition("?")[2]
    pairs: dict[str, str] = {}
    for name, value in (_decode_pair(part) for part in query.split("&") if part):
        pairs.setdefault(name, value)
    return "".join(name + pairs[name] for name in sorted(pairs, key=_code_units)) + body


def signature(access_token: str, params: str, timestamp_ms: int, app_secret: str) -> str:
    """Return the `apim-signature` of `params` (see `params_data`): SHA-256 in lower-case hex."""
    return _hexdigest(f"{access_token}{params}{timestamp_ms}{app_secret}")


def _decode_pair(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    return unquote_plus(name), unquote_plus(value) if equals else "null"


def _code_units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _hexdigest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
