"""Test the conversion back to an export, and documents that were edited by hand."""

from typing import Any

import pytest

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import normalize, to_export
from flowsync.flow.values import Record


def _document(**keys: object) -> Record:
    return {"format": 1, "flowId": 1, **keys}  # type: ignore[dict-item]


def test_header_and_ambiguous_links_are_not_exported() -> None:
    export = to_export(canonicalize({"linkRelations": [{"targetTaskName": "a"}]}, 2924))
    assert export.keys() == {"tasks", "relations", "flowLinks", "taskLinks", "linkRelations"}


def test_absent_link_lists_are_exported_empty() -> None:
    assert to_export({"format": 1}) == {"flowLinks": [], "taskLinks": [], "linkRelations": []}


@pytest.mark.parametrize("key", ["tasks", "relations", "flowLinks", "taskLinks", "ambiguousLinks"])
@pytest.mark.parametrize("value", ["a", 5, {}, {"a": 1}, False, ""])
def test_value_that_is_not_a_list_is_refused_with_pointer(key: str, value: object) -> None:
    with pytest.raises(CanonicalError, match=f"{key} is not a list") as caught:
        to_export(_document(**{key: value}))
    assert caught.value.pointer == f"/{key}"


@pytest.mark.parametrize("key", ["tasks", "relations", "flowLinks", "taskLinks", "ambiguousLinks"])
def test_entry_that_is_not_a_mapping_is_refused_with_pointer(key: str) -> None:
    with pytest.raises(CanonicalError, match=f"an entry of {key} is not a mapping") as caught:
        to_export(_document(**{key: [{}, "a"]}))
    assert caught.value.pointer == f"/{key}/1"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (_document(flowLinks=[{"targets": "a"}]), "/flowLinks/0/targets"),
        (_document(taskLinks=[{}, {"targets": [None]}]), "/taskLinks/1/targets/0"),
        (_document(ambiguousLinks=[{"flowLinks": 5}]), "/ambiguousLinks/0/flowLinks"),
        (_document(ambiguousLinks=[{"targets": [[]]}]), "/ambiguousLinks/0/targets/0"),
    ],
)
def test_inner_lists_are_checked(document: Record, pointer: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        to_export(document)
    assert caught.value.pointer == pointer


def test_null_lists_are_empty() -> None:
    document = _document(
        tasks=None, relations=None, flowLinks=None, ambiguousLinks=None, taskLinks=[{"targets": None}]
    )
    assert normalize(document) == _document(tasks=[], relations=[], flowLinks=[], taskLinks=[{"targets": []}])


def test_link_relations_in_document_are_refused() -> None:
    with pytest.raises(CanonicalError, match="linkRelations is not a key") as caught:
        normalize(_document(linkRelations=[{"targetTaskName": "a"}]))
    assert "targets" in caught.value.hint


@pytest.mark.parametrize("key", ["format", "flowId", "targets", "ambiguousLinks"])
def test_reserved_key_without_tilde_is_kept_and_escaped(key: str) -> None:
    assert normalize(_document(tasks=[{key: 1}]))["tasks"] == [{f"~{key}": 1}]


def test_targets_outside_links_are_kept() -> None:
    assert normalize(_document(targets=5))["~targets"] == 5


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (_document(**{"name": "a", "~name": "b"}), ""),
        (_document(tasks=[{}, {"x": 1, "~x": 2}]), "/tasks/1"),
        (_document(tasks=[{"runMode": {"~cpu": 1, "cpu": 2}}]), "/tasks/0/runMode"),
        (_document(parameters=[{"key": "a", "~value": 1, "value": 2}]), "/parameters/0"),
    ],
)
def test_two_spellings_of_one_key_are_refused(document: Record, pointer: str) -> None:
    with pytest.raises(CanonicalError, match="two keys mean") as caught:
        to_export(document)
    assert caught.value.pointer == pointer


def test_normalize_restores_order_and_forms() -> None:
    edited = _document(
        tasks=[{"runMode": '{"cpu": 1.0}', "name": "b"}, {"name": "a", "runMode": {"datasourceId": "5"}}],
        owners="b;a;",
        visitors=["y", "x", "y"],
        parameters={"b": 1, "a": 2},
        freq="0 0 0 * * ? *",
        flowLinks=[
            {"sourceFlowName": "b", "targets": [{"targetTaskName": "z"}, {"targetTaskName": "y"}]},
            {},
        ],
    )
    expected: dict[str, Any] = {
        **_document(cron="0 0 0 * * ? *", owners=["a", "b"], visitors=["x", "y"]),
        "parameters": [{"key": "a", "value": 2}, {"key": "b", "value": 1}],
        "tasks": [{"name": "a", "runMode": {"datasourceId": 5}}, {"name": "b", "runMode": {"cpu": 1}}],
        "relations": [],
        "flowLinks": [
            {"targets": []},
            {"sourceFlowName": "b", "targets": [{"targetTaskName": "y"}, {"targetTaskName": "z"}]},
        ],
        "taskLinks": [],
    }
    assert normalize(edited) == expected


def test_ambiguous_entry_edited_to_one_link_becomes_a_link() -> None:
    link, target = {"sourceFlowName": "dw"}, {"targetTaskName": "a"}
    edited = _document(ambiguousLinks=[{"flowLinks": [link], "taskLinks": [], "targets": [target]}])
    assert normalize(edited) == _document(
        tasks=[], relations=[], flowLinks=[{**link, "targets": [target]}], taskLinks=[]
    )


def test_document_is_not_modified() -> None:
    document = canonicalize({"tasks": [{"runMode": {"cpu": 1}}], "flowLinks": [{"linkId": "0"}]}, 1)
    before = repr(document)
    to_export(document)
    assert repr(document) == before
