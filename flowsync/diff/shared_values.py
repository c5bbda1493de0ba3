"""Strip the values that two versions of a document share, so that only the others are compared."""

from collections.abc import Sequence
from typing import Final

from flowsync.flow.fields import TASK
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import LINKS, RELATIONS, TASKS

_EDGES: Final = (RELATIONS, *LINKS, AMBIGUOUS)
_NAME: Final = TASK.identity[0]


def strip_shared(before: Record, after: Record) -> tuple[Record, Record]:
    """Remove the tasks and edges that both versions share as objects, if at most one task differs.

    The findings are those of the whole documents, except for effects downstream of the task. If more differs,
    one change may explain another, and both sides are returned whole.
    """
    if any(before.get(key) is not after.get(key) for key in _EDGES):
        return before, after
    tasks = _lone_difference(before.get(TASKS), after.get(TASKS))
    if tasks is None:
        return before, after
    old, new = ({key: value for key, value in side.items() if key not in _EDGES} for side in (before, after))
    return {**old, TASKS: [*tasks[0]]}, {**new, TASKS: [*tasks[1]]}


def _lone_difference(before: Value, after: Value) -> tuple[Sequence[Value], Sequence[Value]] | None:
    """Return the one task that differs on each side, or none; None if tasks may have moved."""
    if before is after:
        return (), ()
    if not isinstance(before, list) or not isinstance(after, list):
        return None
    different = [index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old is not new]
    if len(before) != len(after) or len(different) != 1:
        return None
    (index,) = different
    name = _unique_name(before, index)
    same = name is not None and name == _unique_name(after, index)
    return ([before[index]], [after[index]]) if same else None


def _unique_name(tasks: Sequence[Value], index: int) -> str | None:
    """Return the name of the task at an index if no other task has it."""
    names = [task.get(_NAME) if isinstance(task, dict) else None for task in tasks]
    name = names[index]
    return name if isinstance(name, str) and names.count(name) == 1 else None
