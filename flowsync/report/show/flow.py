"""One flow for a reader: its document, its origin, its schedule and its dependents."""

from collections.abc import Callable, Container, Iterable, Iterator
from importlib import import_module
from typing import Final, TypeAlias

from flowsync.analysis.flow_details import FlowDetails
from flowsync.flow.field_types import Field, Shape, Subject
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.printable import escape_controls, escape_text, join_first, printable_name
from flowsync.flow.values import Record, Value, json_text
from flowsync.graph.components import find_cycles
from flowsync.graph.edges import TASKS, Link, entries, relation_edges
from flowsync.graph.levels import task_levels
from flowsync.schedule.timetable import WEEKS_A_YEAR, Timetable

NAME: Final = TASK.identity[0]
BODY: Final = next(row.name for row in TASK.fields if row.subject is Subject.BODY)
UNDOCUMENTED: Final = "not documented"

_FIRST_TASKS: Final = 6
_OTHER_SECTIONS: Final = frozenset(
    {
        *("format", "flowId", "name"),
        *(row.name for row in FLOW.fields if row.shape in {Shape.ENTRIES, Shape.PARAMETERS}),
    }
)

Setting: TypeAlias = tuple[str, Value, Field | None]
"""A field of a flow or task: its key, its value, and its row of the field table."""


class FlowView(FlowDetails):
    """A flow with what several formats print of it."""

    @property
    def settings(self) -> Iterator[Setting]:
        """The fields that have no section of their own."""
        fields = (key for key in self.document if key not in _OTHER_SECTIONS)
        return ((key, self.document[key], FLOW.by_name.get(key)) for key in fields)

    @property
    def parameters(self) -> Iterator[tuple[str, str]]:
        """The names and values of parameters; "" as the name of an entry that has none."""
        value = self.document.get("parameters")
        for entry in value if isinstance(value, list) else [] if value is None else [value]:
            key = entry.get("key") if isinstance(entry, dict) else None
            if isinstance(entry, dict) and isinstance(key, str):
                text = format_field(entry["value"]) if "value" in entry else "(no value)"
                yield printable_name(key), text
            else:
                yield "", format_field(entry)

    @property
    def tasks(self) -> list[Record]:
        """The tasks in the order in which they run; those without a name are last."""
        order = task_levels(self.document)
        last = len(order) + 1
        tasks = entries(self.document, TASKS)
        return sorted(tasks, key=lambda task: order.get(str(task.get(NAME)), last))

    @property
    def cycles(self) -> Iterator[str]:
        """A sentence for each set of tasks that wait for one another, or for themselves."""
        for cycle in find_cycles(relation_edges(self.document)):
            first, *others = names = [*map(printable_name, cycle)]
            if others:
                yield f"{join_first(names, _FIRST_TASKS)} wait for one another and never start"
            else:
                yield f"{first} waits for itself and never starts"


def render_flow(form: str, flow: FlowDetails) -> str:
    """Render the flow in the format of that name; text that UTF-8 cannot encode is replaced."""
    function: Callable[[FlowView], str] = import_module(f"flowsync.report.show.{form}").flow_report
    return function(FlowView(**vars(flow))).encode("utf-8", "replace").decode()


def task_settings(task: Record) -> Iterator[Setting]:
    """Yield the fields of a task except its name and its command."""
    return ((key, value, TASK.by_name.get(key)) for key, value in task.items() if key not in {NAME, BODY})


def link_source(link: Link) -> str:
    """Return the flow or task that a link leads to."""
    return f"{'flow' if link.task is None else 'task'} {printable_name(link.source)}"


def format_field(value: Value, row: Field | None = None) -> str:
    """Return a printable value: text as it is, numbers of an enumeration with their word."""
    names = field_names(value, row)
    if names is not None:
        return ", ".join(names) or "none"
    if isinstance(value, int | str) and not isinstance(value, bool) and row and value in row.words:
        return f"{value} ({row.words[value]})"
    return escape_text(value) if isinstance(value, str) and value else escape_controls(json_text(value))


def field_names(value: Value, row: Field | None) -> list[str] | None:
    """Return the printable names of a field that has a list of names, None for any other field."""
    if row is None or row.shape is not Shape.NAMES or not isinstance(value, list):
        return None
    return [printable_name(one) if isinstance(one, str) else format_field(one) for one in value]


def upstream_names(names: Iterable[str], tasks: Container[str]) -> list[str]:
    """Return the names of what a task waits for; a name that is not one of the flow's `tasks` is marked."""
    return [printable_name(name) + ("" if name in tasks else " (missing task)") for name in names]


def describe_frequency(timetable: Timetable) -> str:
    """Describe how often a schedule runs, to append to its words; "" if unknown."""
    if timetable.per_week is None:
        return ""
    is_rare = 0 < timetable.per_week < 1
    count, span = (timetable.per_week * WEEKS_A_YEAR, "year") if is_rare else (timetable.per_week, "week")
    number = f"{count:,.2f}".rstrip("0").rstrip(".")
    return f", {number} {'run' if number == '1' else 'runs'} a {span}"
