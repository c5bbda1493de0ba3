"""Test format.md §4: paths inside a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.texts import texts

from flowsync.flow.fields import RELATION, TASK, TASK_LINK
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.values import Record


def test_path_names_list_entry() -> None:
    steps = [
        key_step("tasks"),
        entry_step({"name": "load"}, TASK.identity),
        key_step("runMode"),
        key_step("cpu"),
    ]
    assert path(steps) == "/tasks/name=load/runMode/cpu"


def test_empty_path_is_the_document() -> None:
    assert path([]) == ""


@pytest.mark.parametrize(
    ("key", "step"),
    [("a", "a"), ("a/b", "a~1b"), ("a~b", "a~0b"), ("~1", "~01"), ("a=b,c", "a=b,c"), ("", "")],
)
def test_keys_are_escaped_as_in_json_pointer(key: str, step: str) -> None:
    assert key_step(key) == step


@pytest.mark.parametrize(
    ("entry", "step"),
    [
        ({"name": "a"}, "name=a"),
        ({"name": ""}, "name="),
        ({"name": None}, "name~null"),
        ({"name": "null"}, "name=null"),
        ({}, "name~missing"),
        ({"name": 5}, "name~5"),
        ({"name": "5"}, "name=5"),
        ({"name": [1, "a~b"]}, 'name~[1~3"a~0b"]'),
        ({"name": "~/=,"}, "name=~0~1~2~3"),
        ({"name": "~0"}, "name=~00"),
        ({"name": "a b 中"}, "name=a b 中"),
    ],
)
def test_entry_step_is_its_identity(entry: Record, step: str) -> None:
    assert entry_step(entry, TASK.identity) == step


def test_composite_identity_contains_all_keys() -> None:
    assert entry_step({"targetTaskName": "b", "sourceTaskName": "a"}, RELATION.identity) == (
        "sourceTaskName=a,targetTaskName=b"
    )
    assert (
        entry_step({"sourceTaskName": None}, TASK_LINK.identity)
        == "sourceFlowName~missing,sourceTaskName~null"
    )


def test_equal_identities_are_numbered() -> None:
    assert entry_step({"name": "a"}, TASK.identity, 2) == "name=a~#2"


@given(one=st.tuples(texts(), texts()), other=st.tuples(texts(), texts()))
def test_different_identities_have_different_steps(one: tuple[str, str], other: tuple[str, str]) -> None:
    steps = {
        entry_step({"sourceTaskName": source, "targetTaskName": target}, RELATION.identity)
        for source, target in (one, other)
    }
    assert len(steps) == len({one, other})


@given(text=texts())
def test_step_contains_no_separator(text: str) -> None:
    assert "/" not in key_step(text)
    assert "/" not in entry_step({"name": text}, TASK.identity)
    assert "~#" not in entry_step({"name": text}, TASK.identity)
