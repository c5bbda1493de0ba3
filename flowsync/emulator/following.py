"""References in exports as the platform keeps them: by id, exported under the current name."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import uuid4

from flowsync.emulator.organisation import Export, Organisation

_TASKS: Final = "tasks"
_TASK_FIELDS: Final = MappingProxyType(
    {"relations": ("sourceTaskName", "targetTaskName"), "linkRelations": ("targetTaskName",)}
)
_LINKS: Final = ("flowLinks", "taskLinks")
_ARRAYS: Final = (_TASKS, *_TASK_FIELDS, *_LINKS)

_Id = str | int
T = TypeVar("T")


class Entry(dict[str, Any]):
    """A task, relation or link with the ids that an export does not contain.

    `ids` contains the id behind a field and the name of the field when the id was found. A deep copy is a
    plain object: the references of an export that replaces another one are resolved by name.
    """

    ids: Mapping[str, tuple[_Id, object]] = MappingProxyType({})

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return copy.deepcopy(dict(self), memo)

    def id_of(self, field: str) -> _Id | None:
        """Return the id behind a field; None for a field that was edited since."""
        found, name = self.ids.get(field, (None, None))
        return found if self.get(field) == name else None


def changed_with_followers(
    organisation: Organisation, change: Callable[[Organisation], Organisation]
) -> Organisation:
    """Apply `change`, and rename every reference to a renamed flow or task.

    A reference to a removed flow or task keeps its name.
    """
    return _with_names(change(_with_ids(organisation)))


def _with_ids(organisation: Organisation) -> Organisation:
    flows = {flow_id: _mapped(export, _with_task_id) for flow_id, export in organisation.flows.items()}
    resolver = _Resolver(flows)
    found = {
        flow_id: _mapped(export, partial(resolver.resolved, flow_id)) for flow_id, export in flows.items()
    }
    return replace(organisation, flows=found)


def _with_names(organisation: Organisation) -> Organisation:
    names = _names(organisation.flows)

    def renamed(array: str, entry: Export) -> Export:
        if array == _TASKS or not isinstance(entry, Entry):
            return entry
        current = {field: names.get(entry.id_of(field), entry.get(field)) for field in entry.ids}
        if all(entry.get(field) == name for field, name in current.items()):
            return entry
        return _entry({**entry, **current}, {field: entry.id_of(field) for field in entry.ids})

    return replace(
        organisation,
        flows={flow_id: _mapped(export, renamed) for flow_id, export in organisation.flows.items()},
    )


class _Resolver:
    """Finds the ids behind the names of references. If flows share a name, the first one is used."""

    def __init__(self, flows: Mapping[int, Export]) -> None:
        self._known = _names(flows)
        self._flows = _by_name((flow_id, export.get("name")) for flow_id, export in flows.items())
        self._tasks: dict[_Id | None, dict[str, _Id]] = {
            flow_id: _by_name(_task_names(export)) for flow_id, export in flows.items()
        }

    def resolved(self, own: int, array: str, entry: Export) -> Export:
        if array == _TASKS:
            return entry
        ids = self._task_ids(own, array, entry) if array in _TASK_FIELDS else self._source_ids(entry)
        if isinstance(entry, Entry) and all(entry.id_of(field) == found for field, found in ids.items()):
            return entry
        return _entry(entry, ids)

    def _task_ids(self, own: int, array: str, entry: Export) -> dict[str, _Id | None]:
        return {
            field: self._kept(entry, field) or self._task(own, entry, field) for field in _TASK_FIELDS[array]
        }

    def _source_ids(self, entry: Export) -> dict[str, _Id | None]:
        kept = self._kept(entry, "sourceFlowName")
        flow_id = kept or self._flows.get(str(entry.get("sourceFlowName")))
        task_id = self._kept(entry, "sourceTaskName") if kept else None
        return {
            "sourceFlowName": flow_id,
            "sourceTaskName": task_id or self._task(flow_id, entry, "sourceTaskName"),
        }

    def _task(self, flow_id: _Id | None, entry: Export, field: str) -> _Id | None:
        return self._tasks.get(flow_id, {}).get(str(entry.get(field)))

    def _kept(self, entry: Export, field: str) -> _Id | None:
        found = entry.id_of(field) if isinstance(entry, Entry) else None
        return found if found in self._known else None


def _names(flows: Mapping[int, Export]) -> dict[_Id | None, object]:
    """Return the current name of every id."""
    names: dict[_Id | None, object] = {flow_id: export.get("name") for flow_id, export in flows.items()}
    for export in flows.values():
        names.update(_task_names(export))
    return names


def _task_names(export: Export) -> Iterator[tuple[_Id, object]]:
    tasks = export.get(_TASKS)
    for task in tasks if isinstance(tasks, list) else ():
        if isinstance(task, Entry):
            yield task.ids["name"][0], task.get("name")


def _by_name(names: Iterable[tuple[T, object]]) -> dict[str, T]:
    return {name: found for found, name in reversed([*names]) if isinstance(name, str)}


def _with_task_id(array: str, entry: Export) -> Export:
    if array != _TASKS or isinstance(entry, Entry):
        return entry
    return _entry(entry, {"name": uuid4().hex})


def _entry(fields: Export, ids: Mapping[str, _Id | None]) -> Entry:
    entry = Entry(fields)
    entry.ids = {field: (found, fields.get(field)) for field, found in ids.items() if found is not None}
    return entry


def _mapped(export: Export, change: Callable[[str, Export], Export]) -> Export:
    """Apply `change(array, entry)` to each entry of an export; return the same object if nothing changes."""
    after = {}
    for array in _ARRAYS:
        before = export.get(array)
        if isinstance(before, list):
            entries = [change(array, entry) if isinstance(entry, dict) else entry for entry in before]
            if any(one is not other for one, other in zip(entries, before, strict=True)):
                after[array] = entries
    return {**export, **after} if after else export
