"""The organisations, the time and the calls of the emulator's tests."""

from collections.abc import Callable
from typing import Any

import httpx

from flowsync.emulator.organisation import Directory, Organisation

NOW = 1_767_225_600.0

TASK = {
    "name": "load",
    "type": "COMMAND",
    "cmd": "./load.sh ${cal_dt}",
    "runMode": '{"taskMode":1,"cpu":0.5}',
}
EXPORT: dict[str, Any] = {
    "name": "nightly_load",
    "cycle": "D",
    "cron": "0 0 2 * * ? *",
    "parameters": '[{"key":"site","value":"jiuquan"}]',
    "owners": "li.wei;",
    "startTime": "2025-03-01",
    "tasks": [TASK, {"name": "check", "type": 3, "cmd": "echo 描述", "runMode": '{"taskMode":1}'}],
    "relations": [{"sourceTaskName": "load", "targetTaskName": "check", "rerun": True}],
    "flowLinks": [{"linkId": "0", "sourceFlowName": "hourly_scan"}],
    "taskLinks": [],
    "linkRelations": [{"linkId": "0", "targetTaskName": "load", "rerun": False}],
}
WIND = Organisation(
    name="wind",
    org_id="o100",
    user_id="u100",
    app_key="key-wind",
    app_secret="secret-wind",
    flows={
        2924: EXPORT,
        2925: {**EXPORT, "name": "hourly_scan", "cycle": "H", "startTime": "2025-01-01", "flowLinks": []},
        2930: {**EXPORT, "name": "功率预测", "cycle": "mi", "startTime": "2025-02-01"},
        2931: {**EXPORT, "name": "payroll"},
    },
    directories=(
        Directory(
            "Workflow",
            "a" * 32,
            children=(Directory("etl", "b" * 32, children=(Directory("raw", "c" * 32),)),),
        ),
        Directory("Data Resource", "d" * 32, kind=2, files=((611, "load.sh"),)),
    ),
    placement={2924: "b" * 32, 2930: "c" * 32},
    hidden=frozenset({2931}),
)
SOLAR = Organisation(
    name="solar",
    org_id="o200",
    user_id="u200",
    app_key="key-solar",
    app_secret="secret-solar",
    flows={4001: {**EXPORT, "name": "solar_load"}},
    directories=(Directory("Workflow", "e" * 32),),
)

Call = Callable[..., httpx.Response]
