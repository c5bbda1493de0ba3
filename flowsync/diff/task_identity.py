"""Which name on one side of a comparison is the same task on the other."""

from collections.abc import Iterable, Mapping

from flowsync.diff.model import Added, Change, Rekeyed
from flowsync.diff.record_diff import display_path
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.values import Value
from flowsync.graph.edges import TASKS, task_names
from flowsync.graph.task_renames import TASK_NAME, TASKS_PATH, TaskRenames

assert FLOW.by_name[TASKS].entries is TASK


def touched_tasks(changes: Iterable[Change]) -> frozenset[str]:
    """Return the steps of the tasks that contain a change, as on the side that still has the task.

    Several tasks of one name are one step.
    """
    return frozenset(step for change in changes if (step := task_step(display_path(change))))


def task_step(place: str) -> str:
    """Return the step of a path to a task, without the number among equal names; "" for other paths."""
    if not place.startswith(TASKS_PATH):
        return ""
    step, _, _ = place.removeprefix(TASKS_PATH).partition("/")
    return step.partition("~#")[0]


def is_task(place: str) -> bool:
    """Return whether a path leads to a task itself, not into one or elsewhere."""
    return place.startswith(TASKS_PATH) and "/" not in place.removeprefix(TASKS_PATH)


def _added_names(changes: Iterable[Change]) -> Iterable[str]:
    for change in changes:
        if isinstance(change, Added) and is_task(change.path) and isinstance(change.value, dict):
            name = change.value.get(TASK_NAME)
            if isinstance(name, str):
                yield name


def _renames(changes: Iterable[Change]) -> Iterable[tuple[str, str]]:
    for change in changes:
        if isinstance(change, Rekeyed) and change.path.startswith(TASKS_PATH):
            old, new = change.before.get(TASK_NAME), change.after.get(TASK_NAME)
            if isinstance(old, str) and isinstance(new, str):
                yield old, new


def find_task_renames(after: Mapping[str, Value], changes: Iterable[Change]) -> TaskRenames:
    """Collect the renames from the changes; a name that another task still has is not renamed."""
    changes = [*changes]
    pairs = [*_renames(changes)]
    reused = {new for _, new in pairs}.union(_added_names(changes)) if pairs else set()
    present = {*task_names(after)} if pairs else set()
    return TaskRenames({old: new for old, new in pairs if old not in present or old in reused})
