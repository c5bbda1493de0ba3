"""The tasks of a flow as a picture: nodes and edges, each with what became of it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What became of a node or an edge of the picture."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or (`linked`) a flow or task of another flow that tasks here wait for.

    `name` is that of the after side where there is one; `was` is the earlier name of a renamed task.
    """

    name: str
    state: State
    was: str = ""
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` waits for `source`; both are places in the list of nodes."""

    source: int
    target: int
    state: State


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """Both sides of a flow in one graph."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
