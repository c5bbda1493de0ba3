"""Edges of the task graph that a change removed or added."""

from collections.abc import Iterator

from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.flow.links import TARGETS
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import LINKS, RELATIONS, SOURCE, TARGET, entries, target_names
from flowsync.graph.task_graph import Edge, TaskGraph, source_of
from flowsync.graph.task_renames import TASKS_PATH


def removed_edges(change: Change, before: TaskGraph) -> list[Edge]:
    """Return the edges that the change removed, including those of a removed task."""
    match change:
        case Removed(path, value, follows):
            return [
                *_edges(path, value, before),
                *(edge for one in follows for edge in removed_edges(one, before)),
            ]
        case Rekeyed(path, _, identity) if not path.startswith(TASKS_PATH):
            return [*_edges(path, {**identity}, before)]
        case _:
            return []


def added_edges(change: Change, after: TaskGraph) -> list[Edge]:
    """Return the edges that the change added, including those of an added task."""
    match change:
        case Added(path, value, follows):
            return [
                *_edges(path, value, after),
                *(edge for one in follows for edge in added_edges(one, after)),
            ]
        case Rekeyed(_, to, _, identity) if not to.startswith(TASKS_PATH):
            return [*_edges(to, {**identity}, after)]
        case _:
            return []


def _edges(path: str, value: Value, side: TaskGraph) -> Iterator[Edge]:
    """Yield the edges at a path: of a relation, of a link, or of one target of a link."""
    _, key, *steps = path.split("/") if path else ("", "")
    if not isinstance(value, dict):
        return
    if key == RELATIONS and len(steps) == 1:
        yield from _relation(value, side)
    elif key in LINKS and steps:
        yield from _link_edges(key, steps, value, side)


def _relation(record: Record, side: TaskGraph) -> Iterator[Edge]:
    source, target = record.get(SOURCE), record.get(TARGET)
    if isinstance(source, str) and isinstance(target, str):
        yield side.node(source), side.node(target)


def _link_edges(key: str, steps: list[str], record: Record, side: TaskGraph) -> Iterator[Edge]:
    link_step, *below = steps
    matching = side.links_by_step.get((key, link_step.partition("~#")[0]), [])
    match below:
        case [] if TARGETS in record:
            targets = entries(record, TARGETS)
        case []:  # an identity: the link that has it knows its targets
            targets = [target for link in matching for target in link.targets]
        case [inner, _] if inner == TARGETS:
            targets = [record]
        case _:
            targets = []
    for link in matching[:1]:
        yield from ((source_of(link), side.node(name)) for name in target_names(targets))
