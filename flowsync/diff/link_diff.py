"""Compare links to other flows as the edges they stand for."""

from collections.abc import Callable, Container, Hashable, Iterator
from functools import partial

from flowsync.diff.list_matching import (
    Entry,
    Matching,
    Pair,
    are_identical,
    exclude_pairs,
    match_entries,
    pair_unique,
)
from flowsync.diff.model import Added, Change, Removed
from flowsync.diff.record_diff import Steps, display_path, record_changes, rekeyed_entry
from flowsync.diff.relation_diff import EdgeComparison, TaskChanges
from flowsync.flow.field_types import Struct
from flowsync.flow.fields import LINK_RELATION
from flowsync.flow.links import TARGETS
from flowsync.flow.multimap import multimap
from flowsync.flow.paths import key_step, path
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import Record, Value, json_text
from flowsync.graph.edges import entries

_TASK = LINK_RELATION.identity[0]


def link_changes(
    before: list[Record], after: list[Record], struct: Struct, steps: Steps, edges: EdgeComparison
) -> list[Change]:
    """Compare a list of links; `edges` collects the changes that only follow a task.

    Two links of one source equal one link with the targets of both.
    """
    if not before and not after:
        return []
    same = partial(_is_same, tasks=edges.tasks)
    links = match_entries(_merge_links(before), _merge_links(after), struct.identity, same=same)
    retargeted = _retargeted_links(links, struct, edges.tasks)
    found: list[Change] = [rekeyed_entry(old, new, struct.identity, steps) for old, new in retargeted]
    for old, new in [*links.pairs, *retargeted]:
        found += _inner_changes(old, new, struct, (*steps, new.step), edges)
    found += _unpaired_changes(exclude_pairs(links, retargeted), steps, edges)
    return sorted(found, key=display_path)


def _is_same(old: Record, new: Record, *, tasks: TaskChanges) -> bool:
    """Return whether two links are equal and the names in them mean the same tasks."""
    names = (target.get(_TASK) for target in entries(old, TARGETS))
    return are_identical(old, new) and not any(
        isinstance(name, str) and name in tasks.reassigned for name in names
    )


def _merge_links(links: list[Record]) -> list[Record]:
    """Merge links that differ only in their targets."""
    without_targets = ({key: value for key, value in link.items() if key != TARGETS} for link in links)
    merged = multimap((json_text(own), (own, link)) for own, link in zip(without_targets, links, strict=True))
    return [
        {
            **same[0][0],
            TARGETS: [
                *sort_entries(
                    [target for _, link in same for target in entries(link, TARGETS)], LINK_RELATION.identity
                )
            ],
        }
        for same in merged.values()
    ]


def _inner_changes(
    old: Entry, new: Entry, struct: Struct, steps: Steps, edges: EdgeComparison
) -> Iterator[Change]:
    """Yield the changes of a link except its source."""
    yield from record_changes(old.record, new.record, struct, steps, but=(*struct.identity, TARGETS))
    targets = (entries(old.record, TARGETS), entries(new.record, TARGETS))
    yield from edges.compare(*targets, LINK_RELATION, (*steps, key_step(TARGETS)))


def _retargeted_links(links: Matching, struct: Struct, tasks: TaskChanges) -> list[Pair]:
    """Pair links with the same targets and another source, if the pair is unambiguous."""
    with_targets = (link for link in links.removed if entries(link.record, TARGETS))
    return pair_unique(
        ((_form(link.record, struct, tasks.before), link) for link in with_targets),
        ((_form(link.record, struct, tasks.after), link) for link in links.added),
    )


def _form(link: Record, struct: Struct, key_of: Callable[[Value], Hashable]) -> str:
    """Return a link without its source, with its targets comparable between the sides."""
    own = {key: value for key, value in link.items() if key not in (*struct.identity, TARGETS)}
    targets = (
        (repr(key_of(one.get(_TASK))), json_text({key: value for key, value in one.items() if key != _TASK}))
        for one in entries(link, TARGETS)
    )
    return json_text(own) + repr(sorted(targets))


def _unpaired_changes(links: Matching, steps: Steps, edges: EdgeComparison) -> Iterator[Change]:
    """Yield added and removed links; those of added and removed tasks only cascade."""
    for old in links.removed:
        removed = Removed(path((*steps, old.step)), old.record)
        if not edges.cascades(removed, _only_of(old.record, edges.tasks.removed)):
            yield removed
    for new in links.added:
        added = Added(path((*steps, new.step)), new.record)
        if not edges.cascades(added, _only_of(new.record, edges.tasks.added)):
            yield added


def _only_of(link: Record, names: Container[str]) -> str | None:
    """Return the first task that depends on the link, if all of them are among these names."""
    waiting = [target.get(_TASK) for target in entries(link, TARGETS)]
    if waiting and all(isinstance(name, str) and name in names for name in waiting):
        return str(waiting[0])
    return None
