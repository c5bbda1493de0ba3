"""Both versions of a flow as one graph for pictures."""

from collections.abc import Sequence

from flowsync.diff.model import Change
from flowsync.diff.task_identity import task_renames, touched_tasks
from flowsync.flow.values import Record
from flowsync.graph.view import TaskGraph, graph_of


def task_graph(before: Record | None, after: Record | None, changes: Sequence[Change]) -> TaskGraph:
    """Return both versions in one graph; a version that is None has no tasks."""
    return graph_of(before, after, task_renames(after or {}, changes), touched_tasks(changes))
