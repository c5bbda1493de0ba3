"""A comparison as text for a terminal or a log."""

import difflib
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Final, assert_never

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.flow.values import Value, json_text
from flowsync.report.wording import escaped, headline, printable

_MARKS: Final = {
    Verdict.SAME: "=",
    Verdict.CHANGED: "~",
    Verdict.NEW: "+",
    Verdict.MISSING: "-",
    Verdict.UNKNOWN: "?",
}
_CONTEXT: Final = 2
_LONGEST: Final = 160
_LEAD: Final = 40
_LINE_END_MARK: Final = re.compile(r"\((no )?line end\)$")

Paint = Callable[[str, str], str]
"""Gives a text the look of a mark (+ - ~ ?), or leaves it as it is."""


def unpainted(_mark: str, text: str) -> str:
    """The text without any colour."""
    return text


def text(comparison: Comparison, paint: Paint = unpainted) -> str:
    """The verdict line, then every flow that is not the same with what changed in it."""
    lines = [headline(comparison)]
    for flow in comparison.flows:
        lines += ["", *_flow_lines(flow, paint)] if flow.changes else _flow_lines(flow, paint)
    return "\n".join(lines) + "\n"


def _flow_lines(flow: FlowVerdict, paint: Paint) -> Iterator[str]:
    mark = _MARKS[flow.verdict]
    name = f" {printable(flow.name)}" if flow.name else ""
    yield paint(mark, f"{mark} {flow.environment} {flow.flow_id}{name}: {flow.verdict}")
    place = f"  (in {printable(flow.directory)})" if flow.directory else ""
    if flow.file or place:
        yield f"    {printable(flow.file)}{place}"
    if flow.reason:
        yield f"    {printable(flow.reason)}"
    for change in flow.changes:
        yield from (f"    {line}" for line in _change_lines(change, paint))


def _change_lines(change: Change, paint: Paint) -> Iterator[str]:
    match change:
        case Added():
            yield paint("+", f"+ {printable(change.path)}{_inline(change.value)}")
        case Removed():
            yield paint("-", f"- {printable(change.path)}{_inline(change.value)}")
        case Changed():
            yield from _changed_lines(change, paint)
        case _:
            assert_never(change)


def _changed_lines(change: Changed, paint: Paint) -> Iterator[str]:
    before, after = change.before, change.after
    if isinstance(before, str) and isinstance(after, str) and _has_lines(before, after):
        yield paint("~", f"~ {printable(change.path)}")
        yield from (f"    {paint(line[0], line)}" for line in _line_diff(before, after))
    else:
        start = _window_start(_json(before), _json(after))
        yield paint("~", f"~ {printable(change.path)}")
        yield f"    {paint('-', f'- {_shown(before, start)}')}"
        yield f"    {paint('+', f'+ {_shown(after, start)}')}"


def _has_lines(before: str, after: str) -> bool:
    return "\n" in before + after or "\r" in before + after


def _line_diff(before: str, after: str) -> Iterator[str]:
    sides = (_lines(before), _lines(after))
    yield from [*difflib.unified_diff(*sides, n=_CONTEXT, lineterm="")][2:]


def _lines(value: str) -> list[str]:
    """The lines, with whatever ends them shown where it is not a plain line feed: no change is invisible."""
    *lines, last = (printable(line) for line in value.split("\n"))
    ended = [f"{line}  (line end)" if _LINE_END_MARK.search(line) else line for line in lines]
    return [*ended, f"{last}  (no line end)"] if last else ended


def _inline(value: Value) -> str:
    return "" if isinstance(value, (dict, list)) else f": {_shown(value)}"


def _json(value: Value) -> str:
    return escaped(json_text(value))


def _window_start(before: str, after: str) -> int:
    """Where to begin two long texts so that their first difference is in sight."""
    pairs = zip(before, after, strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return alike - _LEAD if alike > _LONGEST - _LEAD else 0


def _shown(value: Value, start: int = 0) -> str:
    """The value as JSON; a long one from `start` on, with its length."""
    shown = _json(value)
    if len(shown) <= _LONGEST:
        return shown
    end = start + _LONGEST
    before, after = "…" if start else "", "…" if end < len(shown) else ""
    return f"{before}{shown[start:end]}{after} ({len(shown)} characters)"
