"""Find the edges of the task graph that a change removed or added."""

from collections.abc import Iterator

from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.flow.links import TARGETS
from flowsync.flow.values import Record, Value
from flowsync.graph.edges import LINKS, RELATIONS, SOURCE, TARGET, entries
from flowsync.graph.task_graph import Edge, TaskGraph, source_of, target_names
from flowsync.graph.task_renames import TASKS_PATH


def changed_edges(change: Change, kind: type[Added | Removed], side: TaskGraph) -> Iterator[Edge]:
    """Yield the edges that a change added to the after side, or removed from the before side.

    Those of an added or removed task are included.
    """
    match change:
        case Added(path, value, cascaded) | Removed(path, value, cascaded) if isinstance(change, kind):
            yield from _edges(path, value, side)
            for one in cascaded:
                yield from changed_edges(one, kind, side)
        case Rekeyed(path, to, before, after) if not path.startswith(TASKS_PATH):
            yield from _edges(path, before, side) if kind is Removed else _edges(to, after, side)


def _edges(path: str, value: Value, side: TaskGraph) -> Iterator[Edge]:
    """Yield the edges at a path: of a relation, of a link, or of one target of a link."""
    _, key, *steps = path.split("/") if path else ("", "")
    if isinstance(value, dict) and key == RELATIONS and len(steps) == 1:
        source, target = value.get(SOURCE), value.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            yield side.node(source), side.node(target)
    elif isinstance(value, dict) and key in LINKS and steps:
        yield from _link_edges(key, steps, value, side)


def _link_edges(key: str, steps: list[str], record: Record, side: TaskGraph) -> Iterator[Edge]:
    step, *inner_steps = steps
    links = side.links_by_step.get((key, step.partition("~#")[0]), [])
    targets: list[Record] = []
    if inner_steps[:1] == [TARGETS] and len(inner_steps) > 1:
        targets = [record]
    elif not inner_steps:  # an identity has no targets: the links that have it know them
        linked = [target for link in links for target in link.targets]
        targets = entries(record, TARGETS) if TARGETS in record else linked
    for link in links[:1]:
        yield from ((source_of(link), side.node(name)) for name in target_names(targets))
