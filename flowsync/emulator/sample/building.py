"""Short ways to write a flow of the sample down: tasks, run modes, edges, links."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import dedent
from types import MappingProxyType
from typing import Any

from flowsync.emulator.organisation import Export
from flowsync.emulator.sample.site import Site

Task = dict[str, Any]

_USUAL = MappingProxyType(
    {
        "cycle": "D",
        "cron": "",
        "parameters": "[]",
        "alertMode": 1,
        "submitter": "",
        "owners": "@data@;",
        "visitors": ";@readers@;",
        "type": 1,
        "syncType": 1,
        "desc": "",
        "startTime": "2023-06-01",
    }
)


@dataclass(frozen=True)
class SampleFlow:
    """A flow of one organisation; `folder` is its path below the workflow root."""

    flow_id: int
    folder: str
    export: Export


@dataclass(frozen=True)
class Upstream:
    """A link to a flow, or to one of its tasks, that the tasks `to` wait for.

    `link_id` is given only where two links share one on purpose; otherwise links are numbered.
    """

    flow: str | None
    task: str | None = None
    to: tuple[str, ...] = ()
    rerun: bool = False
    link_id: str | None = None


def single(*, cpu: float = 0.5, memory: float = 1) -> str:
    return _run_mode(taskMode=1, cpu=cpu, memory=memory)


def per_key(content: str, *, parallel: int, cpu: float = 0.5, memory: float = 1) -> str:
    """Run mode of a task that runs once per comma-separated key."""
    return _run_mode(taskMode=2, cpu=cpu, memory=memory, maxParallel=parallel, keyType=2, content=content)


def per_line(datasource: int, path: str, *, parallel: int, cpu: float = 0.5, memory: float = 1) -> str:
    """Run mode of a task that runs once per line of a file in a data source."""
    return _run_mode(
        taskMode=2,
        cpu=cpu,
        memory=memory,
        maxParallel=parallel,
        keyType=1,
        datasourceId=datasource,
        path=path,
    )


def _run_mode(**settings: object) -> str:
    unused = {"maxParallel": 0, "keyType": 0, "datasourceId": 0, "path": "", "content": ""}
    return json.dumps(
        {**settings, **{k: v for k, v in unused.items() if k not in settings}}, separators=(",", ":")
    )


def task(name: str, cmd: str, *, kind: object = "COMMAND", run: str = "", **settings: object) -> Task:
    """A task; `kind` is its type in whichever spelling, `settings` replace single fields."""
    return {
        "name": name,
        "resource": "default",
        "type": kind,
        "syncType": 1,
        "cmd": script(cmd),
        "submitter": "",
        "filePackage": "",
        "cron": "",
        "priorityLevel": 0,
        "timeout": 300,
        "retryLimit": 3,
        "retryInterval": 0,
        "successCode": "0",
        "asLink": False,
        "runMode": run or single(),
        **settings,
    }


def script(text: str) -> str:
    """A command as it is stored: without the indentation and the line breaks around it."""
    return dedent(text).strip("\n")


def windows(text: str) -> str:
    """A command that was pasted from a Windows editor: CRLF line ends."""
    return script(text).replace("\n", "\r\n")


def tabbed(text: str) -> str:
    """A command that is indented with tabs."""
    return re.sub(r"(?m)^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), script(text))


def edges(*chains: str) -> list[dict[str, object]]:
    """Relations from chains such as `fetch > north, south >> merge`; `>>` marks edges with rerun."""
    relations = []
    for chain in chains:
        parts = re.split(r" (>>?) ", chain)
        for (sources, arrow), (targets, _) in pairwise(zip(parts[::2], [*parts[1::2], ""], strict=True)):
            relations += [
                {"sourceTaskName": source, "targetTaskName": target, "rerun": arrow == ">>"}
                for source in sources.split(", ")
                for target in targets.split(", ")
            ]
    return relations


def parameters(values: Mapping[str, str]) -> str:
    """Global parameters in the shape that exports have: JSON text of a list of entries."""
    return json.dumps([{"key": key, "value": value} for key, value in values.items()], ensure_ascii=False)


def flow(
    site: Site,
    folder: str,
    name: str,
    *,
    dev: int | None,
    prod: int | None,
    tasks: Sequence[Task],
    relations: Sequence[Mapping[str, object]] = (),
    upstream: Sequence[Upstream] = (),
    dangling: Iterable[tuple[str, str]] = (),
    **fields: object,
) -> list[SampleFlow]:
    """The flow in this organisation: a list of one, or of none where it has no flowId there.

    `dangling` are link relations (linkId, task) without a link; `fields` differ from what most flows have.
    """
    flow_id = site.either(dev=dev, prod=prod)
    if flow_id is None:
        return []
    parts = {"tasks": list(tasks), **_links(upstream, dangling), "relations": list(relations)}
    export = {"name": name, **_USUAL, "submitter": site.submitter, **fields, **parts}
    return [SampleFlow(flow_id, folder, _worded(export, site.words))]


def _links(upstream: Sequence[Upstream], dangling: Iterable[tuple[str, str]]) -> Export:
    numbered = [(link.link_id or str(number), link) for number, link in enumerate(upstream)]
    joined = [
        {"linkId": link_id, "targetTaskName": target, "rerun": link.rerun}
        for link_id, link in numbered
        for target in link.to
    ]
    loose = [{"linkId": link_id, "targetTaskName": target, "rerun": False} for link_id, target in dangling]
    return {
        "flowLinks": [
            {"linkId": link_id, "sourceFlowName": link.flow}
            for link_id, link in numbered
            if link.task is None
        ],
        "taskLinks": [
            {"linkId": link_id, "sourceFlowName": link.flow, "sourceTaskName": link.task}
            for link_id, link in numbered
            if link.task is not None
        ],
        "linkRelations": joined + loose,
    }


def _worded(value: Any, words: Mapping[str, str]) -> Any:  # noqa: ANN401 (the kind that comes in goes out)
    """JSON with every `@word@` replaced."""
    match value:
        case dict():
            return {name: _worded(held, words) for name, held in value.items()}
        case list():
            return [_worded(entry, words) for entry in value]
        case str():
            return re.sub(r"@(\w+)@", lambda match: words.get(match[1], match[0]), value)
    return value
