"""Which name on one side of a comparison is the same task on the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias

from flowsync.diff.change import Added, Change, Moved
from flowsync.diff.records import place
from flowsync.flow.fields import FLOW, TASK
from flowsync.flow.graph import TASKS, task_names
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Value

Key: TypeAlias = "str | tuple[str]"
"""A task on both sides: its name on the after side, or the name alone in a tuple where a renamed task took
the name of one that is gone."""

TASK_NAME: Final = TASK.identity[0]
TASKS_PATH: Final = path((key_step(TASKS), ""))
"""What the paths of all tasks begin with."""

assert FLOW.by_name[TASKS].entries is TASK


@dataclass(frozen=True)
class Continuity:
    """The renamed tasks of a flow, from the old name to the new one."""

    renamed: Mapping[str, str]
    new_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "new_names", frozenset(self.renamed.values()))

    @classmethod
    def of(cls, after: Mapping[str, Value], changes: Iterable[Change]) -> Self:
        """As the changes tell it; a name that another task still has is not renamed."""
        changes = [*changes]
        pairs = [*_renames(changes)]
        taken_over = {new for _, new in pairs}.union(_added(changes)) if pairs else set()
        held = {*task_names(after)} if pairs else set()
        return cls({old: new for old, new in pairs if old not in held or old in taken_over})

    @property
    def old_names(self) -> Mapping[str, str]:
        """From the new name to the old one."""
        return {new: old for old, new in self.renamed.items()}

    def before(self, name: str) -> Key:
        """The task of that name on the before side."""
        if name in self.renamed:
            return self.renamed[name]
        return (name,) if name in self.new_names else name


def touched_tasks(changes: Iterable[Change]) -> frozenset[str]:
    """The steps of the tasks that some change is in, as the path on the side that still has it names them.

    Several tasks of one name are one step.
    """
    return frozenset(step for change in changes if (step := task_step(place(change))))


def task_step(place: str) -> str:
    """The step of a path that leads to a task, less the number among those of one name; else empty."""
    if not place.startswith(TASKS_PATH):
        return ""
    step, _, _ = place.removeprefix(TASKS_PATH).partition("/")
    return step.partition("~#")[0]


def is_task(place: str) -> bool:
    """Whether a path leads to a task itself, and not into one or elsewhere."""
    return place.startswith(TASKS_PATH) and "/" not in place.removeprefix(TASKS_PATH)


def _added(changes: Iterable[Change]) -> Iterable[str]:
    for change in changes:
        if isinstance(change, Added) and is_task(change.path) and isinstance(change.value, dict):
            name = change.value.get(TASK_NAME)
            if isinstance(name, str):
                yield name


def _renames(changes: Iterable[Change]) -> Iterable[tuple[str, str]]:
    for change in changes:
        if isinstance(change, Moved) and change.path.startswith(TASKS_PATH):
            old, new = change.before.get(TASK_NAME), change.after.get(TASK_NAME)
            if isinstance(old, str) and isinstance(new, str):
                yield old, new
