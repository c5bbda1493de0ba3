"""Describe the times of one day: `at 06:00 and 18:00`, `every 10 minutes from minute 2`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

from flowsync.schedule.lists import join_numbers, join_words, runs, wrapping_run

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_ALWAYS_LISTED: Final = 3
_MAX_LISTED: Final = 6
_MAX_RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class TimesOfDay:
    """Words for the times of one day; `is_list` is true for single times (`at ...`)."""

    words: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    """The hours, minutes and seconds whose every combination is a time; hours may exceed 23."""

    hours: Sequence[int]
    minutes: Sequence[int]
    seconds: Sequence[int]

    def __len__(self) -> int:
        return len(self.hours) * len(self.minutes) * len(self.seconds)

    def moments(self) -> Iterator[int]:
        """Yield every time in seconds of the day, ascending."""
        for hour, minute, second in product(self.hours, self.minutes, self.seconds):
            yield hour * _HOUR + minute * _MINUTE + second

    def moment(self, index: int) -> int:
        """Return the first (0) or the last (-1) time."""
        return self.hours[index] * _HOUR + self.minutes[index] * _MINUTE + self.seconds[index]

    @property
    def step(self) -> int | None:
        """The distance between all neighbouring times, None if it varies; computed without all the times."""
        within_minute = self.seconds[-1] - self.seconds[0]
        within_hour = (self.minutes[-1] - self.minutes[0]) * _MINUTE + within_minute
        gaps = {
            *_gaps(self.seconds, 1, 0),
            *_gaps(self.minutes, _MINUTE, within_minute),
            *_gaps(self.hours, _HOUR, within_hour),
        }
        return gaps.pop() if len(gaps) == 1 else None


def times_of_day(
    hours: Sequence[int], minutes: Sequence[int], seconds: Sequence[int], *, over_midnight: bool
) -> TimesOfDay:
    """Describe exactly these times.

    `over_midnight` allows `from 22:00 to 05:00`, which is clear only if every day is meant.
    """
    clock = _Clock(hours, minutes, seconds)
    if len(clock) <= _ALWAYS_LISTED:
        return _list(clock)
    regular = _steady(clock) or (_steady(_night(clock)) if over_midnight else None)
    if regular:
        return TimesOfDay(regular)
    return _list(clock) if len(clock) <= _MAX_LISTED else TimesOfDay(_by_runs(clock) or _by_fields(clock))


def _list(clock: _Clock) -> TimesOfDay:
    return TimesOfDay(f"at {join_words([*map(_time, clock.moments())])}", is_list=True)


def _steady(clock: _Clock) -> str | None:
    """Describe times at one distance, all day or from one time to another."""
    step = clock.step
    if step is None:
        return None
    if len(clock) * step == _DAY:
        return f"{_every(step)}{_offset(clock.moment(0), step)}"
    return f"{_every(step)} {_from_to(clock)}"


def _night(clock: _Clock) -> _Clock:
    """Return the same times with the hours after midnight moved after the others, if they are consecutive."""
    ends = wrapping_run(clock.hours, _DAY // _HOUR)
    if ends is None or ends[0] <= ends[1]:
        return clock
    return _Clock(range(ends[0], ends[0] + len(clock.hours)), clock.minutes, clock.seconds)


def _by_runs(clock: _Clock) -> str | None:
    """Describe a few runs of hours with one distance in all of them."""
    parts = [_Clock(run, clock.minutes, clock.seconds) for run in runs(clock.hours)]
    steps = {part.step for part in parts if len(part) > 1}
    if len(parts) > _MAX_RUNS or len(steps) != 1:
        return None
    (step,) = steps
    return f"{_every(step)} {join_words([*map(_from_to, parts)])}" if step else None


def _by_fields(clock: _Clock) -> str:
    """Describe the values of each field, from seconds to hours; fields that never restrict are left out."""
    levels = [_level("minute", clock.minutes, 60)]
    if clock.seconds != (0,):
        levels.insert(0, _level("second", clock.seconds, 60))
    if levels[-1] != "every minute" or len(clock.hours) < _DAY // _HOUR:
        levels.append(_level("hour", clock.hours, 24))
    words = " of ".join(levels)
    return words if words.startswith("every ") else f"at {words}"


def _level(unit: str, values: Sequence[int], size: int) -> str:
    if len(values) == size:
        return f"every {unit}"
    return f"{unit}{'s' if len(values) > 1 else ''} {join_numbers(values)}"


def _from_to(clock: _Clock) -> str:
    if len(clock) == 1:
        return f"at {_time(clock.moment(0))}"
    return f"from {_time(clock.moment(0))} to {_time(clock.moment(-1) % _DAY)}"


def _offset(first: int, step: int) -> str:
    """Return the start of a series that lasts all day."""
    if first == 0:
        return ""
    if step <= _MINUTE:
        return f" {'at' if step == _MINUTE else 'from'} second {first}"
    if step <= _HOUR and first % _MINUTE == 0:
        return f" {'at' if step == _HOUR else 'from'} minute {first // _MINUTE}"
    return f" from {_time(first)}"


def _every(step: int) -> str:
    sizes = ((_HOUR, "hour"), (_MINUTE, "minute"), (1, "second"))
    count, unit = next((step // size, unit) for size, unit in sizes if step % size == 0)
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _gaps(values: Sequence[int], size: int, within: int) -> Iterator[int]:
    """Return the distances across the border between two values of a field; finer fields span `within`."""
    gaps = {other - one for one, other in pairwise(values)}
    return (gap * size - within for gap in gaps)


def _time(moment: int) -> str:
    hour, rest = divmod(moment, _HOUR)
    minute, second = divmod(rest, _MINUTE)
    return f"{hour:02}:{minute:02}:{second:02}" if second else f"{hour:02}:{minute:02}"
