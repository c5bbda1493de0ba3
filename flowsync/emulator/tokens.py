"""The token service: issue, refresh and check access tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from flowsync.emulator.responses import RefusalError, service_refusal, token_refusal
from flowsync.emulator.signing import token_encryption

_LIFETIME_SECONDS = 7200


@dataclass(frozen=True)
class IssuedToken:
    """An issued access token; `expires_at` is in seconds since the epoch."""

    value: str
    app_key: str
    expires_at: float


class TokenDesk:
    """All tokens of one emulator. Times are seconds since the epoch and always passed in.

    A refreshed token stays valid until it expires; this is not documented.
    """

    def __init__(self, app_secrets: Mapping[str, str]) -> None:
        self._app_secrets = dict(app_secrets)
        self._tokens: dict[str, IssuedToken] = {}
        self._current: dict[str, IssuedToken] = {}
        self._encryptions: set[str] = set()

    def get(self, body: object, now: float) -> dict[str, object]:
        """Return the application's current token, or a new one if it has expired; raises RefusalError."""
        app_key = self._check(body)["appKey"]
        token = self._current.get(app_key)
        if token is None or token.expires_at <= now:
            token = self._issue(app_key, now)
        return _token_data(token, now)

    def refresh(self, body: object, now: float) -> dict[str, object]:
        """Replace a valid token by a new one; raises RefusalError (1204 if the token is not valid)."""
        request = self._check(body, "accessToken")
        token = self._tokens.get(request["accessToken"])
        if token is None or token.expires_at <= now or token.app_key != request["appKey"]:
            raise token_refusal(1204, "refresh access token failed")
        return _token_data(self._issue(request["appKey"], now), now)

    def app_key_of(self, access_token: str, now: float) -> str:
        """Return the application of a valid token; raises RefusalError (1203) for any other token."""
        token = self._tokens.get(access_token)
        if token is None or token.expires_at <= now:
            raise expired_token()
        return token.app_key

    def app_secret(self, app_key: str) -> str:
        return self._app_secrets[app_key]

    def expire_all(self) -> None:
        self._tokens.clear()
        self._current.clear()

    def _issue(self, app_key: str, now: float) -> IssuedToken:
        value = sha256(f"{app_key} {len(self._encryptions)} {now!r}".encode()).hexdigest()[:40]
        token = IssuedToken(value, app_key, now + _LIFETIME_SECONDS)
        self._tokens[value] = self._current[app_key] = token
        return token

    def _check(self, body: object, *other_fields: str) -> dict[str, str]:
        """Return the fields of a valid token request as text; raises RefusalError."""
        if not isinstance(body, dict):
            raise token_refusal(1004, "invalid parameter: body")
        request = {name: _text(body, name) for name in ("appKey", "encryption", "timestamp", *other_fields)}
        app_key, encryption = request["appKey"], request["encryption"]
        if app_key not in self._app_secrets:
            raise token_refusal(1002, "appKey does not exist")
        if encryption != token_encryption(app_key, request["timestamp"], self._app_secrets[app_key]):
            raise token_refusal(1003, "encryption is invalid")
        if encryption in self._encryptions:
            raise token_refusal(1001, "repeated request with duplicated encryption")
        self._encryptions.add(encryption)
        return request


def expired_token() -> RefusalError:
    """Return the response to a call with an expired token: undocumented, so the token service's code."""
    return service_refusal(1203, "access token expired")


def _token_data(token: IssuedToken, now: float) -> dict[str, object]:
    return {"accessToken": token.value, "expire": int(token.expires_at - now)}


def _text(body: Mapping[str, object], name: str) -> str:
    """Return a field as text; clients send the timestamp as a number or as text."""
    value = body.get(name)
    if value is None or value == "":
        raise token_refusal(1202, f"parameter is empty: {name}")
    if name == "timestamp" and type(value) is int:
        value = str(value)
    if not isinstance(value, str) or (name == "timestamp" and not (value.isascii() and value.isdigit())):
        raise token_refusal(1004, f"invalid parameter: {name}")
    return value
