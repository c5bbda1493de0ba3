"""The renamed tasks of a flow, by their names on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from flowsync.flow.fields import TASK
from flowsync.flow.paths import key_step, path
from flowsync.graph.edges import TASKS

TaskKey: TypeAlias = "str | tuple[str]"
"""A task on both sides: its name on the after side, or the name alone in a tuple where a renamed task took
the name of one that is gone."""


TASK_NAME: Final = TASK.identity[0]


TASKS_PATH: Final = path((key_step(TASKS), ""))
"""What the paths of all tasks begin with."""


@dataclass(frozen=True)
class TaskRenames:
    """The renamed tasks of a flow, from the old name to the new one."""

    renamed: Mapping[str, str]
    new_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "new_names", frozenset(self.renamed.values()))

    @property
    def old_names(self) -> Mapping[str, str]:
        """From the new name to the old one."""
        return {new: old for old, new in self.renamed.items()}

    def key_before(self, name: str) -> TaskKey:
        """Return the key of the task of that name on the before side."""
        if name in self.renamed:
            return self.renamed[name]
        return (name,) if name in self.new_names else name
