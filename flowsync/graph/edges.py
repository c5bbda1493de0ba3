"""Read the edges of the task graph from a document: relations and links."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.flow.field_types import Struct
from flowsync.flow.fields import FLOW, FLOW_LINK, LINK_RELATION, RELATION, TASK, TASK_LINK
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.values import Record, Value

TASKS: Final = next(row.name for row in FLOW.fields if row.entries is TASK)
RELATIONS: Final = next(row.name for row in FLOW.fields if row.entries is RELATION)
LINKS: Final = {
    row.name: struct for struct in (FLOW_LINK, TASK_LINK) for row in FLOW.fields if row.entries is struct
}
SOURCE, TARGET, *_ = RELATION.identity

Edge: TypeAlias = tuple[str, str]
"""An upstream and a downstream task, by name."""


@dataclass(frozen=True, slots=True)
class Link:
    """A dependency of tasks here on another flow; `task` is None if they depend on the whole flow.

    `key` is the document's list that contains the link.
    """

    key: str
    flow: str
    task: str | None
    targets: tuple[Record, ...]
    record: Record

    @property
    def source(self) -> str:
        """The flow, and the task if any, for readers."""
        return self.flow if self.task is None else f"{self.flow} / {self.task}"

    @property
    def waiting_tasks(self) -> tuple[str, ...]:
        """The names of the tasks that depend on the link."""
        return target_names(self.targets)


def entries(document: Mapping[str, Value], key: str) -> list[Record]:
    """Return the records of a list of a document; anything else is left out."""
    value = document.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def target_names(targets: Iterable[Record]) -> tuple[str, ...]:
    """Return the names of the tasks that these targets of a link name."""
    names = (target.get(LINK_RELATION.identity[0]) for target in targets)
    return tuple(name for name in names if isinstance(name, str))


def task_names(document: Mapping[str, Value]) -> list[str]:
    """Return the names of the tasks that have one, in order and with repetitions."""
    names = (task.get(TASK.identity[0]) for task in entries(document, TASKS))
    return [name for name in names if isinstance(name, str)]


def relation_edges(document: Mapping[str, Value]) -> list[Edge]:
    """Return the relations whose ends both have a name, in order and with repetitions."""
    found = []
    for relation in entries(document, RELATIONS):
        source, target = relation.get(SOURCE), relation.get(TARGET)
        if isinstance(source, str) and isinstance(target, str):
            found.append((source, target))
    return found


def links(document: Mapping[str, Value]) -> Iterator[Link]:
    """Yield the links whose source has its names, in order; ambiguous ones are left out."""
    for key, struct in LINKS.items():
        for record in entries(document, key):
            yield from _link(key, struct, record, entries(record, TARGETS))


def all_links(document: Mapping[str, Value]) -> Iterator[Link]:
    """Yield the same as `links`, then the ambiguous ones, each with all targets that it may have."""
    yield from links(document)
    for entry in entries(document, AMBIGUOUS):
        for key, struct in LINKS.items():
            for record in entries(entry, key):
                yield from _link(key, struct, record, entries(entry, TARGETS))


def _link(key: str, struct: Struct, record: Record, targets: Iterable[Record]) -> Iterator[Link]:
    names = [record.get(part) for part in struct.identity]
    match [name for name in names if isinstance(name, str)]:
        case [flow] if len(names) == 1:
            yield Link(key, flow, None, tuple(targets), record)
        case [flow, task]:
            yield Link(key, flow, task, tuple(targets), record)
