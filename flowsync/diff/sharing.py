"""Versions of a document that share values: comparing only what they do not share."""

from collections.abc import Sequence
from typing import Final

from flowsync.flow.fields import TASK
from flowsync.flow.graph import LINKS, RELATIONS, TASKS
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.values import Record, Value

_EDGES: Final = (RELATIONS, *LINKS, AMBIGUOUS)
_NAME: Final = TASK.identity[0]


def unshared(before: Record, after: Record) -> tuple[Record, Record]:
    """Both sides less the tasks and edges that are one object on both, where at most one task differs.

    Their findings are those of the whole documents, but for what lies downstream of the task. Where more
    differs, one change may explain another, and both sides are whole.
    """
    if any(before.get(key) is not after.get(key) for key in _EDGES):
        return before, after
    tasks = _lone_difference(before.get(TASKS), after.get(TASKS))
    if tasks is None:
        return before, after
    was, becomes = (
        {key: value for key, value in side.items() if key not in _EDGES} for side in (before, after)
    )
    return {**was, TASKS: [*tasks[0]]}, {**becomes, TASKS: [*tasks[1]]}


def _lone_difference(before: Value, after: Value) -> tuple[Sequence[Value], Sequence[Value]] | None:
    """The one task that differs, on either side, or none; None where tasks may have come, gone or moved."""
    if before is after:
        return (), ()
    if not isinstance(before, list) or not isinstance(after, list):
        return None
    names = [task.get(_NAME) if isinstance(task, dict) else None for task in before]
    if names != [task.get(_NAME) if isinstance(task, dict) else None for task in after]:
        return None
    differ = [place for place, task in enumerate(before) if task is not after[place]]
    if len(differ) != 1 or not all(type(name) is str for name in names) or len({*names}) != len(names):
        return None
    return [before[differ[0]]], [after[differ[0]]]
