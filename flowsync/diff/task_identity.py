"""Find renamed tasks in changes, and recognise paths that lead to a task."""

from collections.abc import Iterable, Iterator, Mapping

from flowsync.diff.model import Added, Change, Rekeyed
from flowsync.diff.record_diff import display_path
from flowsync.flow.values import Value
from flowsync.graph.edges import task_names
from flowsync.graph.task_renames import TASKS_PATH, TaskRenames


def touched_tasks(changes: Iterable[Change]) -> frozenset[str]:
    """Return the steps of the tasks that contain a change, as on the side that still has the task.

    Several tasks of one name are one step.
    """
    return frozenset(step for change in changes if (step := task_step(display_path(change))))


def task_step(path: str) -> str:
    """Return the step of a path to a task, without the number among equal names; "" for other paths."""
    if not path.startswith(TASKS_PATH):
        return ""
    step, _, _ = path.removeprefix(TASKS_PATH).partition("/")
    return step.partition("~#")[0]


def is_task(path: str) -> bool:
    """Return whether a path leads to a task itself, not into one or elsewhere."""
    return path.startswith(TASKS_PATH) and "/" not in path.removeprefix(TASKS_PATH)


def added_task(change: Change) -> str | None:
    """Return the name of the task that a change added; None for other changes."""
    match change:
        case Added(path, {"name": str(name)}) if is_task(path):
            return name
    return None


def renamed_tasks(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield the old and the new name of each renamed task."""
    for change in changes:
        match change:
            case Rekeyed(path, _, {"name": str(old)}, {"name": str(new)}) if is_task(path):
                yield old, new


def find_task_renames(after: Mapping[str, Value], changes: Iterable[Change]) -> TaskRenames:
    """Collect the renames from the changes; a name that another task still has is not renamed."""
    changes = [*changes]
    pairs = [*renamed_tasks(changes)]
    if not pairs:
        return TaskRenames({})
    reused = {new for _, new in pairs}.union(filter(None, map(added_task, changes)))
    present = {*task_names(after)}
    return TaskRenames({old: new for old, new in pairs if old not in present or old in reused})
