"""Changes between two responses that mean nothing."""

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from random import Random
from typing import Any, NoReturn

from flowsync.emulator.organisation import Export

# The five arrays whose order means nothing, with the spelling of the edge edition, which stands in for them.
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
    noisy = {name: _shuffle(parsed, rng) if name in arrays else parsed for name, parsed in export.items()}
    noisy = _renumber(noisy, rng)
    for name in {"owners", "visitors"} & noisy.keys():
        noisy[name] = _decorate(noisy[name], rng)
    if "parameters" in noisy:
        noisy["parameters"] = _noisy_parameters(noisy["parameters"], rng)
    if isinstance(noisy.get("tasks"), list):
        noisy["tasks"] = [_noisy_task(task, rng) for task in noisy["tasks"]]
    disordered: Export = _disorder(noisy, rng)
    return disordered


def noisy_keys(value: dict[str, object], rng: Random) -> dict[str, object]:
    return {name: value[name] for name in rng.sample(list(value), len(value))}


def noisy_directories(nodes: Sequence[object], rng: Random) -> list[object]:
    """Return the directory tree with its siblings in another order and its numbers in another spelling."""
    return [_noisy_node(node, rng) for node in rng.sample(nodes, len(nodes))]


def _noisy_node(node: object, rng: Random) -> object:
    if not isinstance(node, dict):
        return node
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
            return _interleave(value, _entry_identity, rng)
    return value


def _ends_in_container(value: object) -> bool:
    while isinstance(value, str):
        value = _decode(value)
    return isinstance(value, list | dict)


def _entry_identity(entry: object) -> Hashable:
    """Return what an entry must keep its order with: its key; all entries without a key keep theirs."""
    key = entry.get("key") if isinstance(entry, dict) else None
    return key if isinstance(key, str) else None


def _interleave(entries: list[Any], identity: Callable[[object], Hashable], rng: Random) -> list[Any]:
    queues: dict[Hashable, list[Any]] = {}
    for entry in entries:
        queues.setdefault(identity(entry), []).append(entry)
    drawn = rng.sample([identity(entry) for entry in entries], len(entries))
    pending = {name: iter(queue) for name, queue in queues.items()}
    return [next(pending[name]) for name in drawn]


def _shuffle(value: object, rng: Random) -> object:
    return rng.sample(value, len(value)) if isinstance(value, list) else value


def _renumber(export: Export, rng: Random) -> Export:
    """Replace linkIds: equal ids stay equal and different ones different, over all three arrays."""
    arrays = [name if name in export else _ARRAYS[name] for name in _LINKED]
    present = {name: export[name] for name in arrays if isinstance(export.get(name), list)}
    old = sorted({_id_text(entry) for entries in present.values() for entry in entries if _has_id(entry)})
    new = dict(zip(old, rng.sample(range(len(old) + 20), len(old)), strict=True))
    return export | {
        name: [_with_id(entry, new, rng) if _has_id(entry) else entry for entry in entries]
        for name, entries in present.items()
    }


def _has_id(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("linkId") is not None


def _id_text(entry: dict[str, object]) -> str:
    value = entry["linkId"]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _with_id(entry: dict[str, object], new: dict[str, int], rng: Random) -> dict[str, object]:
    return {**entry, "linkId": rng.choice((str, str, int))(new[_id_text(entry)])}


def _decorate(value: object, rng: Random) -> object:
    """Return a `;` list with other blanks, other empty places and another order."""
    if not isinstance(value, str):
        return value
    names = [name for name in (part.strip(" ") for part in value.split(";")) if name]
    padded = [rng.choice(("", " ")) + name + rng.choice(("", " ")) for name in rng.sample(names, len(names))]
    return rng.choice(("", ";")) + ";".join(padded) + rng.choice(("", ";", "; "))


def _disorder(value: Any, rng: Random) -> Any:  # noqa: ANN401 (the kind that comes in goes out)
    """Return JSON with other key orders at every level and some whole numbers written as 1.0."""
    match value:
        case dict():
            return {name: _disorder(value[name], rng) for name in rng.sample(list(value), len(value))}
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
    """Parse JSON text; None for text that not every reader understands alike."""
    try:
        value: object = json.loads(
            text, object_pairs_hook=_unique_pairs, parse_constant=_no_json, parse_float=_finite
        )
    except (ValueError, RecursionError):
        return None
    return value


def _unique_pairs(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    pairs = list(pairs)
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a key occurs twice")
    return unique


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else _no_json(text)


def _no_json(text: str) -> NoReturn:
    raise ValueError(f"no JSON number: {text}")
