"""A run as text for a terminal or a log: what is breaking first."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Group
from flowsync.analysis.model import Finding
from flowsync.diff.model import Added, Removed
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escape_controls, escape_text, join_first, plural, printable_name, short_id
from flowsync.report.change_details import describe_change, list_details, one_line_edit
from flowsync.report.ci_escaping import inert
from flowsync.report.group_summary import describe_next_runs, group_effects, group_finding
from flowsync.report.headline import format_counts, headline_lines
from flowsync.report.labels import flow_label
from flowsync.report.result import RunResult
from flowsync.report.severity import (
    Severity,
    count_impacts,
    flow_order,
    flow_severity,
    impacts_of,
    run_severity,
)
from flowsync.report.wrapping import columns, truncate, wrap

_MARKS: Final = {
    FlowStatus.SAME: "=",
    FlowStatus.CHANGED: "~",
    FlowStatus.NEW: "+",
    FlowStatus.MISSING: "-",
    FlowStatus.REMOVED: "-",
    FlowStatus.UNKNOWN: "?",
}
_NEW: Final = "new"
_TITLES: Final = (Severity.BREAKING, Severity.UNKNOWN, Severity.BEHAVIOUR, _NEW, Severity.COSMETIC)
_GAP: Final = "   "
_INDENT: Final = " " * 4
_LONGEST_VALUE: Final = 50
_LONGEST_LINE: Final = 1_000
_FIRST_LINES: Final = 10
_FIRST_FLOWS: Final = 5
_FIRST_NEW_FLOWS: Final = 10
_NO_BREAK: Final = "\u00a0"
_TIME: Final = f"%Y-%m-%d{_NO_BREAK}%H:%M"

Paint = Callable[[str, str], str]
"""Colours a text according to a severity, `new`, or the mark of a line (+ - @); or returns it unchanged."""


def strip_colour(_style: str, text: str) -> str:
    """Return the text without any colour."""
    return text


def text(run: RunResult, paint: Paint = strip_colour) -> str:
    """Return the verdict, the sides, then everything that differs, the most severe first.

    A run that failed before it compared anything has only its error.
    """
    return "".join(
        (
            _joined(_first_lines(run, paint)),
            *(entry_text(comparison, run, paint) for comparison in run.comparisons),
            _joined([f"error: {escape_controls(run.error.sentence)}"] if run.error else ()),
        )
    )


def entry_text(comparison: Comparison, run: RunResult, paint: Paint = strip_colour) -> str:
    """Return one comparison of a run, without its first lines."""
    return _joined((_brief if run.is_brief else _comparison)(comparison, run, paint))


def _joined(lines: Iterable[str]) -> str:
    return inert("".join(f"{line}\n" for line in lines))


def _first_lines(run: RunResult, paint: Paint) -> Iterator[str]:
    if not run.comparisons:
        return
    style = run_severity(run.comparisons)
    for line in headline_lines(*run.comparisons):
        yield from (paint(style, part) for part in wrap(line, "", "  ", run.width))
        style = ""


def _brief(comparison: Comparison, run: RunResult, paint: Paint) -> Iterator[str]:
    """Yield one line for the commit of a history, else one for each flow."""
    if commit := comparison.commit:
        line = f"{short_id(commit.id)} {commit.when[:10]} {format_counts(comparison)}"
        line = truncate(f"{line}: {escape_text(commit.subject)}", run.width)
        yield paint(run_severity([comparison]), line)
        return
    flows = sorted(comparison.flows, key=lambda flow: flow_order(flow, flow.findings))
    found = [count_impacts(impacts_of(flow.findings)) if _is_changed(flow) else flow.status for flow in flows]
    room = run.width - len(_GAP) - max(map(len, found), default=0)
    heads = [truncate(_head(flow), room) for flow in flows]
    width = max(map(columns, heads), default=0)
    for flow, head, counts in zip(flows, heads, found, strict=True):
        line = f"{head}{' ' * (width - columns(head))}{_GAP}{counts}"
        yield paint(flow_severity(flow, flow.findings), line)


def _is_changed(flow: FlowComparison) -> bool:
    """Return whether the flow was compared in detail, and differs not only in notation."""
    return flow.status is FlowStatus.CHANGED and bool(flow.findings)


def _comparison(comparison: Comparison, run: RunResult, paint: Paint) -> Iterator[str]:
    """Yield a section for each severity; cosmetic changes beside others are only counted."""
    if commit := comparison.commit:
        yield ""
        yield paint("@", f"commit {short_id(commit.id)}  {commit.when}  {escape_text(commit.author)}")
        yield from wrap(escape_text(commit.subject), "    ", width=run.width)
    sections = [(title, entries) for title in _TITLES if (entries := _entries(comparison, title, run, paint))]
    for title, entries in sections:
        yield ""
        if title == Severity.COSMETIC and len(sections) > 1 and not run.lists_all:
            count = comparison.impacts[Impact.COSMETIC] or len(entries)
            yield paint(title, f"{title}{_GAP}{count:,}, -v shows them")
            continue
        limit = _FIRST_NEW_FLOWS if title == _NEW and not run.lists_all else len(entries)
        yield paint(title, title)
        yield from _spaced(entries[:limit])
        if limit < len(entries):
            yield f"  … and {plural(len(entries) - limit, 'more new flow')}; -v lists all"


def _spaced(entries: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of entries, with a blank line around entries of several lines."""
    is_long = False
    for number, lines in enumerate(entries):
        if number and (is_long or len(lines) > 1):
            yield ""
        yield from lines
        is_long = len(lines) > 1


def _entries(comparison: Comparison, title: str, run: RunResult, paint: Paint) -> list[list[str]]:
    """Return the lines of each flow of a section, and of each group: removed and unknown flows first."""
    whole, changed = [], []
    for flow in comparison.flows:
        own = comparison.own_findings(flow)
        if _is_changed(flow):
            if found := [one for one in own if one.impact.value == title]:
                changed.append([*_flow(flow, found, title, run, paint)])
        elif title == (_NEW if flow.status is FlowStatus.NEW else flow_severity(flow, own)):
            whole.append([*_flow(flow, own, title, run, paint)])
    groups = [[*_group(one, title, run, paint)] for one in comparison.groups if one.impact.value == title]
    return [*whole, *groups, *changed]


def _group(group: Group, style: str, run: RunResult, paint: Paint) -> Iterator[str]:
    """Yield the sentence, the flows, the effects, and the details of the common change."""
    finding = group_finding(group)
    sentence = f"~ {escape_controls(group.sentence)}"
    yield from (paint(style, line) for line in wrap(sentence, "", _INDENT, run.width))
    labels = (flow_label(*flow.key, flow.name).replace(" ", _NO_BREAK) for flow, _ in group.members)
    flows = [*dict.fromkeys(labels)]
    for line in (join_first(flows, _FIRST_FLOWS), *(f"↳ {effect}" for effect in group_effects(group))):
        yield from _indent(line, _INDENT, run)
    if edit := one_line_edit(finding.change):
        yield from wrap(edit, _INDENT, width=run.width)
    yield from _details(finding, set(), _INDENT, run, paint)


def _flow(
    flow: FlowComparison, findings: Iterable[Finding], style: str, run: RunResult, paint: Paint
) -> Iterator[str]:
    """Yield the flow, and what is found in it; a single sentence is on the line of the flow if it fits."""
    head = _head(flow)
    sentences = [
        *([(escape_controls(flow.reason), None)] if flow.reason else ()),
        *([(escape_controls(f"hint: {flow.hint}"), None)] if flow.hint else ()),
        *((describe_change(one), one) for one in findings),
    ]
    indent = _INDENT
    if len(sentences) == 1 and columns(f"{head}{_GAP}{sentences[0][0]}") <= run.width:
        yield paint(style, f"{head}{_GAP}{sentences[0][0]}")
    else:
        yield from (paint(style, line) for line in wrap(head, "", _INDENT, run.width))
        indent = f"{_INDENT}  "
    if (run.lists_all or flow.status is FlowStatus.UNKNOWN) and (flow.file or flow.directory):
        place = f"  (in {escape_text(flow.directory)})" if flow.directory else ""
        yield f"{_INDENT}{printable_name(flow.file) if flow.file else ''}{place}"
    known: set[str] = set()
    for sentence, finding in sentences:
        if indent != _INDENT:
            width = run.width if finding else sys.maxsize  # a reason is whole: a log can be searched for it
            yield from (paint(style, line) for line in wrap(sentence, _INDENT, indent, width))
        if finding:
            yield from _details(finding, known, indent, run, paint)


def _head(flow: FlowComparison) -> str:
    return f"{_MARKS[flow.status]} {flow_label(*flow.key, flow.name)}"


def _indent(line: str, indent: str, run: RunResult) -> Iterator[str]:
    """Wrap a line, but not at the blanks that `_NO_BREAK` stands for."""
    return (part.replace(_NO_BREAK, " ") for part in wrap(line, indent, f"{indent}  ", run.width))


def _details(finding: Finding, known: set[str], indent: str, run: RunResult, paint: Paint) -> Iterator[str]:
    """Yield effects and next runs that are not `known` yet, then what the sentence omits of the change."""
    effects = [f"↳ {escape_controls(effect.sentence)}" for effect in finding.effects]
    for line in [*effects, *describe_next_runs(finding, _TIME)]:
        if line not in known:
            known.add(line)
            yield from _indent(line, indent, run)
    limit = _FIRST_LINES if isinstance(finding.change, (Added, Removed)) else sys.maxsize
    details = list_details(finding.change, run.context, _LONGEST_VALUE, _LONGEST_LINE)
    yield from (paint(mark, f"{indent}{line}") for mark, line in islice(details, limit))
    if rest := sum(1 for _ in details):
        yield f"{indent}… {plural(rest, 'more line')}"
