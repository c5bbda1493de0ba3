"""Retries with exponential backoff, within a time limit."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from flowsync.enos.error_codes import TokenRefusedError, TransientError
from flowsync.enos.responses import convert_error
from flowsync.errors import AuthenticationError, GatewayError
from flowsync.flow.printable import plural

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")


@dataclass(frozen=True)
class Clock:
    """Time and randomness; `now` returns seconds since 1970, `random` a number in [0, 1)."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


class Deadline:
    """A number of seconds from now, to which waits for the rate limit are added. Used by one thread.

    `monotonic` is a clock that is never adjusted, so that a correction of the system time fails no flow.
    `moment` is the end of the time limit on that clock.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._start = monotonic()
        self.moment = self._start + seconds

    def elapsed_seconds(self) -> float:
        """Return the time since the start."""
        return self._monotonic() - self._start

    def remaining_seconds(self) -> float:
        """Return the remaining time, negative after the deadline."""
        return self.moment - self._monotonic()

    def extend_by(self, wait: Callable[[], None]) -> None:
        """Call `wait` and postpone the deadline by the time it took."""
        before = self._monotonic()
        wait()
        self.moment += self._monotonic() - before


def with_retries(attempt: Callable[[], T], clock: Clock, *, deadline: Deadline, proxy: str = "none") -> T:
    """Return the result of the first attempt that raises neither TransientError nor TokenRefusedError.

    Makes at most four attempts and starts none after `deadline`. After the last failure, raises GatewayError,
    or AuthenticationError for a refused token. Every other exception propagates immediately. The last
    failure names the attempts, their time and the `proxy`.
    """
    retrying = Retrying(
        sleep=clock.sleep,
        retry=retry_if_exception_type((TransientError, TokenRefusedError)),
        wait=lambda state: _pause(state, clock),
        stop=lambda state: _is_exhausted(state, deadline),
        before_sleep=_log_retry,
        reraise=True,
    )
    try:
        return retrying(attempt)
    except TokenRefusedError as error:  # by now, every node knows the new token
        raise convert_error(error, AuthenticationError) from error
    except TransientError as error:
        attempts = retrying.statistics["attempt_number"]
        effort = f"{plural(attempts, 'attempt')} in {deadline.elapsed_seconds():.0f} s, proxy {proxy}"
        note = _retry_after_note(error, deadline.remaining_seconds(), clock.now())
        raise convert_error(
            error, GatewayError, error.message + note, attempts=attempts, effort=effort
        ) from error


def retry_after_seconds(header: str, now: float) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 §10.2.3); None if it is invalid."""
    text = header.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _LOG.info("%s; retrying in %.1f s", error, state.upcoming_sleep)


def _pause(state: RetryCallState, clock: Clock) -> float:
    error = state.outcome.exception() if state.outcome else None
    header = error.retry_after if isinstance(error, TransientError) else ""
    requested = retry_after_seconds(header, clock.now())
    return max(requested or 0.0, _backoff(state.attempt_number, clock.random()))


def _backoff(attempt: int, random: float) -> float:
    return _FIRST_PAUSE * 2.0 ** (attempt - 1) * (0.5 + random)


def _is_exhausted(state: RetryCallState, deadline: Deadline) -> bool:
    return state.attempt_number >= MAX_ATTEMPTS or state.upcoming_sleep >= deadline.remaining_seconds()


def _retry_after_note(error: TransientError, remaining_seconds: float, now: float) -> str:
    remaining = max(0.0, remaining_seconds)
    requested = retry_after_seconds(error.retry_after, now)
    if requested is None or requested < remaining:
        return ""
    return f"; Retry-After is {requested:.0f} s, but {remaining:.0f} s remain for this flow"
