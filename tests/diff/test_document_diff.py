from collections.abc import Callable
from itertools import pairwise
from time import perf_counter
from typing import Any

import pytest

from flowsync.diff.document_diff import compare_documents
from flowsync.diff.list_matching import are_identical
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Value


def task(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "cmd": "true", "runMode": '{"taskMode":1,"cpu":0.5}', **fields}


def flow(**fields: Any) -> dict[str, Any]:
    return {
        "name": "etl",
        "cron": "0 0 0 * * ? *",
        "owners": "li.wei",
        "tasks": [task("load"), task("report")],
        "relations": [{"sourceTaskName": "load", "targetTaskName": "report", "rerun": True}],
        **fields,
    }


def between(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return compare_documents(canonicalize(before, 2924), canonicalize(after, 2924))


def test_equal_documents_have_no_changes() -> None:
    assert between(flow(), flow()) == []


def test_a_changed_value_is_one_change_at_its_path() -> None:
    assert between(flow(), flow(cron="0 30 2 * * ? *")) == [
        Changed("/cron", "0 0 0 * * ? *", "0 30 2 * * ? *")
    ]


def test_a_field_that_comes_or_goes_is_told_from_one_that_is_null_or_empty() -> None:
    assert between(flow(), flow(desc=None)) == [Added("/desc", None)]
    assert between(flow(desc=None), flow(desc="")) == [Changed("/desc", None, "")]
    assert between(flow(desc=""), flow()) == [Removed("/desc", "")]


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, "1"), (0, False), (0.5, "0.5"), (0, None)])
def test_kinds_are_told_apart(before: Value, after: Value) -> None:
    assert between(flow(unknown=before), flow(unknown=after)) == [Changed("/unknown", before, after)]


def test_a_task_is_found_by_its_name_wherever_it_stands() -> None:
    before = flow(tasks=[task(f"t{number}") for number in range(60)])
    after = flow(tasks=[task("a new head"), *(task(f"t{number}") for number in reversed(range(60)))])
    (change,) = between(before, after)
    assert change.path == "/tasks/name=a new head"
    assert isinstance(change, Added)


def test_a_change_inside_a_task_names_the_task() -> None:
    after = flow(tasks=[task("load", runMode='{"taskMode":1,"cpu":2}'), task("report")])
    assert between(flow(), after) == [Changed("/tasks/name=load/runMode/cpu", 0.5, 2)]


def test_a_renamed_task_is_one_change_that_its_relations_follow() -> None:
    after = flow(
        tasks=[task("extract"), task("report")],
        relations=[{"sourceTaskName": "extract", "targetTaskName": "report", "rerun": True}],
    )
    (change,) = between(flow(), after)
    assert isinstance(change, Rekeyed)
    assert (change.path, change.to) == ("/tasks/name=load", "/tasks/name=extract")
    assert (change.before, change.after) == ({"name": "load"}, {"name": "extract"})
    (follower,) = change.cascaded
    assert follower.path == "/relations/sourceTaskName=load,targetTaskName=report"
    assert follower.to == "/relations/sourceTaskName=extract,targetTaskName=report"


def test_a_relation_is_found_by_both_ends() -> None:
    after = flow(relations=[{"sourceTaskName": "load", "targetTaskName": "report", "rerun": False}])
    path = "/relations/sourceTaskName=load,targetTaskName=report/rerun"
    assert between(flow(), after) == [Changed(path, True, False)]


def test_equal_names_are_paired_equal_first_and_numbered() -> None:
    before = flow(tasks=[task("x", cmd="one"), task("x", cmd="two")])
    after = flow(tasks=[task("x", cmd="two"), task("x", cmd="three"), task("x", cmd="zero")])
    found = between(before, after)
    assert Changed("/tasks/name=x~#2/cmd", "one", "three") in found
    assert [type(change) for change in found] == [Changed, Added]
    assert found[1].path == "/tasks/name=x~#3"


def test_names_are_escaped_in_paths() -> None:
    after = flow(tasks=[task("a/b=c,d~e"), task("load"), task("report")])
    assert between(flow(), after)[0].path == "/tasks/name=a~1b~2c~3d~0e"


def test_a_missing_or_null_name_is_told_in_the_path() -> None:
    nameless = {"cmd": "true"}
    after = flow(tasks=[nameless, {**nameless, "name": None}, task("load"), task("report")])
    assert {change.path for change in between(flow(), after)} == {"/tasks/name~null", "/tasks/name~missing"}


def links(*targets: tuple[str, str, bool]) -> dict[str, Any]:
    """Task links of the flow dw, one for each (source task, target task, rerun)."""
    return {
        "taskLinks": [
            {"linkId": str(number), "sourceFlowName": "dw", "sourceTaskName": source}
            for number, (source, _, _) in enumerate(targets)
        ],
        "linkRelations": [
            {"linkId": str(number), "targetTaskName": target, "rerun": rerun}
            for number, (_, target, rerun) in enumerate(targets)
        ],
    }


def test_links_count_as_the_edges_they_stand_for() -> None:
    two = flow(**links(("load", "load", False), ("load", "report", False)))
    one = flow(
        taskLinks=[{"linkId": "9", "sourceFlowName": "dw", "sourceTaskName": "load"}],
        linkRelations=[
            {"linkId": 9, "targetTaskName": "report", "rerun": False},
            {"linkId": 9.0, "targetTaskName": "load", "rerun": False},
        ],
    )
    assert between(two, one) == []


def test_many_links_of_one_source_cost_no_more_than_links_of_many() -> None:
    def seconds(source: Callable[[int], str]) -> float:
        numbers = range(1_500)
        links = [{"linkId": number, "sourceFlowName": source(number)} for number in numbers]
        targets = [{"linkId": number, "targetTaskName": f"t{number}"} for number in numbers]
        before = canonicalize(flow(flowLinks=links, linkRelations=targets), 1)
        after = canonicalize(flow(flowLinks=links, linkRelations=targets[1:]), 1)
        started = perf_counter()
        assert len(compare_documents(before, after)) == 1
        return perf_counter() - started

    one = min(seconds(lambda _: "dw") for _ in range(3))
    many = min(seconds(lambda number: f"dw{number}") for _ in range(3))
    assert one < 5 * many


def test_a_new_target_of_a_link_is_one_added_target() -> None:
    before = flow(**links(("load", "load", False)))
    after = flow(**links(("load", "load", False), ("load", "report", True)))
    path = "/taskLinks/sourceFlowName=dw,sourceTaskName=load/targets/targetTaskName=report"
    assert between(before, after) == [Added(path, {"targetTaskName": "report", "rerun": True})]


def test_a_link_to_another_source_is_one_change() -> None:
    (change,) = between(flow(**links(("load", "load", False))), flow(**links(("clean", "load", False))))
    assert isinstance(change, Rekeyed)
    assert change.path == "/taskLinks/sourceFlowName=dw,sourceTaskName=load"
    assert change.to == "/taskLinks/sourceFlowName=dw,sourceTaskName=clean"


def test_a_link_that_another_task_waits_for_is_one_change() -> None:
    (change,) = between(flow(**links(("load", "load", False))), flow(**links(("load", "report", False))))
    assert isinstance(change, Rekeyed)
    assert change.to.endswith("/targets/targetTaskName=report")


def test_a_relation_that_joins_no_link_is_a_target_of_a_link_without_a_name() -> None:
    stray = {"linkRelations": [{"linkId": "7", "targetTaskName": "load", "rerun": False}]}
    (change,) = between(flow(), flow(**stray))
    assert change.path == "/flowLinks/sourceFlowName~missing"
    other = {"linkRelations": [*stray["linkRelations"], {"linkId": "8", "targetTaskName": "report"}]}
    (change,) = between(flow(**stray), flow(**other))
    assert isinstance(change, Added)
    assert change.path == "/flowLinks/sourceFlowName~missing/targets/targetTaskName=report"


def test_parameters_are_found_by_key() -> None:
    before = flow(parameters='[{"key":"site","value":"jiuquan"},{"key":"day","value":"1"}]')
    after = flow(parameters='[{"key":"day","value":"2"},{"key":"site","value":"jiuquan"}]')
    assert between(before, after) == [Changed("/parameters/key=day/value", "1", "2")]


def test_owners_come_and_go_by_member_whatever_decorates_them() -> None:
    assert between(flow(owners=";b; a;"), flow(owners="a;b")) == []
    assert between(flow(owners="a;x/y"), flow(owners="a;b")) == [
        Added("/owners/b", "b"),
        Removed("/owners/x~1y", "x/y"),
    ]
    assert between(flow(owners=None), flow(owners="a")) == [Changed("/owners", None, ["a"])]


def chain(*names: str, **bodies: str) -> dict[str, Any]:
    """Tasks of a body each, every one waiting for the one before it."""
    return flow(
        tasks=[task(name, cmd=bodies.get(name, f"run {name}")) for name in names],
        relations=[
            {"sourceTaskName": one, "targetTaskName": other, "rerun": False} for one, other in pairwise(names)
        ],
    )


def test_a_task_that_takes_its_relations_along_is_one_change() -> None:
    (change,) = between(chain("a", "b", "c"), chain("a", "c"))[:1]
    assert isinstance(change, Removed)
    assert [one.path for one in change.cascaded] == [
        "/relations/sourceTaskName=a,targetTaskName=b",
        "/relations/sourceTaskName=b,targetTaskName=c",
    ]


def test_an_edge_split_by_a_new_task_is_the_task_and_the_edge() -> None:
    added, removed = between(chain("a", "c"), chain("a", "b", "c"))
    assert isinstance(added, Added)
    assert len(added.cascaded) == 2
    assert removed == Removed(
        "/relations/sourceTaskName=a,targetTaskName=c",
        {"sourceTaskName": "a", "targetTaskName": "c", "rerun": False},
    )


def test_tasks_that_exchange_names_are_two_renames() -> None:
    before = chain("start", "a", "b", "end", a="set -e", b="set -x")
    after = chain("start", "b", "a", "end", a="set -x", b="set -e")
    found = between(before, after)
    assert [type(change) for change in found] == [Rekeyed, Rekeyed]
    assert {(change.path[-1], change.to[-1]) for change in found if isinstance(change, Rekeyed)} == {
        ("a", "b"),
        ("b", "a"),
    }


def test_commands_that_are_exchanged_are_two_changed_commands() -> None:
    before, after = chain("a", "b", "c", a="1", b="2"), chain("a", "b", "c", a="2", b="1")
    assert between(before, after) == [
        Changed("/tasks/name=a/cmd", "1", "2"),
        Changed("/tasks/name=b/cmd", "2", "1"),
    ]


def test_a_name_that_is_passed_on_is_two_renames() -> None:
    found = between(chain("a", "b", "x", a="1", b="2"), chain("b", "c", "x", b="1", c="2"))
    assert [type(change) for change in found] == [Rekeyed, Rekeyed]


def test_a_rename_with_an_edit_is_a_rename_and_a_change_under_the_new_name() -> None:
    script = "\n".join(f"step {number}" for number in range(20))
    before = chain("a", "b", b=script)
    after = chain("a", "c", c=script.replace("step 7\n", "step seven\n"))
    moved, changed = between(before, after)
    assert isinstance(moved, Rekeyed)
    assert isinstance(changed, Changed)
    assert changed.path == "/tasks/name=c/cmd"


def test_a_task_that_does_something_else_is_no_rename() -> None:
    before, after = chain("a", "b", b="set -e\n./load.sh x"), chain("a", "c", c="set -e\n./report.sh x")
    assert {type(change) for change in between(before, after)} == {Added, Removed}


def test_what_every_task_does_is_no_sign_of_a_rename() -> None:
    common = "set -e\ncd /opt/etl\nexport DAY=${cal_dt} ZONE=GMT+8 SITE=jiuquan\n"
    names = [f"t{number}" for number in range(10)]
    before = chain(*names, "old", **{name: common + name for name in [*names, "old"]})
    after = chain(*names, "new", **{name: common + name for name in [*names, "new"]})
    assert {type(change) for change in between(before, after)} == {Added, Removed}


def test_equal_tasks_are_told_apart_by_their_neighbours() -> None:
    before = chain("x", "a1", "y", a1="same") | {"tasks": [task("x"), task("y"), task("a1"), task("a2")]}
    before["relations"] = [
        {"sourceTaskName": "x", "targetTaskName": "a1", "rerun": False},
        {"sourceTaskName": "y", "targetTaskName": "a2", "rerun": False},
    ]
    after = {**before, "tasks": [task("x"), task("y"), task("b1"), task("b2")]}
    after["relations"] = [
        {"sourceTaskName": "x", "targetTaskName": "b2", "rerun": False},
        {"sourceTaskName": "y", "targetTaskName": "b1", "rerun": False},
    ]
    found = between(before, after)
    assert {(c.path[-2:], c.to[-2:]) for c in found if isinstance(c, Rekeyed)} == {("a1", "b2"), ("a2", "b1")}
    assert len(found) == 2


def test_of_tasks_of_one_command_the_one_with_the_same_settings_was_renamed() -> None:
    tasks = [task("x", cmd="same", timeout=1, retryLimit=1), task("y", cmd="same", timeout=2, retryLimit=2)]
    renamed = task("z", cmd="same", timeout=2, retryLimit=3)
    found = between(flow(tasks=tasks, relations=[]), flow(tasks=[renamed], relations=[]))
    assert [(type(change), change.path) for change in found] == [
        (Removed, "/tasks/name=x"),
        (Rekeyed, "/tasks/name=y"),
        (Changed, "/tasks/name=z/retryLimit"),
    ]


def test_a_relation_to_another_task_is_one_change() -> None:
    def relation(source: str, target: str) -> dict[str, Any]:
        return {"sourceTaskName": source, "targetTaskName": target, "rerun": False}

    names = ("a", "b", "c", "d")
    before = chain(*names) | {"relations": [relation("a", "b"), relation("c", "d")]}
    after = before | {"relations": [relation("a", "c"), relation("c", "d")]}
    (change,) = between(before, after)
    assert isinstance(change, Rekeyed)
    choice = before | {"relations": [relation("a", "c"), relation("a", "d")]}
    assert {type(one) for one in between(before, choice)} == {Added, Removed}


def test_a_parameter_under_another_key_is_one_change() -> None:
    before, after = (flow(parameters=[{"key": key, "value": "jiuquan"}]) for key in ("site", "place"))
    (change,) = between(before, after)
    assert isinstance(change, Rekeyed)
    assert (change.path, change.to) == ("/parameters/key=site", "/parameters/key=place")


def test_parameters_of_one_key_in_another_order_are_changes() -> None:
    one, two = ({"key": "k", "value": value} for value in ("1", "2"))
    assert len(between(flow(parameters=[one, two]), flow(parameters=[two, one]))) == 2


def test_a_structure_too_large_to_compare_is_said_to_be() -> None:
    (change,) = between(flow(unknown=[*range(3000)]), flow(unknown=[*range(1, 3000)]))
    assert isinstance(change, Oversize)


def test_unknown_structures_are_taken_apart() -> None:
    before = flow(unknown={"a": [1, 2], "__b": {"c": 1.5}})
    after = flow(unknown={"a": [1, 2, 3], "__b": {"c": True}, "d": None})
    assert between(before, after) == [
        Changed("/unknown/__b/c", 1.5, True),
        Added("/unknown/a/2", 3),
        Added("/unknown/d", None),
    ]


def test_a_structure_of_another_kind_is_one_change() -> None:
    assert between(flow(unknown={"a": 1}), flow(unknown=[1])) == [Changed("/unknown", {"a": 1}, [1])]


def test_a_run_mode_that_is_no_longer_understood_is_one_change() -> None:
    after = flow(tasks=[task("load", runMode="oops"), task("report")])
    (change,) = between(flow(), after)
    assert change == Changed("/tasks/name=load/runMode", {"taskMode": 1, "cpu": 0.5}, "oops")


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0, False), ([1], [True]), ({"a": 1}, {"a": 1.0})]
)
def test_what_python_calls_equal_is_not_identical(one: Any, other: Any) -> None:
    assert one == other
    assert not are_identical(one, other)
    assert are_identical(one, one)


def test_what_follows_a_task_is_told_in_the_order_of_the_document() -> None:
    names = [f"t{number}" for number in range(10, 40)]
    relations = [{"sourceTaskName": "new", "targetTaskName": name, "rerun": False} for name in names]
    before = flow(tasks=[task(name) for name in names], relations=[])
    after = flow(tasks=[task(name) for name in [*names, "new"]], relations=relations)
    for change in (*between(before, after), *between(after, before)):
        assert isinstance(change, (Added, Removed))
        assert [one.path[-3:] for one in change.cascaded] == names
