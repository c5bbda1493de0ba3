"""Flows that wait for another flow or for one of its tasks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from flowsync.analysis.model import Consequence, Effect
from flowsync.analysis.wording.names import format_name, join_names
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
    """A flow whose `targets` depend on a flow, or on its task `source_task` if that is not empty."""

    environment: str
    flow_id: int
    name: str
    source_flow: str
    source_task: str
    targets: tuple[str, ...]
    state: LinkState = LinkState.KEPT


def waited_for_flow(dependents: Sequence[Dependent], lost: str | None) -> Iterator[Effect]:
    """Return what waits for a flow; `lost` is the name it had, None if it still has it."""
    left = [one for one in dependents if one.source_flow == lost]
    others = [one for one in dependents if one.source_flow != lost]
    taken = [one for one in left if one.state is LinkState.TAKEN]
    left = [one for one in left if one.state is not LinkState.TAKEN]
    yield from _waited_for(f"this flow by its old name{_TAKEN_BY_FLOW}", taken, Consequence.LEFT_WAITING)
    yield from _waited_for_either("this flow", left, others, is_renamed=lost is not None)


def waited_for_task(
    left: Sequence[Dependent], others: Sequence[Dependent], *, is_renamed: bool, is_taken: bool
) -> Iterator[Effect]:
    """Return what waits for a task; the name it had `is_taken` if another task has it now."""
    if is_taken:
        not_its_own = (LinkState.FOLLOWED, LinkState.ADDED)
        left = [one for one in left if one.state not in not_its_own]
    whose = _TAKEN_BY_TASK if is_taken else ""
    yield from _waited_for_either("this task", left, others, is_renamed=is_renamed, whose=whose)


def _waited_for_either(
    what: str, left: Sequence[Dependent], others: Sequence[Dependent], *, is_renamed: bool, whose: str = ""
) -> Iterator[Effect]:
    """Return what waits for `what` by the name it had (`left`), and by the name it has (`others`)."""
    known = [one for one in left if one.state is not LinkState.UNKNOWN]
    unknown = [one for one in left if one.state is LinkState.UNKNOWN]
    yield from _waited_for(f"{what} by its old name{whose}", known, Consequence.LEFT_WAITING)
    yield from _waited_for(f"{what} by its old name{_NOT_EXPORTED}", unknown)
    if is_renamed:
        yield from _followed([one for one in others if one.state is LinkState.FOLLOWED])
        others = [one for one in others if one.state is not LinkState.FOLLOWED]
    yield from _waited_for(what, others)


def _waited_for(
    what: str, dependents: Iterable[Dependent], consequence: Consequence = Consequence.WAITED_FOR
) -> Iterator[Effect]:
    """Yield the effect that these flows depend on `what` ("this task"), if there are any."""
    flows = _by_flow(dependents)
    if not flows:
        return
    described = [f"{format_name(name)}{_targets(targets)}" for (name, *_), targets in sorted(flows.items())]
    count = "1 flow waits" if len(described) == 1 else f"{len(described)} flows wait"
    names = tuple(name for name, *_ in sorted(flows))
    yield Effect(consequence, names, f"{count} for {what}: {join_names(described)}")


def _followed(dependents: Sequence[Dependent]) -> Iterator[Effect]:
    """Return the effect that the links of these flows follow the new name; none without flows."""
    names = tuple(name for name, *_ in sorted(_by_flow(dependents)))
    if names:
        links = "a link" if len(dependents) == 1 else "the links"
        flows = f"{len(names)} flows: " if len(names) > 1 else ""
        sentence = f"also in {links} of {flows}{join_names([format_name(name) for name in names])}"
        yield Effect(Consequence.FOLLOWED, names, sentence)


def _by_flow(dependents: Iterable[Dependent]) -> Mapping[tuple[str, str, int], list[str]]:
    """Return the dependent tasks of each flow, which may depend on the flow and on several of its tasks."""
    flows: dict[tuple[str, str, int], list[str]] = {}
    for one in dependents:
        flows.setdefault((one.name, one.environment, one.flow_id), []).extend(one.targets)
    return flows


def _targets(targets: Sequence[str]) -> str:
    names = [*dict.fromkeys(targets)]
    if not names:
        return ""
    return f" ({format_name(names[0])})" if len(names) == 1 else f" ({plural(len(names), 'task')})"
