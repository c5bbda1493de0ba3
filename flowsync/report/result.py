"""The result of a command, which every format renders."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowsync.analysis.comparison import Comparison
from flowsync.errors import FlowsyncError
from flowsync.flow.field_types import Impact


@dataclass(frozen=True)
class RunResult:
    """The result of a command.

    `comparisons` is one comparison, or one for each commit of a history, or empty if the command failed
    before it compared anything. `facts` are specific to the command. `context` is the number of unchanged
    lines around a change of a task's command. JUnit reports only flows with a finding of the impact
    `fail_on` or a more severe one as failures; all that differ if it is None.

    The text report has at most `width` columns, where words allow it. If `lists_all`, it lists every new flow
    and every cosmetic change; if `is_brief`, it has one line for each flow, or for each commit of a history.
    """

    command: str
    comparisons: tuple[Comparison, ...]
    exit_status: int = 0
    error: FlowsyncError | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    context: int = 3
    fail_on: Impact | None = None
    width: int = 80
    lists_all: bool = False
    is_brief: bool = False
