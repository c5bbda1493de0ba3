"""The access token of one run: got once, reused, refreshed ahead of its expiry, replaced when refused."""

import logging
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from flowsync.enos.requests import ApiRequest, token_request
from flowsync.enos.responses import TokenRefusedError, TransientError, authentication_error
from flowsync.errors import GatewayError

_LOG = logging.getLogger(__name__)
_REFRESH_AHEAD = 600.0
_REFRESH_AGAIN = 30.0
_DOCUMENTED_LIFE = 7200.0
_SETTLING = 2.0
"""Seconds that every node of a gateway gets to learn a fresh token before the next one is requested."""
_SENDABLE = re.compile(r"[!-~]+")

Post = Callable[[ApiRequest], dict[str, Any]]


@dataclass(frozen=True)
class AccessToken:
    """An access token and, in seconds of the clock, when to refresh it and when it ends."""

    text: str = field(repr=False)
    refresh_at: float
    expires_at: float


class TokenSource:
    """Provides the current token to all threads; token calls are made one at a time.

    `Post` sends a token call on the caller's own connection and returns the accepted envelope; it raises as
    `responses.envelope` does.
    """

    def __init__(self, app_key: str, app_secret: str, *, clock: Callable[[], float]) -> None:
        self._app_key = app_key
        self._app_secret = app_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token: AccessToken | None = None
        self._last_timestamp = 0
        self._renewed_at = float("-inf")
        self._seen: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be printed: key, secret and the tokens of this run."""
        return (self._app_key, self._app_secret, *self._seen)

    def current(self, post: Post) -> str:
        """Return a token that is valid now; raises as `post` does, AuthenticationError if there is none."""
        with self._lock:
            token, now = self._token, self._clock()
            if token is None or now >= token.expires_at:
                return self._got(post)
            return self._refresh(token, post) if now >= token.refresh_at else token.text

    def replacement(self, refused: str, post: Post) -> str:
        """Return another token than the refused one, or the refused one where no other is to be had yet.

        `get` may return the refused token again, because it has not expired; `refresh` then replaces it.
        A node that learns a fresh token late needs time, not yet another token.
        """
        with self._lock:
            token = self._token
            if token is not None and token.text != refused and self._clock() < token.expires_at:
                return token.text
            text = self._got(post)
            if text != refused or abs(self._clock() - self._renewed_at) < _SETTLING:
                return text
            self._renewed_at = self._clock()
            return self._refreshed_or_kept(text, post)

    def _got(self, post: Post) -> str:
        try:
            return self._store("get", post)
        except TokenRefusedError as error:
            raise authentication_error(error) from error

    def _refresh(self, token: AccessToken, post: Post) -> str:
        try:
            return self._store("refresh", post, token.text)
        except TokenRefusedError:  # documented: after an expiry or a failed refresh, get works again
            return self._got(post)
        except GatewayError as error:
            now = self._clock()
            if now >= token.expires_at:
                raise
            _LOG.info("%s; the token is kept, it is good for another %.0f s", error, token.expires_at - now)
            self._token = replace(token, refresh_at=now + _REFRESH_AGAIN)
            return token.text

    def _refreshed_or_kept(self, refused: str, post: Post) -> str:
        try:
            return self._store("refresh", post, refused)
        except GatewayError as error:
            _LOG.info("%s; the refused token is tried again", error)
            return refused

    def _store(self, step: str, post: Post, refreshed: str = "") -> str:
        asked_at = self._clock()
        request = token_request(step, self._app_key, self._fresh_timestamp(), self._app_secret, refreshed)
        self._token = _token(post(request), request, asked_at)
        if self._token.text not in self._seen:
            self._seen = (*self._seen[-3:], self._token.text)
        return self._token.text

    def _fresh_timestamp(self) -> int:
        # two token requests of one millisecond would have one encryption, which is refused (1001)
        self._last_timestamp = max(round(self._clock() * 1000), self._last_timestamp + 1)
        return self._last_timestamp


def _token(envelope: dict[str, Any], request: ApiRequest, asked_at: float) -> AccessToken:
    data = envelope.get("data")
    fields = data if isinstance(data, dict) else {}
    text, life = fields.get("accessToken"), _life(fields.get("expire"))
    if not isinstance(text, str) or not _SENDABLE.fullmatch(text):
        raise _unusable(request, "no accessToken that could be sent in a header")
    if life is None:
        raise _unusable(request, "no expire in seconds")
    if life <= 0:
        what = f"{request.title}: the token has already expired"
        raise TransientError(what, method=request.method, action=request.action)
    ahead = min(_REFRESH_AHEAD, life / 2)
    return AccessToken(text, refresh_at=asked_at + life - ahead, expires_at=asked_at + life)


def _life(expire: object) -> float | None:
    """Return the seconds that 7200, "7199.5" or a missing value mean; None for anything else."""
    match expire:
        case None:
            return _DOCUMENTED_LIFE
        case bool():
            return None
        case int() | float() | str():
            return _seconds(expire)
        case _:
            return None


def _seconds(value: float | str) -> float | None:
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _unusable(request: ApiRequest, what: str) -> GatewayError:
    return GatewayError(
        f"{request.title}: the answer holds {what}", method=request.method, action=request.action
    )
