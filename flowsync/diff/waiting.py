"""Flows that wait for another flow or for one of its tasks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowsync.diff.finding import Consequence, Effect
from flowsync.diff.naming import listed, shown


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flow whose `targets` wait for a flow, or for its task `source_task` where that is not empty."""

    environment: str
    flow_id: int
    name: str
    source_flow: str
    source_task: str
    targets: tuple[str, ...]


def waited_for(
    what: str, waiting: Iterable[Waiting], consequence: Consequence = Consequence.WAITED_FOR
) -> Iterator[Effect]:
    """The effect that these flows wait for `what` ("this task"); none where there are no such flows."""
    flows = _by_flow(waiting)
    if not flows:
        return
    told = [f"{shown(name)}{_targets(targets)}" for (name, *_), targets in sorted(flows.items())]
    count = "1 flow waits" if len(told) == 1 else f"{len(told)} flows wait"
    names = tuple(name for name, *_ in sorted(flows))
    yield Effect(consequence, names, f"{count} for {what}: {listed(told)}")


def _by_flow(waiting: Iterable[Waiting]) -> Mapping[tuple[str, str, int], list[str]]:
    """The tasks that wait, of each flow; one flow may wait for the flow and for several of its tasks."""
    flows: dict[tuple[str, str, int], list[str]] = {}
    for one in waiting:
        flows.setdefault((one.name, one.environment, one.flow_id), []).extend(one.targets)
    return flows


def _targets(targets: Sequence[str]) -> str:
    names = [*dict.fromkeys(targets)]
    if not names:
        return ""
    return f" ({shown(names[0])})" if len(names) == 1 else f" ({len(names)} tasks)"
