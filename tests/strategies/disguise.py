"""Equivalent exports: the same flow as the platform might send it the next time."""

import json
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from strategies.meaning import ALIASES, ARRAYS, id_text, strict_json

_BLANKS: Final = " \t\r\n\f\v"
_SEPARATORS: Final = ((",", ":"), (", ", ": "), (" , ", " :\n"), (",\t", ":\r\n"))


def disguise(export: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Return an equivalent export: other orders, spellings, decorations and link ids."""
    flow = _renumber_links(export, dice)
    for key in ("owners", "visitors", "owner", "visitor"):
        if key in flow and _is_folded(flow, key):
            flow[key] = _decorate(flow[key], dice)
    if "parameters" in flow:
        flow["parameters"] = _parameters(flow["parameters"], dice)
    arrays = {_spelling(flow, key) for key in ARRAYS}
    flow = {key: _array(value, dice) if key in arrays else _vary(value, dice) for key, value in flow.items()}
    return _shuffle(_rename_keys(_vary_empty_arrays(flow, dice), dice), dice)


def _is_folded(flow: Mapping[str, Any], key: str) -> bool:
    """Return whether a key is read as the field, not as an unknown key."""
    return key in ALIASES or f"{key}s" not in flow


def _shuffle(record: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    return dict(dice.sample([*record.items()], len(record)))


def _vary(value: Any, dice: Random) -> Any:
    """Return a value with its keys in another order and its numbers in another notation."""
    if isinstance(value, dict):
        return _shuffle({key: _vary(item, dice) for key, item in value.items()}, dice)
    if isinstance(value, list):
        return [_vary(item, dice) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 2**53:
        return value
    return dice.choice((int(value), float(value))) if value == int(value) else value


def _array(value: Any, dice: Random) -> Any:
    if not value:
        return value
    return dice.sample([_record(record, dice) for record in value], len(value))


def _record(record: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    noisy = {key: _vary(value, dice) for key, value in record.items() if key != "runMode"}
    if "runMode" in record:
        noisy["runMode"] = _run_mode(record["runMode"], dice)
    return _shuffle(noisy, dice)


def _run_mode(value: Any, dice: Random) -> Any:
    mode = strict_json(value) if isinstance(value, str) else value
    if not isinstance(mode, dict):
        return _vary(value, dice)
    mode = _vary(mode, dice)
    if "datasourceId" in mode:
        mode["datasourceId"] = _id(mode["datasourceId"], dice)
    return dice.choice((mode, _text(mode, dice)))


def _id(value: Any, dice: Random) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return value
    return dice.choice((value, int(value), str(int(value))))


def _text(value: Any, dice: Random) -> str:
    text = json.dumps(value, separators=dice.choice(_SEPARATORS), ensure_ascii=dice.random() < 0.5)
    return dice.choice(("", " ", "\n")) + text + dice.choice(("", " ", "\r\n"))


def _parameters(value: Any, dice: Random) -> Any:
    end = value
    while isinstance(end, str):
        end = strict_json(end)
    if not isinstance(end, dict | list):
        return value
    entries = [{"key": key, "value": item} for key, item in end.items()] if isinstance(end, dict) else end
    entries = _merge(_entries_by_key(entries), dice)
    shapes: list[Any] = [entries, _map_of(entries) or entries]
    text = _text(_vary(dice.choice(shapes), dice), dice)
    return dice.choice((*shapes, text, _text(text, dice), _text(_text(text, dice), dice)))


def _entries_by_key(entries: list[Any]) -> list[list[Any]]:
    queues: dict[str | None, list[Any]] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        queues.setdefault(key if isinstance(key, str) else None, []).append(entry)
    return [*queues.values()]


def _merge(queues: list[list[Any]], dice: Random) -> list[Any]:
    """Return all entries in a random order that keeps the order of each queue."""
    turns = [turn for turn, queue in zip(map(iter, queues), queues, strict=True) for _ in queue]
    return [next(turn) for turn in dice.sample(turns, len(turns))]


def _map_of(entries: list[Any]) -> dict[str, Any] | None:
    plain = [
        entry
        for entry in entries
        if isinstance(entry, dict) and entry.keys() == {"key", "value"} and isinstance(entry["key"], str)
    ]
    by_key = {entry["key"]: entry["value"] for entry in plain}
    return by_key if len(by_key) == len(entries) else None


def _decorate(value: Any, dice: Random) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return value
    names = {name.strip(_BLANKS) for text in texts for name in text.split(";")} - {""}
    members = [*names, *dice.choices([*names], k=dice.randrange(3))] if names else []
    dice.shuffle(members)
    padded = [
        "".join((dice.choice(("", " ", "\t")), name, dice.choice(("", "  ", "\n")))) for name in members
    ]
    text = ";".join(("",) * dice.randrange(2) + (*padded,) + ("", " ")[: dice.randrange(3)])
    return dice.choice((text, padded))


def _vary_empty_arrays(flow: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Make empty arrays null, [] or missing, if no other spelling of the key would replace them."""
    emptied = dict(flow)
    for key in ARRAYS:
        spelled = {key, *ALIASES.get(key, ())} & flow.keys()
        if not flow.get(key) and spelled <= {key}:
            emptied.pop(key, None)
            emptied.update(dice.choice(({}, {key: None}, {key: []})))
    return emptied


def _rename_keys(flow: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    renamed = dict(flow)
    for key, aliases in ALIASES.items():
        spelled = {key, *aliases} & flow.keys()
        if spelled == {key} and dice.random() < 0.5:
            renamed[dice.choice(aliases)] = renamed.pop(key)
    return renamed


def _renumber_links(export: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Give links other ids; an id that joins nothing may be missing."""
    flow = dict(export)
    spellings = [_spelling(flow, key) for key in ("flowLinks", "taskLinks", "linkRelations")]
    records = [record for key in spellings for record in flow.get(key) or []]
    times = Counter(id_text(record.get("linkId")) for record in records)
    ids = [joined_id for joined_id, number in times.items() if joined_id and number > 1]
    numbers = dict(zip(ids, dice.sample(range(1_000), len(ids)), strict=True))
    spare = iter(dice.sample(range(1_000, 2_000), len(records)))
    for key in spellings:
        if flow.get(key):
            flow[key] = [_with_id(record, numbers, next(spare), dice) for record in flow[key]]
    return flow


def _spelling(flow: Mapping[str, Any], key: str) -> str:
    return next((alias for alias in ALIASES.get(key, ()) if alias in flow and key not in flow), key)


def _with_id(
    record: Mapping[str, Any], numbers: Mapping[Any, int], spare: int, dice: Random
) -> dict[str, Any]:
    joined_id = id_text(record.get("linkId"))
    rest = {key: value for key, value in record.items() if key != "linkId"}
    number = numbers.get(joined_id, spare)
    named = {**rest, "linkId": dice.choice((number, str(number), float(number)))}
    return named if joined_id in numbers else dice.choice((named, rest, {**rest, "linkId": None}))
