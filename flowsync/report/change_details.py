"""What the sentence of a finding leaves out: the lines of a command, and long values on either side."""

import sys
from collections.abc import Iterator
from typing import Final, TypeAlias

from flowsync.diff.field_location import locate
from flowsync.diff.model import Added, Change, Changed, Removed
from flowsync.flow.common_ends import common_ends
from flowsync.flow.field_types import Subject
from flowsync.flow.fields import TASK
from flowsync.flow.printable import escape_controls
from flowsync.flow.values import Value, json_text
from flowsync.report.text_diff import Hunk, Line, hunks, mark_line_ends, side_rows

_IN_SENTENCE: Final = 60
"""Values up to this length are in the sentence."""

_LEAD: Final = 40
_MAX_WHOLE: Final = 120
"""Values up to this length are shown whole, however short the parts of longer ones are."""

_BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

_Window: TypeAlias = tuple[int, int]
"""From where a long text is shown, and up to where it differs from another."""

_WHOLE: Final[_Window] = (0, 0)

Detail: TypeAlias = tuple[str, str]
"""A mark (+ - @, blank, or … for a remark) and one printable line."""


def list_details(
    change: Change, context: int, longest: int, longest_line: int = sys.maxsize
) -> Iterator[Detail]:
    """Yield the lines that explain a change; none if its sentence contains all of it.

    Values longer than `longest`, and lines longer than `longest_line`, are cut, from shortly before the first
    difference on.
    """
    match change:
        case Added(_, value):
            yield from _command("+", value, longest_line)
        case Removed(_, value):
            yield from _command("-", value, longest_line)
        case Changed(path, str(before), str(after)) if _are_lines(path, before, after):
            yield from _body(before, after, context, longest_line)
        case Changed(_, before, after):
            yield from _values(before, after, longest)
        case _:
            return


def has_details(change: Change) -> bool:
    """Return whether there are any, without listing them."""
    match change:
        case Added(_, value) | Removed(_, value):
            return bool(_command_of(value))
        case Changed(_, str(before), str(after)) if _has_lines(before + after):
            return True
        case Changed(_, before, after):
            return _is_long(escape_controls(json_text(before)), escape_controls(json_text(after)))
        case _:
            return False


def position(hunk: Hunk) -> str:
    """Return the position of a hunk as in unified diffs: first line and number of lines on each side."""
    before = _range(hunk.before, sum(line.before is not None for line in hunk.lines))
    after = _range(hunk.after, sum(line.after is not None for line in hunk.lines))
    return f"@@ -{before} +{after} @@"


def _range(skipped: int, count: int) -> str:
    """Of no lines, the number is that of the line before them."""
    return f"{skipped + 1 if count else skipped},{count}"


def _are_lines(path: str, before: str, after: str) -> bool:
    """Return whether two commands are shown as lines; a command of one line is shown whole, however long."""
    if _has_lines(before + after):
        return True
    return locate(path).subject is Subject.BODY and _is_long(json_text(before), json_text(after))


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _command(mark: str, task: Value, longest: int) -> Iterator[Detail]:
    """Return the command of an added or removed task."""
    lines = mark_line_ends(_command_of(task), show_end=False)
    yield from ((mark, _excerpt(line, _WHOLE, longest)) for line in lines)


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
        windows = dict(_windows(hunk, longest))
        yield from (
            (line.mark, _excerpt(line.text, windows.get(line, _WHOLE), longest)) for line in hunk.lines
        )


def _windows(hunk: Hunk, longest: int) -> Iterator[tuple[Line, _Window]]:
    """Return the parts of long lines to show, so that the difference in a pair of lines is visible."""
    for rest, right in side_rows(hunk):
        if rest and right and rest != right and max(len(rest.text), len(right.text)) > longest:
            yield from zip((rest, right), _pair_of_windows(rest.text, right.text, longest), strict=True)


def _values(before: Value, after: Value, longest: int) -> Iterator[Detail]:
    old, new = escape_controls(json_text(before)), escape_controls(json_text(after))
    if not _is_long(old, new):
        return
    limit = max(longest, _MAX_WHOLE) if max(len(old), len(new)) <= _MAX_WHOLE else longest
    windows = _pair_of_windows(old, new, limit)
    yield "-", _excerpt(old, windows[0], limit)
    yield "+", _excerpt(new, windows[1], limit)


def _is_long(before: str, after: str) -> bool:
    return max(len(before), len(after)) > _IN_SENTENCE


def _pair_of_windows(before: str, after: str, longest: int) -> tuple[_Window, _Window]:
    """Return where the shown parts of two long texts start, and whether they differ further on."""
    alike, tail = common_ends(before, after)
    lead = min(_LEAD, longest // 2)
    start = alike - lead if alike > longest - lead else 0
    ends = len(before) - tail, len(after) - tail
    both_go_on = min(ends) > start + longest
    return ((start, ends[0]), (start, ends[1])) if both_go_on else ((start, 0), (start, 0))


def _excerpt(value: str, window: _Window, longest: int) -> str:
    """Return a long value from the start of its window, with its length and a note if it differs later."""
    if len(value) <= longest:
        return value
    start, last = window
    end = start + longest
    marks = "…" if start else "", "…" if end < len(value) else ""
    more = ", different further on too" if last > end else ""
    return f"{marks[0]}{value[start:end]}{marks[1]} ({len(value)} characters{more})"
