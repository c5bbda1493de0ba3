"""Relations and link targets, which name tasks: what changed by itself and what only follows its task."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs, match_entries
from flowsync.diff.model import Added, Change, Removed
from flowsync.diff.record_diff import Steps, entry_changes, record_changes, rekeyed_entry
from flowsync.flow.field_types import Struct
from flowsync.flow.paths import path
from flowsync.flow.values import Record, Value, json_text


@dataclass(frozen=True)
class TaskChanges:
    """What became of the tasks of a flow, by name; `renamed` leads from the old name to the new one.

    A name that is removed or renamed may be that of an added or renamed task later.
    """

    renamed: Mapping[str, str]
    removed: frozenset[str]
    added: frozenset[str]

    @cached_property
    def new_names(self) -> frozenset[str]:
        """The new names of renamed tasks."""
        return frozenset(self.renamed.values())

    @cached_property
    def reassigned(self) -> Mapping[str, Hashable]:
        """The names that mean another task on the after side, with what they mean before."""
        later = self.new_names | self.added
        renamed = {old: new for old, new in self.renamed.items() if old in later}
        return {**{name: (name, "removed") for name in self.removed & later}, **renamed}

    def before(self, name: Value) -> Hashable:
        """Return a key for a name of the before side, equal to `after` of the task's later name."""
        if not isinstance(name, str):
            return json_text(name)
        if name in self.renamed:
            return (self.renamed[name], "renamed")
        return (name, "removed") if name in self.removed else name

    def after(self, name: Value) -> Hashable:
        """Return a key for a name of the after side."""
        if not isinstance(name, str):
            return json_text(name)
        if name in self.new_names:
            return (name, "renamed")
        return (name, "added") if name in self.added else name


@dataclass(frozen=True)
class CascadedChanges:
    """The changes that only follow a task, by its name: its old one if it is renamed or removed."""

    of_old: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    of_added: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))


def reference_changes(
    before: Sequence[Record],
    after: Sequence[Record],
    struct: Struct,
    steps: Steps,
    tasks: TaskChanges,
    cascaded_changes: CascadedChanges,
) -> list[Change]:
    """Compare a list whose entries are identified by names of tasks; cascaded changes go to `cascades`.

    An entry with one other name is one change if the pair is unambiguous.
    """
    if not before and not after:
        return []
    entries = match_entries(before, after, struct.identity, renamed=tasks.reassigned)
    names = _Names(struct, tasks)
    cascaded = [*_cascaded_pairs(entries, names)]
    entries = exclude_pairs(entries, cascaded)
    _fold(entries, struct, steps, tasks, cascaded_changes)
    entries = Matching(
        entries.pairs,
        [old for old in entries.removed if names.first(old, tasks.removed) is None],
        [new for new in entries.added if names.first(new, tasks.added) is None],
    )
    changes = entry_changes(entries, _retargeted_pairs(entries, names), struct, steps)
    for old, new in cascaded:
        cascaded_changes.of_old[names.first(old, tasks.renamed) or ""].append(
            rekeyed_entry(old, new, struct.identity, steps)
        )
        changes += record_changes(old.record, new.record, struct, (*steps, new.step), but=struct.identity)
    return changes


@dataclass(frozen=True)
class _Names:
    """The names in an entry, comparable between the sides."""

    struct: Struct
    tasks: TaskChanges

    def before(self, entry: Entry) -> tuple[Hashable, ...]:
        return tuple(self.tasks.before(entry.record.get(key)) for key in self.struct.identity)

    def after(self, entry: Entry) -> tuple[Hashable, ...]:
        return tuple(self.tasks.after(entry.record.get(key)) for key in self.struct.identity)

    def first(self, entry: Entry, among: Iterable[str]) -> str | None:
        """Return the first name of the entry that is one of these."""
        names = (entry.record.get(key) for key in self.struct.identity)
        return next((name for name in names if isinstance(name, str) and name in among), None)


def _cascaded_pairs(entries: Matching, names: _Names) -> Iterator[Pair]:
    """Entries that are the same when the renamed tasks have one name."""
    if not names.tasks.renamed:
        return
    yield from (pair for pair in entries.pairs if pair[0].step != pair[1].step)
    added: dict[Hashable, list[Entry]] = defaultdict(list)
    for new in reversed(entries.added):
        added[names.after(new)].append(new)
    for old in entries.removed:
        same = added.get(names.before(old)) if names.first(old, names.tasks.renamed) else None
        if same:
            yield old, same.pop()


def _fold(
    entries: Matching, struct: Struct, steps: Steps, tasks: TaskChanges, cascaded_changes: CascadedChanges
) -> None:
    names = _Names(struct, tasks)
    for old in entries.removed:
        task = names.first(old, tasks.removed)
        if task is not None:
            cascaded_changes.of_old[task].append(Removed(path((*steps, old.step)), old.record))
    for new in entries.added:
        task = names.first(new, tasks.added)
        if task is not None:
            cascaded_changes.of_added[task].append(Added(path((*steps, new.step)), new.record))


def _retargeted_pairs(entries: Matching, names: _Names) -> list[Pair]:
    """Entries with one other name, where neither side leaves a choice."""
    old_entries = [_with_wildcard(names.before(old)) for old in entries.removed]
    new_entries = [_with_wildcard(names.after(new)) for new in entries.added]
    owners_before, owners_after = _owners(old_entries), _owners(new_entries)
    pairs = []
    for place, forms in enumerate(old_entries):
        candidates = [new for form in forms for new in owners_after.get(form, ())[:2]]
        if len(candidates) == 1:
            (new,) = candidates
            if sum(len(owners_before.get(form, ())) for form in new_entries[new]) == 1:
                pairs.append((entries.removed[place], entries.added[new]))
    return pairs


def _with_wildcard(names: Sequence[Hashable]) -> list[Hashable]:
    """Return the names with each of them left open in turn."""
    return [(place, *names[:place], *names[place + 1 :]) for place in range(len(names))]


def _owners(side: Iterable[Iterable[Hashable]]) -> dict[Hashable, list[int]]:
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for place, forms in enumerate(side):
        for form in forms:
            holders[form].append(place)
    return holders
