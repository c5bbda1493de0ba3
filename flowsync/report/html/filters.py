"""What narrows the page down: a form that the script brings to life, and that is hidden without it."""

from collections.abc import Iterator, Mapping
from typing import Final

from flowsync.diff.finding import IMPACTS
from flowsync.report.html.flows import Key, name_of
from flowsync.report.html.markup import Markup, element
from flowsync.report.run import Run
from flowsync.report.wording import printable

_FEWEST_FINDINGS: Final = 2


def filters(run: Run, numbers: Mapping[Key, int]) -> Iterator[Markup]:
    """The form, where there is something to choose from."""
    kinds = sorted(
        {finding.kind for one in run.comparisons for flow in one.flows for finding in flow.findings}
    )
    count = sum(sum(one.impacts.values()) for one in run.comparisons)
    if count >= _FEWEST_FINDINGS or len(numbers) >= _FEWEST_FINDINGS:
        yield element(
            "form",
            _search(),
            _impacts(),
            *_select("kind", "Kind", [(kind, kind.replace("-", " ")) for kind in kinds]),
            *_select("flow", "Flow", _flows(run, numbers)),
            element("button", "Clear", type="reset"),
            element("button", "Open all", type="button", id="open-all"),
            element("output", "", name="shown", aria_live="polite"),
            class_="filters",
            role="search",
            aria_label="Findings",
            hidden=True,
        )


def _search() -> Markup:
    field = element("input", type="search", name="text", autocomplete="off", aria_keyshortcuts="/")
    return element("label", "Search ", field)


def _impacts() -> Markup:
    boxes = (
        element(
            "label",
            element("input", type="checkbox", name="impact", value=str(impact), checked=True),
            f" {impact}",
            class_=str(impact),
        )
        for impact in IMPACTS
    )
    return element("fieldset", element("legend", "Impact", class_="hidden"), *boxes)


def _select(name: str, label: str, choices: list[tuple[str, str]]) -> Iterator[Markup]:
    if len(choices) > 1:
        options = (element("option", text, value=value) for value, text in choices)
        field = element("select", element("option", "all", value=""), *options, name=name)
        yield element("label", f"{label} ", field)


def _flows(run: Run, numbers: Mapping[Key, int]) -> list[tuple[str, str]]:
    names = {flow.key: name_of(flow) for one in run.comparisons for flow in one.flows}
    told = [(f"{names[key]} ({printable(key[0])} {key[1]})", str(number)) for key, number in numbers.items()]
    return [(number, text) for text, number in sorted(told)]
