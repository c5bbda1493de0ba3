"""Test the step in which each task runs."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowsync.graph.levels import direct_upstream, task_levels


def _document(tasks: str, edges: str) -> dict[str, Any]:
    return {
        "tasks": [{"name": name} for name in tasks],
        "relations": [{"sourceTaskName": edge[0], "targetTaskName": edge[1]} for edge in edges.split()],
    }


def test_task_runs_one_step_after_its_last_upstream() -> None:
    assert task_levels(_document("abcde", "ab bc ac cd")) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 1}


def test_tasks_of_cycle_share_a_step() -> None:
    assert task_levels(_document("abcd", "ab bc cb cd")) == {"a": 1, "b": 2, "c": 2, "d": 3}


def test_names_without_task_are_not_a_step() -> None:
    assert task_levels(_document("b", "ab")) == {"b": 1}
    assert task_levels(_document("abc", "ax xb ab bc")) == {"a": 1, "b": 2, "c": 3}
    assert task_levels({}) == {}


def test_levels_of_long_chain_need_no_recursion() -> None:
    relations = [{"sourceTaskName": str(n), "targetTaskName": str(n + 1)} for n in range(5_000)]
    document: dict[str, Any] = {"tasks": [{"name": str(n)} for n in range(5_001)], "relations": relations}
    assert task_levels(document)["5000"] == 5_001


@given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12))
def test_every_task_runs_after_its_upstream(edges: set[tuple[str, str]]) -> None:
    forward = {(one, other) for one, other in edges if one < other}
    document = _document("abcdef", " ".join(f"{one}{other}" for one, other in sorted(forward)))
    found = task_levels(document)
    for name, waits in direct_upstream(document).items():
        assert found[name] == 1 + max((found[one] for one in waits), default=0)
