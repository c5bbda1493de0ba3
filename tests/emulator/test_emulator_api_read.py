import json

import httpx
import pytest
from emulator.organisations import NOW, Call

from flowsync.emulator.gateway import Gateway


def code(answer: httpx.Response) -> object:
    assert answer.status_code == 200
    return answer.json()["code"]


# Authentication


def test_a_correctly_signed_call_is_answered(export: Call) -> None:
    answer = export()
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.json()["msg"] == "OK"
    assert answer.json()["data"]["name"] == "nightly_load"


def test_a_wrong_signature_is_refused_without_an_envelope(export: Call) -> None:
    answer = export(secret="another secret")
    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid authentication credentials"}


@pytest.mark.parametrize("header", ["apim-accesstoken", "apim-signature", "apim-timestamp"])
def test_a_call_without_one_of_the_three_headers_is_refused(export: Call, header: str) -> None:
    assert export(headers={header: ""}).status_code == 401


def test_a_changed_body_breaks_the_signature(call: Call, http: httpx.Client) -> None:
    sent = call("search", body={"expression": ""}).request
    altered = http.build_request("POST", sent.url, headers=dict(sent.headers), content=b'{"expression":""}')
    altered.headers["Content-Length"] = str(len(altered.content))
    assert http.send(altered).status_code == 401


def test_the_body_is_signed_as_sent_whatever_its_spacing(call: Call) -> None:
    assert code(call("search", body='{"expression": "功率"}'.encode())) == 0
    assert code(call("search", body=b'{"expression":""}')) == 0


def test_values_are_signed_decoded(call: Call) -> None:
    assert code(call("getMyFlow", expression="a b+c&d=描")) == 0


def test_an_unknown_token_gets_code_1203(export: Call) -> None:
    assert code(export(token="0" * 40)) == 1203


def test_an_expired_token_gets_code_1203(export: Call, emulator: Gateway) -> None:
    emulator.skew_clock(7200)
    assert code(export(timestamp=(NOW + 7200) * 1000)) == 1203


@pytest.mark.parametrize("minutes", [-14.9, 14.9])
def test_a_timestamp_within_a_quarter_of_an_hour_is_accepted(export: Call, minutes: float) -> None:
    assert code(export(timestamp=(NOW + minutes * 60) * 1000)) == 0


@pytest.mark.parametrize("minutes", [-15.1, 15.1])
def test_a_timestamp_beyond_a_quarter_of_an_hour_is_refused(export: Call, minutes: float) -> None:
    assert export(timestamp=(NOW + minutes * 60) * 1000).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"orgId": "o999"}, {"userId": "u999"}, {"userId": "u200"}, {"orgId": None}]
)
def test_a_user_must_exist_and_belong_to_the_organisation(export: Call, wrong: dict[str, object]) -> None:
    assert code(export(**wrong)) == 62101


def test_an_application_has_no_privilege_in_another_organisation(export: Call) -> None:
    assert code(export(4001, orgId="o200", userId="u200")) == 62103


def test_a_flow_the_user_may_not_read_is_refused(export: Call, call: Call) -> None:
    assert code(export(2931)) == 62103
    assert code(call("get", flowId=2931)) == 62103


# Read actions


def test_export_returns_the_flow_struct_without_a_flow_id(export: Call) -> None:
    data = export().json()["data"]
    assert "flowId" not in data
    assert data["tasks"][0]["runMode"] == '{"taskMode":1,"cpu":0.5}'
    assert data["linkRelations"] == [{"linkId": "0", "targetTaskName": "load", "rerun": False}]


@pytest.mark.parametrize("flow_id", [9999, "", "abc", "-1", "2924.0", None])
def test_an_unknown_or_malformed_flow_id_fails_validation(export: Call, flow_id: object) -> None:
    answer = export(flow_id)
    assert code(answer) == 62102
    assert answer.json()["data"] is None


def test_exports_differ_only_if_the_flow_does(export: Call, emulator: Gateway) -> None:
    first = export().content
    assert export().content == first
    emulator.edit("o100", 2924, [{"op": "add", "path": "/desc", "value": "night shift"}])
    assert export().json()["data"] == json.loads(first)["data"] | {"desc": "night shift"}


def test_get_returns_the_flow_in_the_form_of_the_console(call: Call) -> None:
    info = call("get", flowId=2924).json()["data"]
    assert (info["flowId"], info["flowName"], info["freq"]) == (2924, "nightly_load", "0 0 2 * * ? *")
    assert (info["owner"], info["createTime"]) == ("li.wei;", "2025-03-01 10:15:00.0")
    assert "tasks" not in info


def test_the_graph_of_get_connects_its_nodes(call: Call) -> None:
    graph = json.loads(call("get", flowId=2924).json()["data"]["graph"])
    nodes = {task["taskName"]: task["nodeId"] for task in graph["tasks"]}
    assert graph["relations"] == [
        {"cycleGap": "D0", "source": nodes["load"], "target": nodes["check"], "rerun": True}
    ]
    assert [(flow["flowId"], flow["nodeId"]) for flow in graph["flows"]] == [("2925", "f_2925")]


def test_get_my_flow_lists_flows_with_their_ids_as_text(call: Call) -> None:
    flows = call("getMyFlow").json()["data"]
    assert [flow["flowId"] for flow in flows] == ["2924", "2925", "2930", "2931"]
    assert flows[2] == {"flowId": "2930", "editable": True, "flowName": "功率预测", "cycle": "mi"}


def test_get_my_flow_finds_by_name(call: Call) -> None:
    assert [flow["flowName"] for flow in call("getMyFlow", expression="预测").json()["data"]] == ["功率预测"]


def test_search_matches_ids_and_names_case_insensitively(call: Call) -> None:
    for expression in ("HOURLY", "2925"):
        found = call("search", body={"expression": expression}).json()["data"]
        assert found == [{"flowId": 2925, "flowName": "hourly_scan"}]


def test_search_pages_start_at_one_and_end_with_an_empty_page(call: Call) -> None:
    def page(number: int) -> list[int]:
        body = {"pagination": {"pageNo": number, "pageSize": 3}}
        return [flow["flowId"] for flow in call("search", body=body).json()["data"]]

    assert [page(1), page(2), page(3)] == [[2924, 2925, 2930], [2931], []]


def test_search_without_pagination_returns_ten(call: Call, emulator: Gateway) -> None:
    emulator.put_flows("o100", {flow_id: {"name": f"flow {flow_id}"} for flow_id in range(1, 21)})
    assert [flow["flowId"] for flow in call("search", body={}).json()["data"]] == list(range(1, 11))


@pytest.mark.parametrize(
    ("field", "order", "ids"),
    [
        ("start_time", "ASC", [2925, 2930, 2924, 2931]),
        ("startTime", "DESC", [2924, 2931, 2930, 2925]),
        ("createTime", "DESC", [2931, 2930, 2925, 2924]),
    ],
)
def test_search_sorts_by_either_documented_spelling(
    call: Call, field: str, order: str, ids: list[int]
) -> None:
    pagination = {"pageNo": 1, "pageSize": 10, "sorters": [{"field": field, "order": order}]}
    found = call("search", body={"pagination": pagination}).json()["data"]
    assert [flow["flowId"] for flow in found] == ids


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        {"expression": 1},
        {"pagination": []},
        {"pagination": {"pageNo": 0, "pageSize": 10}},
        {"pagination": {"pageNo": 1, "pageSize": 0}},
        {"pagination": {"pageNo": 1}},
        {"pagination": {"pageNo": True, "pageSize": 10}},
        {"pagination": {"pageNo": 1, "pageSize": 10, "sorters": [{"field": "name"}]}},
        {"pagination": {"pageNo": 1, "pageSize": 10, "sorters": [{"field": "createTime", "order": "UP"}]}},
    ],
    ids=str,
)
def test_a_malformed_search_fails_validation(call: Call, body: object) -> None:
    assert code(call("search", body=body)) == 62102


def test_the_directory_tree_contains_every_flow_in_its_directory(call: Call) -> None:
    workflow, data_resource = call("listWorkFlowDirs", resource="directories").json()["data"]
    etl = workflow["children"][0]
    raw = etl["children"][0]
    assert [(node["title"], node["key"]) for node in raw["children"]] == [("功率预测", 2930)]
    assert [node["title"] for node in etl["children"]] == ["raw", "nightly_load"]
    assert [node["title"] for node in workflow["children"]] == ["etl", "hourly_scan", "payroll"]
    assert (data_resource["type"], data_resource["isDirectory"]) == (2, True)
    assert data_resource["children"] == [
        {"editable": True, "title": "load.sh", "type": 2, "key": 611, "isDirectory": False}
    ]


def test_the_clock_and_zone_need_neither_user_nor_organisation(call: Call, emulator: Gateway) -> None:
    nobody = {"resource": "time", "orgId": None, "userId": None}
    assert call("getTimeZone", **nobody).json()["data"] == "GMT+8"
    emulator.skew_clock(60)
    assert call("getCurrentTime", **nobody).json()["data"] == int((NOW + 60) * 1000)


# Write actions


def imported(**changed: object) -> dict[str, object]:
    flow = {"name": "inner", "tasks": [{"name": "a"}, {"name": "b"}], "relations": []}
    return {"flowName": "outer", "desc": "copied", "dirId": "c" * 32, "flowJson": flow, **changed}


def test_import_creates_a_flow_that_can_be_exported_and_listed(call: Call, export: Call) -> None:
    flow_id = call("import", body=imported(flowId=3000)).json()["data"]["flowId"]
    data = export(flow_id).json()["data"]
    assert (flow_id, data["name"], data["desc"]) == (3000, "outer", "copied")
    tree = call("listWorkFlowDirs", resource="directories").json()["data"]
    raw = tree[0]["children"][0]["children"][0]
    assert [node["key"] for node in raw["children"]] == [2930, 3000]


@pytest.mark.parametrize("requested", [2924, None])
def test_import_assigns_a_new_id_if_the_requested_one_is_used_or_missing(
    call: Call, requested: object
) -> None:
    assert call("import", body=imported(flowId=requested)).json()["data"] == {"flowId": 2932}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"flowName": ""}, "Invalid parameter: flowName"),
        ({"flowId": "3000"}, "Invalid parameter: flowId"),
        ({"desc": 5}, "Incorrect parameter"),
        ({"dirId": "f" * 32}, "Directory does not exist"),
        ({"dirId": "d" * 32}, "Directory does not exist"),
        ({"dirId": ["c"]}, "Directory does not exist"),
        ({"flowName": "payroll"}, "flow name must be unique"),
        ({"flowJson": "{}"}, "Workflow validation failed"),
        ({"flowJson": {"tasks": [{"name": "a"}, {"name": "a"}]}}, "task names must be unique"),
        ({"flowJson": {"tasks": [{"name": None}]}}, "task names must be unique"),
        (
            {"flowJson": {"tasks": [], "relations": [{"sourceTaskName": "a", "targetTaskName": "b"}]}},
            "a relation names an unknown task",
        ),
    ],
    ids=str,
)
def test_an_import_that_fails_validation_creates_nothing(
    call: Call, emulator: Gateway, changed: dict[str, object], message: str
) -> None:
    before = emulator.organisations
    answer = call("import", body=imported(**changed))
    assert code(answer) == 62102
    assert message in answer.json()["msg"]
    assert emulator.organisations == before


def test_a_created_directory_accepts_imports(call: Call) -> None:
    body = {"parentId": "b" * 32, "dirName": "清洗"}
    key = call("create", resource="directories", body=body).json()["data"]["dirId"]
    assert code(call("import", body=imported(dirId=key))) == 0
    etl = call("listWorkFlowDirs", resource="directories").json()["data"][0]["children"][0]
    assert [node["title"] for node in etl["children"]] == ["raw", "清洗", "nightly_load"]


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        {"parentId": "", "dirName": "new"},
        {"parentId": "b" * 32, "dirName": " "},
        {"parentId": "f" * 32, "dirName": "new"},
        {"parentId": "b" * 32, "dirName": "raw"},
    ],
    ids=str,
)
def test_a_directory_needs_a_known_parent_and_a_new_name(call: Call, body: object) -> None:
    assert code(call("create", resource="directories", body=body)) == 62102


# Other requests


@pytest.mark.parametrize("action", ["delete", "loadForEdit", "", "EXPORT"])
def test_other_actions_are_refused_without_an_effect(call: Call, emulator: Gateway, action: str) -> None:
    before = emulator.organisations
    assert code(call(action, flowId=2924)) == 62102
    assert emulator.organisations == before


def test_an_action_requires_its_own_method(call: Call) -> None:
    assert code(call("search")) == 62102
    assert code(call("export", flowId=2924, body={})) == 62102


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/dataflow-batch-service/v2.0/flows"),
        ("DELETE", "/batch-processing-service/v2.1/flows"),
    ],
)
def test_an_unknown_path_or_method_has_no_route(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, list(answer.json())) == (404, ["message"])
