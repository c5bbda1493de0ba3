"""The cases: realistic pairs of exports or documents, and the true number of edits between them.

A folder of `golden` contains `case.yaml` and the two sides: `before.yaml` and `after.yaml`, or folders
`before` and `after` with a file for each flow, named by its id: a document (.yaml), or an export as received
(.json). The sides of large cases are generated below.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import yaml

from flowsync.document.load import load_document
from flowsync.document.reader import parse
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record, parse_json

GOLDEN: Final = Path(__file__).parent / "golden"
STORIES: Final = "case.yaml"
SIDES: Final = ("before", "after")

Export: TypeAlias = dict[str, Any]
Flows: TypeAlias = dict[int, Export]


@dataclass(frozen=True)
class Case:
    """A case; `edits` is the true number of differences, `findings` how many of each kind and impact.

    `unknown` flows cannot be read on one side.
    """

    folder: Path
    title: str
    story: str
    edits: int
    findings: Mapping[str, int]
    unknown: int = 0
    made: str | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def files(self) -> tuple[Mapping[int, bytes], Mapping[int, bytes]]:
        """The bytes of each flow's file, by its id, on either side."""
        if self.made:
            return tuple(map(_rendered, MADE[self.made]()))  # type: ignore[return-value]
        before, after = (_files(self.folder, side) for side in SIDES)
        return before, after

    @cached_property
    def values(self) -> tuple[Mapping[int, Record], Mapping[int, Record]]:
        """The values in the files, for tools that know nothing about flows."""
        before, after = ({flow_id: _value(data) for flow_id, data in side.items()} for side in self.files)
        return before, after

    @property
    def stored(self) -> tuple[Mapping[int, bytes], Mapping[int, bytes]]:
        """The documents of the flows as a repository contains them."""
        before, after = (
            {flow_id: _stored(flow_id, data) for flow_id, data in side.items()} for side in self.files
        )
        return before, after

    @cached_property
    def documents(self) -> tuple[Mapping[int, Record], Mapping[int, Record]]:
        """The flows in canonical form."""
        before, after = (
            {flow_id: _document(flow_id, data) for flow_id, data in side.items()} for side in self.files
        )
        return before, after


@cache
def cases() -> tuple[Case, ...]:
    """All cases, by name."""
    return tuple(_case(folder) for folder in sorted(GOLDEN.iterdir()) if folder.is_dir())


def _case(folder: Path) -> Case:
    fields = yaml.safe_load((folder / STORIES).read_text(encoding="utf-8"))
    return Case(folder, **fields)


def _files(folder: Path, side: str) -> Mapping[int, bytes]:
    alone = folder / f"{side}.yaml"
    if alone.exists():
        data = alone.read_bytes()
        return {int(parse(data.decode())["flowId"]): data}  # type: ignore[arg-type]
    return {int(path.stem): path.read_bytes() for path in sorted((folder / side).iterdir())}


def _is_export(data: bytes) -> bool:
    return data.startswith(b"{")


def _value(data: bytes) -> Record:
    text = data.decode()
    value = parse_json(text) if _is_export(data) else parse(text)
    assert isinstance(value, dict)
    return value


def _document(flow_id: int, data: bytes) -> Record:
    return canonicalize(_value(data), flow_id) if _is_export(data) else load_document(data)


def _stored(flow_id: int, data: bytes) -> bytes:
    return dump(_document(flow_id, data)).encode() if _is_export(data) else data


def _rendered(flows: Flows) -> dict[int, bytes]:
    return {flow_id: dump(canonicalize(flow, flow_id)).encode() for flow_id, flow in flows.items()}


def _task(name: str, cmd: str, **fields: object) -> Export:
    mode = json.dumps({"taskMode": 1, "cpu": 0.5, "memory": 1})
    return {"name": name, "type": "COMMAND", "cmd": cmd, "runMode": mode, "retryInterval": 0, **fields}


def _flow(name: str, tasks: list[Export], **fields: object) -> Export:
    chain = [
        {"sourceTaskName": one["name"], "targetTaskName": next_one["name"], "rerun": True}
        for one, next_one in pairwise(tasks)
    ]
    return {
        "name": name,
        "type": 1,
        "cycle": "D",
        "cron": "0 0 2 * * ? *",
        "owners": "li.wei;",
        "tasks": tasks,
        "relations": chain,
        **fields,
    }


def _five_thousand_tasks() -> Iterator[Flows]:
    """One flow; every hundredth command names another model."""
    for model in ("2025", "2026"):
        tasks = [
            _task(
                f"train_wtg_{number:04}",
                f"python3 train.py --turbine {number:04} --model {model if number % 100 == 42 else 2025}",
            )
            for number in range(5_000)
        ]
        yield {3014: _flow("forecast_model_training", tasks, relations=[*_fans(tasks)])}


def _fans(tasks: list[Export]) -> Iterator[Export]:
    """Ten tasks run after each tenth."""
    for number in range(10, len(tasks)):
        source = tasks[number // 10 - 1]
        yield {"sourceTaskName": source["name"], "targetTaskName": tasks[number]["name"], "rerun": False}


_SITES: Final = 98


def _retry_interval_everywhere() -> Iterator[Flows]:
    """Two or three downloads and a load in each of 98 flows: 212 tasks have another retry interval."""
    for interval in (0, 60):
        yield {
            5_000 + site: _flow(f"site_{site:03}_ingest", _downloads(site, interval))
            for site in range(_SITES)
        }


def _downloads(site: int, interval: int) -> list[Export]:
    kinds = ("scada", "alarms", "mast")[: 3 if site % 6 == 0 and site < 96 else 2]
    pulls = [
        _task(f"pull_{kind}", f"./pull.sh {kind} {site:03} ${{cal_dt}}\n", retryInterval=interval)
        for kind in kinds
    ]
    return [*pulls, _task("load", f"./load.sh {site:03}")]


def _new_field_everywhere() -> Iterator[Flows]:
    """Fifty flows; the platform has begun to send one field more."""
    for extra in ({}, {"lineage": None}):
        yield {
            6_000 + number: _flow(
                f"kpi_{number:02}_daily",
                [
                    _task("collect", f"./collect.sh {number}\n"),
                    _task("publish", f"./publish.sh kpi_{number}\n"),
                ],
                **extra,
            )
            for number in range(50)
        }


_FARMS: Final = """
jiuquan guazhou xilinhot damao zhangbei rudong yumen hami dabancheng huitengxile chifeng baicheng tongyu daan
fuxin kangping laizhou rongcheng dafeng sheyang qidong xiangshan pingtan nanao yangjiang xuwen dongfang dali
guyuan zhongwei
""".split()  # noqa: SIM905  # thirty quoted names read worse


def _head_insert_into_sixty_tasks() -> Iterator[Flows]:
    """A download and a load for each of thirty farms; then a check in front of all of them."""
    farms = [
        _farm_task(number, farm, kind) for number, farm in enumerate(_FARMS, 1) for kind in ("pull", "load")
    ]
    check = _farm_flow_task(
        "00_check_gateway",
        "curl -fsS --max-time 20 https://gw.example/health | grep -q ok",
        retryLimit=10,
        retryInterval=60,
    )
    for tasks in (farms, [check, *farms]):
        yield {2931: _farm_flow(tasks)}


def _farm_task(number: int, farm: str, kind: str) -> Export:
    commands = {
        "pull": f"python3 pull.py --farm {farm} --day ${{cal_dt}} --out in/{farm}.csv",
        "load": f"hdfs dfs -put -f in/{farm}.csv /warehouse/ods/wtg/{farm}/${{cal_dt}}.csv",
    }
    timeout = 900 if kind == "pull" else 300
    return _farm_flow_task(f"{number:02}_{kind}_{farm}", commands[kind], timeout=timeout)


def _farm_flow_task(name: str, cmd: str, **fields: object) -> Export:
    mode = {"taskMode": 1, "cpu": 0.5, "memory": 1, "maxParallel": 0, "keyType": 0, "datasourceId": 0}
    defaults = {
        "runMode": json.dumps({**mode, "path": "", "content": ""}),
        "resource": "default",
        "filePackage": "",
        "cron": "",
        "syncType": 1,
        "priorityLevel": 0,
        "timeout": 300,
        "retryLimit": 3,
        "successCode": "0",
        "submitter": "dwh_etl",
        "asLink": False,
    }
    return _task(name, cmd, **{**defaults, **fields})


def _farm_flow(tasks: list[Export]) -> Export:
    """Tasks in a chain; one runs again when the task before it does, unless that loads another farm."""
    flow = _flow(
        "wtg_daily_pull",
        tasks,
        desc="Daily files of all turbines, farm after farm, so that the gateway is not flooded",
        startTime="2024-03-01",
        alertMode=1,
        syncType=1,
        submitter="dwh_etl",
        owners="li.wei;zhang.min",
        visitors="ops.desk",
        parameters="[]",
    )
    for relation in flow["relations"]:
        relation["rerun"] = "_load_" not in relation["sourceTaskName"]
    return flow


def _both(sides: Callable[[], Iterator[Flows]]) -> Callable[[], tuple[Flows, Flows]]:
    def made() -> tuple[Flows, Flows]:
        before, after = sides()
        return before, after

    return made


MADE: Final[Mapping[str, Callable[[], tuple[Flows, Flows]]]] = MappingProxyType(
    {
        "head_insert_into_sixty_tasks": _both(_head_insert_into_sixty_tasks),
        "five_thousand_tasks": _both(_five_thousand_tasks),
        "retry_interval_everywhere": _both(_retry_interval_everywhere),
        "new_field_everywhere": _both(_new_field_everywhere),
    }
)
"""The generated sides of the cases that are too large to store."""
