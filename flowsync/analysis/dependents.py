"""Describe the flows that depend on another flow or on one of its tasks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Final

from flowsync.analysis.model import Consequence, Effect
from flowsync.analysis.wording.names import format_name, join_names
from flowsync.flow.multimap import multimap
from flowsync.flow.printable import plural

_TAKEN_BY_FLOW: Final = ", now that of another flow"
_TAKEN_BY_TASK: Final = ", now that of another task"
_NOT_EXPORTED: Final = " in the repository (not exported in this run)"


class LinkState(Enum):
    """How a link of the after side relates to the links of the before side."""

    KEPT = "kept"  # it has the same source name on both sides
    TAKEN = "taken"  # it has the same source name, which is now the name of another flow
    FOLLOWED = "followed"  # its source was renamed, and it has the new name
    ADDED = "added"  # only the after side has it
    UNKNOWN = "unknown"  # the after side of its flow is not known


@dataclass(frozen=True, slots=True)
class Dependent:
    """A flow suffix `targets` depend on a flow, or on its task `source_task` if that is not empty."""

    environment: str
    flow_id: int
    name: str
    source_flow: str
    source_task: str
    targets: tuple[str, ...]
    state: LinkState = LinkState.KEPT


def waited_for_flow(dependents: Sequence[Dependent], old_name: str | None) -> Iterator[Effect]:
    """Yield what depends on a flow; `old_name` is its former name, None if it still has it."""
    by_name = multimap((one.source_flow == old_name, one) for one in dependents)
    taken, stale = _split(by_name.get(True, ()), LinkState.TAKEN)
    yield from _waited_for(f"this flow by its old name{_TAKEN_BY_FLOW}", taken, Consequence.LEFT_WAITING)
    yield from _waited_for_either("this flow", stale, by_name.get(False, ()), is_renamed=old_name is not None)


def waited_for_task(
    stale: Sequence[Dependent], others: Sequence[Dependent], *, is_renamed: bool, is_taken: bool
) -> Iterator[Effect]:
    """Yield what depends on a task; its old name `is_taken` if another task has it now."""
    if is_taken:
        _, stale = _split(stale, LinkState.FOLLOWED, LinkState.ADDED)
    suffix = _TAKEN_BY_TASK if is_taken else ""
    yield from _waited_for_either("this task", stale, others, is_renamed=is_renamed, suffix=suffix)


def _waited_for_either(
    what: str, stale: Sequence[Dependent], others: Sequence[Dependent], *, is_renamed: bool, suffix: str = ""
) -> Iterator[Effect]:
    """Yield what depends on `what` by its old name (`stale`), and by its current name (`others`)."""
    unknown, known = _split(stale, LinkState.UNKNOWN)
    yield from _waited_for(f"{what} by its old name{suffix}", known, Consequence.LEFT_WAITING)
    yield from _waited_for(f"{what} by its old name{_NOT_EXPORTED}", unknown)
    if is_renamed:
        followed, others = _split(others, LinkState.FOLLOWED)
        yield from _followed(followed)
    yield from _waited_for(what, others)


def _split(
    dependents: Iterable[Dependent], *states: LinkState
) -> tuple[Sequence[Dependent], Sequence[Dependent]]:
    """Return the dependents in one of these states, and the others."""
    parts = multimap((one.state in states, one) for one in dependents)
    return parts.get(True, ()), parts.get(False, ())


def _waited_for(
    what: str, dependents: Iterable[Dependent], consequence: Consequence = Consequence.WAITED_FOR
) -> Iterator[Effect]:
    """Yield the effect that these flows depend on `what` ("this task"), if there are any."""
    flows = sorted(_by_flow(dependents).items())
    if flows:
        described = [f"{format_name(name)}{_targets(targets)}" for (name, *_), targets in flows]
        count = "1 flow waits" if len(flows) == 1 else f"{len(flows)} flows wait"
        names = tuple(name for (name, *_), _ in flows)
        yield Effect(consequence, names, f"{count} for {what}: {join_names(described)}")


def _followed(dependents: Sequence[Dependent]) -> Iterator[Effect]:
    """Yield the effect that the links of these flows follow the new name, if there are any."""
    names = tuple(name for name, *_ in sorted(_by_flow(dependents)))
    if names:
        links = "a link" if len(dependents) == 1 else "the links"
        flows = f"{len(names)} flows: " if len(names) > 1 else ""
        sentence = f"also in {links} of {flows}{join_names([format_name(name) for name in names])}"
        yield Effect(Consequence.FOLLOWED, names, sentence)


def _by_flow(dependents: Iterable[Dependent]) -> Mapping[tuple[str, str, int], list[tuple[str, ...]]]:
    """Return the targets in each flow, which may depend on the flow and on several of its tasks."""
    return multimap(((one.name, one.environment, one.flow_id), one.targets) for one in dependents)


def _targets(targets: Iterable[Sequence[str]]) -> str:
    names = [*dict.fromkeys(chain.from_iterable(targets))]
    if len(names) > 1:
        return f" ({plural(len(names), 'task')})"
    return f" ({format_name(names[0])})" if names else ""
