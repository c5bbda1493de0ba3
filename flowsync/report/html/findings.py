"""One finding: its impact, its sentence, and everything that explains it."""

import re
from collections.abc import Iterator
from typing import assert_never

from flowsync.diff.change import Added, Change, Changed, Moved, Oversize, Removed
from flowsync.diff.finding import Finding
from flowsync.flow.rows import Impact
from flowsync.flow.schedule import Timetable
from flowsync.flow.values import Value, json_text
from flowsync.report.flow import how_often
from flowsync.report.html.bodies import side_by_side
from flowsync.report.html.markup import Markup, element, joined
from flowsync.report.html.values import is_short, shown
from flowsync.report.wording import escaped


def finding_entry(finding: Finding, flow: str, context: int) -> Markup:
    """A list entry; `flow` is the number that filters know its flow by."""
    sentence = element("span", escaped(finding.sentence), class_="sentence")
    return element(
        "li",
        element("p", badge(finding.impact), element("span", sentence, *_place(finding.change))),
        *effect_list(finding),
        *explained(finding, context),
        class_="finding",
        data_impact=finding.impact,
        data_kind=finding.kind,
        data_flow=flow,
    )


def explained(finding: Finding, context: int) -> Iterator[Markup]:
    """The schedule on either side, and all that the sentence leaves out."""
    yield from _timetables(finding)
    yield from _details(finding, context)


def badge(impact: Impact) -> Markup:
    """The impact as a word in a frame."""
    return element("span", str(impact), class_=f"badge {impact}")


def _place(change: Change) -> Iterator[Markup]:
    """Where in the flow the change is; nothing where it is the whole flow that came or went."""
    if change.path:
        yield joined((" ", element("code", escaped(_path(change)), class_="path")))


def _path(change: Change) -> str:
    if isinstance(change, Moved) and change.path != change.to:
        return f"{change.path} → {change.to}"
    return change.path


def effect_list(finding: Finding) -> Iterator[Markup]:
    """What follows from the change."""
    if finding.effects:
        told = (element("li", escaped(effect.sentence)) for effect in finding.effects)
        yield element("ul", *told, class_="effects")


def _timetables(finding: Finding) -> Iterator[Markup]:
    sides = zip(("before", "after"), finding.timetables, strict=True)
    told = [_timetable(side, timetable) for side, timetable in sides if timetable is not None]
    if told:
        yield element("div", *told, class_="pair")


def _timetable(side: str, timetable: Timetable) -> Markup:
    return element(
        "section",
        element("h5", side),
        element("p", escaped(timetable.words)),
        *_runs(timetable),
        *_next_runs(timetable),
        class_="timetable",
    )


def _runs(timetable: Timetable) -> Iterator[Markup]:
    if timetable.per_week is not None:
        yield element("p", how_often(timetable).removeprefix(", "), class_="note")


def _next_runs(timetable: Timetable) -> Iterator[Markup]:
    if timetable.coming:
        yield element("p", f"next after {timetable.since:%a %Y-%m-%d %H:%M}:", class_="note")
        times = (element("li", f"{time:%a %Y-%m-%d %H:%M:%S}") for time in timetable.coming)
        yield element("ol", *times, class_="times")


def _details(finding: Finding, context: int) -> Iterator[Markup]:
    change = finding.change
    match change:
        case Added(_, value, follows):
            yield from _value("What was added", value, finding.sentence)
            yield from _follows(follows)
        case Removed(_, value, follows):
            yield from _value("What was removed", value, finding.sentence)
            yield from _follows(follows)
        case Changed(_, before, after):
            yield from _changed(before, after, finding.sentence, context)
        case Moved():
            yield from _follows(change.follows)
        case Oversize():
            yield element("p", "Too large to be compared in detail.", class_="note")
        case _:
            assert_never(change)


def _value(summary: str, value: Value, sentence: str) -> Iterator[Markup]:
    """An entry or list, folded away; another value unless the sentence tells it."""
    if isinstance(value, dict | list):
        if value:
            yield element("details", element("summary", summary), shown(value))
    elif not _is_told(value, sentence):
        yield element("div", shown(value), class_="value")


def _changed(before: Value, after: Value, sentence: str, context: int) -> Iterator[Markup]:
    """Lines side by side, short values in one line, others side by side; nothing that the sentence tells."""
    if isinstance(before, str) and isinstance(after, str) and _are_lines(before, after, sentence):
        yield side_by_side(before, after, context)
    elif _is_told(before, sentence) and _is_told(after, sentence):
        return
    elif is_short(before) and is_short(after):
        sides = (
            element("span", shown(side), class_=name)
            for side, name in ((before, "removed"), (after, "added"))
        )
        yield element("p", next(sides), " → ", next(sides), class_="inline")
    else:
        both = (
            element("section", element("h5", side), shown(value))
            for side, value in (("before", before), ("after", after))
        )
        yield element("div", *both, class_="pair")


def _are_lines(before: str, after: str, sentence: str) -> bool:
    """Whether two texts have several lines, or are too long for one line and not in the sentence."""
    if _has_lines(before + after):
        return True
    is_told = _is_told(before, sentence) and _is_told(after, sentence)
    return not is_told and not (is_short(before) and is_short(after))


def _is_told(value: Value, sentence: str) -> bool:
    """Whether the sentence has the whole value in it, as a word of its own."""
    text = value if isinstance(value, str) else json_text(value)
    return bool(text) and re.search(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])", sentence) is not None


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _follows(follows: tuple[Change, ...]) -> Iterator[Markup]:
    if follows:
        count = len(follows)
        summary = f"{count} relation{'' if count == 1 else 's'} or link{'' if count == 1 else 's'} with it"
        paths = (element("li", element("code", escaped(_path(change)))) for change in follows)
        yield element("details", element("summary", summary), element("ul", *paths))
