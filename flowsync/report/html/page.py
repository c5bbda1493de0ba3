"""The page: its head, the summary, the filters, and one section for each comparison."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from typing import Final

from flowsync.diff.finding import IMPACTS
from flowsync.diff.verdicts import Comparison, Group, Verdict
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.report.html.filters import filters
from flowsync.report.html.flows import Key, Section, flow_sections, gravity, group_sections, sections
from flowsync.report.html.markup import Markup, element, joined
from flowsync.report.run import Run
from flowsync.report.wording import escaped, headline, inert_markup, printable

_MOST_BOXES: Final = 4_000
_FEWEST_BOXES: Final = 40


def html(run: Run) -> str:
    """The run as a page that needs nothing but itself."""
    return page(f"flowsync {run.command}: {_verdict(run)}", *_body(run))


def page(title: str, *content: Markup) -> str:
    """A whole page with our look and our script, which needs nothing but itself."""
    style, script = (_source(name) for name in ("page.css", "page.js"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="robots", content="noindex"),
        Markup(inert_markup(element("title", title))),
        element("style", Markup(style)),
    )
    body = element("body", Markup(inert_markup(joined(content))), element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _source(name: str) -> str:
    return files("flowsync.report.html").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and only our own style and script run."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _verdict(run: Run) -> str:
    if run.error is not None:
        return "failed"
    return headline(*run.comparisons)


def _body(run: Run) -> Iterator[Markup]:
    numbers = _numbers(run)
    yield element("a", "Skip to the findings", href="#findings", class_="skip")
    yield element(
        "header",
        element("h1", element("span", f"flowsync {run.command}", class_="command"), f" {_verdict(run)}"),
        *_failure(run.error),
        *(_summary(one) for one in run.comparisons if one.commit is None),
    )
    yield from filters(run, numbers)
    boxes = max(_FEWEST_BOXES, _MOST_BOXES // max(1, len(run.comparisons)))
    content = (
        _comparison(one, place, numbers, boxes, run.context) for place, one in enumerate(run.comparisons)
    )
    yield element("main", *content, *_nothing(run), id="findings", tabindex="-1")
    yield element("footer", element("p", "Made by flowsync. This page loads nothing from elsewhere."))


def _numbers(run: Run) -> Mapping[Key, int]:
    """A number for each flow, the same one in every comparison of a history."""
    keys = dict.fromkeys(flow.key for one in run.comparisons for flow in one.flows)
    return {key: number for number, key in enumerate(keys)}


def _failure(error: FlowsyncError | None) -> Iterator[Markup]:
    if error is not None:
        problems = error.problems if isinstance(error, ConfigError) else ()
        yield element(
            "section",
            element("h2", "The run failed"),
            *(element("p", escaped(line)) for line in error.message.splitlines()),
            *([element("ul", *(element("li", escaped(one)) for one in problems))] if problems else ()),
            *([element("p", f"hint: {escaped(error.hint)}", class_="note")] if error.hint else ()),
            class_="alert",
        )


def _summary(comparison: Comparison) -> Markup:
    sides = element(
        "p",
        element("code", printable(comparison.before)),
        " → ",
        element("code", printable(comparison.after)),
        class_="sides",
    )
    return element("div", sides, *_impacts(comparison), *_incomplete(comparison), class_="summary")


def _impacts(comparison: Comparison) -> Iterator[Markup]:
    if any(comparison.impacts.values()):
        told = (
            element("li", element("b", str(comparison.impacts[impact])), f" {impact}", class_=str(impact))
            for impact in IMPACTS
        )
        yield element("ul", *told, class_="impacts")


def _incomplete(comparison: Comparison) -> Iterator[Markup]:
    count = comparison.counts[Verdict.UNKNOWN]
    if count:
        flows = "1 flow" if count == 1 else f"{count} flows"
        told = f"{flows} could not be looked at: nothing is known of {'it' if count == 1 else 'them'}."
        yield element("p", told, class_="alert")


def _comparison(
    comparison: Comparison, place: int, numbers: Mapping[Key, int], boxes: int, context: int
) -> Markup:
    made = sections(comparison, numbers, boxes)
    groups = group_sections(comparison.groups, numbers, context)
    flows = flow_sections(made, context, f"c{place}", titled=bool(comparison.groups))
    return element(
        "section",
        *_heading(comparison),
        *(chain(flows, groups) if _are_graver(made, comparison.groups) else chain(groups, flows)),
        *_grouped_only(comparison, len(made)),
        class_="comparison",
    )


def _are_graver(flows: Sequence[Section], groups: Sequence[Group]) -> bool:
    """Whether the gravest of the flows comes before all that several of them share."""
    shared = min((IMPACTS.index(group.impact) for group in groups), default=len(IMPACTS))
    return any(gravity(one.flow, one.findings) < shared for one in flows)


def _heading(comparison: Comparison) -> Iterator[Markup]:
    commit = comparison.commit
    if commit is None:
        yield element("h2", "Findings", class_="hidden")
        return
    yield element("h2", element("code", commit.id[:10]), " ", printable(commit.subject))
    when = element("time", printable(commit.when))
    yield element("p", printable(commit.author), ", ", when, ": ", headline(comparison), class_="note")
    yield joined((*_impacts(comparison), *_incomplete(comparison)))


def _grouped_only(comparison: Comparison, own: int) -> Iterator[Markup]:
    rest = len(comparison.flows) - own
    if rest > 0:
        more = " more" if own else ""
        flows = f"1{more} flow has" if rest == 1 else f"{rest}{more} flows have"
        told = f"{flows} no changes but those that are the same in several places."
        yield element("p", told, class_="note rest")


def _nothing(run: Run) -> Iterator[Markup]:
    if run.error is None and not any(one.flows for one in run.comparisons):
        yield element("p", "There is nothing to show.", class_="empty")
