"""Renames in the emulator: references follow the identity of a flow or a task."""

from typing import Any, Final

import pytest
from builders import flow_link, link_target, relation, task_link

from flowsync.emulator.gateway import Gateway
from flowsync.emulator.organisation import Organisation

Flow = dict[str, Any]

_ORGANISATION: Final = "o200"


def flow(name: str, *tasks: str, **arrays: list[Flow]) -> Flow:
    empty: Flow = {name: [] for name in ("relations", "flowLinks", "taskLinks", "linkRelations")}
    return {"name": name, "tasks": [{"name": task, "cmd": "true"} for task in tasks], **empty, **arrays}


def replace(path: str, value: object) -> Flow:
    return {"op": "replace", "path": path, "value": value}


@pytest.fixture
def platform(emulator: Gateway) -> Gateway:
    emulator.put_flows(
        _ORGANISATION,
        {
            1: flow("load", "fetch", "store", relations=[relation("fetch", "store")]),
            2: flow("scan", "fetch"),
            3: flow(
                "report",
                "read",
                "send",
                relations=[relation("read", "send")],
                flowLinks=[flow_link("load"), flow_link("scan", "1")],
                taskLinks=[task_link("load", "store")],
                linkRelations=[link_target("read")],
            ),
        },
    )
    return emulator


def export_of(platform: Gateway, flow_id: int) -> Flow:
    return organisation(platform).flows[flow_id]


def organisation(platform: Gateway) -> Organisation:
    return next(one for one in platform.organisations if one.org_id == _ORGANISATION)


def edit(platform: Gateway, flow_id: int, *operations: Flow) -> None:
    platform.edit(_ORGANISATION, flow_id, list(operations))


def links(platform: Gateway) -> list[str]:
    return [link["sourceFlowName"] for link in export_of(platform, 3)["flowLinks"]]


def test_the_links_of_other_flows_follow_a_renamed_flow(platform: Gateway) -> None:
    edit(platform, 1, replace("/name", "intake"))
    assert links(platform) == ["intake", "scan"]
    assert export_of(platform, 3)["taskLinks"] == [task_link("intake", "store")]


def test_replacing_a_flow_by_one_with_another_name_renames_it(platform: Gateway) -> None:
    platform.put_flow(_ORGANISATION, 1, flow("intake", "fetch", "store"))
    assert export_of(platform, 3)["taskLinks"] == [task_link("intake", "store")]
    edit(platform, 1, replace("/tasks/1/name", "save"))
    assert export_of(platform, 3)["taskLinks"] == [task_link("intake", "save")]


def test_relations_and_task_links_follow_a_renamed_task(platform: Gateway) -> None:
    edit(platform, 1, replace("/tasks/1/name", "save"))
    assert export_of(platform, 1)["relations"] == [relation("fetch", "save")]
    assert export_of(platform, 3)["taskLinks"] == [task_link("load", "save")]


def test_link_relations_follow_a_renamed_task(platform: Gateway) -> None:
    edit(platform, 3, replace("/tasks/0/name", "collect"))
    assert export_of(platform, 3)["relations"] == [relation("collect", "send")]
    assert [entry["targetTaskName"] for entry in export_of(platform, 3)["linkRelations"]] == ["collect"]


def test_references_to_equal_task_names_of_other_flows_do_not_change(platform: Gateway) -> None:
    edit(platform, 2, replace("/tasks/0/name", "pull"))
    assert export_of(platform, 1)["relations"] == [relation("fetch", "store")]


def test_tasks_that_exchange_names_are_followed_by_identity(platform: Gateway) -> None:
    edit(platform, 1, replace("/tasks/0/name", "store"), replace("/tasks/1/name", "fetch"))
    assert export_of(platform, 1)["relations"] == [relation("store", "fetch")]
    assert export_of(platform, 3)["taskLinks"] == [task_link("load", "fetch")]


def test_a_task_keeps_its_identity_if_its_index_and_other_fields_change(platform: Gateway) -> None:
    first = {"op": "add", "path": "/tasks/0", "value": {"name": "open"}}
    edit(platform, 1, first, {"op": "remove", "path": "/tasks/2/cmd"}, replace("/tasks/2/name", "save"))
    assert export_of(platform, 1)["relations"] == [relation("fetch", "save")]


@pytest.mark.parametrize("between", [None, "temporary"])
def test_flows_that_exchange_names_are_followed_by_identity(platform: Gateway, between: str | None) -> None:
    if between is not None:
        edit(platform, 2, replace("/name", between))
    edit(platform, 1, replace("/name", "scan"))
    edit(platform, 2, replace("/name", "load"))
    assert links(platform) == ["scan", "load"]
    assert export_of(platform, 3)["taskLinks"] == [task_link("scan", "store")]


def test_an_edited_link_refers_to_the_flow_that_it_names(platform: Gateway) -> None:
    edit(platform, 3, replace("/flowLinks/0/sourceFlowName", "scan"))
    edit(platform, 1, replace("/name", "intake"))
    assert links(platform) == ["scan", "scan"]
    edit(platform, 2, replace("/name", "watch"))
    assert links(platform) == ["watch", "watch"]


def test_an_edited_task_link_does_not_follow_the_task_of_its_former_flow(platform: Gateway) -> None:
    edit(platform, 3, replace("/taskLinks/0/sourceFlowName", "scan"))
    edit(platform, 1, replace("/tasks/1/name", "save"))
    assert export_of(platform, 3)["taskLinks"] == [task_link("scan", "store")]


def test_references_to_removed_flows_and_tasks_keep_their_names(platform: Gateway) -> None:
    platform.delete_flow(_ORGANISATION, 1)
    edit(platform, 3, {"op": "remove", "path": "/tasks/0"})
    assert links(platform) == ["load", "scan"]
    assert export_of(platform, 3)["relations"] == [relation("read", "send")]


def test_replacing_all_flows_changes_no_reference(platform: Gateway) -> None:
    flows = dict(organisation(platform).flows)
    platform.put_flows(_ORGANISATION, {**flows, 1: {**flows[1], "name": "intake"}})
    assert links(platform) == ["load", "scan"]


@pytest.mark.parametrize("value", [None, [], 7, {"a": 1}, "nothing"])
def test_references_that_are_not_names_are_unchanged(platform: Gateway, value: Any) -> None:
    odd_flow = {
        **flow("value"),
        "flowLinks": [flow_link(value), value],
        "tasks": value,
        "relations": [relation(value, value)],
    }
    platform.put_flow(_ORGANISATION, 4, odd_flow)
    edit(platform, 1, replace("/name", "intake"))
    assert export_of(platform, 4) == odd_flow
