import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsync.enos.requests import export_request
from flowsync.enos.responses import Response, flow_data
from flowsync.errors import CanonicalError, GatewayError
from flowsync.flow.envelope import extract_export, is_flow, response_code
from flowsync.flow.fields import FLOW

EXPORT = {"name": "ingest", "cron": ""}
CALL = export_request(7, "u1", "o1")


def is_accepted_by_client(envelope: dict[str, Any]) -> bool:
    try:
        return flow_data(Response(CALL, 200, json.dumps(envelope).encode()), 7) == EXPORT
    except GatewayError:
        return False


def is_accepted_as_export(envelope: dict[str, Any]) -> bool:
    try:
        return extract_export(json.dumps(envelope).encode()) == EXPORT
    except CanonicalError:
        return False


@pytest.mark.parametrize(
    "code_fields",
    [
        {"code": 0},
        {"status": 0},
        {"code": 0.0},
        {"code": "0"},
        {"code": None, "status": 0},
        {"code": None, "status": "0"},
        {"code": 0, "status": 500},
    ],
    ids=str,
)
def test_client_and_file_reader_accept_same_success_codes(code_fields: dict[str, Any]) -> None:
    envelope = {**code_fields, "data": EXPORT}
    assert response_code(envelope) == 0
    assert is_accepted_by_client(envelope)
    assert is_accepted_as_export(envelope)


@pytest.mark.parametrize(
    ("code_fields", "code"),
    [
        ({"code": 62102}, 62102),
        ({"code": "62102"}, 62102),
        ({"code": None, "status": 62102}, 62102),
        ({"code": 62102, "status": 0}, 62102),
        ({"code": -1}, -1),
        ({"code": "-1"}, -1),
    ],
    ids=str,
)
def test_client_and_file_reader_refuse_same_failure_codes(code_fields: dict[str, Any], code: int) -> None:
    envelope = {**code_fields, "data": EXPORT}
    assert response_code(envelope) == code
    assert not is_accepted_by_client(envelope)
    assert not is_accepted_as_export(envelope)


@pytest.mark.parametrize(
    "code",
    [
        1.5,
        False,
        True,
        "",
        "0.0",
        " 0",
        "0 ",
        "0\n",
        "00",
        "-0",
        "+0",
        "OK",
        "\u0660",
        "9" * 5000,
        [],
        [0],
        {},
    ],
    ids=lambda code: f"{code!r:.20}",
)
@pytest.mark.parametrize("key", ["code", "status"])
def test_code_that_is_not_an_integer_is_not_success(key: str, code: Any) -> None:
    envelope = {"status": 0, key: code, "data": EXPORT}
    with pytest.raises(CanonicalError, match="not an integer"):
        response_code(envelope)
    assert not is_accepted_by_client(envelope)
    assert not is_accepted_as_export(envelope)


@pytest.mark.parametrize("code_fields", [{}, {"code": None}, {"code": None, "status": None}], ids=str)
def test_object_without_code_is_not_an_envelope(code_fields: dict[str, Any]) -> None:
    envelope = {**code_fields, "data": EXPORT}
    assert response_code(envelope) is None
    assert not is_accepted_by_client(envelope)
    assert not is_accepted_as_export(envelope)
    assert is_accepted_as_export(EXPORT)


def test_list_of_one_export_is_unwrapped() -> None:
    assert extract_export(b'{"code":0,"data":[{"name":"ingest","cron":""}]}') == EXPORT


_OTHER_KEYS = [key for row in FLOW.fields if row.name != "name" for key in (row.name, *row.aliases)]
_UNKNOWN = st.dictionaries(
    st.sampled_from(["message", "msg", "code2", "flowId", "active", "error"]), st.integers()
)
_NULLS = st.dictionaries(st.sampled_from(_OTHER_KEYS), st.none())


@given(st.sampled_from(_OTHER_KEYS), st.sampled_from(["", 0, False, [], "x"]), _UNKNOWN)
def test_name_and_another_documented_key_are_a_flow(key: str, value: Any, unknown: dict[str, int]) -> None:
    assert is_flow({**unknown, "name": "ingest", key: value})


@given(st.sampled_from([{}, {"name": None}, {"name": "ingest"}, {"name": 7}]), _NULLS, _UNKNOWN)
def test_object_without_name_and_another_documented_key_is_not_a_flow(
    name: dict[str, Any], nulls: dict[str, None], unknown: dict[str, int]
) -> None:
    export = {**nulls, **unknown, **name}
    assert not is_flow(export)
    for envelope in (export, {"code": 0, "data": export}, {"code": 0, "data": [export]}):
        with pytest.raises(CanonicalError, match="contains no flow"):
            extract_export(json.dumps(envelope).encode())


@pytest.mark.parametrize(
    "struct",
    [
        {"flowId": 1, "flowName": "rf", "active": 1, "freq": "0 0 0 * * ? *", "cycle": "D", "graph": "{}"},
        {"flowId": 1, "flow_name": "rf", "cycle": "D", "owner": "x", "graph": {"tasks": []}},
        {"flowId": 1, "name": "rf", "cycle": "D", "graph": {"name": "rf", "tasks": []}},
        {"flowId": "1", "editable": True, "flowName": "rf", "cycle": "D"},
    ],
    ids=["Get Flow", "with underscores", "named as in an export", "Get My Flow"],
)
def test_responses_of_other_calls_are_not_exports(struct: dict[str, Any]) -> None:
    assert not is_flow(struct)


@pytest.mark.parametrize("key", ["name", "flow_name", "flowName"])
def test_name_of_export_may_be_an_alias(key: str) -> None:
    assert is_flow({key: "ingest", "tasks": []})


@pytest.mark.parametrize(
    "saved", [{"code": 62102, "msg": "no"}, {"status": "62102"}, {"code": 62102, "data": {}}]
)
def test_saved_failure_is_refused_with_its_code(saved: dict[str, Any]) -> None:
    with pytest.raises(CanonicalError, match="reports a failure: code 62102"):
        extract_export(json.dumps(saved).encode())
