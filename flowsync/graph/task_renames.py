"""Map old names of renamed tasks to new names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.flow.fields import TASK
from flowsync.flow.paths import key_step, path
from flowsync.graph.edges import TASKS

TaskKey: TypeAlias = "str | tuple[str]"
"""A task in both versions: its name after, or its name before in a tuple if a renamed task took that name."""

TASK_NAME: Final = TASK.identity[0]

TASKS_PATH: Final = path((key_step(TASKS), ""))
"""The start of the paths of all tasks."""


@dataclass(frozen=True)
class TaskRenames:
    """The renamed tasks of a flow, from the old name to the new one."""

    renamed: Mapping[str, str]

    @cached_property
    def old_names(self) -> Mapping[str, str]:
        """From the new name to the old one."""
        return {new: old for old, new in self.renamed.items()}

    def key_before(self, name: str) -> TaskKey:
        """Return the key of the task of that name on the before side."""
        if name in self.renamed:
            return self.renamed[name]
        return (name,) if name in self.old_names else name
