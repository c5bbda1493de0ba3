import copy
import json
from typing import Any

import pytest

from flowsync.emulator.patch import apply_patch
from flowsync.errors import FlowsyncError

EXPORT: dict[str, Any] = {
    "name": "load",
    "parameters": '[{"key":"站点","value":"酒泉"}]',
    "tasks": [{"name": "a", "runMode": '{"taskMode":1,"cpu":0.5}'}, {"name": "b"}],
    "a/b": {"m~n": True},
}


def after(op: str, path: str, *value: object) -> Any:
    operation = {"op": op, "path": path}
    return apply_patch(EXPORT, [operation | ({"value": value[0]} if value else {})])


def test_replace_sets_a_value_that_exists() -> None:
    assert after("replace", "/name", "unload") == EXPORT | {"name": "unload"}


def test_add_sets_a_new_key_and_an_old_one() -> None:
    assert after("add", "/desc", "x")["desc"] == "x"
    assert after("add", "/name", "x")["name"] == "x"


@pytest.mark.parametrize(("path", "names"), [("/tasks/0", "cab"), ("/tasks/1", "acb"), ("/tasks/-", "abc")])
def test_add_inserts_into_a_list(path: str, names: str) -> None:
    assert [task["name"] for task in after("add", path, {"name": "c"})["tasks"]] == list(names)


def test_remove_deletes_a_key_or_an_entry() -> None:
    assert "name" not in after("remove", "/name")
    assert after("remove", "/tasks/0")["tasks"] == [{"name": "b"}]


def test_keys_with_slash_and_tilde_are_escaped() -> None:
    assert after("replace", "/a~1b/m~0n", False)["a/b"] == {"m~n": False}


def test_a_pointer_leads_into_the_text_of_a_run_mode() -> None:
    mode = after("replace", "/tasks/0/runMode/cpu", 2)["tasks"][0]["runMode"]
    assert mode == '{"taskMode":1,"cpu":2}'


def test_a_pointer_leads_into_the_text_of_parameters() -> None:
    text = after("add", "/parameters/-", {"key": "b", "value": ""})["parameters"]
    assert text == '[{"key":"站点","value":"酒泉"},{"key":"b","value":""}]'


def test_a_pointer_leads_through_text_inside_text() -> None:
    twice = {"parameters": json.dumps(json.dumps([{"key": "a", "value": "1"}]))}
    changed = apply_patch(twice, [{"op": "replace", "path": "/parameters/0/value", "value": "2"}])
    assert isinstance(changed, dict)
    assert json.loads(json.loads(changed["parameters"])) == [{"key": "a", "value": "2"}]


def test_a_run_mode_can_also_be_replaced_as_a_whole() -> None:
    assert after("replace", "/tasks/0/runMode", "{}")["tasks"][0]["runMode"] == "{}"


def test_the_whole_document_can_be_replaced() -> None:
    assert after("replace", "", {"name": "new"}) == {"name": "new"}


def test_operations_apply_one_after_the_other() -> None:
    patch = [
        {"op": "add", "path": "/x", "value": []},
        {"op": "add", "path": "/x/-", "value": 1},
    ]
    assert apply_patch({}, patch) == {"x": [1]}


def test_a_patch_does_not_change_its_input() -> None:
    before = copy.deepcopy(EXPORT)
    apply_patch(
        EXPORT, [{"op": "remove", "path": "/tasks/0/runMode/cpu"}, {"op": "remove", "path": "/tasks/1"}]
    )
    assert before == EXPORT


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ({"op": "replace", "path": "/nope", "value": 1}, "there is no 'nope'"),
        ({"op": "remove", "path": "/nope"}, "there is no 'nope'"),
        ({"op": "add", "path": "/nope/deep", "value": 1}, "there is no 'nope'"),
        ({"op": "replace", "path": "/tasks/2", "value": 1}, "the list has 2 entries"),
        ({"op": "add", "path": "/tasks/3", "value": 1}, "the list has 2 entries"),
        ({"op": "replace", "path": "/tasks/-", "value": 1}, "'-' is not an index"),
        ({"op": "replace", "path": "/tasks/01", "value": 1}, "'01' is not an index"),
        ({"op": "replace", "path": "/name/x", "value": 1}, "is not JSON"),
        ({"op": "replace", "path": "/a~1b/m~0n/x", "value": 1}, "there is nothing below True"),
        ({"op": "replace", "path": "name", "value": 1}, "a pointer starts with /"),
        ({"op": "replace", "path": "/name"}, "it has no value"),
        ({"op": "remove", "path": ""}, "the whole document"),
        ({"op": "move", "path": "/name", "from": "/x"}, "unknown operation: 'move'"),
        ({"op": "add"}, "not a JSON Patch operation"),
        ("remove /name", "not a JSON Patch operation"),
    ],
    ids=str,
)
def test_an_operation_that_does_not_apply_gives_a_reason(operation: object, why: str) -> None:
    with pytest.raises(FlowsyncError) as caught:
        apply_patch(EXPORT, [operation])
    assert why in caught.value.message


def test_a_patch_is_a_list() -> None:
    with pytest.raises(FlowsyncError, match="a list of operations"):
        apply_patch(EXPORT, {"op": "remove", "path": "/name"})
