"""One flow in every format, and the wording that these formats share."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final

from flowsync.analysis.flow_details import FlowDetails
from flowsync.flow.field_types import Field
from flowsync.flow.printable import escape_text, join_first
from flowsync.flow.values import Record, Value, json_text
from flowsync.graph.components import find_cycles
from flowsync.graph.edges import relation_edges
from flowsync.schedule.timetable import WEEKS_A_YEAR, Timetable

_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "flowsync.report.show.text",
        "mermaid": "flowsync.report.show.mermaid",
        "html": "flowsync.report.show.html",
        "json": "flowsync.report.show.json",
    }
)

_FIRST: Final = 6

FORMATS: Final = tuple(_MODULES)


def render_flow(form: str, flow: FlowDetails) -> str:
    """Render the flow in the format of that name; text that UTF-8 cannot encode is replaced."""
    function: Callable[[FlowDetails], str] = import_module(_MODULES[form]).flow_page
    return function(flow).encode("utf-8", "replace").decode()


def format_field(value: Value, row: Field | None) -> str:
    """Return a value for readers: text as it is, numbers of an enumeration with their word."""
    if isinstance(value, int | str) and not isinstance(value, bool) and row and value in row.words:
        return f"{value} ({row.words[value]})"
    return value if isinstance(value, str) and value else json_text(value)


def format_names(names: Sequence[Value]) -> str:
    """Join a list of people on one line."""
    return ", ".join(format_field(name, None) for name in names) or "none"


def upstream_names(names: Iterable[str], tasks: Container[str]) -> list[str]:
    """Return the names of what a task waits for; a name that is not one of the flow's `tasks` is marked."""
    return [escape_text(name) + ("" if name in tasks else " (missing task)") for name in names]


def describe_cycles(document: Record) -> list[str]:
    """Return a sentence for each set of tasks that wait for one another, or for themselves."""
    return [_describe_cycle(names) for names in find_cycles(relation_edges(document))]


def _describe_cycle(names: list[str]) -> str:
    if len(names) == 1:
        return f"{escape_text(names[0])} waits for itself and never starts"
    return f"{join_first([*map(escape_text, names)], _FIRST)} wait for one another and never start"


def describe_frequency(timetable: Timetable) -> str:
    """Describe how often a schedule runs, to append to its words; "" if unknown."""
    if timetable.per_week is None:
        return ""
    is_rare = 0 < timetable.per_week < 1
    count, span = (timetable.per_week * WEEKS_A_YEAR, "year") if is_rare else (timetable.per_week, "week")
    number = f"{count:,.2f}".rstrip("0").rstrip(".")
    return f", {number} {'run' if number == '1' else 'runs'} a {span}"
