"""What follows from changes: for the order of the tasks, and for the flows that wait for this one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeAlias

from flowsync.analysis.dependents import Waiting, waited_for_flow, waited_for_task
from flowsync.analysis.model import Consequence, Effect
from flowsync.analysis.wording.names import FEW, listed, shown
from flowsync.diff.graph_comparison import BothSides, Part
from flowsync.diff.model import Added, Change, Changed, Moved, Oversize, Removed
from flowsync.diff.record_diff import place
from flowsync.diff.task_identity import is_task, task_step
from flowsync.flow.field_types import Kind, Subject
from flowsync.flow.fields import FLOW
from flowsync.flow.paths import key_step, path
from flowsync.flow.values import Value
from flowsync.graph.task_graph import Edge, Node, name_of
from flowsync.graph.task_renames import TASKS_PATH

__all__ = ["MOST_NAMES", "Waiting", "effects", "lost_name"]

MOST_NAMES: Final = 25
"""How many names an effect downstream lists; with all, a chain of changed tasks would be quadratic."""

_FLOW_WIDE: Final = frozenset(
    path((key_step(row.name),)) for row in FLOW.fields if row.subject in {Subject.FLOW, Subject.SCHEDULE}
)
"""Where a change concerns everyone who waits for the flow: its name, and when it runs."""
_FLOW_NAME: Final = next(path((key_step(row.name),)) for row in FLOW.fields if row.kind is Kind.FLOW_NAME)

_Told: TypeAlias = Iterator[tuple[int, Effect]]


def effects(
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value] | None,
    changes: Sequence[Change],
    waiting: Sequence[Waiting] = (),
    *,
    downstream: bool = True,
) -> Mapping[int, tuple[Effect, ...]]:
    """The effects of the change at each index; changes without effects are left out.

    `waiting` are the flows that wait for this one. Without `downstream`, it is not told which tasks run after
    one that changed. An effect that several changes have together is told with the first of them. Cost is
    linear in the size of the flow but for the sets of what lies downstream, which are one bit for each pair
    of tasks; they are made only for changes that need them.
    """
    if not waiting and not downstream and all(isinstance(one, (Changed, Oversize)) for one in changes):
        return {}  # no edge came or went
    flow = BothSides(before or {}, after or {}, changes)
    found: dict[int, list[Effect]] = {}
    for told in (
        _starts,
        _waits,
        _detours,
        _cycles,
        _cut_off,
        _left_behind,
        *((_downstream,) if downstream else ()),
    ):
        for index, effect in told(flow):
            found.setdefault(index, []).append(effect)
    for index, effect in _waited_for(flow, waiting):
        found.setdefault(index, []).append(effect)
    return {index: tuple(found[index]) for index in sorted(found)}


def lost_name(change: Change) -> str | None:
    """The name that a flow or a task had and has no more, as others may still wait for it."""
    match change:
        case Changed(path, str(name)) | Removed(path, str(name)) if path == _FLOW_NAME:
            return name
        case Moved(path, _, {"name": str(name)}) if is_task(path):
            return name
        case _:
            return None


def _starts(flow: BothSides) -> _Told:
    """Tasks that waited for something and now wait for nothing."""
    if not flow.lost:
        return
    left = {*flow.set_free}
    for index, edges in flow.lost.items():
        tasks = [*dict.fromkeys(target for _, target in edges if target in left)]
        left.difference_update(tasks)
        if tasks:
            verb, wait = ("starts", "it waits") if len(tasks) == 1 else ("start", "they wait")
            said = f"{_told(tasks)} now {verb} at once: {wait} for nothing any more"
            yield index, _effect(Consequence.STARTS_AT_ONCE, tasks, said)


def _waits(flow: BothSides) -> _Told:
    """Tasks of both sides that are newly downstream of what an edge or a task was added to."""
    for index, edges in flow.gained.items():
        added = flow.added_tasks.get(index)
        targets: dict[Node, list[Node]] = {}
        for source, target in edges:
            if added is None or source == added:
                targets.setdefault(source, []).append(target)
        for source, direct in targets.items():
            yield from ((index, effect) for effect in _newly_below(flow, source, direct))


def _newly_below(flow: BothSides, source: Node, direct: Collection[Node]) -> Iterator[Effect]:
    """The direct targets are in the change itself, and no news alone; nor is anything but a new circle."""
    first = flow.numbering.bits(direct)
    reach = first
    for target in direct:
        reach |= flow.below_after.get(target, 0)
    known = flow.below_before.get(source, 0) | flow.numbering.bits([source])
    new = reach & flow.tasks_before & flow.tasks_after & ~known
    if new & ~first and source not in flow.new_cycles:
        tasks, more = _some(flow, new, direct)
        verb = "waits" if len(tasks) + more == 1 else "wait"
        said = f"{_told(tasks, more)} now {verb} for {shown(name_of(source))}"
        yield _effect(Consequence.WAITS_NOW, tasks, said, more)


def _detours(flow: BothSides) -> _Told:
    """Edges that came or went and changed nothing in what their tasks wait for, directly or not."""
    sides = (
        (Consequence.STILL_WAITS, flow.lost, flow.above_after, flow.below_after),
        (Consequence.WAITED_BEFORE, flow.gained, flow.above_before, flow.below_before),
    )
    for consequence, edges_of, above, below in sides:
        for index, edges in edges_of.items():
            if not is_task(place(flow.changes[index])):
                ways = [_way(flow, above, below, *edge) for edge in edges]
                yield from _detour(index, edges, ways, consequence)


def _way(
    flow: BothSides, above: Mapping[Node, int], below: Mapping[Node, int], source: Node, target: Node
) -> list[Node] | None:
    """The last task on a way from one to the other, none on the direct one; None where no way leads there."""
    direct = above.get(target, 0)
    if flow.numbering.holds(direct, source):
        return []
    passed = direct & below.get(source, 0) & ~flow.numbering.bits([target])
    few = islice(flow.numbering.listed(passed), MOST_NAMES)
    return [min(few, key=name_of)] if passed else None


def _detour(
    index: int, edges: Sequence[Edge], ways: Sequence[list[Node] | None], consequence: Consequence
) -> _Told:
    """`ways` lead from the source of each edge, the same for all, to its target."""
    known = [way for way in ways if way is not None]
    if len(known) < len(ways):
        return
    through = [*dict.fromkeys(node for way in known for node in way)]
    (source, target), *others = edges
    still = f"still {'wait' if others else 'waits'}"
    verb = still if consequence is Consequence.STILL_WAITS else "already waited"
    who = _told([target, *(other for _, other in others)])
    how = f"through {_told(through)}" if through else "by another edge of the same ends"
    yield index, _effect(consequence, through, f"{who} {verb} for {shown(name_of(source))}, {how}")


def _cycles(flow: BothSides) -> _Told:
    """Tasks that wait for one another and did not before."""
    if not flow.gained:
        return
    new = {**flow.new_cycles}
    for index, edges in flow.gained.items():
        for source, target in edges:
            tasks = new.get(source)
            if tasks and new.get(target) is tasks:
                for task in tasks:
                    del new[task]
                yield index, _cycle(_along(flow, tasks, target))


def _along(flow: BothSides, circle: Collection[Node], first: Node) -> list[Node]:
    """The tasks of a circle, each after one that it waits for."""
    inside, found = frozenset(circle), dict[Node, None]()
    waiting = [first]
    while waiting:
        task = waiting.pop()
        if task not in found:
            found[task] = None
            waiting += [one for one in reversed(flow.after.followers.get(task, ())) if one in inside]
    return [*found]


def _cycle(tasks: Sequence[Node]) -> Effect:
    if len(tasks) == 1:
        said = f"{_told(tasks)} now waits for itself and never starts"
    else:
        said = f"{_told(tasks)} now wait for one another and never start"
    return _effect(Consequence.CYCLE, tasks, said)


def _cut_off(flow: BothSides) -> _Told:
    """Parts of the flow that hung together with the rest."""
    if not flow.lost:
        return
    parts = {**flow.cut_parts}
    for index, edges in flow.lost.items():
        alone: list[Node] = []
        for part in _parts_at(flow, edges, parts):
            if len(part) > 1 or flow.is_tied(part[0]):
                verb = "hangs" if len(part) == 1 else "hang"
                said = f"{_told(part)} no longer {verb} together with the rest of the flow"
                yield index, _effect(Consequence.CUT_OFF, part, said)
            elif part[0] not in flow.set_free:
                alone += part
        if alone:
            verb = "is" if len(alone) == 1 else "are"
            said = f"{_told(alone)} {verb} no longer connected to any other task"
            yield index, _effect(Consequence.CUT_OFF, alone, said)


def _parts_at(flow: BothSides, edges: Iterable[Edge], parts: dict[Part, list[Node]]) -> Iterator[list[Node]]:
    """The parts that one of the edges tied to something else; each is taken out of `parts`."""
    for ends in edges:
        source, target = map(flow.part_of, ends)
        if source is not None and target is not None and source != target:
            yield from (parts.pop(part) for part in (source, target) if part in parts)


def _left_behind(flow: BothSides) -> _Told:
    """Relations and links that still name a task which went or has another name."""
    lost = {index: name for index, change in enumerate(flow.changes) if (name := _lost_task(change))}
    nobody = {*lost.values()} - {*flow.after.names.values()}
    if not nobody:
        return
    ends: dict[Node, list[Node]] = {}
    for edge in flow.after.all_edges:
        for end, other in (edge, edge[::-1]):
            if end in nobody:
                ends.setdefault(end, []).append(other)
    for index, name in lost.items():
        others = [*dict.fromkeys(ends.pop(name, ()))]
        if others:
            verb = "is" if len(others) == 1 else "are"
            said = f"{_told(others)} {verb} still tied to {shown(name)}, which is no task any more"
            yield index, _effect(Consequence.LEFT_BEHIND, others, said)


def _lost_task(change: Change) -> str | None:
    """The name that a task had, where it went or has another one."""
    match change:
        case Removed(path, {"name": str(name)}) if is_task(path):
            return name
        case Moved(path):
            return lost_name(change) if is_task(path) else None
        case _:
            return None


def _downstream(flow: BothSides) -> _Told:
    """Tasks that run after the one that changed."""
    told: dict[tuple[Node, bool], tuple[Effect, ...]] = {}
    for index, change in enumerate(flow.changes):
        at = place(change)
        if not at.startswith(TASKS_PATH) or (isinstance(change, Added) and is_task(at)):
            continue
        gone = isinstance(change, Removed) and is_task(at)
        task = (flow.before if gone else flow.after).steps.get(task_step(at))
        if task is None:
            continue
        if (task, gone) not in told:
            told[task, gone] = (*_runs_after(flow, task, gone=gone),)
        yield from ((index, effect) for effect in told[task, gone])


def _runs_after(flow: BothSides, task: Node, *, gone: bool) -> Iterator[Effect]:
    side, below, tasks = (
        (flow.before, flow.below_before, flow.tasks_before)
        if gone
        else (flow.after, flow.below_after, flow.tasks_after)
    )
    itself = flow.numbering.bits([task])
    bits = below.get(task, 0) & tasks
    if bits and not bits & itself:  # in a circle, nothing runs before anything
        some, more = _some(flow, bits, side.followers.get(task, ()))
        count = len(some) + more
        were = f"{'was' if count == 1 else 'were'} " if gone else ""
        said = f"{count} {'task' if count == 1 else 'tasks'} {were}downstream: {_told(some, more)}"
        yield _effect(Consequence.DOWNSTREAM, some, said, more)


def _waited_for(flow: BothSides, waiting: Sequence[Waiting]) -> _Told:
    """Flows that wait for this one, or for the task that changed, by the name it has or by the one it had."""
    if not waiting:
        return
    of_task: dict[str, list[Waiting]] = {}
    for one in waiting:
        of_task.setdefault(one.source_task, []).append(one)
    names_now = {*flow.after.names.values()}
    for index, change in enumerate(flow.changes):
        lost = lost_name(change)
        if _is_flow_wide(change):
            told = waited_for_flow(waiting, lost)
        else:
            names = _names_of_task(flow, change)
            left = of_task.get(lost, []) if lost is not None and lost in names else []
            others = [one for name in names if name != lost for one in of_task.get(name, ())]
            told = waited_for_task(left, others, is_renamed=lost is not None, is_taken=lost in names_now)
        yield from ((index, effect) for effect in told)


def _is_flow_wide(change: Change) -> bool:
    """Whether everyone who waits for the flow is concerned: it goes, has another name, or runs otherwise."""
    return place(change) in _FLOW_WIDE or (isinstance(change, Removed) and not change.path)


def _names_of_task(flow: BothSides, change: Change) -> list[str]:
    """The names that others may know a changed task by; none for other changes, and for a new task."""
    at = place(change)
    if not at.startswith(TASKS_PATH) or (isinstance(change, Added) and is_task(at)):
        return []
    task = flow.before.steps.get(task_step(at)) if isinstance(change, Removed) and is_task(at) else None
    task = flow.after.steps.get(task_step(at)) if task is None else task
    names = (side.names.get(task) for side in (flow.before, flow.after) if task is not None)
    return [*dict.fromkeys(name for name in names if name)]


def _some(flow: BothSides, bits: int, first: Iterable[Node]) -> tuple[list[Node], int]:
    """As many tasks of a set as an effect lists, those of `first` at first, and how many are left."""
    numbering = flow.numbering
    near = [node for node in dict.fromkeys(islice(first, MOST_NAMES)) if numbering.holds(bits, node)]
    far = numbering.listed(bits & ~numbering.bits(near))
    tasks = [*islice(chain(near, far), MOST_NAMES)]
    return tasks, bits.bit_count() - len(tasks)


def _told(tasks: Sequence[Node], more: int = 0) -> str:
    few = tasks[: FEW + 1]
    return listed([shown(name_of(task)) for task in few], more + len(tasks) - len(few))


def _effect(consequence: Consequence, tasks: Sequence[Node], said: str, more: int = 0) -> Effect:
    names = tuple(name_of(task) for task in tasks)
    return Effect(consequence, names, said, more)
