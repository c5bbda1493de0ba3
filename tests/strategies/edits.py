"""Realistic flows and single edits of them.

A flow here is an export whose tasks, links and parameters have unique names. An edit changes it in place and
returns a description, or None if the flow has nothing to edit.
"""

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Export: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Export, Random], str | None]

_WORDS: Final = (
    "fetch", "clean", "load", "report", "merge", "dedupe", "publish", "check", "archive", "forecast",
    "wake", "icing", "losses", "装载", "清洗", "a b", "x/y", "q=1,2", "~n", "Ω",
)  # fmt: skip
_FARMS: Final = ("jiuquan", "guazhou", "damao", "rudong", "hami", "酒泉")
_COMMON_LINES: Final = ("set -e", "set -euo pipefail", "", "# daily", "cd /data", "done")
_SETTINGS: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "timeout": (60, 300, 900, None, "300"),
        "retryLimit": (0, 1, 3, True),
        "retryInterval": (0, 60, 0.5),
        "resource": ("default", "", "big", None),
        "successCode": ("0", 0, ""),
        "type": ("COMMAND", 3, "3"),
        "asLink": (True, False, "true"),
        "cron": ("", "0 0 3 * * ? *"),
        "note": ("", None, {"a": [1, 2]}, [], 1, 1.5),
    }
)
_HEADER: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "desc": ("", "all farms", None, "两\n行"),
        "cycle": ("D", "H", "W"),
        "cron": ("0 0 2 * * ? *", "0 30 2 ? * MON-FRI *", "", "0 0 2 ? * * *"),
        "startTime": ("2024-01-01", "2026-12-01", ""),
        "alertMode": (0, 1, 3, "1"),
        "type": (0, 1, 2),
        "submitter": ("etl", "", None),
        "lineage": (None, {"up": {"to": 1}}, [1, [2]], "x"),
    }
)
_RESOURCES: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "cpu": (0.5, 1, 2, "1"),
        "memory": (1, 2.5, 4),
        "maxParallel": (0, 4),
        "path": ("", "/a"),
        "zone": (1, 2),
    }
)


@dataclass(frozen=True)
class Edited:
    """A flow before and after some edits; `cost` is the largest number of findings that they may make."""

    before: Export
    after: Export
    edits: tuple[str, ...]
    cost: int


def flow(dice: Random, most: int = 10) -> Export:
    """Return a flow of up to `most` tasks; sometimes two of its commands are equal."""
    names = _names(dice, dice.randint(1, most))
    tasks = [_task(name, dice) for name in names]
    if len(tasks) > 1 and dice.random() < 0.2:
        tasks[1]["cmd"] = tasks[0]["cmd"]
    export: Export = {
        "name": "nightly",
        "type": 1,
        "owners": "li.wei;zhang.min;wang.fang",
        "visitors": "ops.desk",
        "parameters": {f"p_{word}": f"{word}_{number}" for number, word in enumerate(_FARMS[:3])},
        "tasks": tasks,
        "relations": _relations(names, dice),
        "flowLinks": [],
        "taskLinks": [],
        "linkRelations": [],
        **{key: dice.choice(values) for key, values in _HEADER.items() if dice.random() < 0.7},
    }
    for number in range(dice.randint(0, 3)):
        _link(export, f"up_{number}", dice)
    return export


def edit_flow(dice: Random, count: int) -> Edited:
    """Return a flow and `count` edits, one after the other.

    Names are exchanged last: no comparison can detect an exchange if one of the tasks is removed after it.
    """
    before = flow(dice)
    after = copy.deepcopy(before)
    made: list[str] = []
    cost = 0
    while len(made) < count:
        kind = dice.choice([*EDITS] if len(made) == count - 1 else [one for one in EDITS if one != SWAP])
        unchanged = copy.deepcopy(after)
        description = EDITS[kind](after, dice)
        if description is None:
            after = unchanged
            kind = "set_header"
            description = EDITS[kind](after, dice) or ""
        made.append(f"{kind}: {description}")
        cost += COSTS.get(kind, 1)
    return Edited(before, after, tuple(made), cost)


def edit_flow_once(dice: Random, kind: str) -> Edited:
    """Return a flow and one edit of that kind; flows that it does not apply to are skipped."""
    while True:
        before = flow(dice)
        after = copy.deepcopy(before)
        description = EDITS[kind](after, dice)
        if description is not None:
            return Edited(before, after, (f"{kind}: {description}",), 1)


def rename_task(flow: Export, dice: Random) -> str:
    task = dice.choice(flow["tasks"])
    old, new = task["name"], _fresh_name(flow, dice)
    task["name"] = new
    _rename_ends(flow, {old: new})
    return f"{old} -> {new}"


def swap_names(flow: Export, dice: Random) -> str | None:
    """Exchange the names of two tasks with different commands."""
    if len(flow["tasks"]) < 2:
        return None
    one, other = dice.sample(flow["tasks"], 2)
    if one["cmd"] == other["cmd"]:
        return None
    one["name"], other["name"] = other["name"], one["name"]
    _rename_ends(flow, {one["name"]: other["name"], other["name"]: one["name"]})
    return f"{one['name']} <-> {other['name']}"


def add_task(flow: Export, dice: Random) -> str:
    """Add a task with relations to others, and sometimes to a link."""
    name = _fresh_name(flow, dice)
    others = [task["name"] for task in flow["tasks"]]
    flow["tasks"].append(_task(name, dice))
    for other in dice.sample(others, min(len(others), dice.randint(0, 3))):
        source, target = dice.sample((name, other), 2)
        flow["relations"].append(_relation(source, target, dice))
    links = _links(flow)
    if links and dice.random() < 0.3:
        flow["linkRelations"].append(_target(dice.choice(links), name, dice))
    return name


def remove_task(flow: Export, dice: Random) -> str | None:
    """Remove a task with its relations, and sometimes with the links that only it waited for."""
    if len(flow["tasks"]) < 2:
        return None
    name: str = flow["tasks"].pop(dice.randrange(len(flow["tasks"])))["name"]
    flow["relations"] = [one for one in flow["relations"] if name not in _ends(one)]
    targets = flow["linkRelations"]
    flow["linkRelations"] = [one for one in targets if one["targetTaskName"] != name]
    lost = {one["linkId"] for one in targets} - {one["linkId"] for one in flow["linkRelations"]}
    if dice.random() < 0.5:
        _drop_links(flow, lost)
    return name


def set_setting(flow: Export, dice: Random) -> str:
    task = dice.choice(flow["tasks"])
    return f"{task['name']}: {_set(task, _SETTINGS, dice)}"


def set_header(flow: Export, dice: Random) -> str:
    return _set(flow, _HEADER, dice)


def set_resource(flow: Export, dice: Random) -> str:
    task = dice.choice(flow["tasks"])
    mode = json.loads(task["runMode"])
    description = _set(mode, _RESOURCES, dice)
    task["runMode"] = json.dumps(mode)
    return f"{task['name']}: {description}"


def edit_line(flow: Export, dice: Random) -> str:
    """Change, add or remove one line of a command."""
    task = dice.choice(flow["tasks"])
    lines = task["cmd"].split("\n")
    place = dice.randrange(len(lines))
    match dice.randrange(3):
        case 0 if len(lines) > 2:
            del lines[place]
        case 1:
            lines.insert(place, _line(dice))
        case _:
            lines[place] += " # edit_flow"
    task["cmd"] = "\n".join(lines)
    return f"{task['name']}: line {place}"


def add_relation(flow: Export, dice: Random) -> str | None:
    pair = _free_pair(flow, dice)
    if pair is None:
        return None
    flow["relations"].append(_relation(*pair, dice))
    return f"{pair}"


def remove_relation(flow: Export, dice: Random) -> str | None:
    relations = flow["relations"]
    return f"{_ends(relations.pop(dice.randrange(len(relations))))}" if relations else None


def flip_relation(flow: Export, dice: Random) -> str | None:
    return _flip_rerun(flow["relations"], dice)


def move_relation(flow: Export, dice: Random) -> str | None:
    """Retarget one end of a relation; in the console, people remove it and draw another."""
    if not flow["relations"]:
        return None
    relation = dice.choice(flow["relations"])
    taken = {_ends(one) for one in flow["relations"]}
    end = dice.choice(("sourceTaskName", "targetTaskName"))
    for task in dice.sample(flow["tasks"], len(flow["tasks"])):
        moved = {**relation, end: task["name"]}
        if _ends(moved) not in taken and len({*_ends(moved)}) == 2:
            old = _ends(relation)
            relation.update(moved)
            return f"{old} -> {_ends(relation)}"
    return None


def add_link(flow: Export, dice: Random) -> str:
    source = f"up_{len(_links(flow))}_{dice.randrange(10**6)}"
    _link(flow, source, dice)
    return source


def remove_link(flow: Export, dice: Random) -> str | None:
    links = _links(flow)
    if not links:
        return None
    chosen = dice.choice(links)
    _drop_links(flow, {chosen})
    flow["linkRelations"] = [one for one in flow["linkRelations"] if one["linkId"] != chosen]
    return chosen


def move_link(flow: Export, dice: Random) -> str | None:
    """Retarget a link to another source."""
    waiting = {one["linkId"] for one in flow["linkRelations"]}
    links = [one for one in (*flow["flowLinks"], *flow["taskLinks"]) if one["linkId"] in waiting]
    if not links:
        return None
    link = dice.choice(links)
    key = "sourceTaskName" if "sourceTaskName" in link and dice.random() < 0.5 else "sourceFlowName"
    link[key] = f"{link[key]}_v{dice.randrange(10**6)}"
    return f"{link}"


def add_target(flow: Export, dice: Random) -> str | None:
    links = _links(flow)
    if not links:
        return None
    link = dice.choice(links)
    free = [task["name"] for task in flow["tasks"] if task["name"] not in _targets(flow, link)]
    if not free:
        return None
    name = dice.choice(free)
    flow["linkRelations"].append(_target(link, name, dice))
    return f"{link}: {name}"


def remove_target(flow: Export, dice: Random) -> str | None:
    targets = flow["linkRelations"]
    return f"{targets.pop(dice.randrange(len(targets)))}" if targets else None


def move_target(flow: Export, dice: Random) -> str | None:
    """Retarget a target of a link to another task."""
    for target in dice.sample(flow["linkRelations"], len(flow["linkRelations"])):
        taken = _targets(flow, target["linkId"])
        free = [task["name"] for task in flow["tasks"] if task["name"] not in taken]
        if free:
            old = dict(target)
            target["targetTaskName"] = dice.choice(free)
            return f"{old} -> {target}"
    return None


def flip_target(flow: Export, dice: Random) -> str | None:
    return _flip_rerun(flow["linkRelations"], dice)


def add_member(flow: Export, dice: Random) -> str:
    key, name = dice.choice(("owners", "visitors")), f"user.{dice.randrange(10**6)}"
    flow[key] = f"{flow[key]};{name}"
    return f"{key}: {name}"


def remove_member(flow: Export, dice: Random) -> str | None:
    key = dice.choice(("owners", "visitors"))
    names = [name for name in flow[key].split(";") if name]
    if not names:
        return None
    name = names.pop(dice.randrange(len(names)))
    flow[key] = ";".join(names)
    return f"{key}: {name}"


def set_parameter(flow: Export, dice: Random) -> str | None:
    parameters = flow["parameters"]
    if not parameters:
        return None
    key = dice.choice([*parameters])
    parameters[key] = f"{parameters[key]}{dice.randrange(10)}"
    return str(key)


def add_parameter(flow: Export, dice: Random) -> str:
    number = dice.randrange(10**6)
    flow["parameters"][f"q_{number}"] = f"value {number}"
    return f"q_{number}"


def remove_parameter(flow: Export, dice: Random) -> str | None:
    keys = [*flow["parameters"]]
    if not keys:
        return None
    key = dice.choice(keys)
    del flow["parameters"][key]
    return str(key)


def rename_parameter(flow: Export, dice: Random) -> str | None:
    keys = [*flow["parameters"]]
    if not keys:
        return None
    key, new = dice.choice(keys), f"r_{dice.randrange(10**6)}"
    flow["parameters"][new] = flow["parameters"].pop(key)
    return f"{key} -> {new}"


EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        edit.__name__: edit
        for edit in (
            rename_task, add_task, remove_task, set_setting, set_header, set_resource, edit_line,
            add_relation, remove_relation, flip_relation, move_relation, add_link, remove_link, move_link,
            add_target, remove_target, move_target, flip_target, add_member, remove_member, set_parameter,
            add_parameter, remove_parameter, rename_parameter, swap_names,
        )
    }
)  # fmt: skip

SWAP: Final = swap_names.__name__
COSTS: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys((SWAP, "move_relation", "move_link", "move_target", "rename_parameter"), 2)
)
"""Edits that may be two findings: a retargeted entry is one finding only if the pair is unambiguous."""


def _names(dice: Random, count: int) -> list[str]:
    return [f"{word}_{number}" for number, word in enumerate(dice.choices(_WORDS, k=count))]


def _fresh_name(flow: Export, dice: Random) -> str:
    return f"{dice.choice(_WORDS)}_{len(flow['tasks'])}_{dice.randrange(10**6)}"


def _task(name: str, dice: Random) -> Export:
    settings = {key: dice.choice(values) for key, values in _SETTINGS.items() if dice.random() < 0.6}
    mode = {key: dice.choice(values) for key, values in _RESOURCES.items() if dice.random() < 0.7}
    return {"name": name, "cmd": _body(dice), "runMode": json.dumps(mode), **settings}


def _body(dice: Random) -> str:
    """Return a script that shares lines with others, but is not similar to them."""
    lines = [_line(dice) for _ in range(dice.randint(1, 12))]
    lines += dice.choices(_COMMON_LINES, k=dice.randint(0, 3))
    dice.shuffle(lines)
    return "\n".join([*lines, _line(dice)]) + dice.choice(("", "\n", "\r\n"))


def _line(dice: Random) -> str:
    job, day = dice.randrange(10**6), dice.randrange(10**6)
    return f"./run_{job}.sh --farm {dice.choice(_FARMS)} --day {day} > out_{dice.randrange(10**6)}.csv"


def _relations(names: Sequence[str], dice: Random) -> list[Export]:
    if len(names) < 2:
        return []
    drawn = [dice.sample(names, 2) for _ in range(dice.randint(0, 2 * len(names)))]
    pairs = sorted({(source, target) for source, target in drawn})
    return [_relation(source, target, dice) for source, target in pairs]


def _relation(source: str, target: str, dice: Random) -> Export:
    return {"sourceTaskName": source, "targetTaskName": target, "rerun": dice.random() < 0.5}


def _ends(relation: Export) -> tuple[str, str]:
    return (relation["sourceTaskName"], relation["targetTaskName"])


def _free_pair(flow: Export, dice: Random) -> tuple[str, str] | None:
    names = [task["name"] for task in flow["tasks"]]
    taken = {_ends(one) for one in flow["relations"]}
    for _ in range(20 if len(names) > 1 else 0):
        source, target = dice.sample(names, 2)
        if (source, target) not in taken:
            return source, target
    return None


def _rename_ends(flow: Export, names: Mapping[str, str]) -> None:
    for relation in flow["relations"]:
        for end in ("sourceTaskName", "targetTaskName"):
            relation[end] = names.get(relation[end], relation[end])
    for target in flow["linkRelations"]:
        target["targetTaskName"] = names.get(target["targetTaskName"], target["targetTaskName"])


def _link(flow: Export, source: str, dice: Random) -> None:
    link_id = f"{source}#{len(_links(flow))}"
    if dice.random() < 0.5:
        flow["flowLinks"].append({"linkId": link_id, "sourceFlowName": source})
    else:
        flow["taskLinks"].append({"linkId": link_id, "sourceFlowName": source, "sourceTaskName": "publish"})
    names = [task["name"] for task in flow["tasks"]]
    for name in dice.sample(names, min(len(names), dice.randint(1, 3))):
        flow["linkRelations"].append(_target(link_id, name, dice))


def _links(flow: Export) -> list[str]:
    return [one["linkId"] for one in (*flow["flowLinks"], *flow["taskLinks"])]


def _target(link: str, name: str, dice: Random) -> Export:
    return {"linkId": link, "targetTaskName": name, "rerun": dice.random() < 0.5}


def _targets(flow: Export, link: str) -> set[str]:
    return {one["targetTaskName"] for one in flow["linkRelations"] if one["linkId"] == link}


def _drop_links(flow: Export, ids: Iterable[str]) -> None:
    for key in ("flowLinks", "taskLinks"):
        flow[key] = [one for one in flow[key] if one["linkId"] not in ids]


def _flip_rerun(edges: Sequence[Export], dice: Random) -> str | None:
    if not edges:
        return None
    edge = dice.choice(edges)
    edge["rerun"] = not edge["rerun"]
    return f"{edge}"


def _set(record: Export, table: Mapping[str, Sequence[Any]], dice: Random) -> str:
    """Set one field to another value, or remove it."""
    key = dice.choice([*table])
    others = [
        value for value in table[key] if key not in record or json.dumps(value) != json.dumps(record[key])
    ]
    if key in record and dice.random() < 0.2:
        del record[key]
        return f"{key} removed"
    record[key] = dice.choice(others)
    return f"{key} = {record[key]!r}"
