"""List what the sentence of a finding omits: the lines of a command, and long values on either side."""

import re
import sys
from collections.abc import Iterator
from typing import Final, TypeAlias

from flowsync.analysis.grouping import task_prefix
from flowsync.analysis.model import Finding
from flowsync.diff.field_location import locate
from flowsync.diff.model import Added, Change, Changed, Removed
from flowsync.flow.common_ends import common_ends
from flowsync.flow.field_types import Subject
from flowsync.flow.fields import TASK
from flowsync.flow.printable import escape_controls, shorten
from flowsync.flow.values import Value, json_text
from flowsync.report.text_diff import Hunk, Line, hunks, mark_line_ends, side_rows

_LONGEST_IN_SENTENCE: Final = 60
_LEAD: Final = 40
_LONGEST_UNCUT: Final = 120
"""Values up to this length are never cut."""

_WORDS: Final = re.compile(r"[\w.-]+|\W")

_BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

_Window: TypeAlias = tuple[int, int]
"""The start of the printed part of a long text, and the end of its difference from another text."""

_WHOLE: Final[_Window] = (0, 0)

Detail: TypeAlias = tuple[str, str]
"""A mark (+ - @, blank, or … for a remark), and a printable line that starts with + or - or a blank."""


def list_details(
    change: Change, context: int, longest: int, longest_line: int = sys.maxsize
) -> Iterator[Detail]:
    """Yield the lines that explain a change; none if `describe_change` contains all of it.

    Values longer than `longest`, and lines longer than `longest_line`, are cut; the printed part starts
    shortly before the first difference.
    """
    match change:
        case Changed() if one_line_edit(change):
            return
        case Added(_, value):
            yield from (_detail("+", line, longest_line) for line in _command_lines(value))
        case Removed(_, value):
            yield from (_detail("-", line, longest_line) for line in _command_lines(value))
        case Changed(path, str(before), str(after)) if _are_lines(path, before, after):
            yield from _body(before, after, context, longest_line)
        case Changed(_, before, after) if _is_long(*_json_pair(before, after)):
            yield from _values(*_json_pair(before, after), longest)
        case _:
            return


def describe_change(finding: Finding) -> str:
    """Return the sentence of a finding, of a small edit of a command with the edited line."""
    edit = one_line_edit(finding.change)
    return escape_controls(f"{task_prefix(finding)}command: {edit}" if edit else finding.sentence)


def one_line_edit(change: Change) -> str:
    """Return the only line of a command that a change edits, with the edit marked; "" for other changes.

    `line 3: for farm in hami[- yumen-]{+ rudong+}; do`, as in git's word diffs.
    """
    match change:
        case Changed(path, str(before), str(after)) if (
            locate(path).subject is Subject.BODY and "\r" not in before + after
        ):
            has_end_marks = before.endswith("\n") != after.endswith("\n")
            old, new = (mark_line_ends(side, show_end=has_end_marks) for side in (before, after))
        case _:
            return ""
    start, tail = common_ends(old, new)
    removed, added = old[start : len(old) - tail], new[start : len(new) - tail]
    if max(len(removed), len(added)) != 1:
        return ""
    marked = _mark_edit("".join(removed), "".join(added))
    return f"line {start + 1}: {marked}" if marked and max(len(old), len(new)) > 1 else marked


def _mark_edit(before: str, after: str) -> str:
    """Return both texts as one with the edited words marked; "" if they differ too much."""
    if any(mark in before + after for mark in ("[-", "-]", "{+", "+}")):
        return ""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    start, tail = common_ends(old, new)
    removed, added = "".join(old[start : len(old) - tail]), "".join(new[start : len(new) - tail])
    if max(len(removed), len(added)) > _LONGEST_IN_SENTENCE:
        return ""
    lead, rest = "".join(old[:start]), "".join(old[len(old) - tail :])
    if not (removed and added) and (removed + added).strip():  # a word and the blank before it
        blank = " " if (removed + added).startswith(" ") else ""
        lead, removed, added = lead + blank, removed.removeprefix(blank), added.removeprefix(blank)
    lead = lead if len(lead) <= _LONGEST_IN_SENTENCE else f"…{lead[-_LONGEST_IN_SENTENCE:]}"
    marks = f"{f'[-{removed}-]' if removed else ''}{f'{{+{added}+}}' if added else ''}"
    return f"{lead}{marks}{shorten(rest, _LONGEST_IN_SENTENCE)}"


def has_details(change: Change) -> bool:
    """Return whether `list_details` yields a line, without comparing texts."""
    match change:
        case Added(_, value) | Removed(_, value):
            return bool(_command_lines(value))
        case Changed() if one_line_edit(change):
            return False
        case Changed(_, str(before), str(after)) if _has_lines(before + after):
            return True
        case Changed(_, before, after):
            return _is_long(*_json_pair(before, after))
        case _:
            return False


def position(hunk: Hunk) -> str:
    """Return the position of a hunk as in unified diffs: first line and number of lines on each side."""
    before = _range(hunk.before, sum(line.before is not None for line in hunk.lines))
    after = _range(hunk.after, sum(line.after is not None for line in hunk.lines))
    return f"@@ -{before} +{after} @@"


def _range(skipped: int, count: int) -> str:
    """Return first line and count; if there are no lines, the number is that of the line before."""
    return f"{skipped + 1 if count else skipped},{count}"


def _are_lines(path: str, before: str, after: str) -> bool:
    """Return whether two texts are compared by lines; of one line, only commands are."""
    if _has_lines(before + after):
        return True
    return locate(path).subject is Subject.BODY and _is_long(json_text(before), json_text(after))


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _command_lines(task: Value) -> list[str]:
    """Return the lines of the command of an added or removed task."""
    command = task.get(_BODY) if isinstance(task, dict) else None
    return mark_line_ends(command, show_end=False) if isinstance(command, str) else []


def _body(before: str, after: str, context: int, longest: int) -> Iterator[Detail]:
    found = hunks(before, after, context)
    if found is None:
        yield "…", "too many changes to compare line by line"
        return
    for hunk in found:
        yield "@", position(hunk)
        windows = dict(_windows(hunk, longest))
        for line in hunk.lines:
            yield _detail(line.mark, line.text, longest, windows.get(line, _WHOLE))


def _windows(hunk: Hunk, longest: int) -> Iterator[tuple[Line, _Window]]:
    """Return the parts of long lines to print, so that the difference in a pair of lines is visible."""
    for old, new in side_rows(hunk):
        if old and new and old != new and max(len(old.text), len(new.text)) > longest:
            yield from zip((old, new), _pair_of_windows(old.text, new.text, longest), strict=True)


def _json_pair(before: Value, after: Value) -> tuple[str, str]:
    return escape_controls(json_text(before)), escape_controls(json_text(after))


def _values(old: str, new: str, longest: int) -> Iterator[Detail]:
    limit = max(longest, _LONGEST_UNCUT) if max(len(old), len(new)) <= _LONGEST_UNCUT else longest
    windows = _pair_of_windows(old, new, limit)
    yield _detail("-", old, limit, windows[0])
    yield _detail("+", new, limit, windows[1])


def _is_long(before: str, after: str) -> bool:
    return max(len(before), len(after)) > _LONGEST_IN_SENTENCE


def _pair_of_windows(before: str, after: str, longest: int) -> tuple[_Window, _Window]:
    """Return the windows of two long texts; their ends are 0 unless both differ beyond the printed part."""
    alike, tail = common_ends(before, after)
    lead = min(_LEAD, longest // 2)
    start = alike - lead if alike > longest - lead else 0
    ends = len(before) - tail, len(after) - tail
    return ((start, ends[0]), (start, ends[1])) if min(ends) > start + longest else ((start, 0), (start, 0))


def _detail(mark: str, text: str, longest: int, window: _Window = _WHOLE) -> Detail:
    """Return a line; of a long one the part in the window, its length, and a note if it differs later."""
    if len(text) <= longest:
        return mark, f"{mark}{text}"
    start, last = window
    end = start + longest
    more = ", different further on too" if last > end else ""
    excerpt = f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
    return mark, f"{mark}{excerpt} ({len(text)} characters{more})"
