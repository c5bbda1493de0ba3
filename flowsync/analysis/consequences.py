"""Find the effects of changes: on the order of the tasks, and on the flows that depend on this one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeAlias

from flowsync.analysis.dependents import Dependent, waited_for_flow, waited_for_task
from flowsync.analysis.model import Consequence, Effect
from flowsync.analysis.wording.names import MAX_NAMES, format_name, join_names
from flowsync.diff.graph_comparison import GraphComparison, NodeSets, Part
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.diff.record_diff import display_path
from flowsync.diff.task_identity import added_task, is_task, task_step
from flowsync.flow.field_types import Kind, Subject
from flowsync.flow.fields import FLOW
from flowsync.flow.multimap import multimap
from flowsync.flow.paths import key_step, path
from flowsync.flow.printable import plural
from flowsync.flow.values import Value
from flowsync.graph.task_graph import Edge, Node, name_of

MAX_EFFECT_NAMES: Final = 25
"""The number of names that an effect lists; with all, a chain of changed tasks would be quadratic."""

_FLOW_WIDE: Final = frozenset(
    path((key_step(row.name),)) for row in FLOW.fields if row.subject in {Subject.FLOW, Subject.SCHEDULE}
)
"""The paths whose changes affect every dependent of the flow: its name, and when it runs."""
_FLOW_NAME: Final = next(path((key_step(row.name),)) for row in FLOW.fields if row.kind is Kind.FLOW_NAME)

_VERBS: Final[Mapping[Consequence, tuple[str, str]]] = {
    Consequence.STARTS_AT_ONCE: (
        "now starts immediately: it no longer waits for any task",
        "now start immediately: they no longer wait for any task",
    ),
    Consequence.NEWLY_DOWNSTREAM: ("now waits for {}", "now wait for {}"),
    Consequence.CYCLE: ("now waits for itself and never starts", "now wait for one another and never start"),
    Consequence.CUT_OFF: ("is no longer connected to {}", "are no longer connected to {}"),
    Consequence.LEFT_BEHIND: (
        "still refers to {}, which no longer exists",
        "still refer to {}, which no longer exists",
    ),
}
"""What one task does, and what several do."""

_EffectsByChange: TypeAlias = Iterator[tuple[int, Effect]]


def find_effects(
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value] | None,
    changes: Sequence[Change],
    dependents: Sequence[Dependent] = (),
    *,
    downstream: bool = True,
) -> Mapping[int, tuple[Effect, ...]]:
    """Return the effects of the change at each index; changes without effects are left out.

    `dependents` are the links of other flows to this one. Without `downstream`, the tasks that run after a
    changed one are not listed. An effect that several changes have together belongs to the first of them. The
    cost is linear in the size of the flow, except for the sets of downstream tasks, which take one bit for
    each pair of tasks and are made only for changes that need them.
    """
    if not dependents and not downstream and all(isinstance(one, (Changed, Oversize)) for one in changes):
        return {}  # no edge was added or removed
    flow = GraphComparison(before or {}, after or {}, changes)
    effects = multimap(
        chain(
            _unblocked_tasks(flow),
            _newly_downstream(flow),
            _redundant_edges(flow),
            _cycles(flow),
            _detached_parts(flow),
            _stale_references(flow),
            _downstream(flow) if downstream else (),
            _affected_dependents(flow, dependents),
        )
    )
    return {index: tuple(effects[index]) for index in sorted(effects)}


def removed_name(change: Change) -> str | None:
    """Return the former name of a flow or task, to which others may still link."""
    match change:
        case Changed(path, str(name)) | Removed(path, str(name)) if path == _FLOW_NAME:
            return name
        case Rekeyed(path, _, {"name": str(name)}) if is_task(path):
            return name
        case _:
            return None


def _unblocked_tasks(flow: GraphComparison) -> _EffectsByChange:
    """Yield tasks that waited for something and now wait for nothing."""
    if not flow.removed_edges:
        return
    unblocked = {*flow.unblocked}
    for index, edges in flow.removed_edges.items():
        tasks = [*dict.fromkeys(target for _, target in edges if target in unblocked)]
        unblocked.difference_update(tasks)
        if tasks:
            yield index, _effect(Consequence.STARTS_AT_ONCE, tasks)


def _newly_downstream(flow: GraphComparison) -> _EffectsByChange:
    """Yield tasks of both sides that are newly downstream of what an edge or a task was added to."""
    for index, edges in flow.added_edges.items():
        added = added_task(flow.changes[index])
        targets = multimap(edge for edge in edges if added is None or edge[0] == added)
        for source, direct in targets.items():
            yield from ((index, effect) for effect in _newly_downstream_of(flow, source, direct))


def _newly_downstream_of(flow: GraphComparison, source: Node, direct: Collection[Node]) -> Iterator[Effect]:
    """Yield tasks that are newly downstream, except the direct targets alone, and except for a new cycle."""
    first = flow.numbering.bits(direct)
    reach = first
    for target in direct:
        reach |= flow.nodes_after.downstream.get(target, 0)
    known = flow.nodes_before.downstream.get(source, 0) | flow.numbering.bits([source])
    new = reach & flow.nodes_before.tasks & flow.nodes_after.tasks & ~known
    if new & ~first and source not in flow.new_cycles:
        tasks, more = _limit_tasks(flow, new, direct)
        yield _effect(Consequence.NEWLY_DOWNSTREAM, tasks, format_name(name_of(source)), more)


def _redundant_edges(flow: GraphComparison) -> _EffectsByChange:
    """Yield added and removed edges that change nothing in what their tasks depend on."""
    for consequence, edges_by_change in (
        (Consequence.STILL_WAITS, flow.removed_edges),
        (Consequence.WAITED_BEFORE, flow.added_edges),
    ):
        for index, edges in edges_by_change.items():
            if not is_task(display_path(flow.changes[index])):
                is_removed = consequence is Consequence.STILL_WAITS
                nodes = flow.nodes_after if is_removed else flow.nodes_before
                paths = [_path(nodes, *edge) for edge in edges]
                yield from _redundant_edge(index, edges, paths, consequence)


def _path(nodes: NodeSets, source: Node, target: Node) -> list[Node] | None:
    """Return the last task on a path between two nodes, none for a direct edge; None without a path."""
    direct = nodes.upstream.get(target, 0)
    if nodes.numbering.contains(direct, source):
        return []
    passed = direct & nodes.downstream.get(source, 0) & ~nodes.numbering.bits([target])
    listed = islice(nodes.numbering.nodes_of(passed), MAX_EFFECT_NAMES)
    return [min(listed, key=name_of)] if passed else None


def _redundant_edge(
    index: int, edges: Sequence[Edge], paths: Sequence[list[Node] | None], consequence: Consequence
) -> _EffectsByChange:
    """Yield the effect if there is a path from the source, the same for all edges, to each target."""
    if None in paths:
        return
    through = [*dict.fromkeys(node for passed in paths for node in passed or ())]
    source, targets = edges[0][0], [target for _, target in edges]
    waits = "still wait" if len(targets) > 1 else "still waits"
    verb = waits if consequence is Consequence.STILL_WAITS else "already waited"
    how = f"through {_join_tasks(through)}" if through else "by another edge between the same two"
    sentence = f"{_join_tasks(targets)} {verb} for {format_name(name_of(source))}, {how}"
    yield index, Effect(consequence, tuple(map(name_of, through)), sentence)


def _cycles(flow: GraphComparison) -> _EffectsByChange:
    """Yield tasks that wait for one another and did not before."""
    if not flow.added_edges:
        return
    new = {**flow.new_cycles}
    for index, edges in flow.added_edges.items():
        for source, target in edges:
            tasks = new.get(source)
            if tasks and new.get(target) is tasks:
                for task in tasks:
                    del new[task]
                yield index, _effect(Consequence.CYCLE, _order_cycle(flow, tasks, target))


def _order_cycle(flow: GraphComparison, cycle: Collection[Node], first: Node) -> list[Node]:
    """Return the tasks of a cycle, each after one that it depends on."""
    inside, found = frozenset(cycle), dict[Node, None]()
    dependents = [first]
    while dependents:
        task = dependents.pop()
        if task not in found:
            found[task] = None
            dependents += [one for one in reversed(flow.after.successors.get(task, ())) if one in inside]
    return [*found]


def _detached_parts(flow: GraphComparison) -> _EffectsByChange:
    """Yield parts of the flow that are no longer connected to the rest."""
    if not flow.removed_edges:
        return
    parts = {**flow.detached_parts}
    for index, edges in flow.removed_edges.items():
        alone: list[Node] = []
        for part in _parts_at(flow, edges, parts):
            if len(part) > 1 or flow.has_relations(part[0]):
                yield index, _effect(Consequence.CUT_OFF, part, "the rest of the flow")
            elif part[0] not in flow.unblocked:
                alone += part
        if alone:
            yield index, _effect(Consequence.CUT_OFF, alone, "any other task")


def _parts_at(
    flow: GraphComparison, edges: Iterable[Edge], parts: dict[Part, list[Node]]
) -> Iterator[list[Node]]:
    """Yield the parts that one of the edges connected; each is removed from `parts`."""
    for ends in edges:
        source, target = map(flow.part_of, ends)
        if source is not None and target is not None and source != target:
            yield from (parts.pop(part) for part in (source, target) if part in parts)


def _stale_references(flow: GraphComparison) -> _EffectsByChange:
    """Yield relations and links that still name a removed or renamed task."""
    removed = {index: name for index, change in enumerate(flow.changes) if (name := _removed_task(change))}
    unnamed = {*removed.values()} - {*flow.after.names.values()}
    if not unnamed:
        return
    directed = (ends for edge in flow.after.all_edges for ends in (edge, edge[::-1]))
    neighbours = multimap(ends for ends in directed if ends[0] in unnamed)
    for index, name in removed.items():
        others = [*dict.fromkeys(neighbours.pop(name, ()))]
        if others:
            yield index, _effect(Consequence.LEFT_BEHIND, others, format_name(name))


def _removed_task(change: Change) -> str | None:
    """Return the former name of a removed or renamed task."""
    match change:
        case Removed(path, {"name": str(name)}) | Rekeyed(path, _, {"name": str(name)}) if is_task(path):
            return name
        case _:
            return None


def _downstream(flow: GraphComparison) -> _EffectsByChange:
    """Yield the tasks that run after the one that changed."""
    described: dict[tuple[Node, bool], tuple[Effect, ...]] = {}
    for index, change in enumerate(flow.changes):
        task, is_removed = _changed_task(flow, change)
        if task is None:
            continue
        if (task, is_removed) not in described:
            described[task, is_removed] = (*_runs_after(flow, task, is_removed=is_removed),)
        yield from ((index, effect) for effect in described[task, is_removed])


def _changed_task(flow: GraphComparison, change: Change) -> "tuple[Node | None, bool]":
    """Return the task that a change removed, or changed and did not add, and whether it is removed."""
    at = display_path(change)
    is_removed = isinstance(change, Removed) and is_task(at)
    is_added = isinstance(change, Added) and is_task(at)
    side = flow.before if is_removed else flow.after
    return (None if is_added else side.steps.get(task_step(at))), is_removed


def _runs_after(flow: GraphComparison, task: Node, *, is_removed: bool) -> Iterator[Effect]:
    side, nodes = (flow.before, flow.nodes_before) if is_removed else (flow.after, flow.nodes_after)
    bits = nodes.downstream.get(task, 0) & nodes.tasks
    if bits and not bits & flow.numbering.bits([task]):  # in a cycle, nothing runs before anything
        some, more = _limit_tasks(flow, bits, side.successors.get(task, ()))
        count = len(some) + more
        were = f"{'was' if count == 1 else 'were'} " if is_removed else ""
        sentence = f"{plural(count, 'task')} {were}downstream: {_join_tasks(some, more)}"
        yield Effect(Consequence.DOWNSTREAM, tuple(map(name_of, some)), sentence, more)


def _affected_dependents(flow: GraphComparison, dependents: Sequence[Dependent]) -> _EffectsByChange:
    """Yield flows that depend on this one or on the changed task, by its current or its former name."""
    if not dependents:
        return
    of_task = multimap((one.source_task, one) for one in dependents)
    names_now = {*flow.after.names.values()}
    for index, change in enumerate(flow.changes):
        removed = removed_name(change)
        if _is_flow_wide(change):
            described = waited_for_flow(dependents, removed)
        else:
            names = _names_of_task(flow, change)
            stale = of_task.get(removed, []) if removed is not None and removed in names else []
            others = [one for name in names if name != removed for one in of_task.get(name, ())]
            described = waited_for_task(
                stale, others, is_renamed=removed is not None, is_taken=removed in names_now
            )
        yield from ((index, effect) for effect in described)


def _is_flow_wide(change: Change) -> bool:
    """Return whether every dependent is affected: the flow is removed, renamed, or runs at other times."""
    return display_path(change) in _FLOW_WIDE or (isinstance(change, Removed) and not change.path)


def _names_of_task(flow: GraphComparison, change: Change) -> list[str]:
    """Return the names by which others may link to a changed task; none for other changes."""
    task, is_removed = _changed_task(flow, change)
    if is_removed and task is None:
        task = flow.after.steps.get(task_step(display_path(change)))
    names = (side.names.get(task) for side in (flow.before, flow.after) if task is not None)
    return [*dict.fromkeys(name for name in names if name)]


def _limit_tasks(flow: GraphComparison, bits: int, first: Iterable[Node]) -> tuple[list[Node], int]:
    """Return as many tasks of a set as an effect lists, `first` before others, and the number of the rest."""
    numbering = flow.numbering
    near = [node for node in dict.fromkeys(islice(first, MAX_EFFECT_NAMES)) if numbering.contains(bits, node)]
    far = numbering.nodes_of(bits & ~numbering.bits(near))
    tasks = [*islice(chain(near, far), MAX_EFFECT_NAMES)]
    return tasks, bits.bit_count() - len(tasks)


def _join_tasks(tasks: Sequence[Node], more: int = 0) -> str:
    few = tasks[: MAX_NAMES + 1]
    return join_names([format_name(name_of(task)) for task in few], more + len(tasks) - len(few))


def _effect(consequence: Consequence, tasks: Sequence[Node], other: str = "", more: int = 0) -> Effect:
    """Return the effect that the tasks do what `_VERBS` has, with the `other` name in it."""
    verb = _VERBS[consequence][len(tasks) + more > 1].format(other)
    return Effect(consequence, tuple(map(name_of, tasks)), f"{_join_tasks(tasks, more)} {verb}", more)
