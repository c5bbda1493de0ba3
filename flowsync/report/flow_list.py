"""A list of flows as text, Markdown or JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, groupby
from typing import Any, Final

from flowsync import __version__
from flowsync.analysis.flow_list import FlowList, ListedFlow, ListStatus
from flowsync.flow.printable import escape_controls, escape_text, plural, printable_name
from flowsync.report.ci_escaping import inert
from flowsync.report.columns import Column, format_columns
from flowsync.report.json import SCHEMA_VERSION, json_lines
from flowsync.report.markdown.escaping import excerpt, sentence

_COLUMNS: Final = (
    Column("ID", essential=True),
    Column("NAME", essential=True),
    Column("STATUS", essential=True),
    Column("DIRECTORY"),
    Column("SCHEDULE", narrowest=24),
    Column("FILE"),
    Column("NOTE"),
)


def render_flow_list(form: str, flows: FlowList, width: int | None = None) -> str:
    """Render a list in a format; lines of the text have at most `width` columns, None for any width."""
    if form == "json":
        return _json(flows)
    text = _markdown(flows) if form == "markdown" else _text(flows, width)
    return "".join(f"{line}\n" for line in text).encode("utf-8", "replace").decode()


def _text(flows: FlowList, width: int | None) -> Iterator[str]:
    for environment, inner in groupby(flows.flows, key=lambda flow: flow.environment):
        yield from map(inert, _table(environment, [*inner], flows, width))
        yield ""
    yield summarize_list(flows)


def _table(
    environment: str, listed: Sequence[ListedFlow], flows: FlowList, width: int | None
) -> Iterator[str]:
    yield _heading(environment, listed, flows)
    rows = [_cells(flow) for flow in listed]
    used = [head.essential or any(cells) for head, *cells in zip(_COLUMNS, *rows, strict=True)]
    yield from format_columns([*compress(_COLUMNS, used)], [[*compress(row, used)] for row in rows], width)


def _heading(environment: str, listed: Sequence[ListedFlow], flows: FlowList) -> str:
    gateway = flows.gateways.get(environment)
    place = f" on {escape_text(gateway)}" if gateway else ""
    return f"{environment}{place}: {plural(len(listed), 'flow')}"


def _cells(flow: ListedFlow) -> list[str]:
    """Return the cells of a row; a cell is empty if the value is not known."""
    return [
        str(flow.flow_id),
        printable_name(flow.name) if flow.name else "",
        flow.status,
        escape_text(flow.directory or ""),
        escape_text(flow.schedule or ""),
        printable_name(flow.file) if flow.file else "",
        escape_controls(flow.reason),
    ]


def summarize_list(flows: FlowList) -> str:
    """Return how many flows there are, and how many of each status."""
    counts = ", ".join(f"{count:,} {status}" for status, count in flows.counts.items())
    return plural(len(flows.flows), "flow") + (f": {counts}" if counts else "")


def _markdown(flows: FlowList) -> Iterator[str]:
    yield f"**{sentence(summarize_list(flows))}**"
    for environment, inner in groupby(flows.flows, key=lambda flow: flow.environment):
        listed = [*inner]
        yield from ("", f"### {sentence(_heading(environment, listed, flows))}", "")
        yield _row(head.title.capitalize() for head in _COLUMNS)
        yield _row("---" for _ in _COLUMNS)
        yield from (_row(map(excerpt, _cells(flow))) for flow in listed)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _json(flows: FlowList) -> str:
    return json_lines(
        {
            "schema_version": SCHEMA_VERSION,
            "flowsync_version": __version__,
            "command": "list",
            "exit_status": 0,
            "platform_access": "read-only",
            "commit": flows.commit,
            "gateways": {**flows.gateways},
            "counts": {status: flows.counts.get(status, 0) for status in ListStatus},
            "flows": [_flow(flow) for flow in flows.flows],
            "error": None,
        }
    )


def _flow(flow: ListedFlow) -> dict[str, Any]:
    return {
        "environment": flow.environment,
        "flowId": flow.flow_id,
        "name": flow.name,
        "status": flow.status,
        "schedule": flow.schedule,
        "cron": flow.cron,
        "file": flow.file,
        "directory": flow.directory,
        "reason": flow.reason,
    }
