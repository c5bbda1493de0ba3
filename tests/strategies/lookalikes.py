"""Two sides of a flow with few names and few commands, between which many renames are possible."""

import copy
from random import Random
from typing import Any, Final, TypeAlias

Export: TypeAlias = dict[str, Any]

_NAMES: Final = "abcdefg"
_BODIES: Final = (
    "",
    "run",
    "x\ny\nz",
    "x\ny\nw",
    "x\r\ny\r\nz",
    "p q r s t",
    "p q r s u",
    "set -e\nrun",
    "set -e\nrum",
)


def lookalikes(dice: Random) -> tuple[Export, Export]:
    """Return unrelated sides, or sides whose names are shuffled."""
    before = _flow(dice)
    if dice.random() < 0.5:
        return before, _flow(dice)
    after = copy.deepcopy(before)
    new_names = dict(zip(_NAMES, dice.sample(_NAMES, len(_NAMES)), strict=True))
    for task in after["tasks"]:
        task["name"] = new_names[task["name"]]
        if dice.random() < 0.2:
            task["cmd"] = dice.choice(_BODIES)
    for edge in (*after["relations"], *after["linkRelations"]):
        for end in edge.keys() & {"sourceTaskName", "targetTaskName"}:
            edge[end] = new_names[edge[end]]
    return before, after


def _flow(dice: Random) -> Export:
    names = dice.sample(_NAMES, dice.randint(0, len(_NAMES)))
    pairs = [dice.sample(names, 2) for _ in range(dice.randint(0, 8) if len(names) > 1 else 0)]
    links = [{"linkId": source, "sourceFlowName": source} for source in dice.sample("FG", dice.randint(0, 2))]
    return {
        "name": "nightly",
        "tasks": [_task(name, dice) for name in names],
        "relations": [
            {"sourceTaskName": source, "targetTaskName": target, "rerun": dice.random() < 0.5}
            for source, target in sorted({(source, target) for source, target in pairs})
        ],
        "flowLinks": links,
        "taskLinks": [],
        "linkRelations": [
            {"linkId": link["linkId"], "targetTaskName": name, "rerun": dice.random() < 0.5}
            for link in links
            for name in dice.sample(names, dice.randint(0, min(3, len(names))))
        ],
    }


def _task(name: str, dice: Random) -> Export:
    settings = {"timeout": (1, 2), "type": (1, "COMMAND")}
    return {
        "name": name,
        "cmd": dice.choice(_BODIES),
        **{key: dice.choice(values) for key, values in settings.items() if dice.random() < 0.3},
    }
