from typing import Any

import pytest

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.diff.documents import changes, identical
from flowsync.flow.canonical import canonical
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
    return changes(canonical(before, 2924), canonical(after, 2924))


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


def test_a_renamed_task_is_one_removed_and_one_added() -> None:
    after = flow(tasks=[task("extract"), task("report")])
    assert [type(change) for change in between(flow(), after)] == [Added, Removed]
    assert [change.path for change in between(flow(), after)] == ["/tasks/name=extract", "/tasks/name=load"]


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


def test_a_new_target_of_a_link_is_one_added_target() -> None:
    before = flow(**links(("load", "load", False)))
    after = flow(**links(("load", "load", False), ("load", "report", True)))
    path = "/taskLinks/sourceFlowName=dw,sourceTaskName=load/targets/targetTaskName=report"
    assert between(before, after) == [Added(path, {"targetTaskName": "report", "rerun": True})]


def test_a_link_to_another_source_is_one_removed_and_one_added() -> None:
    found = between(flow(**links(("load", "load", False))), flow(**links(("clean", "load", False))))
    assert [type(change) for change in found] == [Added, Removed]
    assert all(change.path.startswith("/taskLinks/sourceFlowName=dw,sourceTaskName=") for change in found)


def test_ambiguous_links_come_and_go_as_a_whole() -> None:
    stray = {"linkRelations": [{"linkId": "7", "targetTaskName": "load", "rerun": False}]}
    (change,) = between(flow(), flow(**stray))
    assert change.path == "/ambiguousLinks"
    other = {"linkRelations": [*stray["linkRelations"], {"linkId": "8", "targetTaskName": "report"}]}
    (change,) = between(flow(**stray), flow(**other))
    assert isinstance(change, Added)
    assert change.path.startswith("/ambiguousLinks/")


def test_parameters_are_found_by_key() -> None:
    before = flow(parameters='[{"key":"site","value":"jiuquan"},{"key":"day","value":"1"}]')
    after = flow(parameters='[{"key":"day","value":"2"},{"key":"site","value":"jiuquan"}]')
    assert between(before, after) == [Changed("/parameters/key=day/value", "1", "2")]


def test_owners_are_one_value_whatever_decorates_them() -> None:
    assert between(flow(owners=";b; a;"), flow(owners="a;b")) == []
    assert between(flow(owners="a"), flow(owners="a;b")) == [Changed("/owners", ["a"], ["a", "b"])]


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
    assert not identical(one, other)
    assert identical(one, one)
