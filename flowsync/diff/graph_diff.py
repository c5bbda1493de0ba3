"""Compare the task graphs of two versions and return the view model for pictures."""

from collections.abc import Sequence

from flowsync.diff.document_diff import resolve_versions
from flowsync.diff.model import Change
from flowsync.diff.task_identity import find_task_renames, touched_tasks
from flowsync.flow.values import Record
from flowsync.graph.view import GraphView, build_view


def compare_graphs(before: Record | None, after: Record | None, changes: Sequence[Change]) -> GraphView:
    """Return both versions in one graph; a version that is None has no tasks."""
    if before and after:
        before, after = resolve_versions(before, after)
    return build_view(before, after, find_task_renames(after or {}, changes), touched_tasks(changes))
