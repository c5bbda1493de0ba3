"""Links: what tasks here wait for in other flows, compared as the edges they stand for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from flowsync.diff.list_matching import Entry, Matched, Pair, identical, matched, without
from flowsync.diff.model import Added, Change, Removed
from flowsync.diff.record_diff import Steps, moved_entry, place, record_changes
from flowsync.diff.relation_diff import Follows, Tasks, reference_changes
from flowsync.flow.field_types import Struct
from flowsync.flow.fields import LINK_RELATION
from flowsync.flow.links import TARGETS
from flowsync.flow.paths import key_step, path
from flowsync.flow.sorting import sorted_entries
from flowsync.flow.values import Record, Value, json_text

_TASK = LINK_RELATION.identity[0]


def link_changes(
    before: Iterable[Record],
    after: Iterable[Record],
    struct: Struct,
    steps: Steps,
    tasks: Tasks,
    follows: Follows,
) -> list[Change]:
    """What changed in a list of links, but for what only follows a task and goes to `follows`.

    Two links of one source are the same as one link with the targets of both.
    """
    before, after = [*before], [*after]
    if not before and not after:
        return []
    links = matched(_merged(before), _merged(after), struct.identity, same=partial(_is_same, tasks=tasks))
    moved = [*_moved(links, struct, tasks)]
    found: list[Change] = [moved_entry(old, new, struct.identity, steps) for old, new in moved]
    for old, new in [*links.pairs, *moved]:
        found += _inside(old, new, struct, (*steps, new.step), tasks, follows)
    alone = without(links, moved)
    found += _alone(Matched([], alone.gone, alone.come), steps, tasks, follows)
    return sorted(found, key=place)


def _is_same(old: Record, new: Record, *, tasks: Tasks) -> bool:
    """Whether two links are the same, and the names in them those of the same tasks."""
    names = (target.get(_TASK) for target in _targets(old))
    return identical(old, new) and not any(
        isinstance(name, str) and name in tasks.passed_on for name in names
    )


def _merged(links: Iterable[Record]) -> list[Record]:
    """Links that say the same but for their targets as one link with the targets of all."""
    merged: dict[str, tuple[Record, list[Record]]] = {}
    for link in links:
        own = {key: value for key, value in link.items() if key != TARGETS}
        merged.setdefault(json_text(own), (own, []))[1].extend(_targets(link))
    return [
        {**own, TARGETS: [*sorted_entries(targets, LINK_RELATION.identity)]}
        for own, targets in merged.values()
    ]


def _targets(link: Record) -> list[Record]:
    targets = link.get(TARGETS)
    return [one for one in targets if isinstance(one, dict)] if isinstance(targets, list) else []


def _inside(
    old: Entry, new: Entry, struct: Struct, steps: Steps, tasks: Tasks, follows: Follows
) -> Iterator[Change]:
    """What changed in a link but its source."""
    yield from record_changes(old.record, new.record, struct, steps, but=(*struct.identity, TARGETS))
    targets = (_targets(old.record), _targets(new.record), LINK_RELATION, (*steps, key_step(TARGETS)))
    yield from reference_changes(*targets, tasks, follows)


def _moved(links: Matched, struct: Struct, tasks: Tasks) -> Iterator[Pair]:
    """Links of the same targets that wait for another source, where nothing else could be meant."""
    if not links.gone or not links.come:
        return
    olds = [
        _form(link.record, struct, [tasks.before(one.get(_TASK)) for one in _targets(link.record)])
        for link in links.gone
    ]
    news = [
        _form(link.record, struct, [tasks.after(one.get(_TASK)) for one in _targets(link.record)])
        for link in links.come
    ]
    once = {form for form, count in Counter(olds).items() if count == 1} & {
        form for form, count in Counter(news).items() if count == 1
    }
    come = dict(zip(news, links.come, strict=True))
    for form, old in zip(olds, links.gone, strict=True):
        if form in once and _targets(old.record):
            yield old, come[form]


def _form(link: Record, struct: Struct, targets: Sequence[object]) -> str:
    """All of a link but its source, with its targets comparable between the sides."""
    own = {key: value for key, value in link.items() if key not in (*struct.identity, TARGETS)}
    rest = [{key: value for key, value in one.items() if key != _TASK} for one in _targets(link)]
    return json_text(own) + repr(sorted(zip(map(repr, targets), map(json_text, rest), strict=True)))


def _alone(links: Matched, steps: Steps, tasks: Tasks, follows: Follows) -> Iterator[Change]:
    """Links that came or went; those of tasks that came or went with them only follow."""
    for old in links.gone:
        task = _only_of(old.record, tasks.removed)
        removed = Removed(path((*steps, old.step)), old.record)
        if task is None:
            yield removed
        else:
            follows.of_old[task].append(removed)
    for new in links.come:
        task = _only_of(new.record, tasks.added)
        added = Added(path((*steps, new.step)), new.record)
        if task is None:
            yield added
        else:
            follows.of_added[task].append(added)


def _only_of(link: Record, names: frozenset[str]) -> str | None:
    """The first of the tasks that wait for the link, where all of them are among these names."""
    waiting: list[Value] = [target.get(_TASK) for target in _targets(link)]
    if waiting and all(isinstance(name, str) and name in names for name in waiting):
        return str(waiting[0])
    return None
