"""One flow as a self-contained web page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flowsync.analysis.flow_details import FlowDetails
from flowsync.diff.graph_diff import compare_graphs
from flowsync.flow.field_types import Field, Shape
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.printable import escape_text
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import TASKS, all_links, entries
from flowsync.graph.levels import direct_upstream, task_levels
from flowsync.graph.view import UNNAMED
from flowsync.report.html.graph.svg import draw_graph
from flowsync.report.html.page import page
from flowsync.report.html.templating import render
from flowsync.report.show.flow import describe_cycles, format_field, format_names, upstream_names
from flowsync.report.text_diff import mark_line_ends

_NAME: Final = TASK.identity[0]
_BODY: Final = "cmd"
_LISTS: Final = frozenset(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS})
_HEADER: Final = frozenset({"format", "flowId", "name"})

_Rows = Iterable[tuple[str, ...]]
"""Rows of a table: the first text names what the others describe."""


def flow_page(flow: FlowDetails) -> str:
    """Render settings, schedule, links in both directions, the task graph, and each task with its command."""
    title = f"{flow.environment} {flow.flow_id} {escape_text(flow.name) or UNNAMED}"
    tables = {
        "Settings": _settings(flow.document),
        "Parameters": _parameters(flow.document),
        "Waits for": _upstream(flow.document),
        "Waited for by": _dependents_section(flow),
    }
    context = {
        "title": title,
        "file": escape_text(flow.file),
        "revision": escape_text(flow.revision),
        "timetable": flow.timetable,
        "tables": [(heading, [*rows]) for heading, rows in tables.items()],
        "picture": draw_graph(compare_graphs(flow.document, flow.document, ())),
        "never_starting": describe_cycles(flow.document),
        "tasks": [*_tasks(flow.document)],
    }
    return page(f"flowsync show: {title}", render("flow", context))


def _settings(document: Record) -> _Rows:
    return (
        (
            escape_text(key),
            escape_text(_in_words(value, FLOW.by_name.get(key))),
            FLOW.by_name[key].doc if key in FLOW.by_name else "not documented",
        )
        for key, value in document.items()
        if key not in _LISTS | _HEADER
    )


def _in_words(value: Value, row: Field | None) -> str:
    """Describe a value: names after one another, of a record each field that is not empty."""
    if row is not None and row.shape is Shape.NAMES and isinstance(value, list):
        return format_names(value)
    if row is not None and row.entries is not None and isinstance(value, dict):
        rows = row.entries.by_name
        filled = {key: one for key, one in value.items() if one not in ("", None)}
        return "; ".join(f"{key} {format_field(one, rows.get(key))}" for key, one in filled.items())
    return format_field(value, row)


def _parameters(document: Record) -> _Rows:
    value = document.get("parameters")
    return (
        (
            escape_text(format_field(entry.get("key"), None)) if isinstance(entry, dict) else "",
            escape_text(format_field(entry.get("value") if isinstance(entry, dict) else entry, None)),
        )
        for entry in (value if isinstance(value, list) else [] if value is None else [value])
    )


def _upstream(document: Record) -> _Rows:
    return (
        (f"{'flow' if link.task is None else 'task'} {escape_text(link.source)}", _names(link.waiting_tasks))
        for link in all_links(document)
    )


def _dependents_section(flow: FlowDetails) -> _Rows:
    return (
        (
            f"{one.environment} {one.flow_id} {escape_text(one.name)}",
            f"task {escape_text(one.source_task)}" if one.source_task else "the flow",
            _names(one.targets),
        )
        for one in flow.dependents
    )


def _tasks(document: Record) -> Iterator[Mapping[str, object]]:
    """Return the tasks in the order in which they run."""
    order, waits = task_levels(document), direct_upstream(document)
    last = len(order) + 1
    for task in sorted(entries(document, TASKS), key=lambda task: order.get(str(task.get(_NAME)), last)):
        value, command = task.get(_NAME), task.get(_BODY)
        name = value if isinstance(value, str) else None
        yield {
            "name": UNNAMED if name is None else escape_text(name),
            "step": f"step {order[name]}" if name in order else "no step",
            "upstream": ", ".join(upstream_names(waits.get(name, []) if name is not None else [], order)),
            "rows": [*_task_rows(task)],
            "lines": mark_line_ends(command, show_end=False) if isinstance(command, str) else [],
        }


def _task_rows(task: Record) -> Iterator[tuple[str, ...]]:
    for key, value in task.items():
        if key not in {_NAME, _BODY}:
            row = TASK.by_name.get(key)
            yield escape_text(key), escape_text(_in_words(value, row)), row.doc if row else "not documented"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(escape_text, names))
