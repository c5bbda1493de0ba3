"""Resolve links that share an id to the edges that the other version supports.

An ambiguous entry of a document has several links and several targets; which link has which target is not
known. Both versions are resolved to be as similar as possible, so that every remaining difference is certain.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.diff.relation_diff import TaskChanges
from flowsync.flow.fields import LINK_RELATION
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import Record, Value, json_text
from flowsync.graph.edges import LINKS, entries

_TASK: Final = LINK_RELATION.identity[0]
_MANY: Final = 10_000

_Source: TypeAlias = tuple[str, str]
"""A link without its targets: the list that contains it and its JSON text."""

_Group: TypeAlias = frozenset[_Source]
"""The links that share an id."""

_Target: TypeAlias = tuple[Hashable, str]
"""A target, comparable between the versions: its task and the JSON text of its other fields."""

_NO_LINK: Final = (next(iter(LINKS)), "{}")


def resolve_links(before: Record, after: Record, tasks: TaskChanges) -> tuple[Record, Record]:
    """Return both documents with ambiguous links as ordinary ones, as similar as possible.

    A target that no link joins becomes one of a link without a name. Renamed tasks count as the same task.
    """
    if not before.get(AMBIGUOUS) and not after.get(AMBIGUOUS):
        return before, after
    old, new = _Version(before, tasks.before), _Version(after, tasks.after)
    for target in {**old.counts, **new.counts}:
        _assign_common(target, old, new)
    old.assign_repeated(new)
    new.assign_repeated(old)
    old.assign_rest(new)
    new.assign_rest(old)
    return old.resolved(), new.resolved()


class _Version:
    """The links of one document while their targets are assigned to them.

    `common` are the targets of a group that the other version has too, `rest` are the others.
    """

    def __init__(self, document: Record, name_of: Callable[[Value], Hashable]) -> None:
        self.links: dict[_Source, Record] = {}
        self.groups: dict[_Source, set[_Group]] = defaultdict(set)
        self.counts: dict[_Target, Counter[_Group]] = defaultdict(Counter)
        self.assigned: dict[_Source, list[_Target]] = defaultdict(list)
        self.common: dict[_Group, list[_Target]] = defaultdict(list)
        self.rest: dict[_Group, list[_Target]] = defaultdict(list)
        self._document = document
        self._name_of = name_of
        self._records: dict[_Target, Record] = {}
        for key in LINKS:
            for link in entries(document, key):
                self._add_group({key: [link]}, entries(link, TARGETS))
        for entry in entries(document, AMBIGUOUS):
            self._add_group({key: entries(entry, key) for key in LINKS}, entries(entry, TARGETS))

    def _add_group(self, links: Mapping[str, Iterable[Record]], targets: Iterable[Record]) -> None:
        """Add the links and the targets of one id."""
        found: dict[_Source, Record] = {}
        for key, records in links.items():
            for record in records:
                own = {name: value for name, value in record.items() if name != TARGETS}
                found[key, json_text(own)] = own
        found = found or {_NO_LINK: {}}
        self.links.update(found)
        group = frozenset(found)
        for source in group:
            self.groups[source].add(group)
        for record in targets:
            others = {name: value for name, value in record.items() if name != _TASK}
            target = self._name_of(record.get(_TASK)), json_text(others)
            self._records[target] = record
            self.counts[target][group] += 1

    def assign_repeated(self, other: "_Version") -> None:
        """Assign targets of links that share them with another link in the other version, to both links."""
        for group in [group for group in self.rest if len(group) == 1]:
            (source,) = group
            shared = {
                target
                for whole in other.groups.get(source, ())
                if len(whole) > 1
                for target in other.common[whole]
            }
            shared.difference_update(other.assigned[source])
            repeated = shared.intersection(self.rest[group])
            for target in repeated:
                self.rest[group].remove(target)
                self.assigned[source].append(target)
                other.assigned[source].append(target)

    def assign_rest(self, other: "_Version") -> None:
        """Assign targets that only this version has to links that only it has, else to one of the group."""
        for group in {group: None for groups in self.groups.values() for group in groups}:
            only = sorted(source for source in group if source not in other.groups)
            targets = self.rest.get(group) or (self.common.get(group, []) if only else [])
            if len(only) * len(targets) > _MANY or (targets and not only):
                only = [min(group & other.unsettled or group)]
            for source in only:
                self.assigned[source] += targets

    @cached_property
    def unsettled(self) -> frozenset[_Source]:
        """The links that may have a target that the other version does not have."""
        return frozenset(source for group, targets in self.rest.items() if targets for source in group)

    def resolved(self) -> Record:
        """Return the document with the assigned targets."""
        found = {key: value for key, value in self._document.items() if key != AMBIGUOUS}
        for key, struct in LINKS.items():
            links = [self._resolved_link(source) for source in self.links if source[0] == key]
            found[key] = [*sort_entries(links, struct.identity)]
        return found

    def _resolved_link(self, source: _Source) -> Record:
        targets = [self._records[target] for target in self.assigned[source]]
        return {**self.links[source], TARGETS: [*sort_entries(targets, LINK_RELATION.identity)]}


def _assign_common(target: _Target, old: _Version, new: _Version) -> None:
    """Assign a target to links that may have it in both versions, as often as possible."""
    before, after = old.counts.get(target, Counter()), new.counts.get(target, Counter())
    matching = _Matching(new, after.copy())
    common = before & after  # matched first: the result does not depend on the order of the groups
    for group, count in common.items():
        matching.add(group, group, count)
    for group, count in (before - common).items():
        unmatched = sum(not matching.augment(group) for _ in range(count))
        old.rest[group] += [target] * unmatched
    for later, matched in matching.pairs.items():
        for group, count in matched.items():
            source = min(group & later)
            old.assigned[source] += [target] * count
            new.assigned[source] += [target] * count
            old.common[group] += [target] * count
            new.common[later] += [target] * count
    for group, count in matching.free.items():
        new.rest[group] += [target] * count


class _Matching:
    """Groups of the old version with a target, matched with groups of the new one that share a link."""

    def __init__(self, new: _Version, free: Counter[_Group]) -> None:
        self.free = free
        self.pairs: dict[_Group, Counter[_Group]] = defaultdict(Counter)
        self._new = new

    def add(self, group: _Group, later: _Group, count: int) -> None:
        """Match two groups `count` times."""
        if count:
            self.free[later] -= count
            self.pairs[later][group] += count

    def augment(self, start: _Group) -> bool:
        """Match a group once more, if necessary by matching others differently."""
        reached: dict[_Group, _Group] = {}
        previous: dict[_Group, _Group | None] = {start: None}
        queue = deque([start])
        while queue:
            group = queue.popleft()
            for later in self._partners(group):
                if later in reached or later not in self.free:
                    continue
                reached[later] = group
                if self.free[later]:
                    self._switch(later, reached, previous)
                    return True
                displaced = [one for one, count in self.pairs[later].items() if count and one not in previous]
                previous.update(dict.fromkeys(displaced, later))
                queue.extend(displaced)
        return False

    def _partners(self, group: _Group) -> Iterable[_Group]:
        found = {later for source in group for later in self._new.groups.get(source, ())}
        return sorted(found, key=lambda later: (len(later), sorted(later)))

    def _switch(
        self, last: _Group, reached: Mapping[_Group, _Group], previous: Mapping[_Group, _Group | None]
    ) -> None:
        self.free[last] -= 1
        later: _Group | None = last
        while later is not None:
            group = reached[later]
            self.pairs[later][group] += 1
            later = previous[group]
            if later is not None:
                self.pairs[later][group] -= 1
