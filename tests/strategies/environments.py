"""Environments as the platform stores them: links by id; names appear in exports only."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeAlias

from hypothesis import strategies as st

from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record

TaskKey: TypeAlias = tuple[int, int]
"""A task by the id of its flow and its number there; number 0 is the flow itself."""

TASKS = 3


@dataclass(frozen=True)
class Edge:
    """A task (`target`) that waits for a flow or task (`source`)."""

    source: TaskKey
    target: TaskKey


@dataclass(frozen=True)
class World:
    """The names of flows and tasks, and the edges between them."""

    names: Mapping[TaskKey, str]
    edges: tuple[Edge, ...]

    @property
    def flow_ids(self) -> list[int]:
        return [flow_id for flow_id, number in self.names if number == 0]

    def rename(self, names: Mapping[TaskKey, str]) -> "World":
        return replace(self, names={**self.names, **names})

    def documents(self, *, old: "World | None" = None, staying: Collection[Edge] = ()) -> dict[int, Record]:
        """Export all flows; the edges `staying` name their sources as the `old` world does."""
        return {
            flow_id: canonicalize(self.export(flow_id, old or self, staying), flow_id)
            for flow_id in self.flow_ids
        }

    def export(self, flow_id: int, old: "World", staying: Collection[Edge] = ()) -> dict[str, Any]:
        links: dict[tuple[str, ...], list[str]] = {}
        for edge in self.edges:
            if edge.target[0] == flow_id:
                source = (old if edge in staying else self).source(edge)
                links.setdefault(source, []).append(self.names[edge.target])
        numbered = [(str(number), *link) for number, link in zip(count(), links.items(), strict=False)]
        return {
            "name": self.names[flow_id, 0],
            "cron": "0 0 0 * * ? *",
            "tasks": [
                {
                    "name": self.names[flow_id, number],
                    "cmd": _command(flow_id, number),
                }
                for number in range(1, TASKS + 1)
            ],
            "flowLinks": [
                {"linkId": link, "sourceFlowName": source[0]}
                for link, source, _ in numbered
                if len(source) == 1
            ],
            "taskLinks": [
                {"linkId": link, "sourceFlowName": source[0], "sourceTaskName": source[1]}
                for link, source, _ in numbered
                if len(source) > 1
            ],
            "linkRelations": [
                {"linkId": link, "targetTaskName": name, "rerun": False}
                for link, _, targets in numbered
                for name in targets
            ],
        }

    def source(self, edge: Edge) -> tuple[str, ...]:
        flow_id, number = edge.source
        flow = self.names[flow_id, 0]
        return (flow, self.names[flow_id, number]) if number else (flow,)


def _command(flow_id: int, number: int) -> str:
    """Make lines that no other task has."""
    words = (hashlib.sha256(f"{flow_id} {number} {line}".encode()).hexdigest() for line in range(5))
    return "\n".join(words)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two to five flows of three tasks each; later flows wait for earlier ones."""
    flow_ids = range(1, draw(st.integers(2, 5)) + 1)
    names = {
        (one, number): f"flow{one}" if number == 0 else f"task{one}_{number}"
        for one in flow_ids
        for number in range(TASKS + 1)
    }
    edges = [
        Edge((source, number), (target, task))
        for target in flow_ids
        for source in range(1, target)
        for number in range(TASKS + 1)
        for task in range(1, TASKS + 1)
        if draw(st.integers(0, 3)) == 0
    ]
    return World(names, tuple(edges))


@st.composite
def fresh_names(draw: st.DrawFn, world: World) -> dict[TaskKey, str]:
    """New names for some flows and tasks, none of them used before."""
    return {key: f"{name}_renamed" for key, name in world.names.items() if draw(st.integers(0, 2)) == 0}


@st.composite
def exchanged_names(draw: st.DrawFn, world: World) -> dict[TaskKey, str]:
    """The names of some flows among themselves, and new names for some tasks."""
    flows = [key for key in world.names if key[1] == 0 and draw(st.booleans())]
    exchanged = dict(zip(flows, draw(st.permutations([world.names[key] for key in flows])), strict=True))
    tasks = {key: name for key, name in draw(fresh_names(world)).items() if key[1]}
    return {**exchanged, **tasks}
