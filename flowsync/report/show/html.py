"""One flow as a self-contained web page."""

from collections.abc import Iterable, Iterator, Mapping

from flowsync.diff.graph_diff import compare_graphs
from flowsync.flow.field_types import Field
from flowsync.flow.printable import escape_text, printable_name
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import all_links
from flowsync.graph.levels import direct_upstream, task_levels
from flowsync.graph.view import UNNAMED
from flowsync.report.html.graph.svg import draw_graph
from flowsync.report.html.page import page
from flowsync.report.html.templating import render_template
from flowsync.report.labels import flow_label
from flowsync.report.show.flow import (
    BODY,
    NAME,
    UNDOCUMENTED,
    FlowView,
    Setting,
    format_field,
    link_source,
    task_settings,
    upstream_names,
)
from flowsync.report.text_diff import mark_line_ends

_Rows = Iterable[tuple[str, ...]]
"""Rows of a table: the first text names what the others describe."""


def flow_report(flow: FlowView) -> str:
    """Render settings, schedule, links in both directions, the task graph, and each task with its command."""
    title = flow_label(flow.environment, flow.flow_id, flow.name) + ("" if flow.name else f" {UNNAMED}")
    tables = {
        "Settings": _fields(flow.settings),
        "Parameters": flow.parameters,
        "Waits for": _upstream(flow.document),
        "Waited for by": _dependents(flow),
    }
    context = {
        "title": title,
        "file": printable_name(flow.file),
        "revision": escape_text(flow.revision),
        "timetable": flow.timetable,
        "tables": [(heading, [*rows]) for heading, rows in tables.items()],
        "picture": draw_graph(compare_graphs(flow.document, flow.document, ())),
        "cycles": [*flow.cycles],
        "tasks": [*_tasks(flow)],
    }
    return page(f"flowsync show: {title}", render_template("flow", context))


def _fields(fields: Iterable[Setting]) -> _Rows:
    for key, value, row in fields:
        yield printable_name(key), _format_field(value, row), row.doc if row else UNDOCUMENTED


def _format_field(value: Value, row: Field | None) -> str:
    """Return a printable value; of a record that the field table knows, each field that is not empty."""
    if row is None or row.entries is None or not isinstance(value, dict):
        return format_field(value, row)
    rows = row.entries.by_name
    return "; ".join(
        f"{printable_name(key)} {format_field(one, rows.get(key))}"
        for key, one in value.items()
        if one not in ("", None)
    )


def _upstream(document: Record) -> _Rows:
    return ((link_source(link), _names(link.waiting_tasks)) for link in all_links(document))


def _dependents(flow: FlowView) -> _Rows:
    return (
        (
            flow_label(one.environment, one.flow_id, one.name),
            f"task {printable_name(one.source_task)}" if one.source_task else "the flow",
            _names(one.targets),
        )
        for one in flow.dependents
    )


def _tasks(flow: FlowView) -> Iterator[Mapping[str, object]]:
    order, upstream = task_levels(flow.document), direct_upstream(flow.document)
    for task in flow.tasks:
        name, command = task.get(NAME), task.get(BODY)
        yield {
            "name": printable_name(name) if isinstance(name, str) else UNNAMED,
            "step": f"step {order[name]}" if isinstance(name, str) else "no step",
            "upstream": ", ".join(upstream_names(upstream[name], order)) if isinstance(name, str) else "",
            "rows": [*_fields(task_settings(task))],
            "lines": mark_line_ends(command, show_end=False) if isinstance(command, str) else [],
        }


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(printable_name, names))
