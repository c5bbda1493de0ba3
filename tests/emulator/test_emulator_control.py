import httpx
import pytest
from emulator.organisations import Call

from flowsync.emulator.gateway import Gateway

FLOW = "/_control/organisations/o100/flows/2924"


def test_the_summary_names_organisations_and_their_flows(http: httpx.Client, emulator: Gateway) -> None:
    wind, solar = http.get("/_control/organisations").json()
    assert (wind["orgId"], wind["name"]) == ("o100", "wind")
    assert wind["flows"][0] == {"flowId": 2924, "flowName": "nightly_load"}
    assert [flow["flowId"] for flow in solar["flows"]] == [4001]


def test_the_summary_contains_no_secret(http: httpx.Client, emulator: Gateway) -> None:
    assert "secret-wind" not in http.get("/_control/organisations").text


def test_a_flow_can_be_read_as_its_export(http: httpx.Client, export: Call) -> None:
    assert http.get(FLOW).json() == export().json()["data"]


def test_a_flow_that_is_put_is_exported(http: httpx.Client, export: Call) -> None:
    http.put(FLOW, json={"name": "new", "tasks": []})
    assert export().json()["data"] == {"name": "new", "tasks": []}
    http.put("/_control/organisations/o100/flows/3000", json={"name": "another"})
    assert export(3000).json()["data"] == {"name": "another"}


def test_a_new_flow_appears_in_the_first_workflow_directory(http: httpx.Client, call: Call) -> None:
    http.put("/_control/organisations/o100/flows/3000", json={"name": "another"})
    workflow = call("listWorkFlowDirs", resource="directories").json()["data"][0]
    assert "another" in [node["title"] for node in workflow["children"]]


def test_a_deleted_flow_is_unknown_and_no_longer_listed(http: httpx.Client, export: Call, call: Call) -> None:
    assert export().json()["code"] == 0
    assert http.delete(FLOW).json()["name"] == "nightly_load"
    assert export().json()["code"] == 62102
    assert "nightly_load" not in call("listWorkFlowDirs", resource="directories").text


def test_an_edit_returns_the_edited_export_as_the_next_export_does(http: httpx.Client, export: Call) -> None:
    before = export().json()["data"]
    patch = [{"op": "replace", "path": "/tasks/0/runMode/cpu", "value": 2}]
    edited = http.post(f"{FLOW}/edit", json=patch).json()
    assert edited["tasks"][0]["runMode"] == '{"taskMode":1,"cpu":2}'
    assert export().json()["data"] == edited != before


def test_an_edit_that_does_not_apply_changes_nothing(http: httpx.Client, export: Call) -> None:
    before = export().content
    patch = [{"op": "add", "path": "/desc", "value": "x"}, {"op": "remove", "path": "/nope"}]
    answer = http.post(f"{FLOW}/edit", json=patch)
    assert answer.status_code == 400
    assert answer.json()["error"] == "the patch does not apply: remove /nope: there is no 'nope'"
    assert export().content == before


def test_an_edit_cannot_make_a_flow_anything_but_an_object(http: httpx.Client, emulator: Gateway) -> None:
    assert http.post(f"{FLOW}/edit", json=[{"op": "replace", "path": "", "value": 1}]).status_code == 400


def test_all_flows_of_an_organisation_can_be_replaced_at_once(http: httpx.Client, export: Call) -> None:
    assert export().json()["code"] == 0
    flows = {str(flow_id): {"name": f"flow {flow_id}"} for flow_id in range(10_000, 12_000)}
    assert http.put("/_control/organisations/o100/flows", json=flows).json() == {"flows": 2000}
    assert export(11_999).json()["data"] == {"name": "flow 11999"}
    assert export(2924).json()["code"] == 62102


def test_noise_can_be_switched_on_and_off(http: httpx.Client, export: Call) -> None:
    quiet = export().content
    assert http.post("/_control/noise", json={"on": True, "seed": 7}).json() == {"on": True, "seed": 7}
    assert export().content != quiet
    http.post("/_control/noise", json={"on": False})
    assert export().content == quiet


def test_faults_are_added_and_cleared(http: httpx.Client, export: Call) -> None:
    http.post("/_control/faults", json={"kind": "status", "flowId": 2924, "count": 1, "status": 502})
    http.post("/_control/faults", json={"kind": "empty", "count": None})
    assert [export().status_code, export().content] == [502, b""]
    http.delete("/_control/faults")
    assert export().json()["code"] == 0


def test_tokens_can_be_expired(http: httpx.Client, export: Call, token_call: Call) -> None:
    http.post("/_control/tokens/expire")
    assert export().json()["code"] == 1203
    assert export(token=token_call().json()["data"]["accessToken"]).json()["code"] == 0


def test_the_clock_can_be_shifted(http: httpx.Client, call: Call) -> None:
    def server_time() -> int:
        return int(call("getCurrentTime", resource="time").json()["data"])

    before = server_time()
    http.post("/_control/clock", json={"skew_seconds": -120})
    assert server_time() == before - 120_000


def test_the_request_log_contains_requests_to_the_platform(
    http: httpx.Client, export: Call, call: Call
) -> None:
    http.delete("/_control/requests")
    export(2925)
    export(secret="wrong")
    http.post("/_control/faults", json={"kind": "rate_limited"})
    export()
    call("search", body={})
    assert http.get("/_control/requests").json() == [
        {"method": "GET", "action": "export", "flowId": 2925, "status": 200, "fault": ""},
        {"method": "GET", "action": "export", "flowId": 2924, "status": 401, "fault": ""},
        {"method": "GET", "action": "export", "flowId": 2924, "status": 429, "fault": "rate_limited"},
        {"method": "POST", "action": "search", "flowId": None, "status": 200, "fault": ""},
    ]


def test_the_request_log_distinguishes_the_two_token_calls(
    emulator: Gateway, token_call: Call, access_token: str
) -> None:
    emulator.forget_requests()
    token_call("get")
    token_call("refresh", accessToken=access_token)
    assert [request.action for request in emulator.requests()] == ["token/get", "token/refresh"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_control/organisations/o999/flows/2924"),
        ("PUT", "/_control/organisations/o999/flows"),
        ("PUT", "/_control/organisations/o999/flows/1"),
        ("GET", "/_control/organisations/o100/flows/9999"),
        ("DELETE", "/_control/organisations/o100/flows/9999"),
        ("POST", "/_control/organisations/o100/flows/9999/edit"),
        ("GET", "/_control/nothing"),
    ],
)
def test_an_unknown_organisation_flow_or_path_is_not_found(
    http: httpx.Client, emulator: Gateway, method: str, path: str
) -> None:
    assert http.request(method, path, json={}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", FLOW, "["),
        ("PUT", FLOW, "[]"),
        ("PUT", "/_control/organisations/o100/flows", '{"abc": {}}'),
        ("PUT", "/_control/organisations/o100/flows", '{"1": []}'),
        ("POST", f"{FLOW}/edit", "{}"),
        ("POST", "/_control/noise", '{"on": "yes"}'),
        ("POST", "/_control/noise", '{"on": true, "seed": "x"}'),
        ("POST", "/_control/faults", '{"kind": "explode"}'),
        ("POST", "/_control/clock", "{}"),
    ],
)
def test_an_invalid_request_is_explained_in_one_line(
    http: httpx.Client, emulator: Gateway, method: str, path: str, content: str
) -> None:
    answer = http.request(method, path, content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_the_control_api_needs_no_credentials_and_is_not_logged(
    http: httpx.Client, emulator: Gateway
) -> None:
    http.get("/_control/organisations")
    assert emulator.requests() == []
