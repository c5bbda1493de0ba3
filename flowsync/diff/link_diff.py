"""Compare links to other flows as the edges they stand for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from flowsync.diff.list_matching import Entry, Matching, Pair, are_identical, exclude_pairs, match_entries
from flowsync.diff.model import Added, Change, Removed
from flowsync.diff.record_diff import Steps, display_path, record_changes, rekeyed_entry
from flowsync.diff.relation_diff import CascadedChanges, TaskChanges, reference_changes
from flowsync.flow.field_types import Struct
from flowsync.flow.fields import LINK_RELATION
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import key_step, path
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import Record, Value, json_text

_TASK = LINK_RELATION.identity[0]


def link_changes(
    before: Iterable[Record],
    after: Iterable[Record],
    struct: Struct,
    steps: Steps,
    tasks: TaskChanges,
    cascaded_changes: CascadedChanges,
) -> list[Change]:
    """Compare a list of links; changes that only follow a task go to `cascades`.

    Two links of one source equal one link with the targets of both.
    """
    before, after = [*before], [*after]
    if not before and not after:
        return []
    links = match_entries(
        _merge_links(before), _merge_links(after), struct.identity, same=partial(_is_same, tasks=tasks)
    )
    moved = [*_retargeted_links(links, struct, tasks)]
    found: list[Change] = [rekeyed_entry(old, new, struct.identity, steps) for old, new in moved]
    for old, new in [*links.pairs, *moved]:
        found += _inside(old, new, struct, (*steps, new.step), tasks, cascaded_changes)
    alone = exclude_pairs(links, moved)
    found += _alone(Matching([], alone.removed, alone.added), steps, tasks, cascaded_changes)
    return sorted(found, key=display_path)


def _is_same(old: Record, new: Record, *, tasks: TaskChanges) -> bool:
    """Return whether two links are equal and the names in them mean the same tasks."""
    names = (target.get(_TASK) for target in _targets(old))
    return are_identical(old, new) and not any(
        isinstance(name, str) and name in tasks.reassigned for name in names
    )


def _merge_links(links: Iterable[Record]) -> list[Record]:
    """Merge links that differ only in their targets."""
    merged: dict[str, tuple[Record, list[Record]]] = {}
    for link in links:
        own = {key: value for key, value in link.items() if key != TARGETS}
        merged.setdefault(json_text(own), (own, []))[1].extend(_targets(link))
    return [
        {**own, TARGETS: [*sort_entries(targets, LINK_RELATION.identity)]} for own, targets in merged.values()
    ]


def _targets(link: Record) -> list[Record]:
    targets = link.get(TARGETS)
    return [one for one in targets if isinstance(one, dict)] if isinstance(targets, list) else []


def _inside(
    old: Entry,
    new: Entry,
    struct: Struct,
    steps: Steps,
    tasks: TaskChanges,
    cascaded_changes: CascadedChanges,
) -> Iterator[Change]:
    """Yield the changes of a link except its source."""
    yield from record_changes(old.record, new.record, struct, steps, but=(*struct.identity, TARGETS))
    targets = (_targets(old.record), _targets(new.record), LINK_RELATION, (*steps, key_step(TARGETS)))
    yield from reference_changes(*targets, tasks, cascaded_changes)


def _retargeted_links(links: Matching, struct: Struct, tasks: TaskChanges) -> Iterator[Pair]:
    """Pair links with the same targets and another source, if the pair is unambiguous."""
    if not links.removed or not links.added:
        return
    old_entries = [
        _form(link.record, struct, [tasks.before(one.get(_TASK)) for one in _targets(link.record)])
        for link in links.removed
    ]
    new_entries = [
        _form(link.record, struct, [tasks.after(one.get(_TASK)) for one in _targets(link.record)])
        for link in links.added
    ]
    once = {form for form, count in Counter(old_entries).items() if count == 1} & {
        form for form, count in Counter(new_entries).items() if count == 1
    }
    added = dict(zip(new_entries, links.added, strict=True))
    for form, old in zip(old_entries, links.removed, strict=True):
        if form in once and _targets(old.record):
            yield old, added[form]


def _form(link: Record, struct: Struct, targets: Sequence[object]) -> str:
    """Return a link without its source, with its targets comparable between the sides."""
    own = {key: value for key, value in link.items() if key not in (*struct.identity, TARGETS)}
    rest = [{key: value for key, value in one.items() if key != _TASK} for one in _targets(link)]
    return json_text(own) + repr(sorted(zip(map(repr, targets), map(json_text, rest), strict=True)))


def _alone(
    links: Matching, steps: Steps, tasks: TaskChanges, cascaded_changes: CascadedChanges
) -> Iterator[Change]:
    """Yield added and removed links; those of added and removed tasks only cascade."""
    for old in links.removed:
        task = _only_of(old.record, tasks.removed)
        removed = Removed(path((*steps, old.step)), old.record)
        if task is None:
            yield removed
        else:
            cascaded_changes.of_old[task].append(removed)
    for new in links.added:
        task = _only_of(new.record, tasks.added)
        added = Added(path((*steps, new.step)), new.record)
        if task is None:
            yield added
        else:
            cascaded_changes.of_added[task].append(added)


def _only_of(link: Record, names: frozenset[str]) -> str | None:
    """Return the first task that depends on the link, if all of them are among these names."""
    targets_by_source: list[Value] = [target.get(_TASK) for target in _targets(link)]
    if targets_by_source and all(isinstance(name, str) and name in names for name in targets_by_source):
        return str(targets_by_source[0])
    return None
