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


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return compare_documents(canonicalize(before, 2924), canonicalize(after, 2924))


def test_equal_documents_have_no_changes() -> None:
    assert compare(flow(), flow()) == []


def test_changed_value_is_one_change_at_its_path() -> None:
    assert compare(flow(), flow(cron="0 30 2 * * ? *")) == [
        Changed("/cron", "0 0 0 * * ? *", "0 30 2 * * ? *")
    ]


def test_missing_null_and_empty_fields_differ() -> None:
    assert compare(flow(), flow(desc=None)) == [Added("/desc", None)]
    assert compare(flow(desc=None), flow(desc="")) == [Changed("/desc", None, "")]
    assert compare(flow(desc=""), flow()) == [Removed("/desc", "")]


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, "1"), (0, False), (0.5, "0.5"), (0, None)])
def test_values_of_different_types_differ(before: Value, after: Value) -> None:
    assert compare(flow(unknown=before), flow(unknown=after)) == [Changed("/unknown", before, after)]


def test_tasks_are_matched_by_name_at_any_index() -> None:
    before = flow(tasks=[task(f"t{number}") for number in range(60)])
    after = flow(tasks=[task("a new head"), *(task(f"t{number}") for number in reversed(range(60)))])
    (change,) = compare(before, after)
    assert change.path == "/tasks/name=a new head"
    assert isinstance(change, Added)


def test_path_of_a_change_in_a_task_contains_its_name() -> None:
    after = flow(tasks=[task("load", runMode='{"taskMode":1,"cpu":2}'), task("report")])
    assert compare(flow(), after) == [Changed("/tasks/name=load/runMode/cpu", 0.5, 2)]


def test_renamed_task_is_one_change_with_its_relations() -> None:
    after = flow(
        tasks=[task("extract"), task("report")],
        relations=[{"sourceTaskName": "extract", "targetTaskName": "report", "rerun": True}],
    )
    (change,) = compare(flow(), after)
    assert isinstance(change, Rekeyed)
    assert (change.path, change.to) == ("/tasks/name=load", "/tasks/name=extract")
    assert (change.before, change.after) == ({"name": "load"}, {"name": "extract"})
    (follower,) = change.cascaded
    assert follower.path == "/relations/sourceTaskName=load,targetTaskName=report"
    assert follower.to == "/relations/sourceTaskName=extract,targetTaskName=report"


def test_relations_are_matched_by_both_ends() -> None:
    after = flow(relations=[{"sourceTaskName": "load", "targetTaskName": "report", "rerun": False}])
    path = "/relations/sourceTaskName=load,targetTaskName=report/rerun"
    assert compare(flow(), after) == [Changed(path, True, False)]


def test_duplicate_names_are_numbered_and_equal_entries_paired_first() -> None:
    before = flow(tasks=[task("x", cmd="one"), task("x", cmd="two")])
    after = flow(tasks=[task("x", cmd="two"), task("x", cmd="three"), task("x", cmd="zero")])
    found = compare(before, after)
    assert Changed("/tasks/name=x~#2/cmd", "one", "three") in found
    assert [type(change) for change in found] == [Changed, Added]
    assert found[1].path == "/tasks/name=x~#3"


def test_names_are_escaped_in_paths() -> None:
    after = flow(tasks=[task("a/b=c,d~e"), task("load"), task("report")])
    assert compare(flow(), after)[0].path == "/tasks/name=a~1b~2c~3d~0e"


def test_path_distinguishes_missing_and_null_names() -> None:
    nameless = {"cmd": "true"}
    after = flow(tasks=[nameless, {**nameless, "name": None}, task("load"), task("report")])
    assert {change.path for change in compare(flow(), after)} == {"/tasks/name~null", "/tasks/name~missing"}


def links(*targets: tuple[str, str, bool]) -> dict[str, Any]:
    """Return task links of the flow dw, one for each (source task, target task, rerun)."""
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


def test_links_are_compared_as_edges() -> None:
    two = flow(**links(("load", "load", False), ("load", "report", False)))
    one = flow(
        taskLinks=[{"linkId": "9", "sourceFlowName": "dw", "sourceTaskName": "load"}],
        linkRelations=[
            {"linkId": 9, "targetTaskName": "report", "rerun": False},
            {"linkId": 9.0, "targetTaskName": "load", "rerun": False},
        ],
    )
    assert compare(two, one) == []


def test_many_links_with_one_source_are_as_fast_as_with_many_sources() -> None:
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


def test_new_target_of_a_link_is_one_added_target() -> None:
    before = flow(**links(("load", "load", False)))
    after = flow(**links(("load", "load", False), ("load", "report", True)))
    path = "/taskLinks/sourceFlowName=dw,sourceTaskName=load/targets/targetTaskName=report"
    assert compare(before, after) == [Added(path, {"targetTaskName": "report", "rerun": True})]


def test_link_to_another_source_is_one_change() -> None:
    (change,) = compare(flow(**links(("load", "load", False))), flow(**links(("clean", "load", False))))
    assert isinstance(change, Rekeyed)
    assert change.path == "/taskLinks/sourceFlowName=dw,sourceTaskName=load"
    assert change.to == "/taskLinks/sourceFlowName=dw,sourceTaskName=clean"


def test_link_with_another_target_is_one_change() -> None:
    (change,) = compare(flow(**links(("load", "load", False))), flow(**links(("load", "report", False))))
    assert isinstance(change, Rekeyed)
    assert change.to.endswith("/targets/targetTaskName=report")


def test_link_relation_without_a_link_is_a_target_of_a_nameless_link() -> None:
    stray = {"linkRelations": [{"linkId": "7", "targetTaskName": "load", "rerun": False}]}
    (change,) = compare(flow(), flow(**stray))
    assert change.path == "/flowLinks/sourceFlowName~missing"
    other = {"linkRelations": [*stray["linkRelations"], {"linkId": "8", "targetTaskName": "report"}]}
    (change,) = compare(flow(**stray), flow(**other))
    assert isinstance(change, Added)
    assert change.path == "/flowLinks/sourceFlowName~missing/targets/targetTaskName=report"


def test_parameters_are_matched_by_key() -> None:
    before = flow(parameters='[{"key":"site","value":"jiuquan"},{"key":"day","value":"1"}]')
    after = flow(parameters='[{"key":"day","value":"2"},{"key":"site","value":"jiuquan"}]')
    assert compare(before, after) == [Changed("/parameters/key=day/value", "1", "2")]


def test_owners_are_added_and_removed_one_by_one() -> None:
    assert compare(flow(owners=";b; a;"), flow(owners="a;b")) == []
    assert compare(flow(owners="a;x/y"), flow(owners="a;b")) == [
        Added("/owners/b", "b"),
        Removed("/owners/x~1y", "x/y"),
    ]
    assert compare(flow(owners=None), flow(owners="a")) == [Changed("/owners", None, ["a"])]


def chain(*names: str, **bodies: str) -> dict[str, Any]:
    """Return a chain of tasks with different commands."""
    return flow(
        tasks=[task(name, cmd=bodies.get(name, f"run {name}")) for name in names],
        relations=[
            {"sourceTaskName": one, "targetTaskName": other, "rerun": False} for one, other in pairwise(names)
        ],
    )


def test_removed_task_includes_its_relations() -> None:
    (change,) = compare(chain("a", "b", "c"), chain("a", "c"))[:1]
    assert isinstance(change, Removed)
    assert [one.path for one in change.cascaded] == [
        "/relations/sourceTaskName=a,targetTaskName=b",
        "/relations/sourceTaskName=b,targetTaskName=c",
    ]


def test_new_task_inside_an_edge_is_an_added_task_and_a_removed_edge() -> None:
    added, removed = compare(chain("a", "c"), chain("a", "b", "c"))
    assert isinstance(added, Added)
    assert len(added.cascaded) == 2
    assert removed == Removed(
        "/relations/sourceTaskName=a,targetTaskName=c",
        {"sourceTaskName": "a", "targetTaskName": "c", "rerun": False},
    )


def test_exchanged_names_are_two_renames() -> None:
    before = chain("start", "a", "b", "end", a="set -e", b="set -x")
    after = chain("start", "b", "a", "end", a="set -x", b="set -e")
    found = compare(before, after)
    assert [type(change) for change in found] == [Rekeyed, Rekeyed]
    assert {(change.path[-1], change.to[-1]) for change in found if isinstance(change, Rekeyed)} == {
        ("a", "b"),
        ("b", "a"),
    }


def test_exchanged_commands_are_two_changed_commands() -> None:
    before, after = chain("a", "b", "c", a="1", b="2"), chain("a", "b", "c", a="2", b="1")
    assert compare(before, after) == [
        Changed("/tasks/name=a/cmd", "1", "2"),
        Changed("/tasks/name=b/cmd", "2", "1"),
    ]


def test_reused_name_is_two_renames() -> None:
    found = compare(chain("a", "b", "x", a="1", b="2"), chain("b", "c", "x", b="1", c="2"))
    assert [type(change) for change in found] == [Rekeyed, Rekeyed]


def test_rename_with_an_edit_is_a_rename_and_a_change_below_the_new_name() -> None:
    script = "\n".join(f"step {number}" for number in range(20))
    before = chain("a", "b", b=script)
    after = chain("a", "c", c=script.replace("step 7\n", "step seven\n"))
    renamed, changed = compare(before, after)
    assert isinstance(renamed, Rekeyed)
    assert isinstance(changed, Changed)
    assert changed.path == "/tasks/name=c/cmd"


def test_task_with_another_command_is_not_a_rename() -> None:
    before, after = chain("a", "b", b="set -e\n./load.sh x"), chain("a", "c", c="set -e\n./report.sh x")
    assert {type(change) for change in compare(before, after)} == {Added, Removed}


def test_common_lines_do_not_indicate_a_rename() -> None:
    common = "set -e\ncd /opt/etl\nexport DAY=${cal_dt} ZONE=GMT+8 SITE=jiuquan\n"
    names = [f"t{number}" for number in range(10)]
    before = chain(*names, "old", **{name: common + name for name in [*names, "old"]})
    after = chain(*names, "new", **{name: common + name for name in [*names, "new"]})
    assert {type(change) for change in compare(before, after)} == {Added, Removed}


def test_equal_tasks_are_distinguished_by_their_neighbours() -> None:
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
    found = compare(before, after)
    assert {(c.path[-2:], c.to[-2:]) for c in found if isinstance(c, Rekeyed)} == {("a1", "b2"), ("a2", "b1")}
    assert len(found) == 2


def test_same_settings_decide_between_tasks_with_one_command() -> None:
    tasks = [task("x", cmd="same", timeout=1, retryLimit=1), task("y", cmd="same", timeout=2, retryLimit=2)]
    renamed = task("z", cmd="same", timeout=2, retryLimit=3)
    found = compare(flow(tasks=tasks, relations=[]), flow(tasks=[renamed], relations=[]))
    assert [(type(change), change.path) for change in found] == [
        (Removed, "/tasks/name=x"),
        (Rekeyed, "/tasks/name=y"),
        (Changed, "/tasks/name=z/retryLimit"),
    ]


def test_relation_to_another_task_is_one_change() -> None:
    def relation(source: str, target: str) -> dict[str, Any]:
        return {"sourceTaskName": source, "targetTaskName": target, "rerun": False}

    names = ("a", "b", "c", "d")
    before = chain(*names) | {"relations": [relation("a", "b"), relation("c", "d")]}
    after = before | {"relations": [relation("a", "c"), relation("c", "d")]}
    (change,) = compare(before, after)
    assert isinstance(change, Rekeyed)
    choice = before | {"relations": [relation("a", "c"), relation("a", "d")]}
    assert {type(one) for one in compare(before, choice)} == {Added, Removed}


def test_parameter_under_another_key_is_one_change() -> None:
    before, after = (flow(parameters=[{"key": key, "value": "jiuquan"}]) for key in ("site", "place"))
    (change,) = compare(before, after)
    assert isinstance(change, Rekeyed)
    assert (change.path, change.to) == ("/parameters/key=site", "/parameters/key=place")


def test_order_of_parameters_with_one_key_is_significant() -> None:
    one, two = ({"key": "k", "value": value} for value in ("1", "2"))
    assert len(compare(flow(parameters=[one, two]), flow(parameters=[two, one]))) == 2


def test_large_structure_is_reported_as_oversize() -> None:
    (change,) = compare(flow(unknown=[*range(3000)]), flow(unknown=[*range(1, 3000)]))
    assert isinstance(change, Oversize)


def test_unknown_structures_are_compared_inside() -> None:
    before = flow(unknown={"a": [1, 2], "__b": {"c": 1.5}})
    after = flow(unknown={"a": [1, 2, 3], "__b": {"c": True}, "d": None})
    assert compare(before, after) == [
        Changed("/unknown/__b/c", 1.5, True),
        Added("/unknown/a/2", 3),
        Added("/unknown/d", None),
    ]


def test_structure_of_another_type_is_one_change() -> None:
    assert compare(flow(unknown={"a": 1}), flow(unknown=[1])) == [Changed("/unknown", {"a": 1}, [1])]


def test_invalid_run_mode_is_one_change() -> None:
    after = flow(tasks=[task("load", runMode="oops"), task("report")])
    (change,) = compare(flow(), after)
    assert change == Changed("/tasks/name=load/runMode", {"taskMode": 1, "cpu": 0.5}, "oops")


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0, False), ([1], [True]), ({"a": 1}, {"a": 1.0})]
)
def test_values_equal_in_python_are_not_identical(one: Any, other: Any) -> None:
    assert one == other
    assert not are_identical(one, other)
    assert are_identical(one, one)


def test_cascaded_changes_are_in_document_order() -> None:
    names = [f"t{number}" for number in range(10, 40)]
    relations = [{"sourceTaskName": "new", "targetTaskName": name, "rerun": False} for name in names]
    before = flow(tasks=[task(name) for name in names], relations=[])
    after = flow(tasks=[task(name) for name in [*names, "new"]], relations=relations)
    for change in (*compare(before, after), *compare(after, before)):
        assert isinstance(change, (Added, Removed))
        assert [one.path[-3:] for one in change.cascaded] == names
