"""One flow as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from flowsync.flow.field_types import Field
from flowsync.flow.fields import RUN_MODE
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.printable import escape_text, join_first, plural, printable_name
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import all_links
from flowsync.graph.levels import direct_upstream, task_levels
from flowsync.report.ci_escaping import inert
from flowsync.report.labels import flow_label
from flowsync.report.show.flow import (
    BODY,
    NAME,
    UNDOCUMENTED,
    FlowView,
    Setting,
    describe_frequency,
    field_names,
    format_field,
    link_source,
    task_settings,
    upstream_names,
)
from flowsync.report.text_diff import mark_line_ends
from flowsync.report.wrapping import WIDTH, truncate, wrap
from flowsync.schedule.timetable import Timetable

_MAX_TASKS: Final = 60
_MAX_NAMES: Final = 6
_MAX_LINES: Final = 4
_LONGEST_VALUE: Final = 200
_TIME: Final = "%a %Y-%m-%d %H:%M:%S"


def flow_report(flow: FlowView) -> str:
    """Return settings, schedule, parameters, links in both directions, and tasks in execution order."""
    parts = (
        _head(flow),
        _section("Settings", _settings(flow)),
        _section("Schedule", _schedule(flow.timetable) if flow.timetable else ()),
        _section("Parameters", _parameters(flow)),
        _section("Waits for", _upstream(flow.document)),
        _section("Waited for by", _dependents(flow)),
        _tasks(flow),
    )
    return inert("".join(f"{line}\n" for part in parts for line in part))


def _head(flow: FlowView) -> Iterator[str]:
    yield from wrap(flow_label(flow.environment, flow.flow_id, flow.name), "", "    ")
    yield f"    {printable_name(flow.file)} ({escape_text(flow.revision)})"


def _section(title: str, lines: Iterable[str]) -> Sequence[str]:
    """Return the lines below a title; nothing if there are none."""
    found = [*lines]
    return ["", title, *found] if found else []


def _settings(flow: FlowView) -> Iterator[str]:
    for key, value, row in flow.settings:
        if key != AMBIGUOUS:
            described = f"{printable_name(key):13} {_short_field(value, row)}"
            yield from wrap(f"{described}  # {row.doc if row else UNDOCUMENTED}", "    ", " " * 18)


def _schedule(timetable: Timetable) -> Iterator[str]:
    yield from wrap(f"{escape_text(timetable.description)}{describe_frequency(timetable)}", "    ")
    for moment in timetable.next_runs:
        yield f"    next {moment.strftime(_TIME)}"


def _parameters(flow: FlowView) -> Iterator[str]:
    for name, value in flow.parameters:
        yield from wrap(f"{name} = {_short(value)}" if name else _short(value), "    ", "        ")


def _upstream(document: Record) -> Iterator[str]:
    for link in all_links(document):
        waiting = link.waiting_tasks
        verb = "waits" if len(waiting) == 1 else "wait"
        described = f"{_names(waiting)} {verb} for it" if waiting else "no task waits for it"
        yield from wrap(f"{link_source(link)}: {described}", "    ", "        ")


def _dependents(flow: FlowView) -> Iterator[str]:
    for one in flow.dependents:
        source = f"task {printable_name(one.source_task)}" if one.source_task else "the flow"
        targets = f" with {_names(one.targets)}" if one.targets else ""
        label = flow_label(one.environment, one.flow_id, one.name)
        yield from wrap(f"{label}: waits for {source}{targets}", "    ", "        ")


def _tasks(flow: FlowView) -> Iterator[str]:
    tasks, order = flow.tasks, task_levels(flow.document)
    yield ""
    steps = plural(max(order.values(), default=0), "step")
    yield f"{plural(len(tasks), 'task')} in {steps}" if tasks else "No tasks"
    for described in flow.cycles:
        yield from wrap(f"! {described}", "", "  ")
    if len(tasks) > _MAX_TASKS:
        yield from _first_of_each_step(order)
        yield f"--format json and --format html show the fields of more than {_MAX_TASKS} tasks"
        return
    upstream = direct_upstream(flow.document)
    for name, step in sorted(order.items(), key=lambda item: item[1]):
        names = join_first(upstream_names(upstream[name], order), _MAX_NAMES)
        yield from wrap(f"{step:4}  {printable_name(name)}{f' <- {names}' if names else ''}", "", " " * 10)
    for task in tasks:
        yield ""
        yield from _task(task)


def _first_of_each_step(order: dict[str, int]) -> Iterator[str]:
    """Yield how many tasks run in each step, and the first of them."""
    steps: dict[int, list[str]] = {}
    for name, step in order.items():
        steps.setdefault(step, []).append(name)
    for step, names in sorted(steps.items()):
        yield from wrap(f"{step:4}  {plural(len(names), 'task')}: {_names(names)}", "", "      ")


def _task(task: Record) -> Iterator[str]:
    name, mode, command = task.get(NAME), task.get("runMode"), task.get(BODY)
    yield from wrap(f"Task {printable_name(name) if isinstance(name, str) else '(no name)'}", "", "    ")
    fields = [*task_settings(task)]
    if isinstance(mode, dict):
        fields += ((key, value, RUN_MODE.by_name.get(key)) for key, value in mode.items())
    described = "; ".join(_filled(fields))
    if described:
        yield from wrap(described, "    ", "      ")
    if isinstance(command, str):
        lines = mark_line_ends(command, show_end=False)
        yield from (f"    | {truncate(line, WIDTH - 6)}" for line in lines[:_MAX_LINES])
        if len(lines) > _MAX_LINES:
            yield f"    | … {plural(len(lines) - _MAX_LINES, 'more line')}"


def _filled(fields: Iterable[Setting]) -> Iterator[str]:
    """Yield the fields that are not empty; records are left out."""
    for key, value, row in fields:
        if not isinstance(value, dict) and value not in ("", None):
            yield f"{printable_name(key)} {_short_field(value, row)}"


def _names(names: Sequence[str]) -> str:
    return join_first([*map(printable_name, names)], _MAX_NAMES)


def _short_field(value: Value, row: Field | None) -> str:
    """Return a value, cut if it is long; a list of names is cut between two names."""
    names = field_names(value, row)
    if not names:
        return _short(format_field(value, row))
    lengths = accumulate(len(f", {name}") for name in names)
    fitting = sum(length <= len(", ") + _LONGEST_VALUE for length in lengths)
    return join_first([*map(_short, names)], max(fitting, 1))


def _short(text: str) -> str:
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"
