"""Change responses in ways that mean nothing, as the platform does between two requests."""

import json
from collections.abc import Hashable
from random import Random
from typing import Any

from flowsync.emulator.organisation import Export

# The five arrays whose order means nothing, with the names that the edge edition gives them.
_ARRAYS = {
    "tasks": "tasks",
    "relations": "relations",
    "flowLinks": "flow_links",
    "taskLinks": "task_links",
    "linkRelations": "link_relations",
}
_LINKED = ("flowLinks", "taskLinks", "linkRelations")
_EXACT = 2**53
_SPACINGS = ((",", ":"), (", ", ": "), (" ,", " : "), (",", ": "))


def noisy_export(export: Export, rng: Random) -> Export:
    """Return an export as the platform might send it the next time; `export` is not changed."""
    arrays = {name if name in export else alias for name, alias in _ARRAYS.items()}
    noisy = {
        name: rng.sample(value, len(value)) if name in arrays and isinstance(value, list) else value
        for name, value in export.items()
    }
    noisy = _renumber(noisy, rng)
    if isinstance(noisy.get("tasks"), list):
        noisy["tasks"] = [_noisy_task(task, rng) for task in noisy["tasks"]]
    changes = {"owners": _decorate, "visitors": _decorate, "parameters": _noisy_parameters}
    noisy |= {name: change(noisy[name], rng) for name, change in changes.items() if name in noisy}
    disordered: Export = _disorder(noisy, rng)
    return disordered


def noisy_keys(value: dict[str, Any], rng: Random) -> dict[str, Any]:
    """Return an object with its keys in another order."""
    return {name: value[name] for name in rng.sample(list(value), len(value))}


def noisy_directories(nodes: list[Any], rng: Random) -> list[Any]:
    """Return the directory tree with its siblings in another order and its numbers in another spelling."""
    return [_noisy_node(node, rng) for node in rng.sample(nodes, len(nodes))]


def _noisy_node(node: dict[str, Any], rng: Random) -> dict[str, Any]:
    noisy = dict(node)
    for name in ("type", "key"):
        if isinstance(noisy[name], int):
            noisy[name] = rng.choice((int, float, str))(noisy[name])
    if "children" in noisy:
        noisy["children"] = noisy_directories(noisy["children"], rng)
    return noisy_keys(noisy, rng)


def _noisy_task(task: object, rng: Random) -> object:
    if not isinstance(task, dict) or not isinstance(task.get("runMode"), str):
        return task
    mode = _decode(task["runMode"])
    if not isinstance(mode, dict):
        return task
    return {**task, "runMode": _add_blanks(_disorder(mode, rng), rng)}


def _noisy_parameters(value: object, rng: Random) -> object:
    """Return parameters in the same shape, with entries of different keys in another order."""
    match value:
        case str():
            inside = _decode(value)
            if not isinstance(inside, str | list | dict) or not _ends_in_container(inside):
                return value
            return _add_blanks(_disorder(_noisy_parameters(inside, rng), rng), rng)
        case list():
            return _interleave(value, rng)
    return value


def _ends_in_container(value: object) -> bool:
    while isinstance(value, str):
        value = _decode(value)
    return isinstance(value, list | dict)


def _interleave(entries: list[Any], rng: Random) -> list[Any]:
    """Shuffle entries; those with the same key, and those without a key, keep their order."""
    queues: dict[Hashable, list[Any]] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        queues.setdefault(key if isinstance(key, str) else None, []).append(entry)
    keys = [key for key, queue in queues.items() for _ in queue]
    pending = {key: iter(queue) for key, queue in queues.items()}
    return [next(pending[key]) for key in rng.sample(keys, len(keys))]


def _renumber(export: Export, rng: Random) -> Export:
    """Replace linkIds: equal ids stay equal and different ones different, over all three arrays."""
    arrays = [name if name in export else _ARRAYS[name] for name in _LINKED]
    present = {name: export[name] for name in arrays if isinstance(export.get(name), list)}
    old = sorted({_link_id(entry) for entries in present.values() for entry in entries} - {""})
    new = dict(zip(old, rng.sample(range(len(old) + 20), len(old)), strict=True))

    def renumber(entry: Any) -> Any:  # noqa: ANN401 (JSON)
        number = new.get(_link_id(entry))
        return entry if number is None else {**entry, "linkId": rng.choice((str, str, int))(number)}

    return export | {name: [renumber(entry) for entry in entries] for name, entries in present.items()}


def _link_id(entry: object) -> str:
    """Return the linkId as JSON, the same for 1, 1.0 and "1"; "" for an entry without one."""
    value = entry.get("linkId") if isinstance(entry, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else json.dumps(str(value) if isinstance(value, int) else value)


def _decorate(value: object, rng: Random) -> object:
    """Return a `;` list with other blanks, other empty places and another order."""
    if not isinstance(value, str):
        return value
    names = [name for name in (part.strip(" ") for part in value.split(";")) if name]
    padded = [rng.choice(("", " ")) + name + rng.choice(("", " ")) for name in rng.sample(names, len(names))]
    return rng.choice(("", ";")) + ";".join(padded) + rng.choice(("", ";", "; "))


def _disorder(value: Any, rng: Random) -> Any:  # noqa: ANN401 (JSON)
    """Return JSON with other key orders at every level and some whole numbers written as 1.0."""
    match value:
        case dict():
            return {name: _disorder(field, rng) for name, field in noisy_keys(value, rng).items()}
        case list():
            return [_disorder(entry, rng) for entry in value]
        case bool():
            return value
        case int() if abs(value) < _EXACT and rng.random() < 1 / 3:
            return float(value)
        case float() if value.is_integer() and 0 < abs(value) < _EXACT and rng.random() < 1 / 3:
            return int(value)
    return value


def _add_blanks(value: object, rng: Random) -> str:
    return json.dumps(
        value,
        ensure_ascii=rng.random() < 1 / 2,
        indent=rng.choice((None, None, 2)),
        separators=rng.choice(_SPACINGS),
    )


def _decode(text: str) -> object:
    """Parse JSON text; None for text that some readers understand in another way."""
    try:
        value: object = json.loads(text, object_pairs_hook=_unique_pairs)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a key occurs twice")
    return unique
