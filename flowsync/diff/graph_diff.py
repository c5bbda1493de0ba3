"""Both versions of a flow as one graph for pictures."""

from collections.abc import Sequence

from flowsync.diff.change import Change
from flowsync.diff.continuity import task_renames, touched_tasks
from flowsync.diff.picture import TaskGraph, graph_of
from flowsync.flow.values import Record


def task_graph(before: Record | None, after: Record | None, changes: Sequence[Change]) -> TaskGraph:
    """Return both versions in one graph; a version that is None has no tasks."""
    return graph_of(before, after, task_renames(after or {}, changes), touched_tasks(changes))
