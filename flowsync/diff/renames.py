"""Tasks that go on under another name."""

import marshal
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.diff.entries import Entry, Matched, Pair
from flowsync.diff.similar import BODY, similar
from flowsync.flow.fields import RELATION, TASK
from flowsync.flow.paths import entry_step
from flowsync.flow.values import Record, Value

_NAME: Final = TASK.identity[0]

_Ends: TypeAlias = tuple[str, str]
_Chain: TypeAlias = list[Pair]


@dataclass(frozen=True)
class Side:
    """The tasks and relations of one side."""

    tasks: Sequence[Record]
    relations: Sequence[Record]

    @cached_property
    def ends_at(self) -> Mapping[str, list[_Ends]]:
        """Both ends of every relation, by the step of each task it touches."""
        found: dict[str, list[_Ends]] = defaultdict(list)
        for relation in self.relations:
            ends = (_step_of(relation, RELATION.identity[0]), _step_of(relation, RELATION.identity[1]))
            for step in {*ends}:
                found[step].append(ends)
        return found


def renames(tasks: Matched, before: Side, after: Side) -> list[Pair]:
    """The tasks that were renamed, each as it was and as it is.

    In this order, each linear in the size of the flow: tasks that are the same but for the name, also where
    names were exchanged; tasks of the same command; tasks of nearly the same command (see `similar`). Among
    equals the one with the same neighbours is preferred, then the first by name.
    """
    found: list[Pair] = []
    for step in (_exchanged, _of_equal(_content), _of_equal(_body), _similar):
        found += step(_without(tasks, found), found, before, after)
    return found


def without(tasks: Matched, renamed: Iterable[Pair]) -> Matched:
    """What is left of the tasks when those that were renamed are taken out."""
    return _without(tasks, [*renamed])


def _without(tasks: Matched, renamed: Sequence[Pair]) -> Matched:
    olds = {id(old.record) for old, _ in renamed}
    news = {id(new.record) for _, new in renamed}
    return Matched(
        [(old, new) for old, new in tasks.pairs if id(old.record) not in olds],
        [entry for entry in tasks.gone if id(entry.record) not in olds],
        [entry for entry in tasks.come if id(entry.record) not in news],
    )


def _similar(tasks: Matched, _known: Sequence[Pair], before: Side, after: Side) -> list[Pair]:
    if not tasks.gone or not tasks.come:
        return []
    return similar(tasks.gone, tasks.come, before.tasks, after.tasks)


_Step: TypeAlias = Callable[[Matched, Sequence[Pair], Side, Side], list[Pair]]


def _of_equal(key: Callable[[Entry], Hashable | None]) -> _Step:
    """A step that pairs tasks of one key."""

    def paired(tasks: Matched, known: Sequence[Pair], before: Side, after: Side) -> list[Pair]:
        names = {old.step: new.step for old, new in known}
        olds, news = _by(key, tasks.gone), _by(key, tasks.come)
        found: list[Pair] = []
        for same in olds.keys() & news.keys():
            found += _among_equals(olds[same], news[same], names, before, after)
        return sorted(found, key=lambda pair: pair[0].step)

    return paired


def _by(key: Callable[[Entry], Hashable | None], entries: Iterable[Entry]) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        found = key(entry)
        if found is not None:
            groups[found].append(entry)
    return groups


def _among_equals(
    olds: list[Entry], news: list[Entry], names: Mapping[str, str], before: Side, after: Side
) -> list[Pair]:
    """Pairs of tasks that nothing but their neighbours and their names tell apart."""
    if len(olds) == len(news) == 1:
        return [(olds[0], news[0])]
    place: dict[Hashable, list[Entry]] = defaultdict(list)
    for new in sorted(news, key=lambda entry: entry.step, reverse=True):
        place[_neighbours(new.step, after, {})].append(new)
    found: list[Pair] = []
    left: list[Entry] = []
    for old in sorted(olds, key=lambda entry: entry.step):
        same = place.get(_neighbours(old.step, before, names))
        if same:
            found.append((old, same.pop()))
        else:
            left.append(old)
    rest = sorted((new for some in place.values() for new in some), key=lambda entry: entry.step)
    return [*found, *zip(left, rest, strict=False)]


def _neighbours(step: str, side: Side, names: Mapping[str, str]) -> Hashable:
    """The relations of a task, with its own name left open and the renamed others under their new names."""
    shown = {**names, step: ""}
    return frozenset(
        Counter(
            (shown.get(one, one), shown.get(other, other)) for one, other in side.ends_at.get(step, ())
        ).items()
    )


def _content(entry: Entry) -> Hashable:
    return marshal.dumps({key: value for key, value in entry.record.items() if key != _NAME}, 2)


def _body(entry: Entry) -> Hashable | None:
    body = entry.record.get(BODY)
    return body if isinstance(body, str) and body.strip() else None


def _exchanged(tasks: Matched, _known: Sequence[Pair], before: Side, after: Side) -> list[Pair]:
    """Renames in which a name is taken over: a to b and b to a, or b to c and a to b.

    A task that has its name on both sides counts as renamed only where that explains more with less.
    """
    if not tasks.pairs:
        return []
    chains = _chains(tasks)
    return [pair for chain in chains if _explains_more(chain, tasks, before, after) for pair in chain]


def _chains(tasks: Matched) -> Iterator[_Chain]:
    """Chains of tasks of equal content that use up all names they touch."""
    olds = {old.step: old for old in [*(old for old, _ in tasks.pairs), *tasks.gone]}
    news = {new.step: new for new in [*(new for _, new in tasks.pairs), *tasks.come]}
    follower = _unique_followers(olds.values(), news.values())
    seen: set[str] = set()
    starts = [*(entry.step for entry in tasks.gone), *(old.step for old, _ in tasks.pairs)]
    for start in starts:
        steps = _walk(start, follower, olds, seen)
        closed = bool(steps) and (steps[-1] == start or (start not in news and steps[-1] not in olds))
        if closed and len(steps) > 1:
            yield [(olds[old], news[new]) for old, new in zip([start, *steps], steps, strict=False)]


def _walk(start: str, follower: Mapping[str, str], olds: Mapping[str, Entry], seen: set[str]) -> list[str]:
    """The names that one name after the other went to, up to one that is new or was seen."""
    steps: list[str] = []
    step = start
    while step in follower and step not in seen:
        seen.add(step)
        step = follower[step]
        steps.append(step)
        if step not in olds:
            break
    return steps


def _unique_followers(olds: Iterable[Entry], news: Iterable[Entry]) -> dict[str, str]:
    was, becomes = _by(_content, olds), _by(_content, news)
    return {
        was[content][0].step: becomes[content][0].step
        for content in was.keys() & becomes.keys()
        if len(was[content]) == len(becomes[content]) == 1
    }


def _explains_more(chain: _Chain, tasks: Matched, before: Side, after: Side) -> bool:
    """Whether the renames leave fewer changes than comparing tasks of one name, relations included."""
    names = {old.step: new.step for old, new in chain}
    namesakes = {old.step: (old.record, new.record) for old, new in tasks.pairs}
    by_name = sum(_differing(*namesakes[step]) if step in namesakes else 2 for step in names)
    relations = [*{*names, *names.values()}]
    return len(chain) + _unlike(relations, names, before, after) < by_name + _unlike(
        relations, {}, before, after
    )


def _differing(before: Record, after: Record) -> int:
    return sum(before.get(key, _Absent) != after.get(key, _Absent) for key in before.keys() | after.keys())


class _Absent:
    """Stands for a key that is not there."""


def _unlike(steps: Sequence[str], names: Mapping[str, str], before: Side, after: Side) -> int:
    """How many relations of these tasks are on one side only, with the tasks renamed."""
    was = {
        (names.get(one, one), names.get(other, other))
        for step in steps
        for one, other in before.ends_at.get(step, ())
    }
    becomes = {ends for step in steps for ends in after.ends_at.get(step, ())}
    return len(was ^ becomes)


def _step_of(relation: Mapping[str, Value], end: str) -> str:
    """The step of the task at one end of a relation, as the task itself has it."""
    named = {_NAME: relation[end]} if end in relation else {}
    return entry_step(named, TASK.identity)
