"""One flow as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flowsync.analysis.flow_details import FlowDetails
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, RUN_MODE, TASK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.printable import escape_text, join_first
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import TASKS, all_links, entries
from flowsync.graph.levels import direct_upstream, task_levels
from flowsync.report.ci_escaping import inert
from flowsync.report.plural import plural
from flowsync.report.show.flow import (
    describe_cycles,
    describe_frequency,
    format_field,
    format_names,
    upstream_names,
)
from flowsync.report.text_diff import mark_line_ends
from flowsync.report.wrapping import WIDTH, truncate, wrap
from flowsync.schedule.timetable import Timetable

_MAX_TASKS: Final = 60
_MAX_NAMES: Final = 6
_ELSEWHERE: Final = "use --format json or --format html"
_LINES: Final = 4
_LONGEST_VALUE: Final = 200
_TIMES: Final = "%a %Y-%m-%d %H:%M:%S"
_NAME: Final = TASK.identity[0]
_BODY: Final = "cmd"
_HEADER: Final = frozenset({"format", "flowId", "name"})
_SEPARATE: Final = frozenset(
    {AMBIGUOUS, *(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS})}
)


def flow_page(flow: FlowDetails) -> str:
    """Return settings, schedule, parameters, links in both directions, and tasks in execution order."""
    parts = (
        _head(flow),
        _section("Settings", _settings(flow.document)),
        _section("Schedule", _schedule(flow.timetable) if flow.timetable else ()),
        _section("Parameters", _parameters(flow.document.get("parameters"))),
        _section("Waits for", _upstream(flow.document)),
        _section("Waited for by", _dependents_section(flow)),
        _tasks(flow.document),
    )
    return inert("".join(f"{line}\n" for part in parts for line in part))


def _head(flow: FlowDetails) -> Iterator[str]:
    yield from wrap(f"{flow.environment} {flow.flow_id} {escape_text(flow.name)}", "", "    ")
    yield f"    {escape_text(flow.file)} ({escape_text(flow.revision)})"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines below a title; none for no lines."""
    for number, line in enumerate(lines):
        if not number:
            yield ""
            yield title
        yield line


def _settings(document: Record) -> Iterator[str]:
    """Yield every field without a section of its own, with its meaning."""
    for key, value in document.items():
        if key not in _HEADER and key not in _SEPARATE:
            yield from _setting(key, value, FLOW.by_name.get(key))


def _setting(key: str, value: Value, row: Field | None) -> Iterator[str]:
    names = row is not None and row.shape is Shape.NAMES and isinstance(value, list)
    described = format_names(value) if names and isinstance(value, list) else format_field(value, row)
    note = f"  # {row.doc if row else 'not documented'}"
    yield from wrap(f"{escape_text(key):13} {_short(described)}{note}", "    ", " " * 18)


def _schedule(timetable: Timetable) -> Iterator[str]:
    yield from wrap(f"{escape_text(timetable.description)}{describe_frequency(timetable)}", "    ")
    for moment in timetable.next_runs:
        yield f"    next {moment.strftime(_TIMES)}"


def _parameters(value: Value) -> Iterator[str]:
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            described = format_field(entry["value"], None) if "value" in entry else "(no value)"
            yield from wrap(f"{escape_text(str(entry['key']))} = {_short(described)}", "    ", "        ")
        else:
            yield from wrap(_short(format_field(entry, None)), "    ", "        ")
    if value is not None and not isinstance(value, list):
        yield from wrap(_short(format_field(value, None)), "    ")


def _upstream(document: Record) -> Iterator[str]:
    for link in all_links(document):
        kind = "flow" if link.task is None else "task"
        values = f"blocks {_names(link.waiting_tasks)}" if link.waiting_tasks else "blocks no task"
        yield from wrap(f"{kind} {escape_text(link.source)}: {values}", "    ", "        ")


def _dependents_section(flow: FlowDetails) -> Iterator[str]:
    for one in flow.dependents:
        what = f"waits for task {escape_text(one.source_task)}" if one.source_task else "waits for the flow"
        values = f" with {_names(one.targets)}" if one.targets else ""
        described = f"{one.environment} {one.flow_id} {escape_text(one.name)}: {what}{values}"
        yield from wrap(described, "    ", "        ")


def _tasks(document: Record) -> Iterator[str]:
    tasks, order = entries(document, TASKS), task_levels(document)
    last = max(order.values(), default=0)
    yield ""
    yield f"{plural(len(tasks), 'task')} in {plural(last, 'step')}" if tasks else "No tasks"
    for described in describe_cycles(document):
        yield from wrap(f"! {described}", "", "  ")
    if len(tasks) > _MAX_TASKS:
        yield from _steps_only(order)
        yield from wrap(f"The text lists the settings of at most {_MAX_TASKS} tasks; {_ELSEWHERE}", "")
        return
    waits = direct_upstream(document)
    for name, step in sorted(order.items(), key=lambda item: item[1]):
        after = f" <- {join_first(upstream_names(waits[name], order), _MAX_NAMES)}" if waits[name] else ""
        yield from wrap(f"{step:4}  {escape_text(name)}{after}", "", " " * 10)
    for task in sorted(tasks, key=lambda task: order.get(str(task.get(_NAME)), last + 1)):
        yield ""
        yield from _task(task)


def _steps_only(order: dict[str, int]) -> Iterator[str]:
    """Many tasks: how many run in each step, and the first of them."""
    cycle: dict[int, list[str]] = {}
    for name, step in order.items():
        cycle.setdefault(step, []).append(name)
    for step, names in sorted(cycle.items()):
        yield from wrap(f"{step:4}  {plural(len(names), 'task')}: {_names(names)}", "", "      ")


def _task(task: Record) -> Iterator[str]:
    name = task.get(_NAME)
    yield from wrap(f"Task {escape_text(name) if isinstance(name, str) else '(no name)'}", "", "    ")
    settings = [*_values(task, TASK)]
    mode = task.get("runMode")
    settings += _values(mode, RUN_MODE) if isinstance(mode, dict) else []
    if settings:
        yield from wrap("; ".join(settings), "    ", "      ")
    command = task.get(_BODY)
    yield from _command(command) if isinstance(command, str) else ()


def _values(record: Record, struct: Struct) -> Iterator[str]:
    """Yield the other fields of a record that are not empty."""
    for key, value in record.items():
        if key not in {_NAME, _BODY} and not isinstance(value, dict) and value not in ("", None):
            yield f"{escape_text(key)} {_short(format_field(value, struct.by_name.get(key)))}"


def _command(command: str) -> Iterator[str]:
    lines = mark_line_ends(command, show_end=False)
    yield from (f"    | {truncate(line, WIDTH - 6)}" for line in lines[:_LINES])
    if len(lines) > _LINES:
        yield f"    | … {plural(len(lines) - _LINES, 'more line')}"


def _names(names: Sequence[str]) -> str:
    return join_first([*map(escape_text, names)], _MAX_NAMES)


def _short(text: str) -> str:
    visible = escape_text(text)
    if len(visible) <= _LONGEST_VALUE:
        return visible
    return f"{visible[:_LONGEST_VALUE]}… ({len(visible)} characters)"
