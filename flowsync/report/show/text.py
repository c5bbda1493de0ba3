"""One flow as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, RUN_MODE, TASK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.printable import printable
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import TASKS, all_links, entries
from flowsync.graph.levels import steps, upstream
from flowsync.report.ci_escaping import inert
from flowsync.report.plural import counted
from flowsync.report.show.flow import (
    ShownFlow,
    how_often,
    in_words,
    names_in_words,
    never_starting,
    upstream_names,
)
from flowsync.report.text_diff import shown_lines
from flowsync.report.wrapping import WIDTH, cut, wrapped
from flowsync.schedule.timetable import Timetable

_MOST_TASKS: Final = 60
_FEW_NAMES: Final = 6
_ELSEWHERE: Final = "--format json and --format html have all of it"
_LINES: Final = 4
_LONGEST_VALUE: Final = 200
_TIMES: Final = "%a %Y-%m-%d %H:%M:%S"
_NAME: Final = TASK.identity[0]
_BODY: Final = "cmd"
_HEADER: Final = frozenset({"format", "flowId", "name"})
_TOLD_APART: Final = frozenset(
    {AMBIGUOUS, *(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS})}
)


def flow_page(flow: ShownFlow) -> str:
    """Settings, schedule, parameters, links both ways, and the tasks in the order in which they run."""
    parts = (
        _head(flow),
        _section("Settings", _settings(flow.document)),
        _section("Schedule", _schedule(flow.timetable) if flow.timetable else ()),
        _section("Parameters", _parameters(flow.document.get("parameters"))),
        _section("Waits for", _waits_for(flow.document)),
        _section("Waited for by", _waited_for(flow)),
        _tasks(flow.document),
    )
    return inert("".join(f"{line}\n" for part in parts for line in part))


def _head(flow: ShownFlow) -> Iterator[str]:
    yield from wrapped(f"{flow.environment} {flow.flow_id} {printable(flow.name)}", "", "    ")
    yield f"    {printable(flow.file)} ({printable(flow.revision)})"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines below a title; nothing for no lines."""
    for number, line in enumerate(lines):
        if not number:
            yield ""
            yield title
        yield line


def _settings(document: Record) -> Iterator[str]:
    """Every field but those that have a section of their own, with what it means."""
    for key, value in document.items():
        if key not in _HEADER and key not in _TOLD_APART:
            yield from _setting(key, value, FLOW.by_name.get(key))


def _setting(key: str, value: Value, row: Field | None) -> Iterator[str]:
    names = row is not None and row.shape is Shape.NAMES and isinstance(value, list)
    told = names_in_words(value) if names and isinstance(value, list) else in_words(value, row)
    note = f"  # {row.doc if row else 'not documented'}"
    yield from wrapped(f"{printable(key):13} {_short(told)}{note}", "    ", " " * 18)


def _schedule(timetable: Timetable) -> Iterator[str]:
    yield from wrapped(f"{printable(timetable.words)}{how_often(timetable)}", "    ")
    for moment in timetable.coming:
        yield f"    next {moment.strftime(_TIMES)}"


def _parameters(value: Value) -> Iterator[str]:
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            told = in_words(entry["value"], None) if "value" in entry else "(no value)"
            yield from wrapped(f"{printable(str(entry['key']))} = {_short(told)}", "    ", "        ")
        else:
            yield from wrapped(_short(in_words(entry, None)), "    ", "        ")
    if value is not None and not isinstance(value, list):
        yield from wrapped(_short(in_words(value, None)), "    ")


def _waits_for(document: Record) -> Iterator[str]:
    for link in all_links(document):
        kind = "flow" if link.task is None else "task"
        held = f"holds {_names(link.waiting)}" if link.waiting else "holds no task"
        yield from wrapped(f"{kind} {printable(link.source)}: {held}", "    ", "        ")


def _waited_for(flow: ShownFlow) -> Iterator[str]:
    for one in flow.waiting:
        what = f"waits for task {printable(one.source_task)}" if one.source_task else "waits for the flow"
        held = f" with {_names(one.targets)}" if one.targets else ""
        told = f"{one.environment} {one.flow_id} {printable(one.name)}: {what}{held}"
        yield from wrapped(told, "    ", "        ")


def _tasks(document: Record) -> Iterator[str]:
    tasks, order = entries(document, TASKS), steps(document)
    last = max(order.values(), default=0)
    yield ""
    yield f"{counted(len(tasks), 'task')} in {counted(last, 'step')}" if tasks else "No tasks"
    for told in never_starting(document):
        yield from wrapped(f"! {told}", "", "  ")
    if len(tasks) > _MOST_TASKS:
        yield from _steps_only(order)
        yield from wrapped(f"What more than {_MOST_TASKS} tasks do is too much for a text; {_ELSEWHERE}", "")
        return
    waits = upstream(document)
    for name, step in sorted(order.items(), key=lambda item: item[1]):
        after = f" <- {_first(upstream_names(waits[name], order))}" if waits[name] else ""
        yield from wrapped(f"{step:4}  {printable(name)}{after}", "", " " * 10)
    for task in sorted(tasks, key=lambda task: order.get(str(task.get(_NAME)), last + 1)):
        yield ""
        yield from _task(task)


def _steps_only(order: dict[str, int]) -> Iterator[str]:
    """Many tasks: how many run in each step, and the first of them."""
    together: dict[int, list[str]] = {}
    for name, step in order.items():
        together.setdefault(step, []).append(name)
    for step, names in sorted(together.items()):
        yield from wrapped(f"{step:4}  {counted(len(names), 'task')}: {_names(names)}", "", "      ")


def _task(task: Record) -> Iterator[str]:
    name = task.get(_NAME)
    yield from wrapped(f"Task {printable(name) if isinstance(name, str) else '(no name)'}", "", "    ")
    settings = [*_values(task, TASK)]
    mode = task.get("runMode")
    settings += _values(mode, RUN_MODE) if isinstance(mode, dict) else []
    if settings:
        yield from wrapped("; ".join(settings), "    ", "      ")
    command = task.get(_BODY)
    yield from _command(command) if isinstance(command, str) else ()


def _values(record: Record, struct: Struct) -> Iterator[str]:
    """The fields of a record in words, but for those that are told otherwise and what is empty."""
    for key, value in record.items():
        if key not in {_NAME, _BODY} and not isinstance(value, dict) and value not in ("", None):
            yield f"{printable(key)} {_short(in_words(value, struct.by_name.get(key)))}"


def _command(command: str) -> Iterator[str]:
    lines = shown_lines(command, end_said=False)
    yield from (f"    | {cut(line, WIDTH - 6)}" for line in lines[:_LINES])
    if len(lines) > _LINES:
        yield f"    | … {counted(len(lines) - _LINES, 'more line')}"


def _names(names: Sequence[str]) -> str:
    return _first([*map(printable, names)])


def _first(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _FEW_NAMES} more" if len(names) > _FEW_NAMES else ""
    return f"{', '.join(names[:_FEW_NAMES])}{rest}"


def _short(text: str) -> str:
    shown = printable(text)
    if len(shown) <= _LONGEST_VALUE:
        return shown
    return f"{shown[:_LONGEST_VALUE]}… ({len(shown)} characters)"
