import json
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from emulator.organisations import NOW, Call

from flowsync.emulator.gateway import Gateway
from flowsync.errors import FlowsyncError

# Which requests a fault affects


@pytest.mark.parametrize(
    ("settings", "statuses"), [({}, [503, 200, 200]), ({"count": 2}, [503, 503, 200])], ids=str
)
def test_a_fault_affects_one_request_or_the_given_number(
    export: Call, emulator: Gateway, settings: dict[str, int], statuses: list[int]
) -> None:
    emulator.fault("status", **settings)
    assert [export().status_code for _ in statuses] == statuses


def test_a_fault_without_a_count_lasts_until_it_is_cleared(export: Call, emulator: Gateway) -> None:
    emulator.fault("status", count=None)
    assert [export().status_code for _ in range(5)] == [503] * 5
    emulator.clear_faults()
    assert export().status_code == 200


def test_a_fault_for_one_flow_does_not_affect_others(export: Call, emulator: Gateway) -> None:
    emulator.fault("status", flow_id=2925, count=None)
    assert [export(flow_id).status_code for flow_id in (2924, 2925, 2930)] == [200, 503, 200]


def test_a_fault_affects_export_unless_it_names_another_action(
    export: Call, call: Call, emulator: Gateway
) -> None:
    emulator.fault("status", count=None)
    emulator.fault("empty", action="search")
    assert call("search", body={}).content == b""
    assert call("listWorkFlowDirs", resource="directories").status_code == 200
    assert export().status_code == 503


def test_a_fault_for_any_action_affects_every_service(
    export: Call, token_call: Call, emulator: Gateway
) -> None:
    emulator.fault("status", action="any", count=None)
    assert (export().status_code, token_call().status_code) == (503, 503)


@pytest.mark.parametrize(("action", "statuses"), [("token", [503, 503]), ("token/refresh", [200, 503])])
def test_a_fault_can_target_the_token_service_or_one_of_its_calls(
    token_call: Call, access_token: str, emulator: Gateway, action: str, statuses: list[int]
) -> None:
    emulator.fault("status", action=action, count=None)
    answers = [token_call("get"), token_call("refresh", accessToken=access_token)]
    assert [answer.status_code for answer in answers] == statuses


def test_faults_occur_in_the_order_in_which_they_were_added(export: Call, emulator: Gateway) -> None:
    for status in (500, 502, 504):
        emulator.fault("status", status=status)
    assert [export().status_code for _ in range(4)] == [500, 502, 504, 200]


def test_a_wrongly_signed_call_does_not_count_as_a_fault(export: Call, emulator: Gateway) -> None:
    emulator.fault("status", status=503)
    assert export(secret="wrong").status_code == 401
    assert export().status_code == 503


# Kinds of faults


def test_status_has_its_own_headers_and_body(export: Call, emulator: Gateway) -> None:
    emulator.fault(
        "status", status=418, headers={"X-Note": "short", "Content-Type": "text/plain"}, body="tea"
    )
    answer = export()
    assert (answer.status_code, answer.text, answer.headers["X-Note"]) == (418, "tea", "short")
    assert answer.headers.get_list("Content-Type") == ["text/plain"]


def test_latency_delays_the_correct_response(export: Call, http: httpx.Client, emulator: Gateway) -> None:
    emulator.fault("latency", seconds=0.5)
    http.timeout = httpx.Timeout(0.1)
    try:
        with pytest.raises(httpx.ReadTimeout):
            export()
    finally:
        http.timeout = httpx.Timeout(10)
    emulator.fault("latency", seconds=0.01)
    assert export().json()["data"]["name"] == "nightly_load"


def test_drip_sends_the_correct_response_byte_by_byte(
    export: Call, http: httpx.Client, emulator: Gateway
) -> None:
    right = export()
    emulator.fault("drip", seconds=0.0001)
    with http.stream("GET", right.request.url, headers=right.request.headers) as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == right.content
    assert len(pieces) > len(right.content) / 20
    assert answer.headers["Content-Length"] == str(len(right.content))


def test_reset_closes_the_connection_inside_the_declared_body(export: Call, emulator: Gateway) -> None:
    emulator.fault("reset")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        export()
    assert export().status_code == 200


def test_truncated_is_complete_http_with_half_of_the_json(export: Call, emulator: Gateway) -> None:
    right = export().content
    emulator.fault("truncated")
    answer = export()
    assert (answer.status_code, answer.content) == (200, right[: len(right) // 2])
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_html_is_a_login_page_with_status_200(export: Call, emulator: Gateway) -> None:
    emulator.fault("html")
    answer = export()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_empty_has_status_200_and_no_body(export: Call, emulator: Gateway) -> None:
    emulator.fault("empty")
    answer = export()
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("code", [62103, 1002])
def test_code_returns_any_code_in_the_envelope(export: Call, emulator: Gateway, code: int) -> None:
    emulator.fault("code", code=code, message="a message")
    assert export().json() == {"code": code, "msg": "a message", "data": None}


@pytest.mark.parametrize(
    ("shape", "content"),
    [
        ("array", []),
        ("scalar", "OK"),
        ("data_null", {"code": 0, "msg": "OK", "data": None}),
        ("data_array", {"code": 0, "msg": "OK", "data": [1, 2, 3]}),
    ],
)
def test_wrong_type_is_json_of_another_kind(
    export: Call, emulator: Gateway, shape: str, content: object
) -> None:
    emulator.fault("wrong_type", shape=shape)
    assert export().json() == content


def test_no_envelope_is_the_bare_flow(export: Call, emulator: Gateway) -> None:
    data = export().json()["data"]
    emulator.fault("no_envelope")
    assert export().json() == data


def test_oversize_is_valid_json_of_the_given_size(export: Call, emulator: Gateway) -> None:
    emulator.fault("oversize", mebibytes=3)
    answer = export()
    assert len(answer.content) > 3 * 2**20
    assert answer.json()["code"] == 0


def test_a_client_may_stop_reading_an_oversize_response(
    export: Call, http: httpx.Client, emulator: Gateway
) -> None:
    request = export().request
    emulator.fault("oversize", mebibytes=500)
    with http.stream("GET", request.url, headers=request.headers) as answer:
        assert next(answer.iter_raw())
    assert export().status_code == 200


def test_redirect_leads_to_another_host(export: Call, emulator: Gateway) -> None:
    emulator.fault("redirect", location="https://elsewhere.example/login")
    answer = export()
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://elsewhere.example/login")


def test_token_expired_is_returned_for_a_valid_token(export: Call, emulator: Gateway) -> None:
    emulator.fault("token_expired")
    assert [export().json()["code"] for _ in range(2)] == [1203, 0]


def test_unauthorized_is_returned_for_a_correct_signature(export: Call, emulator: Gateway) -> None:
    emulator.fault("unauthorized")
    assert [export().status_code for _ in range(2)] == [401, 200]


def test_rate_limited_states_the_wait_in_seconds(export: Call, emulator: Gateway) -> None:
    emulator.fault("rate_limited", seconds=7)
    answer = export()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == {"message": "API rate limit exceeded"}


def test_rate_limited_can_state_the_wait_as_a_date(export: Call, emulator: Gateway) -> None:
    emulator.fault("rate_limited", seconds=90, http_date=True)
    when = parsedate_to_datetime(export().headers["Retry-After"])
    assert when.timestamp() == NOW + 90


def test_content_type_is_wrong_and_the_body_correct(export: Call, emulator: Gateway) -> None:
    right = export().content
    emulator.fault("content_type", content_type="application/octet-stream")
    answer = export()
    assert (answer.headers["Content-Type"], answer.content) == ("application/octet-stream", right)


def test_a_fault_also_distorts_an_error_response(export: Call, emulator: Gateway) -> None:
    emulator.fault("no_envelope")
    assert export(9999).json() is None
    emulator.fault("truncated")
    assert export(9999).content.startswith(b'{"code":62102')


def test_a_write_takes_effect_if_its_response_is_truncated_but_not_if_it_is_replaced(
    call: Call, emulator: Gateway
) -> None:
    def create(name: str) -> None:
        call("create", resource="directories", body={"parentId": "a" * 32, "dirName": name})

    emulator.fault("status", action="create")
    create("lost")
    emulator.fault("truncated", action="create")
    create("kept")
    workflow = emulator.organisations[0].directories[0]
    assert [child.title for child in workflow.children] == ["etl", "kept"]


# Invalid faults


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "explode"}, "unknown kind of a fault: explode"),
        ({"kind": "status", "when": "now"}, "unknown field of a fault: when"),
        ({"kind": "wrong_type", "shape": "round"}, "unknown shape of a fault: round"),
        ({"kind": "status", "status": "503"}, "invalid status of a fault: '503'"),
        ({"kind": "latency", "seconds": None}, "invalid seconds of a fault: None"),
    ],
    ids=str,
)
def test_an_invalid_fault_is_refused(emulator: Gateway, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(FlowsyncError) as caught:
        emulator.fault(**settings)
    assert caught.value.message == message
