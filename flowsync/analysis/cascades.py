"""Detect renames that cascade: links of other flows that follow a renamed flow or task.

The platform keeps the source of a link by id and exports its name, so a rename upstream changes the exports
of all dependents. A link that follows a rename is the same link.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Final, TypeAlias

from flowsync.analysis.dependents import Dependent, LinkState
from flowsync.analysis.wording.names import format_name, join_names
from flowsync.diff.document_diff import compare_documents
from flowsync.diff.task_identity import renamed_tasks
from flowsync.flow.fields import LINK_RELATION
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.multimap import multimap
from flowsync.flow.values import Record
from flowsync.graph.edges import LINKS, all_links, entries, task_names

_TARGET: Final = LINK_RELATION.identity[0]
_LISTS: Final = (*LINKS, AMBIGUOUS)

_IF_TAKEN: Final = {LinkState.KEPT: LinkState.TAKEN, LinkState.UNKNOWN: LinkState.UNKNOWN}
"""The links of the before side if another flow has their name; all others are links to that flow."""

_Source: TypeAlias = tuple[str, str]
"""The flow and the task that a link names; the task is empty in a link to a flow."""

_Targets: TypeAlias = dict[_Source, set[str | None]]
"""The tasks that wait for each source; None is a link without targets."""


@dataclass(frozen=True)
class Snapshot:
    """One side of an environment.

    `named` finds the flows of a name. `name` and `document` are None if they are not known. `unread` are the
    flows that exist, but were not read.
    """

    named: Callable[[str], Collection[int]]
    name: Callable[[int], str | None]
    document: Callable[[int], Record | None]
    unread: Collection[int] = ()


@dataclass(frozen=True)
class Upstream:
    """A flow that other flows may link to: its name on the after side, and its renamed tasks.

    `is_replaced` is true if another flow now has its old name.
    """

    after: str
    tasks: Callable[[], Mapping[str | None, str]]
    is_replaced: bool = False


@dataclass(frozen=True)
class Cascade:
    """The renames that the links of one flow follow.

    `before` is the before side with the new names in all links that follow them. `renames` lead from the old
    to the new source of these links.
    """

    before: Record
    renames: Mapping[_Source, _Source] = field(default_factory=dict)
    followed: Mapping[_Source, set[str | None]] = field(default_factory=dict)
    kept: Mapping[_Source, set[str | None]] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why the flow changed if it has no findings; empty if it follows nothing."""
        described = [*dict.fromkeys(one for pair in sorted(self.renames.items()) for one in _describe(*pair))]
        return f"only follows the rename of {join_names(described)}" if described else ""

    def states(self, dependent: Dependent) -> Iterator[Dependent]:
        """Divide a link of the after side by the states of its targets."""
        source = (dependent.source_flow, dependent.source_task)
        states = multimap((self._state(source, target), target) for target in dependent.targets or (None,))
        for state, targets in states.items():
            names = tuple(target for target in targets if target is not None)
            yield replace(dependent, targets=names, state=state)

    def _state(self, source: _Source, target: str | None) -> LinkState:
        if target in self.followed.get(source, ()):
            return LinkState.FOLLOWED
        return LinkState.KEPT if target in self.kept.get(source, ()) else LinkState.ADDED


class Cascades:
    """The renames between two snapshots of one environment, and the links that follow them.

    A name that several flows share identifies none of them, and nothing follows it.
    """

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._before = before
        self._after = after
        self.upstream = cache(self._find_upstream)
        self._dependent_cascade = cache(self._find_dependent_cascade)

    def of(self, before: Record, after: Record) -> Cascade:
        """Return what follows renames in the links of a flow that has these documents."""
        return cascade(before, after, self.upstream) if links_differ(before, after) else Cascade(before)

    def link_states(self, flow_id: int, dependents: Sequence[Dependent]) -> list[Dependent]:
        """Give the links to a flow their states; links to another flow of its old name are left out."""
        links = [state for one in dependents for state in self._states_of(one)]
        old = self._before.name(flow_id)
        if old is None or not self._is_taken(old, flow_id):
            return links
        return [
            replace(one, state=_IF_TAKEN[one.state]) if one.source_flow == old else one
            for one in links
            if one.source_flow != old or one.state in _IF_TAKEN
        ]

    def may_rename(self, old: str, new: str) -> bool:
        """Return whether a flow of the old name may have the new one, because its after side was not read."""
        flows = {*self._before.named(old)}
        return not flows.isdisjoint(self._after.unread) and flows.issuperset(self._before.named(new))

    def _is_taken(self, name: str, flow_id: int) -> bool:
        """Return whether a name that only this flow had now belongs only to other flows."""
        later = {*self._after.named(name)}
        return bool(later) and flow_id not in later and {*self._before.named(name)} == {flow_id}

    def _find_upstream(self, name: str) -> Upstream | None:
        """Return the flow that a link of the before side names, if it is one flow on both sides."""
        found = [*self._before.named(name)]
        if len(found) != 1:
            return None
        (flow_id,) = found
        later = self._after.name(flow_id)
        if later is None or {*self._after.named(later)} != {flow_id}:
            return None
        is_replaced = self._is_taken(name, flow_id)
        return Upstream(later, cache(partial(self._renamed_tasks, flow_id)), is_replaced)

    def _renamed_tasks(self, flow_id: int) -> Mapping[str | None, str]:
        """Return the renamed tasks of a flow whose names identify them, from the old to the new name."""
        before, after = self._before.document(flow_id), self._after.document(flow_id)
        if before is None or after is None or before.get("tasks") == after.get("tasks"):
            return {}
        return _renamed_tasks(cascade(before, after, self._upstream_flow).before, after)

    def _upstream_flow(self, name: str) -> Upstream | None:
        """Return the flow as if none of its tasks was renamed: chains of flows are not followed."""
        found = self.upstream(name)
        return found and replace(found, tasks=dict)

    def _states_of(self, dependent: Dependent) -> Iterable[Dependent]:
        found = self._dependent_cascade(dependent.flow_id)
        return (replace(dependent, state=LinkState.UNKNOWN),) if found is None else found.states(dependent)

    def _find_dependent_cascade(self, flow_id: int) -> Cascade | None:
        """Return what a dependent follows, without its document; None if its after side is not known."""
        after = self._after.document(flow_id)
        if after is None:
            return None
        found = cascade(self._before.document(flow_id) or {}, after, self.upstream)
        return replace(found, before={})


def links_differ(before: Record, after: Record) -> bool:
    """Return whether the links of a flow differ; if not, none of them follows a rename."""
    return any(before.get(key) != after.get(key) for key in _LISTS)


def cascade(before: Record, after: Record, upstream: Callable[[str], Upstream | None]) -> Cascade:
    """Find the links of a flow that follow a renamed flow or task; `upstream` finds flows by old names."""
    old_targets, new_targets = _targets(before), _targets(after)
    renames = {old: new for old in old_targets if (new := _renamed(old, upstream)) is not None}
    own: Mapping[str | None, str] = {}
    if any(
        old_targets[old] - new_targets.get(new, set()) - new_targets.get(old, set())
        for old, new in renames.items()
    ):
        own = _renamed_tasks(before, after)
        old_targets = {old: {own.get(name, name) for name in names} for old, names in old_targets.items()}
    replaced = {old for old in renames if (found := upstream(old[0])) and found.is_replaced}
    following = {
        old: found for old, found in _following(old_targets, new_targets, renames, replaced) if found
    }
    if not following:
        return Cascade(before, kept=old_targets)
    kept = {old: found - following.get(old, set()) for old, found in old_targets.items()}
    followed = {
        renames[old]: found
        if kept[old]
        else new_targets.get(renames[old], set()) - kept.get(renames[old], set())
        for old, found in following.items()
    }
    sources = {old: renames[old] for old in following}
    return Cascade(_rewrite(before, _Following(sources, following, own)), sources, followed, kept)


def _renamed_tasks(before: Record, after: Record) -> dict[str | None, str]:
    """Return the tasks that were renamed and whose names identify them, from the old to the new name."""
    old_counts, new_counts = Counter(task_names(before)), Counter(task_names(after))
    pairs = renamed_tasks(compare_documents(before, after))
    return {old: new for old, new in pairs if old_counts[old] == new_counts[new] == 1}


@dataclass(frozen=True)
class _Following:
    """The new names of sources, and the targets whose links follow, by their later names."""

    renames: Mapping[_Source, _Source]
    targets: Mapping[_Source, set[str | None]]
    own: Mapping[str | None, str]

    def divide(self, link: Record, key: str) -> Iterator[Record]:
        """Yield the part of a link that follows, then the part that stays."""
        targets = entries(link, TARGETS)
        follow = self.targets.get(_source(link, key), set())
        parts = multimap((self._name(one) in follow, one) for one in targets)
        if len(parts) == 1 or not targets:
            yield self.rename(link, key, targets)
        else:
            yield self.rename({**link, TARGETS: [*parts[True]]}, key, parts[True])
            yield {**link, TARGETS: [*parts[False]]}

    def rename(self, link: Record, key: str, targets: Sequence[Record]) -> Record:
        """Return the link with its new names if all these targets follow."""
        source = _source(link, key)
        names = [self._name(one) for one in targets] or [None]
        if not self.targets.get(source, set()).issuperset(names):
            return link
        return {**link, **dict(zip(LINKS[key].identity, self.renames[source], strict=False))}

    def _name(self, target: Record) -> str | None:
        name = _target(target)
        return self.own.get(name, name)


def _source(link: Record, key: str) -> _Source:
    flow, task, *_ = (*(link.get(name) for name in LINKS[key].identity), "")
    return (flow, task) if isinstance(flow, str) and isinstance(task, str) else ("", "")


def _targets(document: Record) -> _Targets:
    found: _Targets = {}
    for link in all_links(document):
        names = map(_target, link.targets) if link.targets else [None]
        found.setdefault((link.flow, link.task or ""), set()).update(names)
    return found


def _target(record: Record) -> str | None:
    name = record.get(_TARGET)
    return name if isinstance(name, str) else None


def _renamed(source: _Source, upstream: Callable[[str], Upstream | None]) -> _Source | None:
    """Return the new names of a source, None if they are the old ones or not known."""
    flow, task = source
    found = upstream(flow)
    if found is None:
        return None
    tasks = found.tasks() if task else {}
    if task not in tasks and task in tasks.values():
        return None  # the task was removed, and another one has its name
    new = (found.after, tasks.get(task, task))
    return None if new == source else new


def _following(
    old_targets: _Targets,
    new_targets: _Targets,
    renames: Mapping[_Source, _Source],
    replaced: Collection[_Source],
) -> Iterator[tuple[_Source, set[str | None]]]:
    """Yield each renamed source with the targets whose link follows it.

    A target that is still under the old name stays, unless it followed another renamed source there, or is
    under the new name too while another flow has the old one (`replaced`). A target under neither name has
    changed otherwise: it follows if none of the others stays.
    """
    origin = {new: old for old, new in renames.items()}
    for old, new in renames.items():
        arrived = old_targets[origin[old]] if old in origin else set()
        if old in replaced:
            arrived = arrived | new_targets.get(new, set())
        stays = old_targets[old] & (new_targets.get(old, set()) - arrived)
        is_moved = not stays and (new in new_targets or bool(arrived))
        follows = (old_targets[old] & new_targets.get(new, set())) - stays
        yield old, old_targets[old] if is_moved else follows


def _rewrite(document: Record, following: _Following) -> Record:
    """Return the document with the new names in all links that follow them."""
    found = {**document}
    for key in LINKS:
        found[key] = [part for link in entries(document, key) for part in following.divide(link, key)]
    if AMBIGUOUS in document:
        found[AMBIGUOUS] = [_rewrite_ambiguous(entry, following) for entry in entries(document, AMBIGUOUS)]
    return found


def _rewrite_ambiguous(entry: Record, following: _Following) -> Record:
    found, targets = {**entry}, entries(entry, TARGETS)
    for key in LINKS:
        found[key] = [following.rename(link, key, targets) for link in entries(entry, key)]
    return found


def _describe(old: _Source, new: _Source) -> Iterator[str]:
    """Describe the renames of a source: `flow dw to warehouse`, `task load of flow dw to load_ods`."""
    if old[0] != new[0]:
        yield f"flow {format_name(old[0])} to {format_name(new[0])}"
    if old[1] != new[1]:
        yield f"task {format_name(old[1])} of flow {format_name(new[0])} to {format_name(new[1])}"
