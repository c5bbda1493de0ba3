"""The page of a run: its head, the summary, the filters, and one section per comparison."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Final

from markupsafe import Markup, escape

from flowsync.errors import ConfigError
from flowsync.flow.printable import printable_name
from flowsync.report.ci_escaping import inert_markup
from flowsync.report.headline import headline_lines
from flowsync.report.html.findings import name_of
from flowsync.report.html.flows import FlowKey, view_comparison
from flowsync.report.html.templating import render_template
from flowsync.report.result import RunResult
from flowsync.report.severity import run_severity

_MAX_BOXES: Final = 4_000
_FEWEST_BOXES: Final = 40
_FEWEST_FILTERED: Final = 2


def html(run: RunResult) -> str:
    """Render a run as a page that needs no other file."""
    verdict, *scope = headline_lines(*run.comparisons) if run.error is None else ["failed"]
    numbers = _numbers(run)
    boxes = max(_FEWEST_BOXES, _MAX_BOXES // max(1, len(run.comparisons)))
    context = {
        "command": run.command,
        "verdict": verdict,
        "scope": scope,
        "severity": "breaking" if run.error else run_severity(run.comparisons),
        "error": run.error,
        "problems": run.error.problems if isinstance(run.error, ConfigError) else (),
        "context": run.context,
        "numbers": numbers,
        "views": [view_comparison(one, place, numbers, boxes) for place, one in enumerate(run.comparisons)],
        **_filters(run, numbers),
    }
    return page(f"flowsync {run.command}: {verdict}", render_template("report", context))


def page(title: str, body: Markup) -> str:
    """Render a page with the common style and script around a body."""
    style, script = (_source(name) for name in ("page.css", "page.js"))
    context = {
        "title": Markup(inert_markup(escape(title))),  # noqa: S704  # escaped
        "policy": _policy(style, script),
        "style": Markup(style),  # noqa: S704  # files of this package
        "script": Markup(script),  # noqa: S704
        "body": Markup(inert_markup(body)),  # noqa: S704
    }
    return f"{render_template('page', context)}\n"


def _source(name: str) -> str:
    return files("flowsync.report.html").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return a policy that loads nothing and runs only our own style and script."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _numbers(run: RunResult) -> Mapping[FlowKey, int]:
    """Return a number for each flow, the same one in every comparison of a history."""
    keys = dict.fromkeys(flow.key for one in run.comparisons for flow in one.flows)
    return {key: number for number, key in enumerate(keys)}


def _filters(run: RunResult, numbers: Mapping[FlowKey, int]) -> Mapping[str, object]:
    """Return the choices of the filters, as values with their texts."""
    all_flows = [flow for one in run.comparisons for flow in one.flows]
    flows = {flow.key: flow for flow in all_flows}
    kinds = sorted({finding.kind for flow in all_flows for finding in flow.findings})
    names = sorted(
        (f"{name_of(flow)} ({printable_name(key[0])} {key[1]})", str(numbers[key]))
        for key, flow in flows.items()
    )
    count = sum(sum(one.impacts.values()) for one in run.comparisons)
    return {
        "has_filters": count >= _FEWEST_FILTERED or len(numbers) >= _FEWEST_FILTERED,
        "kinds": [(kind, kind.replace("-", " ")) for kind in kinds],
        "flows": [(number, text) for text, number in names],
    }
