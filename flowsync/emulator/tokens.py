"""The token service: issue, refresh and recognise access tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from flowsync.emulator.responses import RefusalError, service_refusal, token_refusal
from flowsync.emulator.signing import token_encryption


@dataclass(frozen=True)
class IssuedToken:
    """An issued access token; `expires_at` is in seconds since the epoch."""

    value: str
    app_key: str
    expires_at: float


@dataclass(frozen=True)
class TokenRequest:
    """The fields of a valid token request."""

    app_key: str
    access_token: str


class TokenDesk:
    """All tokens of one emulator. Times are seconds since the epoch and always passed in.

    A refreshed token's predecessor stays valid until it expires; this is not documented.
    """

    def __init__(self, app_secrets: Mapping[str, str], *, seconds: int) -> None:
        self._app_secrets = dict(app_secrets)
        self._seconds = seconds
        self._tokens: dict[str, IssuedToken] = {}
        self._current: dict[str, IssuedToken] = {}
        self._seen: set[str] = set()

    def get(self, body: object, now: float) -> dict[str, object]:
        """Return the application's current token, or a new one if it has expired; raises RefusalError."""
        request = self._check(body)
        token = self._current.get(request.app_key)
        if token is None or token.expires_at <= now:
            token = self._issue(request.app_key, now)
        return _token_data(token, now)

    def refresh(self, body: object, now: float) -> dict[str, object]:
        """Replace a token that is still valid by a new one; raises RefusalError (1204 if it is not valid)."""
        request = self._check(body, refresh=True)
        token = self._tokens.get(request.access_token)
        if token is None or token.expires_at <= now or token.app_key != request.app_key:
            raise token_refusal(1204, "refresh access token failed")
        return _token_data(self._issue(request.app_key, now), now)

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
        value = sha256(f"{app_key} {len(self._seen)} {now!r}".encode()).hexdigest()[:40]
        token = IssuedToken(value, app_key, now + self._seconds)
        self._tokens[value] = self._current[app_key] = token
        return token

    def _check(self, body: object, *, refresh: bool = False) -> TokenRequest:
        if not isinstance(body, dict):
            raise token_refusal(1004, "invalid parameter: body")
        app_key, encryption = _text(body, "appKey"), _text(body, "encryption")
        timestamp = _timestamp(body)
        access_token = _text(body, "accessToken") if refresh else ""
        if app_key not in self._app_secrets:
            raise token_refusal(1002, "appKey does not exist")
        if encryption != token_encryption(app_key, timestamp, self._app_secrets[app_key]):
            raise token_refusal(1003, "encryption is invalid")
        if encryption in self._seen:
            raise token_refusal(1001, "repeated request with duplicated encryption")
        self._seen.add(encryption)
        return TokenRequest(app_key, access_token)


def expired_token() -> RefusalError:
    """Return the response to a call with an expired token: undocumented, so the token service's code."""
    return service_refusal(1203, "access token expired")


def _token_data(token: IssuedToken, now: float) -> dict[str, object]:
    return {"accessToken": token.value, "expire": int(token.expires_at - now)}


def _text(body: Mapping[str, object], name: str) -> str:
    value = _present(body, name)
    if not isinstance(value, str):
        raise token_refusal(1004, f"invalid parameter: {name}")
    return value


def _timestamp(body: Mapping[str, object]) -> str:
    """Return the text of the timestamp that is hashed; clients send it as a number or as text."""
    value = _present(body, "timestamp")
    text = str(value)
    if not isinstance(value, int | str) or isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise token_refusal(1004, "invalid parameter: timestamp")
    return text


def _present(body: Mapping[str, object], name: str) -> object:
    value = body.get(name)
    if value is None or value == "":
        raise token_refusal(1202, f"parameter is empty: {name}")
    return value
