"""Test that the published JSON Schema is valid, complete, and accepts every document."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies.exports import Export, exports

from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Kind, Shape
from flowsync.flow.fields import FLOW, STRUCTS
from flowsync.flow.schema import DOCUMENT, document_schema
from flowsync.flow.values import Value

SCHEMA = document_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


@given(exports(), st.integers())
def test_canonical_documents_are_valid(export: Export, flow_id: int) -> None:
    VALIDATOR.validate(canonicalize(export, flow_id))


def test_schema_is_valid_json_schema_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("key", ["format", "flowId"])
def test_header_is_required(key: str) -> None:
    document = canonicalize({"name": "f"}, 1)
    del document[key]
    assert [error.validator for error in VALIDATOR.iter_errors(document)] == ["required"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", 2), ("flowId", "1"), ("tasks", "t"), ("tasks", ["t"]), ("flowLinks", [{"targets": 1}])],
)
def test_values_that_no_document_can_contain_are_invalid(key: str, value: Value) -> None:
    assert not VALIDATOR.is_valid({**canonicalize({}, 1), key: value})


def test_lists_may_be_missing_or_null() -> None:
    VALIDATOR.validate({"format": 1, "flowId": 1, "tasks": None})


def fields_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    inner = schema.get("items", schema)
    for name, field in inner.get("properties", {}).items():
        yield name, field
        yield from fields_of(field)


def test_every_row_is_described_with_its_doc_and_words() -> None:
    published = {(name, field["description"]) for name, field in fields_of(SCHEMA)}
    rows = [row for struct in STRUCTS for row in struct.fields]
    for row in rows:
        if row.shape is not Shape.JOINED and row.kind is not Kind.JOIN_KEY:
            assert any(
                name == row.name and row.doc in text and all(word in text for word in row.words.values())
                for name, text in published
            ), row


def test_join_keys_are_not_in_the_schema() -> None:
    names = {name for name, _ in fields_of(SCHEMA)}
    assert not names & {"linkId", "linkRelations"}
    assert {"targets", "ambiguousLinks", "targetTaskName"} <= names


def property_of(*names: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = SCHEMA
    for name in names:
        schema = schema.get("items", schema)["properties"][name]
    return schema


def test_description_contains_kind_range_and_words() -> None:
    assert property_of("tasks", "runMode", "cpu")["description"] == (
        "CPU cores for each (sub-)task. Number from 0.1 to 2"
    )
    assert property_of("type")["description"] == (
        "How the flow is started. Integer. 0 = manual, 1 = periodic, 2 = temporary"
    )


def test_enumeration_values_are_examples_not_restrictions() -> None:
    assert property_of("cycle")["examples"] == ["M", "W", "D", "H", "mi"]
    VALIDATOR.validate({**canonicalize({}, 1), "cycle": "year", "type": 17})


def test_unknown_fields_are_valid_at_every_level() -> None:
    export: dict[str, Value] = {
        "new": 1,
        "tasks": [{"new": 1, "runMode": {"new": 1}}],
        "relations": [{"new": 1}],
    }
    VALIDATOR.validate(canonicalize(export, 1))
    assert SCHEMA["additionalProperties"] is True


def test_links_contain_targets_and_ambiguous_links_share_them() -> None:
    assert "targets" in property_of("flowLinks")["items"]["properties"]
    assert "targets" not in property_of("ambiguousLinks", "flowLinks")["items"]["properties"]
    assert property_of("ambiguousLinks", "targets")["items"]["title"] == "Target"


def test_document_rows_are_flow_rows_in_order() -> None:
    names = [row.name for row in DOCUMENT.fields]
    flow = [row.name for row in FLOW.fields if row.shape is not Shape.JOINED]
    assert names == ["format", "flowId", *flow, "ambiguousLinks"]
