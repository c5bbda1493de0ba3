"""One flow as a self-contained web page."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowsync.diff.picture import NO_NAME, task_graph
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.graph import TASKS, all_links, entries
from flowsync.flow.rows import Field, Shape
from flowsync.flow.schedule import Timetable
from flowsync.flow.steps import steps, upstream
from flowsync.flow.values import Record, Value
from flowsync.report.flow import ShownFlow, how_often, in_words, names_in_words, never_starting
from flowsync.report.html.markup import Markup, element
from flowsync.report.html.page import page
from flowsync.report.html.pictures import picture
from flowsync.report.lines import shown_lines
from flowsync.report.wording import counted, printable

_NAME: Final = TASK.identity[0]
_BODY: Final = "cmd"
_LISTS: Final = frozenset(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS})


def flow_page(flow: ShownFlow) -> str:
    """Settings, schedule, links both ways, the picture of the tasks, and each task with its command."""
    title = f"{flow.environment} {flow.flow_id} {printable(flow.name) or NO_NAME}"
    main = element(
        "main",
        *_section("Schedule", _schedule(flow.timetable) if flow.timetable else ()),
        *_section("Settings", _settings(flow.document)),
        *_section("Parameters", _parameters(flow.document)),
        *_section("Waits for", _waits_for(flow.document)),
        *_section("Waited for by", _waited_for(flow)),
        *_section("Tasks", [picture(task_graph(flow.document, flow.document, ())), *_tasks(flow.document)]),
        id="findings",
        tabindex="-1",
        class_="one",
    )
    head = element(
        "header",
        element("h1", element("span", "flowsync show", class_="command"), f" {title}"),
        element("p", element("code", printable(flow.file)), f" ({printable(flow.revision)})", class_="sides"),
    )
    return page(f"flowsync show: {title}", head, main)


def _section(title: str, content: Iterable[Markup]) -> Iterator[Markup]:
    held = [*content]
    if held:
        yield element("section", element("h2", title), *held)


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[Markup]:
    """A table whose first column names what the others tell; nothing for no rows."""
    made = [
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))
        for first, *rest in rows
    ]
    if made:
        yield element(
            "div", element("table", element("tbody", *made), class_="facts"), class_="scroll", tabindex="0"
        )


def _settings(document: Record) -> Iterator[Markup]:
    return _table(
        (
            printable(key),
            printable(_told(value, FLOW.by_name.get(key))),
            FLOW.by_name[key].doc if key in FLOW.by_name else "not documented",
        )
        for key, value in document.items()
        if key not in _LISTS and key not in {"format", "flowId", "name"}
    )


def _told(value: Value, row: Field | None) -> str:
    """A value in words: names after one another, of a record each field that says something."""
    if row is not None and row.shape is Shape.NAMES and isinstance(value, list):
        return names_in_words(value)
    if row is not None and row.entries is not None and isinstance(value, dict):
        rows = row.entries.by_name
        return "; ".join(f"{key} {in_words(one, rows.get(key))}" for key, one in value.items() if _says(one))
    return in_words(value, row)


def _says(value: Value) -> bool:
    return value not in ("", None)


def _schedule(timetable: Timetable) -> Iterator[Markup]:
    yield element("p", f"{printable(timetable.words)}{how_often(timetable)}")
    times = [element("li", "next ", element("time", moment.isoformat(" "))) for moment in timetable.coming]
    if times:
        yield element("ul", *times)


def _parameters(document: Record) -> Iterator[Markup]:
    value = document.get("parameters")
    return _table(
        (
            printable(in_words(entry.get("key"), None)) if isinstance(entry, dict) else "",
            printable(in_words(entry.get("value") if isinstance(entry, dict) else entry, None)),
        )
        for entry in (value if isinstance(value, list) else [] if value is None else [value])
    )


def _waits_for(document: Record) -> Iterator[Markup]:
    return _table(
        (f"{'flow' if link.task is None else 'task'} {printable(link.source)}", _names(link.waiting))
        for link in all_links(document)
    )


def _waited_for(flow: ShownFlow) -> Iterator[Markup]:
    return _table(
        (
            f"{one.environment} {one.flow_id} {printable(one.name)}",
            f"task {printable(one.source_task)}" if one.source_task else "the flow",
            _names(one.targets),
        )
        for one in flow.waiting
    )


def _tasks(document: Record) -> Iterator[Markup]:
    order, waits = steps(document), upstream(document)
    last = len(order) + 1
    for told in never_starting(document):
        yield element("p", f"{told}.", class_="alert")
    for task in sorted(entries(document, TASKS), key=lambda task: order.get(str(task.get(_NAME)), last)):
        name = task.get(_NAME)
        told = printable(name) if isinstance(name, str) else NO_NAME
        where = f"step {order[name]}" if isinstance(name, str) and name in order else "no step"
        command = task.get(_BODY)
        lines = shown_lines(command, end_said=False) if isinstance(command, str) else []
        yield element(
            "details",
            element("summary", element("b", told), f" {where}, {counted(len(lines), 'line')} of command"),
            *_waiting(waits.get(name, []) if isinstance(name, str) else []),
            *_table(_task_rows(task)),
            *([element("pre", "\n".join(lines), tabindex="0")] if lines else ()),
        )


def _waiting(names: list[str]) -> Iterator[Markup]:
    if names:
        yield element("p", f"waits for {_names(names)}")


def _task_rows(task: Record) -> Iterator[tuple[str, ...]]:
    for key, value in task.items():
        if key not in {_NAME, _BODY}:
            row = TASK.by_name.get(key)
            yield printable(key), printable(_told(value, row)), row.doc if row else "not documented"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(printable, names))
