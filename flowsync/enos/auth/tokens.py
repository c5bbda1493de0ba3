"""Access token of one run: requested once, shared, refreshed before it expires, replaced when refused."""

import logging
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from flowsync.enos.error_codes import TokenRefusedError, TransientError
from flowsync.enos.requests import ApiRequest, token_request
from flowsync.enos.responses import convert_error
from flowsync.errors import AuthenticationError, GatewayError

_LOG = logging.getLogger(__name__)
_REFRESH_AHEAD = 600.0
_REFRESH_AGAIN = 30.0
_DOCUMENTED_LIFETIME = 7200.0
_SETTLING = 2.0
"""Seconds until all nodes of a gateway know a new token; no other one is requested before."""
_SENDABLE = re.compile(r"[!-~]+")

Post = Callable[[ApiRequest], dict[str, Any]]


@dataclass(frozen=True)
class AccessToken:
    """An access token, with its refresh and expiry times in seconds since 1970."""

    text: str = field(repr=False)
    refresh_at: float
    expires_at: float


class TokenSource:
    """The current token, shared by all threads; token requests run one at a time.

    `Post` sends a token request on the caller's connection and returns the accepted envelope. It raises the
    same errors as `responses.envelope`.
    """

    def __init__(self, app_key: str, app_secret: str, *, clock: Callable[[], float]) -> None:
        self._app_key = app_key
        self._app_secret = app_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token: AccessToken | None = None
        self._last_timestamp = 0
        self._renewed_at = float("-inf")
        self._recent_tokens: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be printed: key, secret and the last tokens of this run."""
        return (self._app_key, self._app_secret, *self._recent_tokens)

    def current(self, post: Post) -> str:
        """Return a valid token; raises the errors of `post`, and AuthenticationError if refused."""
        with self._lock:
            token, now = self._token, self._clock()
            if token is None or now >= token.expires_at:
                return self._get(post)
            return self._refresh(token, post) if now >= token.refresh_at else token.text

    def replacement(self, refused: str, post: Post) -> str:
        """Return a token that replaces the refused one, or the refused one if no other is available yet.

        `get` may return the refused token again, because it has not expired; `refresh` then replaces it. A
        node that does not know a new token yet needs time, not another token.
        """
        with self._lock:
            token = self._token
            if token is not None and token.text != refused and self._clock() < token.expires_at:
                return token.text
            text = self._get(post)
            if text != refused or abs(self._clock() - self._renewed_at) < _SETTLING:
                return text
            self._renewed_at = self._clock()
            try:
                return self._store("refresh", post, refused)
            except GatewayError as error:
                _LOG.info("%s; retrying with the refused token", error)
                return refused

    def _get(self, post: Post) -> str:
        try:
            return self._store("get", post)
        except TokenRefusedError as error:
            raise convert_error(error, AuthenticationError) from error

    def _refresh(self, token: AccessToken, post: Post) -> str:
        try:
            return self._store("refresh", post, token.text)
        except TokenRefusedError:  # documented: get works after an expiry or a failed refresh
            return self._get(post)
        except GatewayError as error:
            now = self._clock()
            if now >= token.expires_at:
                raise
            _LOG.info(
                "%s; the current token stays in use, it is valid for %.0f s", error, token.expires_at - now
            )
            self._token = replace(token, refresh_at=now + _REFRESH_AGAIN)
            return token.text

    def _store(self, step: str, post: Post, refreshed: str = "") -> str:
        requested_at = self._clock()
        request = token_request(step, self._app_key, self._fresh_timestamp(), self._app_secret, refreshed)
        self._token = _token(post(request), request, requested_at)
        if self._token.text not in self._recent_tokens:
            self._recent_tokens = (*self._recent_tokens[-3:], self._token.text)
        return self._token.text

    def _fresh_timestamp(self) -> int:
        # two token requests in one millisecond would have the same encryption, which is refused (1001)
        self._last_timestamp = max(round(self._clock() * 1000), self._last_timestamp + 1)
        return self._last_timestamp


def _token(envelope: dict[str, Any], request: ApiRequest, requested_at: float) -> AccessToken:
    data = envelope.get("data")
    fields = data if isinstance(data, dict) else {}
    text, lifetime = fields.get("accessToken"), _lifetime(fields.get("expire"))
    if not isinstance(text, str) or not _SENDABLE.fullmatch(text):
        raise request.error("accessToken is not usable in a header")
    if lifetime is None:
        raise request.error("expire is not a number of seconds")
    if lifetime <= 0:
        raise request.error("the token has already expired", kind=TransientError)
    ahead = min(_REFRESH_AHEAD, lifetime / 2)
    return AccessToken(text, refresh_at=requested_at + lifetime - ahead, expires_at=requested_at + lifetime)


def _lifetime(expire: object) -> float | None:
    """Return the seconds for 7200, "7199.5" or a missing value; None for anything else."""
    if expire is None:
        return _DOCUMENTED_LIFETIME
    if isinstance(expire, bool) or not isinstance(expire, (int, float, str)):
        return None
    try:
        seconds = float(expire)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None
