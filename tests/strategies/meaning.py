"""The meaning of an export, independent of the canonicaliser: two comparable forms, neither sorted."""

import json
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, NoReturn

ARRAYS: Final = ("tasks", "relations", "flowLinks", "taskLinks", "linkRelations")
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("flowName", "flow_name"),
    "cron": ("freq",),
    "startTime": ("start_time",),
    "alertMode": ("alert_mode",),
    "syncType": ("sync_type",),
    "submitter": ("doAs", "do_as"),
    "owners": ("owner",),
    "visitors": ("visitor",),
    "flowLinks": ("flow_links",),
    "taskLinks": ("task_links",),
    "linkRelations": ("link_relations",),
}


def exact(value: Any) -> Hashable:
    """Return a value with its types and the order of its keys: 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return ("map", tuple((key, exact(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(exact, value)))
    return (type(value).__name__, repr(value) if isinstance(value, float) else value)


def by_value(value: Any) -> Hashable:
    """Return a value whose numbers are compared by value and whose keys have no order; types differ."""
    if isinstance(value, dict):
        return ("map", frozenset((key, by_value(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(by_value, value)))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return (type(value).__name__, value)
    return ("number", value)


def as_sent(export: Mapping[str, Any]) -> Hashable:
    """Return a key that is equal for exports that differ only in what a round trip may change.

    Arrays are multisets, owners and visitors sets, runMode and parameters count as the JSON they hold,
    link ids up to a bijection. Everything else, kinds and absences included, is exact; numbers by value.
    """
    fields = {key: by_value(value) for key, value in export.items() if key not in ARRAYS}
    for key in ("owners", "visitors"):
        if isinstance(export.get(key), str):
            fields[key] = frozenset(part.strip() for part in export[key].split(";")) - {""}
    if "parameters" in export:
        fields["parameters"] = _by_key(_loaded(export["parameters"]), by_value)
    tasks = bag(_task_as_sent(task) for task in export["tasks"])
    relations = bag(map(by_value, export["relations"]))
    return (by_items(fields), tasks, relations, link_groups(export, by_value))


def _task_as_sent(task: Mapping[str, Any]) -> Hashable:
    fields = {key: by_value(value) for key, value in task.items()}
    if "runMode" in task:
        fields["runMode"] = by_value(_loaded(task["runMode"]))
    return by_items(fields)


def _loaded(value: Any) -> Any:
    loaded = strict_json(value) if isinstance(value, str) else None
    return loaded if isinstance(loaded, dict | list) else value


def by_items(fields: Mapping[str, Hashable]) -> Hashable:
    return frozenset(fields.items())


def bag(items: Iterable[Hashable]) -> Hashable:
    return frozenset(Counter(items).items())


def link_groups(export: Mapping[str, Any], key_of: Callable[[Any], Hashable]) -> Hashable:
    """Return the records that share an id, without the id; records without an id are groups of one."""
    groups: dict[Hashable, tuple[list[Hashable], list[Hashable], list[Hashable]]] = {}
    for place, array in enumerate(("flowLinks", "taskLinks", "linkRelations")):
        for number, record in enumerate(export.get(array) or []):
            link_id = id_text(record.get("linkId")) or (place, number)
            rest = {key: value for key, value in record.items() if key != "linkId"}
            groups.setdefault(link_id, ([], [], []))[place].append(key_of(rest))
    return bag(tuple(map(bag, group)) for group in groups.values())


def id_text(value: Any) -> tuple[str] | None:
    """Return an id as text; 0, "0" and 0.0 are equal, null is None."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),)


def meaning(export: Mapping[str, Any]) -> Hashable:
    """Return a key that is equal for exports of the same meaning, and differs for all others."""
    flow = _with_names_folded(export)
    fields = {key: leaf(value) for key, value in flow.items() if key not in ARRAYS}
    for key in ("owners", "visitors"):
        if key in flow:
            fields[key] = _members(flow[key])
    if "parameters" in flow:
        fields["parameters"] = _parameters(flow["parameters"])
    tasks = bag(map(_task, flow.get("tasks") or []))
    relations = bag(map(leaf, flow.get("relations") or []))
    return (by_items(fields), tasks, relations, link_groups(flow, leaf))


def leaf(value: Any) -> Hashable:
    """Return the same as `by_value`, but beyond 2**53 an integer and a float differ, as in a document."""
    if isinstance(value, dict):
        return ("map", frozenset((key, leaf(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(leaf, value)))
    if isinstance(value, float) and abs(value) >= 2**53:
        return ("float", value)
    return by_value(value)


def _with_names_folded(export: Mapping[str, Any]) -> dict[str, Any]:
    flow = dict(export)
    for name, aliases in ALIASES.items():
        spellings = [alias for alias in aliases if alias in flow]
        if spellings and name not in flow:
            flow[name] = flow.pop(spellings[0])
    return flow


def _members(value: Any) -> Hashable:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return leaf(value)
    return frozenset(part.strip(" \t\r\n\f\v") for text in texts for part in text.split(";")) - {""}


def _task(task: Mapping[str, Any]) -> Hashable:
    fields = {key: leaf(value) for key, value in task.items()}
    if "runMode" in task:
        fields["runMode"] = _run_mode(task["runMode"])
    return by_items(fields)


def _run_mode(value: Any) -> Hashable:
    mode = strict_json(value) if isinstance(value, str) else value
    if not isinstance(mode, dict):
        return leaf(value)
    fields = {key: leaf(item) for key, item in mode.items()}
    if "datasourceId" in mode:
        fields["datasourceId"] = _id(mode["datasourceId"])
    return by_items(fields)


def _id(value: Any) -> Hashable:
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        digits = value.removeprefix("-")
        return leaf(int(value)) if digits == "0" or not digits.startswith("0") else leaf(value)
    if isinstance(value, float) and value.is_integer():
        return leaf(int(value))
    return leaf(value)


def _parameters(value: Any) -> Hashable:
    end = value
    while isinstance(end, str):
        end = strict_json(end)
    if isinstance(end, dict):
        end = [{"key": key, "value": item} for key, item in end.items()]
    return _by_key(end, leaf) if isinstance(end, list) else leaf(value)


def _by_key(value: Any, key_of: Callable[[Any], Hashable]) -> Hashable:
    """Return the parameters of each key in order, and those without a key in order."""
    if not isinstance(value, list):
        return key_of(value)
    of_key: dict[str, list[Hashable]] = {}
    others: list[Hashable] = []
    for entry in value:
        keyed = isinstance(entry, dict) and isinstance(entry.get("key"), str)
        (of_key.setdefault(entry["key"], []) if keyed else others).append(key_of(entry))
    return (frozenset((key, tuple(entries)) for key, entries in of_key.items()), tuple(others))


def strict_json(text: str) -> Any:
    """Return the value of a JSON text, None if it is invalid or has duplicate keys."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    if math.isinf(float(text)):
        raise ValueError(text)
    return float(text)
