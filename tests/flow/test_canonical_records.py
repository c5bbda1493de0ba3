"""Test format.md §1.1 to 1.3 and 1.10 to 1.12: keys, kinds and order (enos.md §3.2 and 3.4)."""

import json
from typing import Any

import pytest

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import to_export
from flowsync.flow.values import MAX_NODES, Record, Value, parse_json, parse_json_bytes

ARRAYS = ("tasks", "relations", "flowLinks", "taskLinks")


def test_header_contains_format_and_requested_id() -> None:
    assert [*canonicalize({"name": "nFlow"}, 2924).items()][:3] == [
        ("format", 1),
        ("flowId", 2924),
        ("name", "nFlow"),
    ]


def test_flow_id_is_omitted_without_requested_id() -> None:
    assert "flowId" not in canonicalize({"name": "nFlow"}, None)


def test_id_in_response_does_not_replace_requested_id() -> None:
    document = canonicalize({"flowId": 2515}, 2791)
    assert document["flowId"] == 2791
    assert document["~flowId"] == 2515


def test_known_keys_are_in_table_order_and_unknown_keys_by_code_point() -> None:
    sent: Record = {
        "zone": 1,
        "Zone": 2,
        "tasks": [],
        "cron": "",
        "name": "n",
        "é": 3,
        "format": 4,
        "desc": "",
    }
    document = canonicalize(sent, 1)
    assert [*document] == [
        *("format", "flowId", "name", "desc", "cron", "tasks", "relations", "flowLinks", "taskLinks"),
        *("Zone", "zone", "~format", "é"),
    ]


def test_unknown_keys_of_task_are_last() -> None:
    document = canonicalize({"tasks": [{"waitCode": "", "asLink": True, "appId": None, "name": "a"}]}, 1)
    assert [*_tasks(document)[0]] == ["name", "asLink", "appId", "waitCode"]


def test_unknown_mappings_are_sorted_at_every_depth() -> None:
    document = canonicalize({"extra": [{"b": {"d": 1, "c": 2}, "a": 3}]}, 1)
    assert json.dumps(document["extra"]) == '[{"a": 3, "b": {"c": 2, "d": 1}}]'


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        *[
            ("flowName", "name"),
            ("flow_name", "name"),
            ("freq", "cron"),
            ("doAs", "submitter"),
            ("do_as", "submitter"),
        ],
        *[("alert_mode", "alertMode"), ("start_time", "startTime"), ("sync_type", "syncType")],
    ],
)
def test_alias_is_folded_into_its_key(alias: str, key: str) -> None:
    assert canonicalize({alias: "x"}, 1) == canonicalize({key: "x"}, 1)


def test_owner_and_visitor_of_get_flow_are_folded_as_names() -> None:
    assert canonicalize({"owner": ";x;", "visitor": "y"}, 1) == canonicalize(
        {"owners": "x", "visitors": "y;"}, 1
    )


def test_snake_case_link_arrays_are_joined() -> None:
    links: list[Value] = [{"linkId": "0", "sourceFlowName": "dw"}]
    relations: list[Value] = [{"linkId": "0", "targetTaskName": "a"}]
    edge = canonicalize({"flow_links": links, "task_links": [], "link_relations": relations}, 1)
    assert edge == canonicalize({"flowLinks": links, "taskLinks": [], "linkRelations": relations}, 1)


def test_alias_beside_its_key_is_kept() -> None:
    document = canonicalize({"freq": "0 0 1 * * ? *", "cron": None, "flow_name": "a", "flowName": "b"}, 1)
    assert (document["cron"], document["freq"]) == (None, "0 0 1 * * ? *")
    assert (document["name"], document["flow_name"]) == ("b", "a")


def test_aliases_are_folded_only_in_flow() -> None:
    assert _tasks(canonicalize({"tasks": [{"doAs": "x"}]}, 1)) == [{"doAs": "x"}]


@pytest.mark.parametrize(
    "key", ["format", "flowId", "targets", "ambiguousLinks", "~", "~~", "~name", "~format"]
)
@pytest.mark.parametrize(
    "place", ["flow", "task", "runMode", "relation", "flowLink", "taskLink", "target", "parameter"]
)
def test_unknown_key_with_reserved_name_is_escaped_with_one_tilde(key: str, place: str) -> None:
    export = _export_with_key(place, key)
    document = canonicalize(export, 1)
    assert f'"~{key}": "here"' in json.dumps(document)
    assert canonicalize(to_export(document), 1) == document
    assert f'"{key}": "here"' in json.dumps(to_export(document)).replace('\\"', '"').replace('":"', '": "')


def _export_with_key(place: str, key: str) -> dict[str, Any]:
    record = {key: "here"}
    exports: dict[str, dict[str, Any]] = {
        "flow": record,
        "task": {"tasks": [record]},
        "runMode": {"tasks": [{"runMode": record}]},
        "relation": {"relations": [record]},
        "flowLink": {"flowLinks": [record]},
        "taskLink": {"taskLinks": [record]},
        "target": {"flowLinks": [{"linkId": 0}], "linkRelations": [{"linkId": 0, **record}]},
        "parameter": {"parameters": [{"key": "a", **record}]},
    }
    return exports[place]


def test_reserved_name_inside_unknown_mapping_is_kept() -> None:
    assert canonicalize({"extra": {"format": 1, "~a": 2}}, 1)["extra"] == {"format": 1, "~a": 2}


@pytest.mark.parametrize("key", ["desc", "cron", "submitter", "owners", "parameters", "queue"])
def test_missing_null_and_empty_text_differ(key: str) -> None:
    texts = {json.dumps(canonicalize(export, 1)) for export in ({}, {key: None}, {key: ""})}
    assert len(texts) == 3


@pytest.mark.parametrize("key", [*ARRAYS, "linkRelations"])
def test_missing_null_and_empty_arrays_are_equal(key: str) -> None:
    assert canonicalize({}, 1) == canonicalize({key: None}, 1) == canonicalize({key: []}, 1)


@pytest.mark.parametrize("key", ARRAYS)
def test_empty_arrays_are_written(key: str) -> None:
    assert canonicalize({}, 1)[key] == []


def test_documents_do_not_share_lists() -> None:
    _tasks(canonicalize({}, 1)).append({"name": "a"})
    assert canonicalize({}, 1)["tasks"] == []


@pytest.mark.parametrize("sent", ["", "[]", {}, 0, False, "a"])
@pytest.mark.parametrize("key", [*ARRAYS, "linkRelations"])
def test_value_that_is_not_an_array_is_refused_with_pointer(key: str, sent: Any) -> None:
    with pytest.raises(CanonicalError, match=f"{key} is not an array") as caught:
        canonicalize({key: sent}, 2924)
    assert (caught.value.pointer, caught.value.flow_id) == (f"/{key}", 2924)


@pytest.mark.parametrize("entry", [None, "a", 1, [], True])
def test_entry_that_is_not_an_object_is_refused_with_pointer(entry: Any) -> None:
    with pytest.raises(CanonicalError, match="an entry of tasks is") as caught:
        canonicalize({"tasks": [{"name": "a"}, entry]}, 1)
    assert caught.value.pointer == "/tasks/1"


@pytest.mark.parametrize("sent", ["COMMAND", "Shell", "DATA_INTEGRATION", 3, "3", 7, "shell"])
def test_task_type_is_kept_as_sent(sent: Any) -> None:
    task_type = _tasks(canonicalize({"tasks": [{"type": sent}]}, 1))[0]["type"]
    assert (type(task_type), task_type) == (type(sent), sent)


def test_command_is_kept_byte_for_byte() -> None:
    cmd = 'echo "${cal_dt}"\t \r\n  \\n ${env.APP_ID}\n\n'
    document = canonicalize({"tasks": [{"cmd": cmd}]}, 1)
    assert _tasks(document)[0]["cmd"] == cmd
    assert to_export(document)["tasks"] == [{"cmd": cmd}]


def test_dates_and_accounts_are_kept_as_text() -> None:
    sent = {"startTime": "2019-07-24", "submitter": "data_o15426865866571"}
    assert canonicalize(sent, 1).items() >= sent.items()


def test_flow_without_name_has_no_name() -> None:
    assert "name" not in canonicalize({}, 1)


def test_tasks_are_sorted_by_missing_null_other_kinds_then_name() -> None:
    names: list[Any] = ["b", "a", 5, None, "B", "加载", True, "\U0001f600", "\uffee", ""]
    document = canonicalize({"tasks": [{"cmd": "x"}, *({"name": name} for name in names)]}, 1)
    assert [task.get("name", "missing") for task in _tasks(document)] == [
        *("missing", None, 5, True, "", "B", "a", "b", "加载", "\uffee", "\U0001f600")
    ]


def test_relations_are_sorted_by_source_then_target() -> None:
    pairs = [("b", "a"), ("a", "c"), ("a", "b"), ("a", None)]
    sent: list[Value] = [{"targetTaskName": target, "sourceTaskName": source} for source, target in pairs]
    relations: Any = canonicalize({"relations": sent}, 1)["relations"]
    assert [(one["sourceTaskName"], one["targetTaskName"]) for one in relations] == [
        *(("a", None), ("a", "b"), ("a", "c"), ("b", "a"))
    ]


def test_tasks_with_equal_names_are_kept_in_stable_order() -> None:
    one: Record = {"name": "a", "cmd": "x"}
    other: Record = {"name": "a", "cmd": "b"}
    assert canonicalize({"tasks": [one, other]}, 1)["tasks"] == [other, one]
    assert canonicalize({"tasks": [other, one]}, 1)["tasks"] == [other, one]


def test_equal_relations_are_both_kept() -> None:
    relation: Record = {"sourceTaskName": "a", "targetTaskName": "b"}
    assert canonicalize({"relations": [relation, relation]}, 1)["relations"] == [relation, relation]


def test_unknown_list_keeps_its_order() -> None:
    assert canonicalize({"steps": ["b", "a"]}, 1)["steps"] == ["b", "a"]


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth_limit_is_64_levels() -> None:
    assert canonicalize({"x": _nested(63)}, 1)["x"] == _nested(63)
    with pytest.raises(CanonicalError, match="deeper than 64"):
        canonicalize({"x": _nested(64)}, 1)


@pytest.mark.parametrize("levels", [300, 480, 900])
@pytest.mark.parametrize("key", ["x", "parameters", "owners"])
def test_deep_value_is_refused_without_recursion_error(levels: int, key: str) -> None:
    with pytest.raises(CanonicalError, match="nested deeper than 64 levels"):
        canonicalize({key: _nested(levels)}, 1)


def test_json_too_deep_for_parser_is_refused() -> None:
    with pytest.raises(CanonicalError, match="nested deeper than 64 levels"):
        canonicalize({"x": parse_json("[" * 100_000 + "]" * 100_000)}, 1)


@pytest.mark.parametrize("where", ["cmd", "a~b/c"])
def test_lone_surrogate_is_refused_with_pointer(where: str) -> None:
    with pytest.raises(CanonicalError, match=r"lone surrogate \(U\+D83D\)") as caught:
        canonicalize({"name": "n", "tasks": [{"name": "z"}, {"name": "a", where: "x\ud83d"}]}, 5)
    assert caught.value.pointer == f"/tasks/1/{where.replace('~', '~0').replace('/', '~1')}"


def test_lone_surrogate_in_key_is_refused_with_pointer() -> None:
    with pytest.raises(CanonicalError, match="lone surrogate") as caught:
        canonicalize({"tasks": [{"\udc00": 1}]}, 5)
    assert caught.value.pointer == "/tasks/0"


def test_surrogate_pair_in_json_is_one_character() -> None:
    assert canonicalize({"desc": parse_json('"\\ud83d\\ude00"')}, 1)["desc"] == "😀"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinities_are_refused(number: float) -> None:
    with pytest.raises(CanonicalError, match="is not a number"):
        canonicalize({"x": number}, 1)


def test_digit_limit_is_4000() -> None:
    assert canonicalize({"x": 10**4_000 - 1, "y": -(10**4_000) + 1}, 1)["x"] == 10**4_000 - 1
    for number in (10**4_000, -(10**4_000)):
        with pytest.raises(CanonicalError, match="integer of more than 4,000 digits") as caught:
            canonicalize({"x": [0, number]}, 1)
        assert caught.value.pointer == "/x/1"


def test_value_limit_is_one_million() -> None:
    with pytest.raises(CanonicalError, match="more than 1,000,000 values"):
        canonicalize({"x": [0] * MAX_NODES}, 1)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a":-Infinity}', "1e400", '{"a":1,"a":1}', "[", "", "{'a':1}", "1 2"]
)
def test_response_that_is_not_strict_json_is_refused(text: str) -> None:
    with pytest.raises(CanonicalError):
        parse_json(text)


def test_duplicate_key_is_named() -> None:
    with pytest.raises(CanonicalError, match="the key 'b' occurs twice"):
        parse_json('{"a":{"b":1,"c":2,"b":1}}')


def test_integer_too_long_for_python_is_refused() -> None:
    with pytest.raises(CanonicalError, match="an integer of more than 4,000 digits"):
        parse_json("9" * 5_000)


def test_response_is_utf_8_with_optional_byte_order_mark() -> None:
    assert parse_json_bytes(b"\xef\xbb\xbf{}") == {}
    with pytest.raises(CanonicalError, match="not UTF-8: byte 1 "):
        parse_json_bytes(b'"\xff"')


def test_response_over_32_mebibytes_is_refused() -> None:
    with pytest.raises(CanonicalError, match="more than the limit of 33,554,432"):
        parse_json_bytes(b" " * (32 * 1024 * 1024 + 1))
    with pytest.raises(CanonicalError, match="more than the limit of 33,554,432"):
        parse_json('"' + "中" * (11 * 1024 * 1024) + '"')


def _tasks(document: Any) -> list[Any]:
    tasks: list[Any] = document["tasks"]
    return tasks
