"""Invalid values in a response are reported with their location; unusual ids are accepted."""

import json
from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, file_of, flow

REFUSED = [
    ("NaN", "NaN is not JSON at /data/odd/1/a~1b"),
    ("-Infinity", "-Infinity is not JSON at /data/odd/1/a~1b"),
    ("1e999", "1e999 is not a number that a document can hold at /data/odd/1/a~1b"),
    ('{"k":1,"k":2}', "the key 'k' occurs twice in one object at /data/odd/1/a~1b/k"),
    ("9" * 4301, "an integer of more than 4,000 digits at /data/odd/1/a~1b"),
    ("[" * 5000 + "]" * 5000, "nested deeper than 64 levels at /data/odd/1/a~1b/0/0"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[message[:20] for _, message in REFUSED])
def test_an_invalid_value_in_a_response_is_named_with_its_location(
    value: str, message: str, synced: Path, prod: Live, flowsync: Program
) -> None:
    body = json.dumps({"code": 0, "data": {**flow("forecast"), "odd": [0, {"a/b": "here"}]}})
    body = body.replace('"here"', value)
    prod.emulator.fault(kind="status", status=200, body=body, flow_id=2)
    done = flowsync("drift", "--format", "json")
    assert (done.status, done.verdicts) == (3, {2: "unknown"})
    (found,) = done.comparison["flows"]
    assert message in found["reason"]
    assert "set_int_max_str_digits" not in done.out
    refused = flowsync("fmt", "-", stdin=body)
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith(f"error: {message}")


@pytest.mark.parametrize(("levels", "pointer"), [(80, "/odd" + "/0" * 64), (600, "/odd" + "/0" * 64)])
def test_a_value_too_deep_for_a_document_is_named_with_its_location(
    levels: int, pointer: str, synced: Path, prod: Live, flowsync: Program
) -> None:
    body = json.dumps({"code": 0, "data": {**flow("forecast"), "odd": "here"}})
    body = body.replace('"here"', "[" * levels + "]" * levels)
    prod.emulator.fault(kind="status", status=200, body=body, flow_id=2)
    done = flowsync("drift", "--format", "json")
    assert done.comparison["flows"][0]["reason"] == f"nested deeper than 64 levels at {pointer}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"code": 0,\n "data": {"name": }}', 2),
        ('{"name": "a",\n "tasks": [],\n}', 3),
        ('\ufeff{"name": "a"', 1),
        ('\n\n{"name": "a", "tasks": [', 3),
        ("[\n{'name': 'a'}]", 2),
        ('{"name": "a"}\n{"name": "b"}', 2),
    ],
)
def test_invalid_json_is_reported_with_its_line(text: str, line: int, repo: Path, flowsync: Program) -> None:
    done = flowsync("fmt", "-", stdin=text)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: broken JSON: ")
    assert f"line {line} column" in done.err


def test_a_flow_id_of_20_digits_is_accepted(synced: Path, prod: Live, flowsync: Program, git: Git) -> None:
    flow_id = 10**19 + 7
    prod.put({**prod.flows, flow_id: flow("large")})
    assert flowsync("sync").status == 0
    assert file_of(synced, flow_id).name == f"large.{flow_id}.yaml"
    assert flowsync("drift").counts == {"flows": 4}
    prod.edit(flow_id, "/desc", "edited")
    assert flowsync("drift", "--format", "json").verdicts == {flow_id: "changed"}
    assert flowsync("show", str(flow_id)).status == 0
    assert flowsync("validate").status == 0
    assert git("status", "--porcelain") == ""
