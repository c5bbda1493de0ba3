"""What follows from changes: for the order of the tasks, and for the flows that wait for this one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeAlias

from flowsync.analysis.dependents import Dependent, waited_for_flow, waited_for_task
from flowsync.analysis.model import Consequence, Effect
from flowsync.analysis.wording.names import MAX_NAMES, format_name, join_names
from flowsync.diff.graph_comparison import GraphComparison, Part
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.diff.record_diff import display_path
from flowsync.diff.task_identity import added_task, is_task, task_step
from flowsync.flow.field_types import Kind, Subject
from flowsync.flow.fields import FLOW
from flowsync.flow.paths import key_step, path
from flowsync.flow.printable import plural
from flowsync.flow.values import Value
from flowsync.graph.task_graph import Edge, Node, name_of
from flowsync.graph.task_renames import TASKS_PATH

__all__ = ["MAX_EFFECT_NAMES", "Dependent", "find_effects", "removed_name"]

MAX_EFFECT_NAMES: Final = 25
"""How many names an effect downstream lists; with all, a chain of changed tasks would be quadratic."""

_FLOW_WIDE: Final = frozenset(
    path((key_step(row.name),)) for row in FLOW.fields if row.subject in {Subject.FLOW, Subject.SCHEDULE}
)
"""Where a change concerns everyone who waits for the flow: its name, and when it runs."""
_FLOW_NAME: Final = next(path((key_step(row.name),)) for row in FLOW.fields if row.kind is Kind.FLOW_NAME)

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
        return {}  # no edge came or went
    flow = GraphComparison(before or {}, after or {}, changes)
    found: dict[int, list[Effect]] = {}
    for described in (
        _unblocked_tasks,
        _newly_downstream,
        _detours,
        _cycles,
        _detached_parts,
        _stale_references,
        *((_downstream,) if downstream else ()),
    ):
        for index, effect in described(flow):
            found.setdefault(index, []).append(effect)
    for index, effect in _affected_dependents(flow, dependents):
        found.setdefault(index, []).append(effect)
    return {index: tuple(found[index]) for index in sorted(found)}


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
    """Tasks that waited for something and now wait for nothing."""
    if not flow.removed_edges:
        return
    old_dependents = {*flow.unblocked}
    for index, edges in flow.removed_edges.items():
        tasks = [*dict.fromkeys(target for _, target in edges if target in old_dependents)]
        old_dependents.difference_update(tasks)
        if tasks:
            verb, wait = (
                ("starts", "it no longer waits for any task")
                if len(tasks) == 1
                else ("start", "they no longer wait for any task")
            )
            sentence = f"{_join_tasks(tasks)} now {verb} immediately: {wait}"
            yield index, _effect(Consequence.STARTS_AT_ONCE, tasks, sentence)


def _newly_downstream(flow: GraphComparison) -> _EffectsByChange:
    """Tasks of both sides that are newly downstream of what an edge or a task was added to."""
    for index, edges in flow.added_edges.items():
        added = added_task(flow.changes[index])
        targets: dict[Node, list[Node]] = {}
        for source, target in edges:
            if added is None or source == added:
                targets.setdefault(source, []).append(target)
        for source, direct in targets.items():
            yield from ((index, effect) for effect in _newly_downstream_of(flow, source, direct))


def _newly_downstream_of(flow: GraphComparison, source: Node, direct: Collection[Node]) -> Iterator[Effect]:
    """Yield tasks that are newly downstream, except the direct targets alone, and except for a new cycle."""
    first = flow.numbering.bits(direct)
    reach = first
    for target in direct:
        reach |= flow.downstream_after.get(target, 0)
    known = flow.downstream_before.get(source, 0) | flow.numbering.bits([source])
    new = reach & flow.tasks_before & flow.tasks_after & ~known
    if new & ~first and source not in flow.new_cycles:
        tasks, more = _limit_tasks(flow, new, direct)
        verb = "waits" if len(tasks) + more == 1 else "wait"
        sentence = f"{_join_tasks(tasks, more)} now {verb} for {format_name(name_of(source))}"
        yield _effect(Consequence.NEWLY_DOWNSTREAM, tasks, sentence, more)


def _detours(flow: GraphComparison) -> _EffectsByChange:
    """Yield added and removed edges that change nothing in what their tasks depend on."""
    sides = (
        (Consequence.STILL_WAITS, flow.removed_edges, flow.upstream_after, flow.downstream_after),
        (Consequence.WAITED_BEFORE, flow.added_edges, flow.upstream_before, flow.downstream_before),
    )
    for consequence, edges_of, above, below in sides:
        for index, edges in edges_of.items():
            if not is_task(display_path(flow.changes[index])):
                ways = [_way(flow, above, below, *edge) for edge in edges]
                yield from _detour(index, edges, ways, consequence)


def _way(
    flow: GraphComparison, above: Mapping[Node, int], below: Mapping[Node, int], source: Node, target: Node
) -> list[Node] | None:
    """Return the last task on a path between two nodes, none for a direct edge; None without a path."""
    direct = above.get(target, 0)
    if flow.numbering.contains(direct, source):
        return []
    passed = direct & below.get(source, 0) & ~flow.numbering.bits([target])
    listed = islice(flow.numbering.nodes_of(passed), MAX_EFFECT_NAMES)
    return [min(listed, key=name_of)] if passed else None


def _detour(
    index: int, edges: Sequence[Edge], ways: Sequence[list[Node] | None], consequence: Consequence
) -> _EffectsByChange:
    """`ways` lead from the source of each edge, the same for all, to its target."""
    known = [way for way in ways if way is not None]
    if len(known) < len(ways):
        return
    through = [*dict.fromkeys(node for way in known for node in way)]
    (source, target), *others = edges
    still = f"still {'wait' if others else 'waits'}"
    verb = still if consequence is Consequence.STILL_WAITS else "already waited"
    subject = _join_tasks([target, *(other for _, other in others)])
    how = f"through {_join_tasks(through)}" if through else "by another edge between the same two"
    yield index, _effect(consequence, through, f"{subject} {verb} for {format_name(name_of(source))}, {how}")


def _cycles(flow: GraphComparison) -> _EffectsByChange:
    """Tasks that wait for one another and did not before."""
    if not flow.added_edges:
        return
    new = {**flow.new_cycles}
    for index, edges in flow.added_edges.items():
        for source, target in edges:
            tasks = new.get(source)
            if tasks and new.get(target) is tasks:
                for task in tasks:
                    del new[task]
                yield index, _cycle(_order_cycle(flow, tasks, target))


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


def _cycle(tasks: Sequence[Node]) -> Effect:
    if len(tasks) == 1:
        sentence = f"{_join_tasks(tasks)} now waits for itself and never starts"
    else:
        sentence = f"{_join_tasks(tasks)} now wait for one another and never start"
    return _effect(Consequence.CYCLE, tasks, sentence)


def _detached_parts(flow: GraphComparison) -> _EffectsByChange:
    """Parts of the flow that hung together with the rest."""
    if not flow.removed_edges:
        return
    parts = {**flow.detached_parts}
    for index, edges in flow.removed_edges.items():
        alone: list[Node] = []
        for part in _parts_at(flow, edges, parts):
            if len(part) > 1 or flow.has_relations(part[0]):
                verb = "is" if len(part) == 1 else "are"
                sentence = f"{_join_tasks(part)} {verb} no longer connected to the rest of the flow"
                yield index, _effect(Consequence.CUT_OFF, part, sentence)
            elif part[0] not in flow.unblocked:
                alone += part
        if alone:
            verb = "is" if len(alone) == 1 else "are"
            sentence = f"{_join_tasks(alone)} {verb} no longer connected to any other task"
            yield index, _effect(Consequence.CUT_OFF, alone, sentence)


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
    ends: dict[Node, list[Node]] = {}
    for edge in flow.after.all_edges:
        for end, other in (edge, edge[::-1]):
            if end in unnamed:
                ends.setdefault(end, []).append(other)
    for index, name in removed.items():
        others = [*dict.fromkeys(ends.pop(name, ()))]
        if others:
            verb = "refers" if len(others) == 1 else "refer"
            sentence = f"{_join_tasks(others)} still {verb} to {format_name(name)}, which no longer exists"
            yield index, _effect(Consequence.LEFT_BEHIND, others, sentence)


def _removed_task(change: Change) -> str | None:
    """Return the former name of a removed or renamed task."""
    match change:
        case Removed(path, {"name": str(name)}) if is_task(path):
            return name
        case Rekeyed(path):
            return removed_name(change) if is_task(path) else None
        case _:
            return None


def _downstream(flow: GraphComparison) -> _EffectsByChange:
    """Tasks that run after the one that changed."""
    described: dict[tuple[Node, bool], tuple[Effect, ...]] = {}
    for index, change in enumerate(flow.changes):
        at = display_path(change)
        if not at.startswith(TASKS_PATH) or (isinstance(change, Added) and is_task(at)):
            continue
        is_removed = isinstance(change, Removed) and is_task(at)
        task = (flow.before if is_removed else flow.after).steps.get(task_step(at))
        if task is None:
            continue
        if (task, is_removed) not in described:
            described[task, is_removed] = (*_runs_after(flow, task, is_removed=is_removed),)
        yield from ((index, effect) for effect in described[task, is_removed])


def _runs_after(flow: GraphComparison, task: Node, *, is_removed: bool) -> Iterator[Effect]:
    side, below, tasks = (
        (flow.before, flow.downstream_before, flow.tasks_before)
        if is_removed
        else (flow.after, flow.downstream_after, flow.tasks_after)
    )
    itself = flow.numbering.bits([task])
    bits = below.get(task, 0) & tasks
    if bits and not bits & itself:  # in a circle, nothing runs before anything
        some, more = _limit_tasks(flow, bits, side.successors.get(task, ()))
        count = len(some) + more
        were = f"{'was' if count == 1 else 'were'} " if is_removed else ""
        sentence = f"{plural(count, 'task')} {were}downstream: {_join_tasks(some, more)}"
        yield _effect(Consequence.DOWNSTREAM, some, sentence, more)


def _affected_dependents(flow: GraphComparison, dependents: Sequence[Dependent]) -> _EffectsByChange:
    """Flows that wait for this one, or for the task that changed, by the name it has or by the one it had."""
    if not dependents:
        return
    of_task: dict[str, list[Dependent]] = {}
    for one in dependents:
        of_task.setdefault(one.source_task, []).append(one)
    names_now = {*flow.after.names.values()}
    for index, change in enumerate(flow.changes):
        removed = removed_name(change)
        if _is_flow_wide(change):
            described = waited_for_flow(dependents, removed)
        else:
            names = _names_of_task(flow, change)
            old_dependents = of_task.get(removed, []) if removed is not None and removed in names else []
            others = [one for name in names if name != removed for one in of_task.get(name, ())]
            described = waited_for_task(
                old_dependents, others, is_renamed=removed is not None, is_taken=removed in names_now
            )
        yield from ((index, effect) for effect in described)


def _is_flow_wide(change: Change) -> bool:
    """Return whether every dependent is affected: the flow is removed, renamed, or runs at other times."""
    return display_path(change) in _FLOW_WIDE or (isinstance(change, Removed) and not change.path)


def _names_of_task(flow: GraphComparison, change: Change) -> list[str]:
    """Return the names by which others may know a changed task; none for other changes."""
    at = display_path(change)
    if not at.startswith(TASKS_PATH) or (isinstance(change, Added) and is_task(at)):
        return []
    task = flow.before.steps.get(task_step(at)) if isinstance(change, Removed) and is_task(at) else None
    task = flow.after.steps.get(task_step(at)) if task is None else task
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


def _effect(consequence: Consequence, tasks: Sequence[Node], sentence: str, more: int = 0) -> Effect:
    names = tuple(name_of(task) for task in tasks)
    return Effect(consequence, names, sentence, more)
