"""What the sentence of a finding leaves out: the lines of a command, and long values on either side."""

import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import Final, TypeAlias

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.flow.fields import TASK
from flowsync.flow.rows import Subject
from flowsync.flow.values import Value, json_text
from flowsync.report.lines import Hunk, Line, hunks, shown_lines, sides
from flowsync.report.wording import escaped

_TOLD: Final = 60
"""Values up to this length are in the sentence."""

_LEAD: Final = 40
_WHOLE: Final = 120
"""Values up to this length are shown whole, however short the parts of longer ones are."""

_BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

Detail: TypeAlias = tuple[str, str]
"""A mark (+ - @, blank, or … for a remark) and one printable line."""


def details(change: Change, context: int, longest: int, longest_line: int = sys.maxsize) -> Iterator[Detail]:
    """The lines that explain a change; nothing where its sentence tells all of it.

    Of values longer than `longest`, and of lines longer than `longest_line`, a part is shown, from shortly
    before the first difference on.
    """
    match change:
        case Added(_, value):
            yield from _command("+", value, longest_line)
        case Removed(_, value):
            yield from _command("-", value, longest_line)
        case Changed(_, str(before), str(after)) if _has_lines(before + after):
            yield from _body(before, after, context, longest_line)
        case Changed(_, before, after):
            yield from _values(before, after, longest)
        case _:
            return


def has_details(change: Change) -> bool:
    """Whether there are any, without the work of finding them."""
    match change:
        case Added(_, value) | Removed(_, value):
            return bool(_command_of(value))
        case Changed(_, str(before), str(after)) if _has_lines(before + after):
            return True
        case Changed(_, before, after):
            return _is_long(escaped(json_text(before)), escaped(json_text(after)))
        case _:
            return False


def position(hunk: Hunk) -> str:
    """The place of a hunk as unified diffs have it: first line and number of lines on either side."""
    sides = [[line.before for line in hunk if line.before], [line.after for line in hunk if line.after]]
    before, after = (f"{side[0] if side else 0},{len(side)}" for side in sides)
    return f"@@ -{before} +{after} @@"


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _command(mark: str, task: Value, longest: int) -> Iterator[Detail]:
    """The command of a task that came or went."""
    lines = shown_lines(_command_of(task), end_said=False)
    yield from ((mark, _shown(line, 0, longest)) for line in lines)


def _command_of(task: Value) -> str:
    command = task.get(_BODY) if isinstance(task, dict) else None
    return command if isinstance(command, str) else ""


def _body(before: str, after: str, context: int, longest: int) -> Iterator[Detail]:
    found = hunks(before, after, context)
    if found is None:
        yield "…", "too much changed to compare it line by line"
        return
    for hunk in found:
        yield "@", position(hunk)
        starts = dict(_starts(hunk, longest))
        yield from ((line.mark, _shown(line.text, starts.get(line, 0), longest)) for line in hunk)


def _starts(hunk: Hunk, longest: int) -> Iterator[tuple[Line, int]]:
    """Where long lines begin to be shown, so that what differs in a pair of them is in sight."""
    for left, right in sides(hunk):
        if left and right and max(len(left.text), len(right.text)) > longest:
            start = _window_start(left.text, right.text, longest) if left != right else 0
            yield from ((left, start), (right, start))


def _values(before: Value, after: Value, longest: int) -> Iterator[Detail]:
    was, becomes = escaped(json_text(before)), escaped(json_text(after))
    if not _is_long(was, becomes):
        return
    most = _WHOLE if max(len(was), len(becomes)) <= _WHOLE else longest
    start = _window_start(was, becomes, most)
    yield "-", _shown(was, start, most)
    yield "+", _shown(becomes, start, most)


def _is_long(before: str, after: str) -> bool:
    return max(len(before), len(after)) > _TOLD


def _window_start(before: str, after: str, longest: int) -> int:
    """Where to begin two long texts so that their first difference is in sight."""
    pairs = zip(before, after, strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    lead = min(_LEAD, longest // 2)
    return alike - lead if alike > longest - lead else 0


def _shown(value: str, start: int, longest: int) -> str:
    """A long value from `start` on, with its length; windows of two values differ where the values do."""
    if len(value) <= longest:
        return value
    end = start + longest
    marks = "…" if start else "", "…" if end < len(value) else ""
    return f"{marks[0]}{value[start:end]}{marks[1]} ({len(value)} characters)"
