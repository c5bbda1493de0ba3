"""What acceptance tests use: the live side, the program, and small flows."""

import copy
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builders import relation

from flowsync.emulator.gateway import Gateway
from flowsync.emulator.organisation import Directory, Organisation

SECRET: Final = "s3cret-of-the-acceptance-tests"
KEY: Final = "key-of-the-acceptance-tests"
VARIABLES: Final = {"ENOS_APP_KEY": KEY, "ENOS_APP_SECRET": SECRET}
ORGANISATIONS: Final = {"prod": "o15500000000101", "dev": "o15500000000102"}
USER: Final = "u15500000000101"

Flow = dict[str, Any]
Git = Callable[..., str]


@dataclass(frozen=True)
class Result:
    """One run of the program: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return the JSON document on stdout."""
        return json.loads(self.out)

    @property
    def comparison(self) -> Any:
        """Return the only comparison of the JSON document on stdout."""
        (comparison,) = self.document["comparisons"]
        return comparison

    @property
    def verdicts(self) -> dict[int, str]:
        """Return the verdict of each flow that is not the same."""
        return {flow["flowId"]: flow["verdict"] for flow in self.comparison["flows"]}

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers in the first lines: of compared flows, and of flows with each status."""
        text = " ".join(self.out.partition("\n\n")[0].split())
        if text.startswith("No changes: "):
            return {"flows": int(_FLOWS.findall(text)[-1])}
        scope = _SCOPE.search(text)
        counts = {} if scope is None else {name: int(count) for count, name in _STATUS.findall(scope[1])}
        unknown = _UNKNOWN.search(text)
        flows = {} if scope is None else {"flows": int(scope[2])}
        return flows | counts | ({} if unknown is None else {"unknown": int(unknown[1])})


_FLOWS = re.compile(r"\((\d+) flows?[,)]")
_SCOPE = re.compile(r" → .*?: ([\w ,]+) of (\d+) flows?")
_STATUS = re.compile(r"(\d+) (changed|new|removed|missing)")
_UNKNOWN = re.compile(r"(\d+)(?: of \d+)? flows? unknown")

Program = Callable[..., Result]


@dataclass(frozen=True)
class Live:
    """One organisation of the running emulator."""

    emulator: Gateway
    org_id: str

    @property
    def flows(self) -> Mapping[int, Flow]:
        return next(one.flows for one in self.emulator.organisations if one.org_id == self.org_id)

    def put(self, flows: Mapping[int, Flow]) -> None:
        """Replace all flows."""
        self.emulator.put_flows(self.org_id, {**flows})

    def edit(self, flow_id: int, path: str, value: Any, *, op: str = "replace") -> None:
        self.emulator.edit(self.org_id, flow_id, [{"op": op, "path": path, "value": value}])

    def delete(self, flow_id: int) -> None:
        self.emulator.delete_flow(self.org_id, flow_id)

    def actions(self) -> list[str]:
        """Return the actions of all requests since the log was last cleared."""
        return [request.action for request in self.emulator.requests()]

    def exported(self) -> Collection[int | None]:
        return {request.flow_id for request in self.emulator.requests() if request.action == "export"}


def organisations() -> list[Organisation]:
    """Return two organisations of one application, without flows."""
    return [
        Organisation(name, org_id, USER, KEY, SECRET, {}, (Directory("Workflow", "root"),))
        for name, org_id in ORGANISATIONS.items()
    ]


def flow(name: str, **fields: Any) -> Flow:
    """Return an ordinary flow of two tasks."""
    run_mode = '{"taskMode":1,"cpu":0.5,"memory":1,"maxParallel":0,"keyType":0,"datasourceId":0}'
    return copy.deepcopy(
        {
            "name": name,
            "desc": "",
            "type": 1,
            "cycle": "D",
            "cron": "0 0 1 * * ? *",
            "startTime": "2026-01-01",
            "owners": "li.wei",
            "parameters": '[{"key":"site","value":"jiuquan"}]',
            "tasks": [
                {"name": "load", "type": 3, "cmd": "set -e\n./load.sh ${cal_dt}\n", "runMode": run_mode},
                {"name": "report", "type": 3, "cmd": "./report.sh", "runMode": run_mode},
            ],
            "relations": [relation("load", "report")],
            "flowLinks": [],
            "taskLinks": [],
            "linkRelations": [],
            **fields,
        }
    )


def flows(count: int, first: int = 1) -> dict[int, Flow]:
    """Return `count` ordinary flows by id."""
    return {number: flow(f"flow_{number}") for number in range(first, first + count)}


def configuration(url: str, environments: Collection[str] = ("prod",), **fields: Any) -> str:
    """Return flowsync.yaml for these environments; they discover all flows unless `fields` differ."""
    settings = {"discover": {"directories": ["**"]}, **fields}
    own = "".join(f"    {key}: {json.dumps(value)}\n" for key, value in settings.items() if value is not None)
    return "version: 1\nenvironments:\n" + "".join(
        f"  {name}:\n    gateway: {url}\n    orgId: {ORGANISATIONS[name]}\n    userId: {USER}\n"
        f"    credentials: {{appKey: {{env: ENOS_APP_KEY}}, appSecret: {{env: ENOS_APP_SECRET}}}}\n{own}"
        for name in environments
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, including those of git, to detect any write."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def file_of(repo: Path, flow_id: int, environment: str = "prod") -> Path:
    """Return the file of a flow in the work tree."""
    (found,) = (repo / "flows" / environment).glob(f"*.{flow_id}.yaml")
    return found
