"""Renamed tasks: equal ones are paired by position in the graph, edited ones by what is unchanged."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any, Final

import pytest
from diff.reported_cases import documents
from hypothesis import given
from hypothesis import strategies as st

from flowsync.diff.document_diff import compare_documents
from flowsync.diff.model import Added, Change, Changed, Rekeyed, Removed
from flowsync.flow.canonical import canonicalize

BODIES: Final = ("./check.sh ${task_name}", None, "")
SHORT_COMMANDS: Final = (
    ("./run.sh X", "./run.sh X --force"),
    ("./run.sh X --force", "./run.sh X"),
    ("python3 a.py --dt ${cal_dt} --out b", "python3 a.py --dt ${cal_dt} --out /data/b"),
    ("./load.sh", "./load.sh 2>&1"),
    ("hive -f a.sql", "hive -f b.sql"),
    ("set -e\n./run.sh X", "set -e\n./run.sh X --force"),
    ("./run.sh X", "set -e\n./run.sh X"),
    ("./run.sh X", "nohup ./run.sh X &"),
    ("python a.py --dt X", "python3 a.py --dt X"),
    ("load.sh ${dt}", "./load.sh ${dt}"),
    ("sh a.sh", "bash a.sh"),
    ("./run.sh", "cd /opt && ./run.sh"),
    ("./run_daily.sh", "./run_daily_v2.sh"),
    ("X=1 ./run.sh", "X=2 ./run.sh"),
)


def flow(tasks: Mapping[str, Any], edges: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return a document; each task has a command or the fields of a mapping."""
    export: dict[str, Any] = {
        "name": "etl",
        "tasks": [
            {"name": name, **(one if isinstance(one, dict) else {} if one is None else {"cmd": one})}
            for name, one in tasks.items()
        ],
        "relations": [
            {"sourceTaskName": source, "targetTaskName": target, "rerun": True} for source, target in edges
        ],
    }
    return canonicalize(export, 1)


def renames(found: Sequence[Change]) -> dict[str, str]:
    rekeyed = [one for one in found if isinstance(one, Rekeyed) and one.path.startswith("/tasks/")]
    return {str(one.before["name"]): str(one.after["name"]) for one in rekeyed}


@pytest.mark.parametrize(
    ("flow_id", "expected"),
    [
        (1, {"a": "y", "b": "x"}),
        (2, {f"step{number}": f"s{number:02}" for number in range(1, 13)}),
        (3, {"check_a": "verify_1", "check_b": "verify_0", "check_c": "verify_2"}),
    ],
)
def test_reported_equal_tasks_are_paired_by_position(flow_id: int, expected: Mapping[str, str]) -> None:
    before, after = (documents("twins-renamed", side)[flow_id] for side in ("before", "after"))
    found = compare_documents(before, after)
    assert renames(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("flow_id", "expected"),
    [(1, {"x": "export_daily"}), (2, {"y": "run_x"}), (3, {"z": "copy"})],
)
def test_reported_short_commands_are_a_rename_and_an_edit(flow_id: int, expected: Mapping[str, str]) -> None:
    before, after = (documents("short-command-renamed", side)[flow_id] for side in ("before", "after"))
    found = compare_documents(before, after)
    assert renames(found) == expected
    assert [type(one) for one in found] == [Rekeyed, Changed]


@st.composite
def renamed_graphs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Equal tasks in a random graph, before and after some or all were renamed."""
    count = draw(st.integers(1, 12))
    edges = [pair for pair in combinations(range(count), 2) if draw(st.integers(0, 3)) == 0]
    body = draw(st.sampled_from(BODIES))
    bodies = [
        draw(st.sampled_from((body, "./other.sh"))) if draw(st.booleans()) else body for _ in range(count)
    ]
    old_names = draw(st.permutations([f"step{number}" for number in range(count)]))
    fresh = draw(st.permutations([f"s{number:02}" for number in range(count)]))
    is_renamed = draw(st.lists(st.booleans(), min_size=count, max_size=count) | st.just([True] * count))
    new_names = [
        new if renamed else old for old, new, renamed in zip(old_names, fresh, is_renamed, strict=True)
    ]
    before, after = (
        flow(dict(zip(names, bodies, strict=True)), [(names[one], names[other]) for one, other in edges])
        for names in (old_names, new_names)
    )
    return before, after, sum(is_renamed)


@given(renamed_graphs())
def test_equal_tasks_under_other_names_are_only_renames(
    sides: tuple[dict[str, Any], dict[str, Any], int],
) -> None:
    before, after, count = sides
    found = compare_documents(before, after)
    assert {type(one) for one in found} <= {Rekeyed}
    assert len(found) == count


@given(renamed_graphs(), renamed_graphs())
def test_renames_between_unrelated_graphs_are_symmetric(
    one: tuple[dict[str, Any], dict[str, Any], int], other: tuple[dict[str, Any], dict[str, Any], int]
) -> None:
    forwards, backwards = compare_documents(one[0], other[1]), compare_documents(other[1], one[0])
    assert renames(forwards) == {old: new for new, old in renames(backwards).items()}


CHAIN: Final = [(f"t{number}", f"t{number + 1}") for number in range(11)]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("removed", [0, 5, 11])
def test_shorter_chain_of_equal_tasks_has_one_removed_task(body: Any, removed: int) -> None:
    before = flow(dict.fromkeys([f"t{number}" for number in range(12)], body), CHAIN)
    names = [f"s{number:02}" for number in range(12) if number != removed]
    after = flow(dict.fromkeys(names, body), [*pairwise(names)])
    found = compare_documents(before, after)
    assert len(renames(found)) >= 10
    assert not [one for one in found if isinstance(one, Added) and one.path.startswith("/tasks/")]
    order = [*map(str, renames(found).values())]
    assert order == sorted(order)


@pytest.mark.parametrize(("old", "new"), SHORT_COMMANDS)
@pytest.mark.parametrize("edges", [[("in", "x"), ("x", "end")], [("in", "x")], []])
def test_renamed_task_with_an_edited_short_command_is_detected_by_position(
    old: str, new: str, edges: list[tuple[str, str]]
) -> None:
    others = {"in": "./in.sh", "end": "./end.sh", "y": "./y.sh"}
    before = flow({**others, "x": old}, [("in", "y"), *edges])
    renamed = [("run_x" if one == "x" else one, "run_x" if two == "x" else two) for one, two in edges]
    after = flow({**others, "run_x": new}, [("in", "y"), *renamed])
    found = compare_documents(before, after)
    assert [type(one) for one in found] == [Rekeyed, Changed]


@given(st.lists(st.integers(0, 99), min_size=2, max_size=6, unique=True))
def test_short_commands_are_distinguished_by_their_neighbours(numbers: list[int]) -> None:
    anchors = {f"in{number}": f"./in{number}.sh" for number in numbers}
    before, after = (
        flow(
            {**anchors, **{f"{name}{number}": f"./run.sh {number}{option}" for number in numbers}},
            [(f"in{number}", f"{name}{number}") for number in numbers],
        )
        for name, option in (("old", ""), ("new", "0 --force"))
    )
    assert renames(compare_documents(before, after)) == {f"old{number}": f"new{number}" for number in numbers}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("./load.sh x", "./report.sh x"),
        ({"cmd": "", "timeout": 1, "retryLimit": 1}, {"cmd": "", "timeout": 2, "retryLimit": 2}),
        ("", "./run.sh X"),
    ],
)
def test_different_task_at_the_same_position_is_not_a_rename(old: Any, new: Any) -> None:
    others = {"in": "./in.sh", "end": "./end.sh"}
    before = flow({**others, "x": old}, [("in", "x"), ("x", "end")])
    after = flow({**others, "y": new}, [("in", "y"), ("y", "end")])
    assert {type(one) for one in compare_documents(before, after)} == {Added, Removed}


def test_similar_command_at_another_position_is_not_a_rename() -> None:
    others = {"in": "./in.sh", "mid": "./mid.sh", "end": "./end.sh"}
    before = flow({**others, "x": "./run.sh X"}, [("in", "x"), ("x", "mid"), ("mid", "end")])
    after = flow({**others, "y": "./run.sh Y"}, [("in", "mid"), ("mid", "end"), ("end", "y")])
    assert not renames(compare_documents(before, after))
