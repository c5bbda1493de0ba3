"""How a change of each field is reported: one test for every row of the field table."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, assert_never

import pytest
from acceptance.world import Git, Live, Program

from flowsync.flow.field_types import Field, Kind, Shape, Struct
from flowsync.flow.fields import (
    FLOW,
    FLOW_LINK,
    LINK_RELATION,
    PARAMETER,
    RELATION,
    RUN_MODE,
    STRUCTS,
    TASK,
    TASK_LINK,
)

_RUN_MODE: Final = {
    "taskMode": 2,
    "cpu": 0.5,
    "memory": 1,
    "maxParallel": 3,
    "keyType": 1,
    "datasourceId": 2512,
    "path": "/keys.txt",
    "content": "",
}

_TASK: Final = {
    "name": "load",
    "type": 3,
    "cmd": "set -e\n./load.sh\n",
    "runMode": json.dumps(_RUN_MODE),
    "resource": "queue",
    "filePackage": "/packages/load.zip",
    "cron": "",
    "syncType": 0,
    "priorityLevel": 1,
    "timeout": 3600,
    "retryLimit": 3,
    "retryInterval": 60,
    "successCode": "0",
    "submitter": "data",
    "asLink": False,
}

_EVERYTHING: Final = {
    "name": "everything",
    "desc": "Every field that is documented",
    "type": 1,
    "cycle": "D",
    "cron": "0 0 1 * * ? *",
    "startTime": "2026-01-01",
    "alertMode": 1,
    "syncType": 1,
    "submitter": "data",
    "owners": "li.wei;zhao.lei",
    "visitors": "wang.fang",
    "parameters": json.dumps([{"key": "site", "value": "jiuquan"}, {"key": "year", "value": "2026"}]),
    "tasks": [_TASK, {"name": "report", "type": 3, "cmd": "./report.sh"}],
    "relations": [{"sourceTaskName": "load", "targetTaskName": "report", "rerun": True}],
    "flowLinks": [{"linkId": "0", "sourceFlowName": "dw"}],
    "taskLinks": [{"linkId": "1", "sourceFlowName": "dim", "sourceTaskName": "sites"}],
    "linkRelations": [
        {"linkId": "0", "targetTaskName": "load", "rerun": True},
        {"linkId": "1", "targetTaskName": "report", "rerun": False},
    ],
}


@dataclass(frozen=True)
class _Place:
    """Paths of an entry of a struct: in the export, in the document, and its step in the document."""

    pointer: str
    parent: str
    step: str = ""

    @property
    def path(self) -> str:
        return f"{self.parent}/{self.step}" if self.step else self.parent


_TASK_PATH: Final = "/tasks/name=load"
_PLACES: Final = {
    FLOW.name: _Place("", ""),
    TASK.name: _Place("/tasks/0", "/tasks", "name=load"),
    RUN_MODE.name: _Place("/tasks/0/runMode", f"{_TASK_PATH}/runMode"),
    RELATION.name: _Place("/relations/0", "/relations", "sourceTaskName=load,targetTaskName=report"),
    FLOW_LINK.name: _Place("/flowLinks/0", "/flowLinks", "sourceFlowName=dw"),
    TASK_LINK.name: _Place("/taskLinks/0", "/taskLinks", "sourceFlowName=dim,sourceTaskName=sites"),
    LINK_RELATION.name: _Place(
        "/linkRelations/0", "/flowLinks/sourceFlowName=dw/targets", "targetTaskName=load"
    ),
    PARAMETER.name: _Place("/parameters/0", "/parameters", "key=site"),
}

_NEW_ENTRIES: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "parameters": ({"key": "zone", "value": "8"}, "/parameters/key=zone"),
    "tasks": ({"name": "extra", "type": 3, "cmd": "true"}, "/tasks/name=extra"),
    "relations": (
        {"sourceTaskName": "report", "targetTaskName": "extra", "rerun": False},
        "/relations/sourceTaskName=report,targetTaskName=extra",
    ),
    "flowLinks": ({"linkId": "2", "sourceFlowName": "new"}, "/flowLinks/sourceFlowName=new"),
    "taskLinks": (
        {"linkId": "2", "sourceFlowName": "new", "sourceTaskName": "t"},
        "/taskLinks/sourceFlowName=new,sourceTaskName=t",
    ),
    "linkRelations": (
        {"linkId": "0", "targetTaskName": "report", "rerun": True},
        "/flowLinks/sourceFlowName=dw/targets/targetTaskName=report",
    ),
}

_NEW_MEMBER: Final = "chen.jie"

_TEXTS: Final = {
    Shape.TEXT: "another",
    Shape.CRON: "0 30 2 * * ? *",
    Shape.DATE: "2026-02-01",
    Shape.RUN_MODE: "none",
}

_ROWS: Final = [(struct, field) for struct in STRUCTS for field in struct.fields]
_NAMES: Final = [f"{struct.name}.{field.name}" for struct, field in _ROWS]


def _value_at(pointer: str) -> Any:
    value: Any = _EVERYTHING
    for step in pointer.split("/")[1:]:
        value = json.loads(value) if isinstance(value, str) else value
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _other_value(field: Field, before: Any) -> Any:
    """Return another legal value of a field, as the platform would send it."""
    if field.words:
        return next(word for word in field.words if word != before)
    if field.shape in {Shape.INTEGER, Shape.ID, Shape.NUMBER}:
        return before + 1
    if field.shape is Shape.BOOLEAN:
        return not before
    if field.shape is Shape.NAMES:
        return f"{before};{_NEW_MEMBER}"
    return _TEXTS[field.shape]


def _as_documented(field: Field, value: Any) -> Any:
    return json.loads(value) if field.shape is Shape.RUN_MODE and value.startswith("{") else value


@pytest.fixture(scope="module")
def synced_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a copy of the repository after its first sync; it exists after the first use."""
    return tmp_path_factory.mktemp("everything") / "repo"


@pytest.fixture
def everything(synced_copy: Path, repo: Path, prod: Live, flowsync: Program) -> Path:
    """Sync a live side with one flow that has every field."""
    prod.put({7: _EVERYTHING})
    if synced_copy.exists():
        shutil.copytree(synced_copy, repo, dirs_exist_ok=True)
    else:
        assert flowsync("sync").status == 0
        shutil.copytree(repo, synced_copy)
    return repo


def _changes(flowsync: Program) -> list[dict[str, Any]]:
    """Return the findings of the only flow that the last commit changed."""
    (flow,) = flowsync("diff", "HEAD~1", "HEAD", "--format", "json").comparison["flows"]
    assert (flow["verdict"], flow["flowId"]) == ("changed", 7)
    return [{key: found[key] for key in _COMPARED_KEYS if key in found} for found in flow["findings"]]


_COMPARED_KEYS: Final = ("change", "path", "to", "before", "after")


def _requires_one_commit(flowsync: Program, git: Git) -> None:
    before = git("rev-parse", "HEAD")
    assert flowsync("sync").status == 0
    assert git("rev-parse", "HEAD~1") == before
    assert len(git("diff", "-M", "--name-status", "HEAD~1", "HEAD").splitlines()) == 1


def _requires_no_commit(flowsync: Program, git: Git) -> None:
    before = git("rev-parse", "HEAD")
    done = flowsync("sync")
    assert (done.status, done.counts) == (0, {"flows": 1})
    assert git("rev-parse", "HEAD") == before
    assert flowsync("drift").counts == {"flows": 1}


def _value_is_one_change_at_its_path(
    struct: Struct, field: Field, live: Live, flowsync: Program, git: Git
) -> None:
    place = _PLACES[struct.name]
    pointer = f"{place.pointer}/{field.name}"
    before = _value_at(pointer)
    after = _other_value(field, before)
    live.edit(7, pointer, after)
    _requires_one_commit(flowsync, git)
    path = f"{place.path}/{field.name}"
    if field.shape is Shape.NAMES:
        expected = {"change": "added", "path": f"{path}/{_NEW_MEMBER}", "after": _NEW_MEMBER}
    else:
        sides = {"before": _as_documented(field, before), "after": _as_documented(field, after)}
        expected = {"change": "changed", "path": path, **sides}
    assert _changes(flowsync) == [expected]


def _identity_is_one_renamed_entry(
    struct: Struct, field: Field, live: Live, flowsync: Program, git: Git
) -> None:
    place = _PLACES[struct.name]
    pointer = f"{place.pointer}/{field.name}"
    live.edit(7, pointer, "other")
    _requires_one_commit(flowsync, git)
    renamed = place.step.replace(f"{field.name}={_value_at(pointer)}", f"{field.name}=other")
    (change,) = _changes(flowsync)
    paths = (f"{place.parent}/{place.step}", f"{place.parent}/{renamed}")
    assert (change["change"], change["path"], change["to"]) == ("moved", *paths)
    assert renamed != place.step


def _flow_name_is_a_git_rename_and_one_change(live: Live, flowsync: Program, git: Git) -> None:
    live.edit(7, "/name", "something else")
    _requires_one_commit(flowsync, git)
    printed = git("diff", "-M", "--name-status", "HEAD~1", "HEAD")
    similarity, before, after = printed.split("\t")
    assert similarity.startswith("R")
    assert (before, after) == ("flows/prod/everything.7.yaml", "flows/prod/something-else.7.yaml")
    assert _changes(flowsync) == [
        {"change": "changed", "path": "/name", "before": "everything", "after": "something else"}
    ]


def _join_key_is_not_a_change(struct: Struct, field: Field, live: Live, flowsync: Program, git: Git) -> None:
    before = _value_at(f"{_PLACES[struct.name].pointer}/{field.name}")
    arrays = ("flowLinks", "taskLinks", "linkRelations")
    records = [(f"/{array}/{index}", at) for array in arrays for index, at in enumerate(live.flows[7][array])]
    for place, record in records:
        if record[field.name] == before:
            live.edit(7, f"{place}/{field.name}", 77)
    assert "77" in json.dumps(live.flows[7][f"{struct.name[0].lower()}{struct.name[1:]}s"])
    _requires_no_commit(flowsync, git)


def _new_entry_is_one_addition(field: Field, live: Live, flowsync: Program, git: Git) -> None:
    entry, path = _NEW_ENTRIES[field.name]
    live.edit(7, f"/{field.name}/-", entry, op="add")
    _requires_one_commit(flowsync, git)
    (change,) = _changes(flowsync)
    assert (change["change"], change["path"]) == ("added", path)
    assert change["after"].items() >= {key: entry[key] for key in entry if key != "linkId"}.items()


def test_the_export_under_test_has_every_field_of_the_table() -> None:
    for struct, field in _ROWS:
        _value_at(f"{_PLACES[struct.name].pointer}/{field.name}")


@pytest.mark.parametrize(("struct", "field"), _ROWS, ids=_NAMES)
def test_a_change_on_the_platform_is_reported_as_its_kind_of_field_requires(
    struct: Struct, field: Field, everything: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    match field.kind:
        case Kind.VALUE:
            _value_is_one_change_at_its_path(struct, field, prod, flowsync, git)
        case Kind.IDENTITY:
            _identity_is_one_renamed_entry(struct, field, prod, flowsync, git)
        case Kind.FLOW_NAME:
            _flow_name_is_a_git_rename_and_one_change(prod, flowsync, git)
        case Kind.JOIN_KEY:
            _join_key_is_not_a_change(struct, field, prod, flowsync, git)
        case Kind.ENTRIES:
            _new_entry_is_one_addition(field, prod, flowsync, git)
        case _:
            assert_never(field.kind)


@pytest.mark.parametrize("name", [field.name for field in FLOW.fields if field.shape is Shape.NAMES])
@pytest.mark.parametrize("decorate", ["{all};", "; {backwards} ;;", "{all};{all}"])
def test_the_notation_of_a_list_of_names_causes_no_commit(
    name: str, decorate: str, everything: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    names = _value_at(f"/{name}").split(";")
    decorated = decorate.format(all=" ; ".join(names), backwards=";".join(reversed(names)))
    prod.edit(7, f"/{name}", decorated)
    _requires_no_commit(flowsync, git)
