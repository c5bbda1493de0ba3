"""Test format.md §1.4 to 1.7 and 1.9: owners, runMode, parameters, numbers; enos.md §3.4 items 1 to 5."""

import json
from typing import Any

import pytest

from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import to_export


def _owners(sent: Any) -> Any:
    return canonicalize({"owners": sent}, 1)["owners"]


@pytest.mark.parametrize(
    "sent", ["x", "x;", ";x;", ";x; ", " x", "x ", "x;x", ";;x ;\tx\n", ["x"], ["x", " x "], ["x;x"]]
)
def test_decoration_of_names_is_removed(sent: Any) -> None:
    assert _owners(sent) == ["x"]


@pytest.mark.parametrize("sent", ["", ";", " ; ;", [], [""], [";"]])
def test_no_names_become_empty_list(sent: Any) -> None:
    assert _owners(sent) == []


def test_names_are_unique_and_sorted_and_keep_case() -> None:
    assert _owners("li.wei;Li.Wei;a b;加载;li.wei") == ["Li.Wei", "a b", "li.wei", "加载"]


@pytest.mark.parametrize("sent", [None, 5, True, {"a": 1}, ["x", 1], [["x"]], [None]])
def test_names_of_other_kinds_are_kept_as_sent(sent: Any) -> None:
    assert _owners(sent) == sent
    assert to_export(canonicalize({"owners": sent}, 1))["owners"] == sent


def test_missing_owners_stay_missing() -> None:
    assert "owners" not in canonicalize({}, 1)


def test_names_are_exported_with_semicolons() -> None:
    assert (
        to_export(canonicalize({"owners": "; b;a", "visitors": ""}, 1)).items()
        >= {"owners": "a;b", "visitors": ""}.items()
    )


def _run_mode(sent: Any) -> Any:
    return canonicalize({"tasks": [{"runMode": sent}]}, 1)["tasks"][0]["runMode"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    "sent",
    [
        '{"cpu":0.5,"taskMode":1,"memory":1.0}',
        ' {\n"memory" : 1, "taskMode": 1,\t"cpu": 5.0E-1}\r\n',
        {"taskMode": 1.0, "memory": 1, "cpu": 0.5},
    ],
)
def test_run_mode_text_and_object_become_same_mapping(sent: Any) -> None:
    assert json.dumps(_run_mode(sent)) == '{"taskMode": 1, "cpu": 0.5, "memory": 1}'


@pytest.mark.parametrize(
    "sent",
    [
        *("", "{", "[]", '[{"cpu":1}]', '"{}"', "null", "5", "{} x", "default", "\ufeff{}", "\x0c{}"),
        *('{"cpu":1,"cpu":2}', '{"cpu":NaN}', '{"cpu":-Infinity}', '{"cpu":1e400}', '{"path":"\\ud800"}'),
        *(None, [], [{"b": 1}], 5, 0.5, False),
    ],
)
def test_run_mode_that_is_not_a_json_object_is_kept_as_sent(sent: Any) -> None:
    assert _run_mode(sent) == sent
    assert type(_run_mode(sent)) is type(sent)


def test_missing_empty_and_empty_text_run_modes_differ() -> None:
    tasks: list[dict[str, Any]] = [{}, {"runMode": {}}, {"runMode": ""}, {"runMode": None}]
    assert len({dump(canonicalize({"tasks": [task]}, 1)) for task in tasks}) == 4
    assert _run_mode("{}") == {}


def test_run_mode_is_exported_as_json_text() -> None:
    document = canonicalize({"tasks": [{"runMode": {"path": "中", "cpu": 1.0, "x": None}}]}, 1)
    assert to_export(document)["tasks"] == [{"runMode": '{"cpu":1,"path":"中","x":null}'}]


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("levels", [55, 56, 57, 61])
def test_deep_run_mode_is_equal_as_text_and_as_object(levels: int) -> None:
    as_object, as_text = _nested(levels), json.dumps(_nested(levels))
    assert _run_mode(as_object) == _run_mode(as_text) == as_object
    document = canonicalize({"tasks": [{"runMode": as_object}]}, 1)
    assert canonicalize(to_export(document), 1) == document


def test_run_mode_too_deep_for_document_stays_text() -> None:
    text = json.dumps(_nested(62))
    assert _run_mode(text) == text


def test_run_mode_too_deep_for_python_stays_text() -> None:
    text = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert _run_mode(text) == text


@pytest.mark.parametrize("sent", [2512, "2512", 2512.0])
def test_id_as_number_and_as_text_are_equal(sent: Any) -> None:
    assert _run_mode({"datasourceId": sent}) == {"datasourceId": 2512}
    assert type(_run_mode({"datasourceId": sent})["datasourceId"]) is int


@pytest.mark.parametrize("sent", ["", "007", " 1", "1 ", "+1", "1.0", "٣", "1e3", "x", 0.5, None, True, [1]])
def test_id_that_is_not_integral_is_kept_as_sent(sent: Any) -> None:
    assert _run_mode({"datasourceId": sent}) == {"datasourceId": sent}
    assert type(_run_mode({"datasourceId": sent})["datasourceId"]) is type(sent)


def test_integral_id_beyond_exact_floats_is_an_integer() -> None:
    assert (
        _run_mode({"datasourceId": 1e22})
        == _run_mode({"datasourceId": str(10**22)})
        == {"datasourceId": 10**22}
    )


def test_success_code_is_not_an_id() -> None:
    document = canonicalize({"tasks": [{"successCode": "0"}, {"successCode": 0}]}, 1)
    assert len({dump({"x": task}) for task in document["tasks"]}) == 2  # type: ignore[union-attr]


def _parameters(sent: Any) -> Any:
    return canonicalize({"parameters": sent}, 1)["parameters"]


@pytest.mark.parametrize(
    "sent",
    [
        [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
        [{"value": "2", "key": "b"}, {"value": "1", "key": "a"}],
        '[{"key":"b","value":"2"},{"key":"a","value":"1"}]',
        '\n[ {"value" : "1", "key": "a"}, {"key":"b","value":"2"} ]',
        {"b": "2", "a": "1"},
        '{"b":"2","a":"1"}',
        json.dumps('{"b":"2","a":"1"}'),
        json.dumps(json.dumps(json.dumps([{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]))),
    ],
    ids=[
        "list",
        "other order",
        "text",
        "spaced text",
        "map",
        "text of a map",
        "text twice",
        "text four times",
    ],
)
def test_all_forms_of_parameters_become_list_of_entries(sent: Any) -> None:
    assert json.dumps(_parameters(sent)) == '[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]'


@pytest.mark.parametrize(
    "sent",
    [
        *("", "site=jiuquan", "[", "null", "5", "true", '"a"', '"\\"a\\""', '"null"', " [1"),
        *('{"a":1,"a":2}', "[NaN]", "[1e400]", '["\\ud800"]', '"[NaN]"', None, 5, True),
    ],
)
def test_parameters_that_decode_to_no_list_or_map_are_kept_as_sent(sent: Any) -> None:
    assert _parameters(sent) == sent
    assert to_export(canonicalize({"parameters": sent}, 1))["parameters"] == sent


@pytest.mark.parametrize("sent", ["[]", "{}", [], {}, '"[]"', " [ ] "])
def test_no_parameters_become_empty_list(sent: Any) -> None:
    assert _parameters(sent) == []


def test_parameters_with_equal_keys_keep_their_order() -> None:
    sent = [{"key": "b", "value": "2"}, {"key": "a"}, {"key": "b", "value": "1"}]
    assert _parameters(sent) == [{"key": "a"}, {"key": "b", "value": "2"}, {"key": "b", "value": "1"}]


def test_parameters_are_sorted_by_code_points_of_keys() -> None:
    sent = [{"key": key} for key in ("b", "é", "a", "B", "\U0001f600", "", "\uffee", "a b", "10", "9")]
    assert [entry["key"] for entry in _parameters(sent)] == [
        *("", "10", "9", "B", "a", "a b", "b", "é", "\uffee", "\U0001f600")
    ]


def test_parameters_keep_all_fields_and_missing_value_differs_from_null() -> None:
    sent = [{"z": 1, "value": None, "key": "b", "A": 2}, {"key": "a"}]
    assert json.dumps(_parameters(sent)) == '[{"key": "a"}, {"key": "b", "value": null, "A": 2, "z": 1}]'


def test_entries_without_key_follow_in_order_sent() -> None:
    sent = ["b=1", {"key": 5}, {"key": "z"}, "a=2", [2.0], {"value": 1}, None, {"key": "a"}]
    assert _parameters(sent) == [
        *({"key": "a"}, {"key": "z"}),
        *("b=1", {"key": 5}, "a=2", [2], {"value": 1}, None),
    ]


def test_parameters_are_exported_as_json_text() -> None:
    document = canonicalize({"parameters": {"b": "中", "a": 1.0}}, 1)
    assert to_export(document)["parameters"] == '[{"key":"a","value":1},{"key":"b","value":"中"}]'


def test_json_inside_parameter_value_stays_text() -> None:
    assert _parameters({"a": "[1, 2]"}) == [{"key": "a", "value": "[1, 2]"}]


@pytest.mark.parametrize("levels", [55, 61, 63])
def test_deep_parameters_are_equal_as_text_and_as_list(levels: int) -> None:
    value = [_nested(levels - 1)]
    assert _parameters(value) == _parameters(json.dumps(value)) == value
    document = canonicalize({"parameters": value}, 1)
    assert canonicalize(to_export(document), 1) == document


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        *[
            (1.0, "1"),
            (-0.0, "0"),
            (8.0, "8"),
            (2.0**53 - 1, "9007199254740991"),
            (-1e15, "-1000000000000000"),
        ],
        *[
            (8.0e-4, "0.0008"),
            (0.008100000381469727, "0.008100000381469727"),
            (5e-05, "5.0e-05"),
            (1e16, "1.0e+16"),
        ],
        *[
            (2.0**53, "9007199254740992.0"),
            (2**53, "9007199254740992"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5.0e-324"),
        ],
        *[
            (2**64 + 1, "18446744073709551617"),
            (True, "true"),
            ("1.0", "'1.0'"),
            (0.1 + 0.2, "0.30000000000000004"),
        ],
    ],
)
def test_numbers_have_one_form_and_are_not_rounded(sent: Any, text: str) -> None:
    assert f"\nx: {text}\n" in dump(canonicalize({"x": sent}, 1))


@pytest.mark.parametrize("depth", range(55, 66))
def test_map_of_parameters_becomes_entries_or_stays_text(depth: int) -> None:
    text = '{"a":' + "[" * depth + "]" * depth + "}"
    parameters = canonicalize({"parameters": text}, 1)["parameters"]
    assert parameters == text or isinstance(parameters, list)
