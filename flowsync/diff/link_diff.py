"""Links: what tasks here wait for in other flows, compared as the edges they stand for."""

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
    """What changed in a list of links, but for what only follows a task and goes to `follows`.

    Two links of one source are the same as one link with the targets of both.
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
    """Whether two links are the same, and the names in them those of the same tasks."""
    names = (target.get(_TASK) for target in _targets(old))
    return are_identical(old, new) and not any(
        isinstance(name, str) and name in tasks.reassigned for name in names
    )


def _merge_links(links: Iterable[Record]) -> list[Record]:
    """Links that say the same but for their targets as one link with the targets of all."""
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
    """What changed in a link but its source."""
    yield from record_changes(old.record, new.record, struct, steps, but=(*struct.identity, TARGETS))
    targets = (_targets(old.record), _targets(new.record), LINK_RELATION, (*steps, key_step(TARGETS)))
    yield from reference_changes(*targets, tasks, cascaded_changes)


def _retargeted_links(links: Matching, struct: Struct, tasks: TaskChanges) -> Iterator[Pair]:
    """Links of the same targets that wait for another source, where nothing else could be meant."""
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
    """All of a link but its source, with its targets comparable between the sides."""
    own = {key: value for key, value in link.items() if key not in (*struct.identity, TARGETS)}
    rest = [{key: value for key, value in one.items() if key != _TASK} for one in _targets(link)]
    return json_text(own) + repr(sorted(zip(map(repr, targets), map(json_text, rest), strict=True)))


def _alone(
    links: Matching, steps: Steps, tasks: TaskChanges, cascaded_changes: CascadedChanges
) -> Iterator[Change]:
    """Links that came or went; those of tasks that came or went with them only follow."""
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
    """The first of the tasks that wait for the link, where all of them are among these names."""
    targets_by_source: list[Value] = [target.get(_TASK) for target in _targets(link)]
    if targets_by_source and all(isinstance(name, str) and name in names for name in targets_by_source):
        return str(targets_by_source[0])
    return None
