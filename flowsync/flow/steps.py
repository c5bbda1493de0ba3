"""The order in which the tasks of a flow run, in steps."""

from collections.abc import Mapping

from flowsync.flow.graph import components, edges, task_names
from flowsync.flow.values import Value


def steps(document: Mapping[str, Value]) -> dict[str, int]:
    """The step of every task that has a name: 1 for those that wait for none of the others.

    A task runs one step after the last one it waits for. Tasks that wait for one another are in one step;
    names that only relations mention count as tasks, but have no step here.
    """
    pairs = edges(document)
    waits_for: dict[str, set[str]] = {}
    for source, target in pairs:
        waits_for.setdefault(target, set()).add(source)
    found: dict[str, int] = {}
    for names in components(pairs):
        before = {source for name in names for source in waits_for.get(name, ())}.difference(names)
        found.update(dict.fromkeys(names, 1 + max((found[name] for name in before), default=0)))
    return {name: found.get(name, 1) for name in task_names(document)}


def upstream(document: Mapping[str, Value]) -> dict[str, list[str]]:
    """The tasks that each task waits for directly, in document order; none is left out."""
    found: dict[str, list[str]] = {name: [] for name in task_names(document)}
    for source, target in edges(document):
        found.setdefault(target, []).append(source)
    return {name: [*dict.fromkeys(sources)] for name, sources in found.items()}
