"""Exports that differ in one place."""

import copy
import json
from random import Random
from typing import Any, Final, TypeAlias

from strategies.meaning import ARRAYS, strict_json

_Place: TypeAlias = tuple[Any, Any]
"""A mapping or list, and the key or index of one of its values."""

_OTHERS: Final[tuple[Any, ...]] = (
    None,
    "",
    "a",
    "A",
    "a ",
    "0",
    0,
    1,
    -1,
    0.5,
    1.5,
    True,
    False,
    [],
    {},
    "[]",
    "{}",
    ";",
    "a;b",
    "null",
)


def mutate(export: dict[str, Any], dice: Random) -> dict[str, Any]:
    """Return a copy with one value changed, added or removed; arrays stay arrays of records."""
    mutant = copy.deepcopy(export)
    places = _places(mutant, at_root=True)
    match dice.randrange(6):
        case 0 if places:
            holder, key = dice.choice(places)
            del holder[key]
        case 1:
            mutant[dice.choice(("desc", "type", "cycle", "zz", "freq", "format"))] = dice.choice(_OTHERS)
        case 2 if any(mutant.get(key) for key in ARRAYS):
            entries = dice.choice([mutant[key] for key in ARRAYS if mutant.get(key)])
            entries.append(dice.choice(entries))
        case _ if places:
            holder, key = dice.choice(places)
            holder[key] = _other(holder[key], dice)
        case _:
            mutant["zz"] = 1
    return mutant


def _places(value: Any, *, at_root: bool = False) -> list[_Place]:
    """Return every place except the arrays and their records, which must stay what they are."""
    items = [*value.items()] if isinstance(value, dict) else [*enumerate(value)]
    places = []
    for key, item in items:
        if at_root and key in (*ARRAYS, "flow_links", "task_links", "link_relations"):
            places += [place for record in item or [] for place in _places(record)]
        else:
            places.append((value, key))
            places += _places(item) if isinstance(item, dict | list) else []
    return places


def _other(value: Any, dice: Random) -> Any:
    inner = strict_json(value) if isinstance(value, str) else None
    if isinstance(inner, dict | list) and inner and dice.random() < 0.8:
        holder, key = dice.choice(_places(inner))
        holder[key] = _other(holder[key], dice)
        return json.dumps(inner)
    if isinstance(value, str) and value and dice.random() < 0.5:
        place = dice.randrange(len(value))
        return value[:place] + dice.choice(("", " ", "\n", "\t", "x", ";")) + value[place + 1 :]
    return dice.choice(_OTHERS)
