"""Build a large, reproducible organisation of realistic flows from the tasks of the sample."""

import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from flowsync.emulator.sample import sample_organisations

TASKS = 20
FIRST_ID = 10_000
_FEW_LINES = 480
ORG_ID = "o15500000000009"
USER_ID = "u15500000000009"

Export = dict[str, Any]


def flow_ids(count: int) -> range:
    return range(FIRST_ID, FIRST_ID + count)


def export(flow_id: int, tasks: int = TASKS) -> Export:
    """Return the export of one flow; 20 tasks give about 16 kB of canonical text."""
    dice = Random(flow_id)
    chosen = [_task(number, dice) for number in range(tasks)]
    names = [str(task["name"]) for task in chosen]
    template = dice.choice(_templates())
    return {
        **template,
        "name": f"{template['name']}_{flow_id}",
        "tasks": chosen,
        "relations": [*_relations(names, dice)],
        "flowLinks": [{"linkId": "0", "sourceFlowName": "upstream_calendar"}],
        "taskLinks": [{"linkId": "1", "sourceFlowName": "upstream_masterdata", "sourceTaskName": "publish"}],
        "linkRelations": [
            {"linkId": str(number % 2), "targetTaskName": name, "rerun": False}
            for number, name in enumerate(dice.sample(names, min(4, len(names))))
        ],
    }


def edited(flow: Export, share: float = 0.0) -> Export:
    """Return the flow with a longer time-out of its first task or of a share of its tasks."""
    count = max(1, round(share * len(flow["tasks"])))
    tasks = [
        {**task, "timeout": 4711} if number < count else task for number, task in enumerate(flow["tasks"])
    ]
    return {**flow, "tasks": tasks}


def _task(number: int, dice: Random) -> Export:
    task = dice.choice(_tasks())
    return {**task, "name": f"{task['name']}_{number:02}"}


def _relations(names: list[str], dice: Random) -> Iterator[Export]:
    """Yield a chain and a few edges that skip tasks."""
    for number, name in enumerate(names[1:]):
        yield {"sourceTaskName": names[number], "targetTaskName": name, "rerun": True}
    for number in range(2, len(names), 5):
        source = names[dice.randrange(number - 1)]
        yield {"sourceTaskName": source, "targetTaskName": names[number], "rerun": False}


@cache
def _templates() -> tuple[Export, ...]:
    """Return the sample flows that have all documented fields in the documented notation."""
    flows = [flow for site in sample_organisations() for flow in site.flows.values()]
    return tuple(flow for flow in flows if isinstance(flow.get("name"), str) and "cycle" in flow)


@cache
def _tasks() -> tuple[Export, ...]:
    """Return tasks with a script of a few lines, so that 20 of them give 16 kB."""
    tasks = [task for flow in _templates() for task in flow["tasks"] or ()]
    return tuple(task for task in tasks if "name" in task and len(json.dumps(task)) >= _FEW_LINES)
