"""What a command found and how it ended: the one thing that every format is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowsync.analysis.comparison import Comparison
from flowsync.errors import FlowsyncError


@dataclass(frozen=True)
class RunResult:
    """A command's result.

    `comparisons` is one comparison, or one for each commit of a history, or empty where the command failed
    before it could compare. `facts` are the command's own. `context` is the number of unchanged lines around
    a change of a command's body. `lists_all` makes the text report list every new flow.
    """

    command: str
    comparisons: tuple[Comparison, ...]
    exit_status: int = 0
    error: FlowsyncError | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    context: int = 3
    lists_all: bool = False
