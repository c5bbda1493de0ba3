"""A run as text for a terminal or a log."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Group
from flowsync.analysis.model import Finding, Verb
from flowsync.diff.model import Added, Change, Removed
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escape_controls, escape_text, join_first, plural, printable_name, short_id
from flowsync.report.change_details import list_details
from flowsync.report.ci_escaping import inert
from flowsync.report.group_summary import changed_timetables, describe_timetable, group_effects, group_finding
from flowsync.report.headline import format_headline, format_scope, format_verdict
from flowsync.report.labels import flow_label
from flowsync.report.result import RunResult
from flowsync.report.severity import by_severity
from flowsync.report.wrapping import WIDTH, fold, wrap

_MARKS: Final = {
    FlowStatus.SAME: "=",
    FlowStatus.CHANGED: "~",
    FlowStatus.NEW: "+",
    FlowStatus.MISSING: "-",
    FlowStatus.REMOVED: "-",
    FlowStatus.UNKNOWN: "?",
}
_VERBS: Final = {Verb.ADDED: "+", Verb.REMOVED: "-"}
_IMPACT_WIDTH: Final = max(map(len, Impact))
_LONGEST_VALUE: Final = 50
_LONGEST_LINE: Final = 1_000
_FIRST_LINES: Final = 10
_FIRST_FLOWS: Final = 5
_FIRST_NEW_FLOWS: Final = 10
_NO_BREAK: Final = "\u00a0"
_TIME: Final = f"%Y-%m-%d{_NO_BREAK}%H:%M"

Paint = Callable[[str, str], str]
"""Colours a text according to its mark (+ - ~ ? @), or returns it unchanged."""


def strip_colour(_mark: str, text: str) -> str:
    """Return the text without any colour."""
    return text


def text(run: RunResult, paint: Paint = strip_colour) -> str:
    """Return the first line, the counts by impact, the groups, then every flow.

    A run that failed before it compared anything has only its error.
    """
    lines = [*(_first_lines(*run.comparisons) if run.comparisons else _error(run))]
    for comparison in run.comparisons:
        lines += _comparison(comparison, run.context, paint, is_complete=run.lists_all)
    if run.comparisons:
        lines += _error(run)
    return inert("".join(f"{line}\n" for line in lines))


def entry_text(
    comparison: Comparison, context: int, paint: Paint = strip_colour, *, lists_all: bool = False
) -> str:
    """Return one comparison of a history, as in the text of the whole run."""
    lines = _comparison(comparison, context, paint, is_complete=lists_all)
    return inert("".join(f"{line}\n" for line in lines))


def _first_lines(*comparisons: Comparison) -> Iterator[str]:
    if len(comparisons) != 1 or comparisons[0].commit:
        yield format_headline(*comparisons)
        return
    (comparison,) = comparisons
    for line in filter(None, (format_verdict(comparison), format_scope(comparison))):
        yield from wrap(line, "")


def _error(run: RunResult) -> Iterator[str]:
    if run.error:
        yield f"error: {escape_text(run.error.sentence)}"


def _comparison(comparison: Comparison, context: int, paint: Paint, *, is_complete: bool) -> Iterator[str]:
    if comparison.commit:
        commit = comparison.commit
        yield ""
        yield paint("@", f"commit {short_id(commit.id)}  {commit.when}  {escape_text(commit.author)}")
        yield from wrap(escape_text(commit.subject), "    ")
    if comparison.groups:
        yield ""
        for group in comparison.groups:
            yield from _group(group, context, paint)
    new = [flow for flow in comparison.flows if flow.status is FlowStatus.NEW]
    omitted = frozenset() if is_complete else frozenset(flow.key for flow in new[_FIRST_NEW_FLOWS:])
    for flow in comparison.flows:
        if flow.key not in omitted:
            yield from _flow(flow, comparison.own_findings(flow), context, paint)
    if omitted:
        yield f"  … and {plural(len(omitted), 'more new flow')}; -v lists all"


def _group(group: Group, context: int, paint: Paint) -> Iterator[str]:
    """Yield the sentence, the flows, the effects, and the details of the common change."""
    finding = group_finding(group)
    yield from _format_sentence(finding, "", paint)
    flows = [*dict.fromkeys(flow_label(*flow.key, flow.name) for flow, _ in group.members)]
    yield from wrap(join_first(flows, _FIRST_FLOWS), "    ")
    for effect in group_effects(group):
        yield from _indent(f"↳ {effect}")
    yield from _times(finding, set())
    yield from _detail(finding.change, context, paint)


def _flow(flow: FlowComparison, findings: Iterable[Finding], context: int, paint: Paint) -> Iterator[str]:
    described = [] if flow.status is FlowStatus.NEW else by_severity(findings)
    if flow.status is FlowStatus.CHANGED:
        if described:
            yield ""
        elif flow.findings:
            return  # all of its findings are in groups
    mark = _MARKS[flow.status]
    yield paint(mark, f"{mark} {flow_label(*flow.key, flow.name)}: {flow.status}")
    place = f"  (in {escape_text(flow.directory)})" if flow.directory else ""
    if flow.file or place:
        yield f"    {printable_name(flow.file) if flow.file else ''}{place}"
    if flow.reason:
        yield f"    {escape_controls(flow.reason)}"  # whole, so that a log can be searched for it
    if flow.hint:
        yield f"    hint: {escape_controls(flow.hint)}"
    sentences: set[str] = set()
    for finding in described:
        yield from _finding(finding, context, paint, sentences)


def _finding(finding: Finding, context: int, paint: Paint, sentences: set[str]) -> Iterator[str]:
    """Yield the lines of a finding, without effects and times that are in `sentences`."""
    yield from _format_sentence(finding, "    ", paint)
    for effect in finding.effects:
        if effect.sentence not in sentences:
            sentences.add(effect.sentence)
            yield from _indent(f"↳ {escape_controls(effect.sentence)}")
    yield from _times(finding, sentences)
    yield from _detail(finding.change, context, paint)


def _format_sentence(finding: Finding, indent: str, paint: Paint) -> Iterator[str]:
    """Yield a sentence after its mark and impact, with further lines below its start."""
    mark = _VERBS.get(finding.verb, "~")
    start = f"{indent}{mark} {finding.impact:{_IMPACT_WIDTH}}  "
    first, *rest = fold(escape_controls(finding.sentence), WIDTH - len(start))
    yield paint(mark, f"{start}{first}")
    yield from (paint(mark, f"{' ' * len(start)}{line}") for line in rest)


def _times(finding: Finding, sentences: set[str]) -> Iterator[str]:
    """Yield both schedules with their next runs, unless they are in `sentences` or alike."""
    both = changed_timetables(*finding.timetables)
    if both:
        before, after = (describe_timetable(one, _TIME, escape_text) for one in both)
        lines = f"before: {before}", f"after:  {after}"
        if " ".join(lines) not in sentences:
            sentences.add(" ".join(lines))
            yield from (part.replace(_NO_BREAK, " ") for line in lines for part in _indent(line))


def _indent(line: str) -> Iterator[str]:
    return wrap(line, " " * 8, " " * 10)


def _detail(change: Change, context: int, paint: Paint) -> Iterator[str]:
    """Yield what the sentence leaves out; of the command of an added or removed task the first lines."""
    limit = _FIRST_LINES if isinstance(change, (Added, Removed)) else sys.maxsize
    lines = list_details(change, context, _LONGEST_VALUE, _LONGEST_LINE)
    yield from (paint(mark, f"        {line}") for mark, line in islice(lines, limit))
    rest = sum(1 for _ in lines)
    if rest:
        yield f"        … {plural(rest, 'more line')}"
