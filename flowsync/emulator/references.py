"""References between flows and tasks as the platform stores them: by id, exported as the current name."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import uuid4

from flowsync.emulator.organisation import Export, Organisation

T = TypeVar("T")
_TaskId = tuple[int, str]  # the id of its flow, and an id that only the emulator uses
_Target = int | _TaskId  # a flow or a task

_TASKS: Final = "tasks"
_FLOW_NAME: Final = "sourceFlowName"
_ANY_FLOW: Final = object()
_REFERENCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "relations": ("sourceTaskName", "targetTaskName"),
        "linkRelations": ("targetTaskName",),
        "flowLinks": (_FLOW_NAME,),
        "taskLinks": (_FLOW_NAME, "sourceTaskName"),
    }
)


class Task(dict[str, Any]):
    """A task with the id that an export does not contain. A copy keeps the id, a deep copy does not."""

    task_id: _TaskId

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return copy.deepcopy(dict(self), memo)


class Reference(str):
    """The name of a flow or task, with the id of what it refers to. A deep copy is a plain name."""

    __slots__ = ("target",)
    target: _Target

    def __deepcopy__(self, _memo: dict[int, Any]) -> str:
        return str(self)


def change_with_references(
    organisation: Organisation, change: Callable[[Organisation], tuple[Organisation, T]]
) -> tuple[Organisation, T]:
    """Apply `change`, and rename every reference to a renamed flow or task.

    A reference to a removed flow or task keeps its name.
    """
    after, value = change(_resolve(_with_task_ids(organisation)))
    return _rename(after), value


def _with_task_ids(organisation: Organisation) -> Organisation:
    def with_id(flow_id: int, array: str, entry: Export) -> Export:
        if array != _TASKS or isinstance(entry, Task):
            return entry
        task = Task(entry)
        task.task_id = (flow_id, uuid4().hex)
        return task

    return _map_entries(organisation, with_id)


def _resolve(organisation: Organisation) -> Organisation:
    """Replace names by references to what they name. If flows share a name, the first one is used."""
    names = _names(organisation)
    by_name = {
        (target[0] if isinstance(target, tuple) else _ANY_FLOW, name): target
        for target, name in reversed(names.items())  # the first one of equal names wins
        if isinstance(name, str)
    }

    def find(name: str, flow: object) -> _Target | None:
        """Return the flow (for _ANY_FLOW) or the task of `flow` that has this name or this reference."""
        target = name.target if isinstance(name, Reference) else None
        is_kept = target in names and (target[0] if isinstance(target, tuple) else _ANY_FLOW) == flow
        return target if is_kept else by_name.get((flow, name))

    def resolve(flow_id: int, array: str, entry: Export) -> Export:
        resolved: dict[str, str] = {}
        flow: object = flow_id
        for field in _REFERENCES.get(array, ()):
            name = entry.get(field)
            target = find(name, _ANY_FLOW if field == _FLOW_NAME else flow) if isinstance(name, str) else None
            flow = target if field == _FLOW_NAME else flow
            if isinstance(name, str):
                resolved[field] = str(name) if target is None else _reference(name, target)
        return {**entry, **resolved} if resolved else entry

    return _map_entries(organisation, resolve)


def _rename(organisation: Organisation) -> Organisation:
    names = _names(organisation)

    def rename(_flow_id: int, array: str, entry: Export) -> Export:
        references = {field: entry.get(field) for field in _REFERENCES.get(array, ())}
        renamed = {
            field: _reference(str(names[name.target]), name.target)
            for field, name in references.items()
            if isinstance(name, Reference) and isinstance(names.get(name.target), str)
        }
        return {**entry, **renamed} if renamed else entry

    return _map_entries(organisation, rename)


def _names(organisation: Organisation) -> dict[_Target, object]:
    """Return the current name of every flow and task."""
    names: dict[_Target, object] = {
        flow_id: export.get("name") for flow_id, export in organisation.flows.items()
    }
    for export in organisation.flows.values():
        tasks = export.get(_TASKS)
        for task in tasks if isinstance(tasks, list) else ():
            if isinstance(task, Task):
                names[task.task_id] = task.get("name")
    return names


def _reference(name: str, target: _Target) -> Reference:
    reference = Reference(name)
    reference.target = target
    return reference


def _map_entries(organisation: Organisation, change: Callable[[int, str, Export], Export]) -> Organisation:
    """Apply `change(flow_id, array, entry)` to each task, relation and link."""

    def map_array(flow_id: int, array: str, value: object) -> object:
        if array not in {_TASKS, *_REFERENCES} or not isinstance(value, list):
            return value
        return [change(flow_id, array, entry) if isinstance(entry, dict) else entry for entry in value]

    return replace(
        organisation,
        flows={
            flow_id: {name: map_array(flow_id, name, value) for name, value in export.items()}
            for flow_id, export in organisation.flows.items()
        },
    )
