"""Compare relations and link targets; separate own changes from cascaded ones."""

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from flowsync.diff.list_matching import Entry, Matching, Pair, exclude_pairs, match_entries
from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.diff.record_diff import Steps, display_path, entry_changes, record_changes, rekeyed_entry
from flowsync.flow.field_types import Struct
from flowsync.flow.multimap import multimap
from flowsync.flow.paths import path
from flowsync.flow.values import Record, Value, json_text

_Kind: TypeAlias = type[Added] | type[Removed] | type[Rekeyed]


class TaskChanges:
    """The removed, added and renamed tasks of a flow; `renamed` leads from the old name to the new one.

    A name that is removed or renamed may be that of an added or renamed task later.
    """

    def __init__(
        self,
        renamed: Mapping[str, str],
        removed: AbstractSet[str] = frozenset(),
        added: AbstractSet[str] = frozenset(),
    ) -> None:
        self.renamed = renamed
        self.removed = removed
        self.added = added
        self._keys_before: dict[str, Hashable] = {
            **{name: (name, "removed") for name in removed},
            **{old: (new, "renamed") for old, new in renamed.items()},
        }
        self._keys_after: dict[str, Hashable] = {
            **{name: (name, "added") for name in added},
            **{name: (name, "renamed") for name in renamed.values()},
        }
        self.reassigned: Mapping[str, Hashable] = {
            name: renamed.get(name, key)
            for name, key in self._keys_before.items()
            if name in self._keys_after
        }
        """The names that mean another task on the after side, with what they mean before."""

    def before(self, name: Value) -> Hashable:
        """Return a key for a name of the before side, equal to `after` of the task's later name."""
        return self._keys_before.get(name, name) if isinstance(name, str) else json_text(name)

    def after(self, name: Value) -> Hashable:
        """Return a key for a name of the after side."""
        return self._keys_after.get(name, name) if isinstance(name, str) else json_text(name)


class EdgeComparison:
    """Compares lists whose entries name tasks, and collects the changes that only follow a task.

    `cascaded` has these by their kind and the name of the task: its old one if it is renamed or removed.
    """

    def __init__(self, tasks: TaskChanges) -> None:
        self.tasks = tasks
        self.cascaded: dict[tuple[_Kind, str], list[Change]] = {}

    def compare(
        self, before: Sequence[Record], after: Sequence[Record], struct: Struct, steps: Steps
    ) -> list[Change]:
        """Compare a list whose entries are identified by names of tasks.

        An entry with one other name is one change if the pair is unambiguous.
        """
        if not before and not after:
            return []
        identity = struct.identity
        entries = match_entries(before, after, identity, renamed=self.tasks.reassigned)
        cascaded = [*self._cascaded_pairs(entries, identity)]
        entries = exclude_pairs(entries, cascaded)
        entries = Matching(
            entries.pairs,
            [
                old
                for old in entries.removed
                if not self.cascades(
                    Removed(path((*steps, old.step)), old.record), _first(old, identity, self.tasks.removed)
                )
            ],
            [
                new
                for new in entries.added
                if not self.cascades(
                    Added(path((*steps, new.step)), new.record), _first(new, identity, self.tasks.added)
                )
            ],
        )
        retargeted = [*self._retargeted_pairs(entries, identity)]
        changes = sorted(entry_changes(entries, retargeted, struct, steps), key=display_path)
        for old, new in cascaded:
            self.cascades(rekeyed_entry(old, new, identity, steps), _first(old, identity, self.tasks.renamed))
            changes += record_changes(old.record, new.record, struct, (*steps, new.step), but=identity)
        return changes

    def cascades(self, change: Added | Removed | Rekeyed, task: str | None) -> bool:
        """Return whether a change follows a task, None if it follows none, and collect it."""
        if task is not None:
            self.cascaded.setdefault((type(change), task), []).append(change)
        return task is not None

    def _cascaded_pairs(self, entries: Matching, identity: Sequence[str]) -> Iterator[Pair]:
        """Yield the entries that are the same when the renamed tasks have one name."""
        if not self.tasks.renamed:
            return
        yield from (pair for pair in entries.pairs if pair[0].step != pair[1].step)
        added = multimap((self._key_after(new, identity), new) for new in reversed(entries.added))
        for old in entries.removed:
            if _first(old, identity, self.tasks.renamed) and (
                same := added.get(self._key_before(old, identity))
            ):
                yield old, same.pop()

    def _retargeted_pairs(self, entries: Matching, identity: Sequence[str]) -> Iterator[Pair]:
        """Yield entries with one other name, where neither side leaves a choice."""
        old_forms = [_with_wildcard(self._key_before(old, identity)) for old in entries.removed]
        new_forms = [_with_wildcard(self._key_after(new, identity)) for new in entries.added]
        owners_before, owners_after = (
            multimap((form, index) for index, forms in enumerate(side) for form in forms)
            for side in (old_forms, new_forms)
        )
        for old, forms in zip(entries.removed, old_forms, strict=True):
            candidates = [new for form in forms for new in owners_after.get(form, ())[:2]]
            if len(candidates) == 1:
                (new,) = candidates
                if sum(len(owners_before.get(form, ())) for form in new_forms[new]) == 1:
                    yield old, entries.added[new]

    def _key_before(self, entry: Entry, identity: Sequence[str]) -> tuple[Hashable, ...]:
        return tuple(self.tasks.before(entry.record.get(key)) for key in identity)

    def _key_after(self, entry: Entry, identity: Sequence[str]) -> tuple[Hashable, ...]:
        return tuple(self.tasks.after(entry.record.get(key)) for key in identity)


def _first(entry: Entry, identity: Sequence[str], among: Container[str]) -> str | None:
    """Return the first name of the entry that is one of these."""
    names = (entry.record.get(key) for key in identity)
    return next((name for name in names if isinstance(name, str) and name in among), None)


def _with_wildcard(names: Sequence[Hashable]) -> list[Hashable]:
    """Return the names with each of them left open in turn."""
    return [(index, *names[:index], *names[index + 1 :]) for index in range(len(names))]
