"""A run as text for a terminal or a log."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowVerdict, Group, Verdict
from flowsync.analysis.model import IMPACTS, Finding, Verb
from flowsync.diff.model import Added, Change, Removed
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escaped, printable
from flowsync.report.change_details import details
from flowsync.report.ci_escaping import inert
from flowsync.report.group_summary import group_effects, group_timetables
from flowsync.report.headline import headline, impact_counts
from flowsync.report.plural import counted
from flowsync.report.result import Run
from flowsync.report.wrapping import WIDTH, folded, wrapped
from flowsync.schedule.timetable import Timetable

_MARKS: Final = {
    Verdict.SAME: "=",
    Verdict.CHANGED: "~",
    Verdict.NEW: "+",
    Verdict.MISSING: "-",
    Verdict.UNKNOWN: "?",
}
_VERBS: Final = {Verb.ADDED: "+", Verb.REMOVED: "-"}
_IMPACT_WIDTH: Final = max(map(len, Impact))
_LONGEST_VALUE: Final = 50
_LONGEST_LINE: Final = 1_000
_FIRST_LINES: Final = 10
_FIRST_FLOWS: Final = 5
_NO_BREAK: Final = "\u00a0"  # between day and hour

Paint = Callable[[str, str], str]
"""Gives a text the look of a mark (+ - ~ ? @), or leaves it as it is."""


def unpainted(_mark: str, text: str) -> str:
    """The text without any colour."""
    return text


def text(run: Run, paint: Paint = unpainted) -> str:
    """The verdict line, the counts by impact, what several flows have in common, then every flow.

    A run that failed before it compared anything has nothing but its error.
    """
    lines = [*_error(run)] if not run.comparisons else [headline(*run.comparisons)]
    for comparison in run.comparisons:
        lines += _comparison(comparison, run.context, paint)
    if run.comparisons:
        lines += _error(run)
    return inert("".join(f"{line}\n" for line in lines))


def entry_text(comparison: Comparison, context: int, paint: Paint = unpainted) -> str:
    """One comparison of a history by itself, as it stands in the text of the whole run."""
    return inert("".join(f"{line}\n" for line in _comparison(comparison, context, paint)))


def _error(run: Run) -> Iterator[str]:
    if run.error:
        yield f"error: {printable(run.error.message)}"


def _comparison(comparison: Comparison, context: int, paint: Paint) -> Iterator[str]:
    if comparison.commit:
        commit = comparison.commit
        yield ""
        yield paint("@", f"commit {commit.id[:12]}  {commit.when}  {printable(commit.author)}")
        yield from wrapped(printable(commit.subject), "    ")
    if any(comparison.impacts.values()):
        yield impact_counts(comparison)
    if comparison.groups:
        yield ""
        for group in comparison.groups:
            yield from _group(group, context, paint)
    for flow in comparison.flows:
        yield from _flow(flow, comparison.own_findings(flow), context, paint)


def _group(group: Group, context: int, paint: Paint) -> Iterator[str]:
    """The sentence, where it is so, what follows, and what explains the change in all of these places."""
    yield from _told(_VERBS.get(group.verb, "~"), group.impact, group.sentence, "", paint)
    flows = dict.fromkeys(f"{flow.environment} {flow.flow_id} {flow.name}" for flow, _ in group.members)
    names = [printable(name) for name in flows]
    left = len(names) - _FIRST_FLOWS
    more = f" and {left} more" if left > 0 else ""
    yield from wrapped(", ".join(names[:_FIRST_FLOWS]) + more, "    ")
    for effect in group_effects(group):
        yield from wrapped(f"↳ {effect}", "        ", "          ")
    yield from _times(group_timetables(group), set())
    yield from _detail(group.members[0][1].change, context, paint)


def _flow(flow: FlowVerdict, findings: Iterable[Finding], context: int, paint: Paint) -> Iterator[str]:
    told = [] if flow.verdict is Verdict.NEW else _gravest_first(findings)  # of a new one, its line says it
    if flow.verdict is Verdict.CHANGED:
        if told:
            yield ""
        elif flow.findings:
            return  # a group tells all of it
    mark = _MARKS[flow.verdict]
    name = f" {printable(flow.name)}" if flow.name else ""
    yield paint(mark, f"{mark} {flow.environment} {flow.flow_id}{name}: {flow.verdict}")
    place = f"  (in {printable(flow.directory)})" if flow.directory else ""
    if flow.file or place:
        yield f"    {printable(flow.file)}{place}"
    if flow.reason:
        yield f"    {printable(flow.reason)}"  # whole, so that a log can be searched for it
    said: set[str] = set()
    for finding in told:
        yield from _finding(finding, context, paint, said)


def _gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: IMPACTS.index(finding.impact))


def _finding(finding: Finding, context: int, paint: Paint, said: set[str]) -> Iterator[str]:
    """`said` holds the effects and times told of the flow already; several changes may share them."""
    mark = _VERBS.get(finding.verb, "~")
    yield from _told(mark, finding.impact, finding.sentence, "    ", paint)
    yield from _effects(finding, said)
    yield from _times(finding.timetables, said)
    yield from _detail(finding.change, context, paint)


def _told(mark: str, impact: Impact, sentence: str, indent: str, paint: Paint) -> Iterator[str]:
    """A sentence behind its mark and impact, with the lines after the first below its beginning."""
    start = f"{indent}{mark} {impact:{_IMPACT_WIDTH}}  "
    first, *rest = folded(escaped(sentence), WIDTH - len(start))
    yield paint(mark, f"{start}{first}")
    yield from (paint(mark, f"{' ' * len(start)}{line}") for line in rest)


def _effects(finding: Finding, said: set[str]) -> Iterator[str]:
    for effect in finding.effects:
        if effect.sentence not in said:
            said.add(effect.sentence)
            yield from wrapped(f"↳ {escaped(effect.sentence)}", "        ", "          ")


def _times(timetables: tuple[Timetable | None, Timetable | None], said: set[str]) -> Iterator[str]:
    """Words and next runs on either side; two changes of one schedule have the same."""
    before, after = timetables
    if before and after and (before.words, before.coming) != (after.words, after.coming):
        lines = f"before: {_timetable(before)}", f"after:  {_timetable(after)}"
        if " ".join(lines) not in said:
            said.add(" ".join(lines))
            for line in lines:
                parts = wrapped(line, "        ", "          ")
                yield from (part.replace(_NO_BREAK, " ") for part in parts)


def _timetable(timetable: Timetable) -> str:
    since, *coming = (time.isoformat(_NO_BREAK, "minutes") for time in (timetable.since, *timetable.coming))
    times = ", ".join(coming)
    return f"{printable(timetable.words)}; {f'next after {since}: {times}' if times else 'no next run known'}"


def _detail(change: Change, context: int, paint: Paint) -> Iterator[str]:
    """What the sentence had to leave out; of the command of a task that came or went its first lines."""
    most = _FIRST_LINES if isinstance(change, (Added, Removed)) else sys.maxsize
    lines = details(change, context, _LONGEST_VALUE, _LONGEST_LINE)
    yield from (paint(mark, f"        {_marked(mark, line)}") for mark, line in islice(lines, most))
    left = sum(1 for _ in lines)
    if left:
        yield f"        … {counted(left, 'more line')}"


def _marked(mark: str, line: str) -> str:
    """Places of hunks and remarks are no lines of the text."""
    return line if mark in "@…" else f"{mark}{line}"
