"""Test format.md §1.8: links and their targets; enos.md §3.4 item 7."""

from random import Random
from typing import Any

import pytest
from strategies.disguise import disguise

from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import to_export


def _flow_link(link_id: Any, flow: str = "dw") -> dict[str, Any]:
    return {"linkId": link_id, "sourceFlowName": flow}


def _task_link(link_id: Any, flow: str = "dw", task: str = "load") -> dict[str, Any]:
    return {"linkId": link_id, "sourceFlowName": flow, "sourceTaskName": task}


def _relation(link_id: Any, target: str = "a") -> dict[str, Any]:
    return {"linkId": link_id, "targetTaskName": target, "rerun": False}


def _links(flow_links: Any = (), task_links: Any = (), relations: Any = ()) -> dict[str, Any]:
    export = {"flowLinks": [*flow_links], "taskLinks": [*task_links], "linkRelations": [*relations]}
    document = canonicalize(export, 1)
    assert canonicalize(to_export(document), 1) == document
    return {
        key: value for key, value in document.items() if key in ("flowLinks", "taskLinks", "ambiguousLinks")
    }


TARGET = {"targetTaskName": "a", "rerun": False}


def test_link_contains_its_relations_as_targets() -> None:
    links = _links(
        [_flow_link("0")], [_task_link("1")], [_relation("1"), _relation("0", "b"), _relation("0")]
    )
    assert links == {
        "flowLinks": [{"sourceFlowName": "dw", "targets": [TARGET, {"targetTaskName": "b", "rerun": False}]}],
        "taskLinks": [{"sourceFlowName": "dw", "sourceTaskName": "load", "targets": [TARGET]}],
    }


@pytest.mark.parametrize("one", [0, "0", 0.0, -0.0])
@pytest.mark.parametrize("other", [0, "0", 0.0])
def test_link_ids_are_compared_as_text(one: Any, other: Any) -> None:
    assert _links([_flow_link(one)], [], [_relation(other)])["flowLinks"] == [
        {"sourceFlowName": "dw", "targets": [TARGET]}
    ]


@pytest.mark.parametrize("other", ["00", " 0", "0.0", "", False, "false"])
def test_link_ids_with_different_text_do_not_join(other: Any) -> None:
    links = _links([_flow_link(0)], [], [_relation(other)])
    assert links["flowLinks"] == [{"sourceFlowName": "dw", "targets": []}]
    assert links["ambiguousLinks"] == [{"flowLinks": [], "taskLinks": [], "targets": [TARGET]}]


def test_numbering_of_links_has_no_effect() -> None:
    one = _links([_flow_link("7", "b"), _flow_link("3", "a")], [], [_relation("7"), _relation("3", "b")])
    assert one == _links(
        [_flow_link("0", "a"), _flow_link("1", "b")], [], [_relation("0", "b"), _relation("1")]
    )


def test_id_in_both_arrays_is_ambiguous() -> None:
    links = _links([_flow_link("0")], [_task_link("0")], [_relation("0")])
    assert links == {
        "flowLinks": [],
        "taskLinks": [],
        "ambiguousLinks": [
            {
                "flowLinks": [{"sourceFlowName": "dw"}],
                "taskLinks": [{"sourceFlowName": "dw", "sourceTaskName": "load"}],
                "targets": [TARGET],
            }
        ],
    }


def test_id_twice_in_one_array_is_ambiguous_and_its_links_are_sorted() -> None:
    links = _links([_flow_link("0", "b"), _flow_link(0, "a")])
    assert links["ambiguousLinks"] == [
        {"flowLinks": [{"sourceFlowName": "a"}, {"sourceFlowName": "b"}], "taskLinks": [], "targets": []}
    ]


def test_ambiguous_id_does_not_affect_other_links() -> None:
    links = _links([_flow_link("0"), _flow_link("1")], [_task_link("0")], [_relation("1")])
    assert links["flowLinks"] == [{"sourceFlowName": "dw", "targets": [TARGET]}]


def test_relations_with_unknown_id_are_one_entry() -> None:
    links = _links([], [], [_relation("9", "b"), _relation("8"), _relation("9")])
    assert links["ambiguousLinks"] == [
        {"flowLinks": [], "taskLinks": [], "targets": [TARGET, {"targetTaskName": "b", "rerun": False}]},
        {"flowLinks": [], "taskLinks": [], "targets": [TARGET]},
    ]


def test_relations_without_id_are_separate_entries() -> None:
    links = _links([{"sourceFlowName": "dw"}], [], [_relation(None), {"targetTaskName": "b"}])
    assert [entry["targets"] for entry in links["ambiguousLinks"]] == [[TARGET], [{"targetTaskName": "b"}]]


def test_links_without_id_have_no_targets() -> None:
    links = _links([_flow_link(None), {"sourceFlowName": "ods"}])
    assert links == {
        "flowLinks": [{"sourceFlowName": "dw", "targets": []}, {"sourceFlowName": "ods", "targets": []}],
        "taskLinks": [],
    }


def test_absent_null_and_unjoined_ids_are_equal() -> None:
    assert _links([_flow_link(None)]) == _links([{"sourceFlowName": "dw"}]) == _links([_flow_link("5")])
    assert _links([], [], [_relation(None)]) == _links([], [], [_relation("5")])


def test_link_without_relation_and_relation_without_link_are_kept() -> None:
    links = _links([_flow_link("0")], [], [_relation("1")])
    assert links["flowLinks"] == [{"sourceFlowName": "dw", "targets": []}]
    assert links["ambiguousLinks"] == [{"flowLinks": [], "taskLinks": [], "targets": [TARGET]}]


def test_equal_links_are_both_kept() -> None:
    assert len(_links([_flow_link("0"), _flow_link("1")])["flowLinks"]) == 2


def test_null_names_are_first() -> None:
    sent: list[dict[str, Any]] = [
        *({"linkId": 1, "sourceFlowName": "a"}, {"linkId": 2, "sourceFlowName": None}, {"linkId": 3})
    ]
    assert [link.get("sourceFlowName", "missing") for link in _links(sent)["flowLinks"]] == [
        "missing",
        None,
        "a",
    ]


def test_task_links_are_sorted_by_flow_then_task() -> None:
    sent = [_task_link(1, "b", "a"), _task_link(2, "a", "b"), _task_link(3, "a", "a")]
    links = _links([], sent)["taskLinks"]
    assert [(link["sourceFlowName"], link["sourceTaskName"]) for link in links] == [
        ("a", "a"),
        ("a", "b"),
        ("b", "a"),
    ]


def test_links_with_equal_names_are_sorted_by_targets() -> None:
    one = _links([_flow_link("0"), _flow_link("1")], [], [_relation("1", "b"), _relation("0", "c")])
    other = _links([_flow_link("0"), _flow_link("1")], [], [_relation("1", "c"), _relation("0", "b")])
    assert one == other
    assert [link["targets"][0]["targetTaskName"] for link in one["flowLinks"]] == ["b", "c"]


def test_unknown_fields_of_links_and_targets_are_kept() -> None:
    links = _links([{**_flow_link("0"), "cycleGap": "D0"}], [], [{**_relation("0"), "x": 1}])
    assert links["flowLinks"] == [{"sourceFlowName": "dw", "cycleGap": "D0", "targets": [{**TARGET, "x": 1}]}]


def test_exported_ids_are_numbered_in_document_order() -> None:
    document = canonicalize(
        {
            "flowLinks": [_flow_link("x"), _flow_link("y", "ods"), _flow_link("z")],
            "taskLinks": [_task_link("z")],
            "linkRelations": [_relation("y"), _relation("x"), _relation("z"), _relation(None)],
        },
        1,
    )
    export: Any = to_export(document)
    assert [link["linkId"] for link in export["flowLinks"]] == ["0", "1", "3"]
    assert [link["linkId"] for link in export["taskLinks"]] == ["3"]
    assert [relation["linkId"] for relation in export["linkRelations"]] == ["0", "1", "2", "3"]


def test_order_of_links_has_no_effect() -> None:
    export: dict[str, Any] = {
        "flowLinks": [_flow_link(number, "dw") for number in (0, 1, 2, 2, None)],
        "taskLinks": [_task_link(number) for number in (0, 3, 4)],
        "linkRelations": [
            _relation(number, target) for number in (0, 1, 2, 3, 9, None) for target in ("a", "b")
        ],
    }
    documents = [canonicalize(disguise(export, Random(seed)), 1) for seed in range(50)]
    assert all(document == canonicalize(export, 1) for document in documents)
