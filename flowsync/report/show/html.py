"""One flow as a self-contained web page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flowsync.diff.graph_diff import task_graph
from flowsync.flow.field_types import Field, Shape
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.printable import printable
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import TASKS, all_links, entries
from flowsync.graph.levels import steps, upstream
from flowsync.graph.view import NO_NAME
from flowsync.report.html.graph.svg import picture
from flowsync.report.html.page import page
from flowsync.report.html.templating import render
from flowsync.report.show.flow import ShownFlow, in_words, names_in_words, never_starting, upstream_names
from flowsync.report.text_diff import shown_lines

_NAME: Final = TASK.identity[0]
_BODY: Final = "cmd"
_LISTS: Final = frozenset(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS})
_HEADER: Final = frozenset({"format", "flowId", "name"})

_Rows = Iterable[tuple[str, ...]]
"""Rows of a table: the first text names what the others describe."""


def flow_page(flow: ShownFlow) -> str:
    """Render settings, schedule, links in both directions, the task graph, and each task with its command."""
    title = f"{flow.environment} {flow.flow_id} {printable(flow.name) or NO_NAME}"
    tables = {
        "Settings": _settings(flow.document),
        "Parameters": _parameters(flow.document),
        "Waits for": _waits_for(flow.document),
        "Waited for by": _waited_for(flow),
    }
    context = {
        "title": title,
        "file": printable(flow.file),
        "revision": printable(flow.revision),
        "timetable": flow.timetable,
        "tables": [(heading, [*rows]) for heading, rows in tables.items()],
        "picture": picture(task_graph(flow.document, flow.document, ())),
        "never_starting": never_starting(flow.document),
        "tasks": [*_tasks(flow.document)],
    }
    return page(f"flowsync show: {title}", render("flow", context))


def _settings(document: Record) -> _Rows:
    return (
        (
            printable(key),
            printable(_in_words(value, FLOW.by_name.get(key))),
            FLOW.by_name[key].doc if key in FLOW.by_name else "not documented",
        )
        for key, value in document.items()
        if key not in _LISTS | _HEADER
    )


def _in_words(value: Value, row: Field | None) -> str:
    """Describe a value: names after one another, of a record each field that is not empty."""
    if row is not None and row.shape is Shape.NAMES and isinstance(value, list):
        return names_in_words(value)
    if row is not None and row.entries is not None and isinstance(value, dict):
        rows = row.entries.by_name
        filled = {key: one for key, one in value.items() if one not in ("", None)}
        return "; ".join(f"{key} {in_words(one, rows.get(key))}" for key, one in filled.items())
    return in_words(value, row)


def _parameters(document: Record) -> _Rows:
    value = document.get("parameters")
    return (
        (
            printable(in_words(entry.get("key"), None)) if isinstance(entry, dict) else "",
            printable(in_words(entry.get("value") if isinstance(entry, dict) else entry, None)),
        )
        for entry in (value if isinstance(value, list) else [] if value is None else [value])
    )


def _waits_for(document: Record) -> _Rows:
    return (
        (f"{'flow' if link.task is None else 'task'} {printable(link.source)}", _names(link.waiting))
        for link in all_links(document)
    )


def _waited_for(flow: ShownFlow) -> _Rows:
    return (
        (
            f"{one.environment} {one.flow_id} {printable(one.name)}",
            f"task {printable(one.source_task)}" if one.source_task else "the flow",
            _names(one.targets),
        )
        for one in flow.waiting
    )


def _tasks(document: Record) -> Iterator[Mapping[str, object]]:
    """Return the tasks in the order in which they run."""
    order, waits = steps(document), upstream(document)
    last = len(order) + 1
    for task in sorted(entries(document, TASKS), key=lambda task: order.get(str(task.get(_NAME)), last)):
        value, command = task.get(_NAME), task.get(_BODY)
        name = value if isinstance(value, str) else None
        yield {
            "name": NO_NAME if name is None else printable(name),
            "step": f"step {order[name]}" if name in order else "no step",
            "upstream": ", ".join(upstream_names(waits.get(name, []) if name is not None else [], order)),
            "rows": [*_task_rows(task)],
            "lines": shown_lines(command, end_said=False) if isinstance(command, str) else [],
        }


def _task_rows(task: Record) -> Iterator[tuple[str, ...]]:
    for key, value in task.items():
        if key not in {_NAME, _BODY}:
            row = TASK.by_name.get(key)
            yield printable(key), printable(_in_words(value, row)), row.doc if row else "not documented"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(printable, names))
