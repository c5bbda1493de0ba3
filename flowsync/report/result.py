"""The result of a command, which every format renders."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowsync.analysis.comparison import Comparison
from flowsync.errors import FlowsyncError


@dataclass(frozen=True)
class RunResult:
    """The result of a command.

    `comparisons` is one comparison, or one for each commit of a history, or empty if the command failed
    before it compared anything. `facts` are specific to the command. `context` is the number of unchanged
    lines around a change of a task's command. If `lists_all`, the text report lists every new flow.
    """

    command: str
    comparisons: tuple[Comparison, ...]
    exit_status: int = 0
    error: FlowsyncError | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    context: int = 3
    lists_all: bool = False
