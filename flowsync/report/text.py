"""A run as text for a terminal or a log."""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Final

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.diff.finding import IMPACTS, Finding, Verb
from flowsync.diff.verdicts import Comparison, FlowVerdict, Group, Verdict
from flowsync.flow.fields import TASK, Impact, Subject
from flowsync.flow.schedule import Timetable
from flowsync.flow.values import Value, json_text
from flowsync.report.lines import Hunk, hunks, shown_lines
from flowsync.report.run import Run
from flowsync.report.wording import counted, escaped, headline, impact_counts, printable

_MARKS: Final = {
    Verdict.SAME: "=",
    Verdict.CHANGED: "~",
    Verdict.NEW: "+",
    Verdict.MISSING: "-",
    Verdict.UNKNOWN: "?",
}
_VERBS: Final = {Verb.ADDED: "+", Verb.REMOVED: "-"}
_WIDTH: Final = 80
_IMPACT_WIDTH: Final = max(map(len, Impact))
_SHORT: Final = 60
_LEAD: Final = 20
_FIRST_LINES: Final = 10
_FIRST_FLOWS: Final = 5
_TIMES: Final = "%Y-%m-%d %H:%M"
_BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)

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
    return "".join(f"{line}\n" for line in lines)


def entry_text(comparison: Comparison, context: int, paint: Paint = unpainted) -> str:
    """One comparison of a history by itself, as it stands in the text of the whole run."""
    return "".join(f"{line}\n" for line in _comparison(comparison, context, paint))


def _error(run: Run) -> Iterator[str]:
    if run.error:
        yield f"error: {printable(run.error.message)}"


def _comparison(comparison: Comparison, context: int, paint: Paint) -> Iterator[str]:
    if comparison.commit:
        commit = comparison.commit
        yield ""
        yield paint("@", f"commit {commit.id[:12]}  {commit.when}  {printable(commit.author)}")
        yield from _wrapped(printable(commit.subject), "    ")
    if any(comparison.impacts.values()):
        yield impact_counts(comparison)
    if comparison.groups:
        yield ""
        for group in comparison.groups:
            yield from _group(group, paint)
    for flow in comparison.flows:
        yield from _flow(flow, comparison.own_findings(flow), context, paint)


def _group(group: Group, paint: Paint) -> Iterator[str]:
    yield from _told(_VERBS.get(group.verb, "~"), group.impact, group.sentence, "", paint)
    flows = dict.fromkeys(f"{flow.environment} {flow.flow_id} {flow.name}" for flow, _ in group.members)
    names = [printable(name) for name in flows]
    left = len(names) - _FIRST_FLOWS
    more = f" and {left} more" if left > 0 else ""
    yield from _wrapped(", ".join(names[:_FIRST_FLOWS]) + more, "    ")


def _flow(flow: FlowVerdict, findings: Iterable[Finding], context: int, paint: Paint) -> Iterator[str]:
    told = [finding for finding in _gravest_first(findings) if flow.verdict is Verdict.CHANGED]
    if told:
        yield ""
    elif flow.findings and flow.verdict is Verdict.CHANGED:
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
    for finding in flow.findings if flow.verdict is not Verdict.CHANGED else ():
        yield from _effects(finding, said)


def _gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: IMPACTS.index(finding.impact))


def _finding(finding: Finding, context: int, paint: Paint, said: set[str]) -> Iterator[str]:
    """`said` holds the effects that were told of the flow already; several changes may have the same."""
    mark = _VERBS.get(finding.verb, "~")
    yield from _told(mark, finding.impact, finding.sentence, "    ", paint)
    yield from _effects(finding, said)
    yield from _times(finding)
    yield from _detail(finding.change, context, paint)


def _told(mark: str, impact: Impact, sentence: str, indent: str, paint: Paint) -> Iterator[str]:
    """A sentence behind its mark and impact, with the lines after the first below its beginning."""
    start = f"{indent}{mark} {impact:{_IMPACT_WIDTH}}  "
    first, *rest = _folded(printable(sentence), _WIDTH - len(start)) or [""]
    yield paint(mark, f"{start}{first}")
    yield from (paint(mark, f"{' ' * len(start)}{line}") for line in rest)


def _effects(finding: Finding, said: set[str]) -> Iterator[str]:
    for effect in finding.effects:
        if effect.sentence not in said:
            said.add(effect.sentence)
            yield from _wrapped(f"→ {printable(effect.sentence)}", "        ", "          ")


def _times(finding: Finding) -> Iterator[str]:
    before, after = finding.timetables
    if before and after and (before.words, before.coming) != (after.words, after.coming):
        yield from _wrapped(f"before: {_timetable(before)}", "        ", "          ")
        yield from _wrapped(f"after:  {_timetable(after)}", "        ", "          ")


def _timetable(timetable: Timetable) -> str:
    times = ", ".join(time.strftime(_TIMES) for time in timetable.coming)
    since = timetable.since.strftime(_TIMES)
    return f"{printable(timetable.words)}; {f'next after {since}: {times}' if times else 'no next run'}"


def _detail(change: Change, context: int, paint: Paint) -> Iterator[str]:
    """What the sentence had to leave out."""
    match change:
        case Added(_, value):
            yield from _command("+", value, paint)
        case Removed(_, value):
            yield from _command("-", value, paint)
        case Changed(_, str(before), str(after)) if "\n" in before + after or "\r" in before + after:
            yield from _body(before, after, context, paint)
        case Changed(_, before, after):
            yield from _values(before, after, paint)
        case _:
            return


def _command(mark: str, value: Value, paint: Paint) -> Iterator[str]:
    """The first lines of the command of a task that came or went."""
    command = value.get(_BODY) if isinstance(value, dict) else None
    lines = shown_lines(command) if isinstance(command, str) else []
    lines = [line.removesuffix("  (no line end)") for line in lines]
    yield from (paint(mark, f"        {mark}{line}") for line in lines[:_FIRST_LINES])
    if len(lines) > _FIRST_LINES:
        yield f"        … {counted(len(lines) - _FIRST_LINES, 'more line')}"


def _body(before: str, after: str, context: int, paint: Paint) -> Iterator[str]:
    found = hunks(before, after, context)
    if found is None:
        yield "        too much changed to compare it line by line"
        return
    for hunk in found:
        yield paint("@", f"        {_where(hunk)}")
        yield from (paint(line.mark, f"        {line.mark}{line.text}") for line in hunk)


def _where(hunk: Hunk) -> str:
    """The place of a hunk as unified diffs have it: first line and number of lines on either side."""
    sides = [[line.before for line in hunk if line.before], [line.after for line in hunk if line.after]]
    before, after = (f"{side[0] if side else 0},{len(side)}" for side in sides)
    return f"@@ -{before} +{after} @@"


def _values(before: Value, after: Value, paint: Paint) -> Iterator[str]:
    was, becomes = escaped(json_text(before)), escaped(json_text(after))
    if max(len(was), len(becomes)) <= _SHORT:
        return
    start = _window_start(was, becomes)
    yield paint("-", f"        -{_shown(was, start)}")
    yield paint("+", f"        +{_shown(becomes, start)}")


def _window_start(before: str, after: str) -> int:
    """Where to begin two long texts so that their first difference is in sight."""
    pairs = zip(before, after, strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return alike - _LEAD if alike > _LEAD else 0


def _shown(value: str, start: int) -> str:
    """A long value from `start` on, with its length; windows of two values differ where the values do."""
    if len(value) <= _SHORT:
        return value
    end = start + _SHORT - _LEAD
    marks = "…" if start else "", "…" if end < len(value) else ""
    return f"{marks[0]}{value[start:end]}{marks[1]} ({len(value)} characters)"


def _wrapped(line: str, indent: str, rest: str | None = None) -> Iterator[str]:
    rest = indent if rest is None else rest
    first, *others = _folded(line, _WIDTH - len(rest)) or [""]
    yield f"{indent}{first}"
    yield from (f"{rest}{other}" for other in others)


def _folded(line: str, width: int) -> list[str]:
    """The line in parts of that width, broken at blanks only."""
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
