from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from flowsync.enos.error_codes import TransientError
from flowsync.enos.rate_limit import RateLimiter
from flowsync.enos.retry import Clock, Deadline, retry_after_seconds, with_retries
from flowsync.errors import AuthenticationError, GatewayError

NOW = 1_572_574_909.0  # Fri, 01 Nov 2019 02:21:49 GMT


@dataclass
class Time:
    """Clocks that advance only by sleeping: the time of day and a monotonic one."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return 1000.0 + sum(self.slept)

    def deadline(self, seconds: float) -> Deadline:
        return Deadline(seconds, self.monotonic)

    def retry_clock(self, random: float = 0.5) -> Clock:
        return Clock(self.clock, self.sleep, lambda: random)


def failing(times: int, error: Callable[[], Exception]) -> Callable[[], str]:
    left = [error()] * times

    def attempt() -> str:
        if left:
            raise left.pop()
        return "done"

    return attempt


def transient(retry_after: str = "") -> TransientError:
    error = TransientError("export of flow 7: it fails", action="export", flow_id=7, status=503, hint="wait")
    error.retry_after = retry_after
    return error


def test_a_transient_failure_is_retried_with_growing_pauses() -> None:
    time = Time()
    assert with_retries(failing(3, transient), time.retry_clock(), deadline=time.deadline(300)) == "done"
    assert time.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(("random", "pause"), [(0.0, 0.25), (0.9, 0.7)])
def test_pauses_have_random_jitter(random: float, pause: float) -> None:
    time = Time()
    with_retries(failing(1, transient), time.retry_clock(random), deadline=time.deadline(300))
    assert time.slept == pytest.approx([pause])


def test_the_fourth_failure_is_final_and_keeps_the_attributes_of_the_error() -> None:
    time = Time()
    with pytest.raises(GatewayError, match="it fails") as caught:
        with_retries(failing(9, transient), time.retry_clock(), deadline=time.deadline(300))
    error = caught.value
    assert type(error) is GatewayError
    assert (error.attempts, error.effort) == (4, "4 attempts in 4 s, proxy none")
    assert (error.action, error.flow_id, error.status, error.hint) == ("export", 7, 503, "wait")
    assert len(time.slept) == 3


def test_no_attempt_begins_after_the_deadline() -> None:
    time = Time()
    with pytest.raises(GatewayError, match="it fails"):
        with_retries(failing(9, transient), time.retry_clock(), deadline=time.deadline(1.2))
    assert time.slept == [0.5]


@pytest.mark.parametrize("shift", [-86_400.0, 86_400.0])
def test_a_change_of_the_system_time_does_not_move_the_deadline(shift: float) -> None:
    time = Time()
    deadline = time.deadline(1.2)
    time.now += shift
    with pytest.raises(GatewayError, match="it fails"):
        with_retries(failing(9, transient), time.retry_clock(), deadline=deadline)
    assert time.slept == [0.5]


@pytest.mark.parametrize("error", [GatewayError("no"), AuthenticationError("no"), KeyError("a bug")])
def test_other_failures_are_not_retried(error: Exception) -> None:
    time = Time()
    with pytest.raises(type(error)) as caught:
        with_retries(failing(1, lambda: error), time.retry_clock(), deadline=time.deadline(300))
    assert caught.value is error
    assert time.slept == []


def test_retry_after_is_respected() -> None:
    time = Time()
    with_retries(failing(1, lambda: transient("17")), time.retry_clock(), deadline=time.deadline(300))
    assert time.slept == [17.0]


def test_retry_after_beyond_the_deadline_fails_immediately() -> None:
    time = Time()
    with pytest.raises(GatewayError, match="Retry-After is 900 s, but 300 s remain"):
        with_retries(failing(9, lambda: transient("900")), time.retry_clock(), deadline=time.deadline(300))
    assert time.slept == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("Fri, 01 Nov 2019 02:22:49 GMT", 60.0),
        ("Fri, 01 Nov 2019 02:22:49 -0000", 60.0),
        ("Fri, 01 Nov 2019 02:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 5000, None),
        ("Fri, 99 Nov 2019 02:22:49 GMT", None),
    ],
)
def test_retry_after_is_parsed_in_both_forms(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_a_rate_separates_requests() -> None:
    time = Time()
    rate_limiter = RateLimiter(4.0, monotonic=time.clock, sleep=time.sleep)
    for _ in range(4):
        rate_limiter.wait()
    assert time.slept == [0.25, 0.25, 0.25]


def test_time_spent_elsewhere_counts_towards_the_interval() -> None:
    time = Time()
    rate_limiter = RateLimiter(4.0, monotonic=time.clock, sleep=time.sleep)
    rate_limiter.wait()
    time.now += 0.125
    rate_limiter.wait()
    time.now += 10
    rate_limiter.wait()
    assert time.slept == [0.125]


def test_without_a_rate_requests_do_not_wait() -> None:
    time = Time()
    rate_limiter = RateLimiter(None, monotonic=time.clock, sleep=time.sleep)
    for _ in range(3):
        rate_limiter.wait()
    assert time.slept == []
