"""Links with colliding ids are compared as edges (format.md §1.8)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import combinations, combinations_with_replacement
from typing import Any, Final

import pytest
from diff.reported_cases import documents
from hypothesis import assume, given
from hypothesis import strategies as st

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.diff.document_diff import compare_documents
from flowsync.flow.canonical import canonicalize

CONTEXT: Final = DiffContext("prod", 1, datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001  # no zone
FLOWS: Final = ("f0", "f1", "f2")
TASKS: Final = ("t0", "t1", "t2", "t3")

Link = tuple[str, str, tuple[str, ...]]
"""The flow and the task ("" for the whole flow) that a link leads to, and the tasks that wait for it."""


@pytest.mark.parametrize(
    ("flow_id", "expected"),
    [
        (1, ["behaviour: t2 now waits for flow up"]),
        (2, ["breaking: link to task dw / y instead of task dw / x"]),
        (3, ["behaviour: task t0 renamed load, also in its relation and 1 link"]),
        (4, []),
    ],
)
def test_reported_edits_of_links_with_colliding_ids_are_one_finding(
    flow_id: int, expected: Sequence[str]
) -> None:
    before, after = (documents("colliding-link-ids", side)[flow_id] for side in ("before", "after"))
    found = analyze(before, after, CONTEXT)
    assert [f"{finding.impact}: {finding.sentence}" for finding in found] == expected
    texts = [finding.sentence for finding in found] + [one.sentence for each in found for one in each.effects]
    assert not [text for text in texts if '""' in text or "{" in text]


def numbered_uniquely(flow_links: int, task_links: int) -> list[int]:
    return [*range(flow_links + task_links)]


def numbered_in_each_list(flow_links: int, task_links: int) -> list[int]:
    return [*range(flow_links), *range(task_links)]


def numbered_alike(flow_links: int, task_links: int) -> list[int]:
    return [0] * (flow_links + task_links)


NUMBERINGS: Final[Sequence[Callable[[int, int], list[int]]]] = (
    numbered_uniquely,
    numbered_in_each_list,
    numbered_alike,
)


def export(links: Sequence[Link], ids: Callable[[int, int], list[int]], **fields: Any) -> Mapping[str, Any]:
    """Return an export; links of flows come before links of tasks."""
    ordered = [one for one in links if not one[1]] + [one for one in links if one[1]]
    flow_count = sum(not task for _, task, _ in links)
    numbers = ids(flow_count, len(links) - flow_count)
    made = [
        {"linkId": str(number), "sourceFlowName": flow, **({"sourceTaskName": task} if task else {})}
        for number, (flow, task, _) in zip(numbers, ordered, strict=True)
    ]
    return {
        "name": "etl",
        "tasks": [{"name": name, "cmd": f"./{name}.sh"} for name in TASKS],
        "flowLinks": made[:flow_count],
        "taskLinks": made[flow_count:],
        "linkRelations": [
            {"linkId": str(number), "targetTaskName": name, "rerun": True}
            for number, (_, _, targets) in zip(numbers, ordered, strict=True)
            for name in targets
        ],
        **fields,
    }


@st.composite
def link_lists(draw: st.DrawFn) -> list[Link]:
    """Links of distinct sources, each with one to three targets."""
    sources = st.tuples(st.sampled_from(FLOWS), st.sampled_from(("", "x", "y")))
    return [
        (flow, task, tuple(draw(st.lists(st.sampled_from(TASKS), min_size=1, max_size=3, unique=True))))
        for flow, task in draw(st.lists(sources, min_size=1, max_size=5, unique=True))
    ]


@given(link_lists(), st.sampled_from(NUMBERINGS), st.sampled_from(NUMBERINGS))
def test_other_ids_of_the_same_links_make_no_difference(
    links: list[Link], one: Callable[[int, int], list[int]], other: Callable[[int, int], list[int]]
) -> None:
    before, after = (canonicalize(export(links, ids), 1) for ids in (one, other))
    assert analyze(before, after, CONTEXT) == ()


@given(link_lists(), st.sampled_from(NUMBERINGS), st.sampled_from(NUMBERINGS))
def test_edit_of_another_field_is_the_only_finding_for_any_ids(
    links: list[Link], one: Callable[[int, int], list[int]], other: Callable[[int, int], list[int]]
) -> None:
    before, after = canonicalize(export(links, one), 1), canonicalize(export(links, other, desc="new"), 1)
    assert [finding.change.path for finding in analyze(before, after, CONTEXT)] == ["/desc"]


@given(link_lists(), st.sampled_from(NUMBERINGS), st.sampled_from(NUMBERINGS), st.data())
def test_new_target_is_found_for_any_ids(
    links: list[Link],
    one: Callable[[int, int], list[int]],
    other: Callable[[int, int], list[int]],
    data: st.DataObject,
) -> None:
    absent = [name for name in TASKS if all(name not in targets for _, _, targets in links)]
    assume(absent)
    place = data.draw(st.integers(0, len(links) - 1))
    flow, task, targets = links[place]
    edited = [*links[:place], (flow, task, (*targets, absent[0])), *links[place + 1 :]]
    before, after = canonicalize(export(links, one), 1), canonicalize(export(edited, other), 1)
    found = analyze(before, after, CONTEXT)
    assert found
    assert all(absent[0] in finding.sentence for finding in found)
    assert compare_documents(after, before)


@given(link_lists(), link_lists())
def test_links_with_other_sources_or_targets_always_differ(one: list[Link], other: list[Link]) -> None:
    sources = [{(flow, task) for flow, task, _ in links} for links in (one, other)]
    targets = [sorted(name for _, _, names in links for name in names) for links in (one, other)]
    assume(sources[0] != sources[1] or targets[0] != targets[1])
    for ids in NUMBERINGS:
        assert compare_documents(*(canonicalize(export(links, ids), 1) for links in (one, other)))


def test_comparison_of_colliding_ids_does_not_depend_on_the_direction() -> None:
    ids = [(("u", "0"), ("v", "0")), (("u", "0"), ("v", "1")), (("u", "0"), ("v", "0"), ("v", "1"))]
    targets = [("0", "t0"), ("1", "t0"), ("0", "t1")]
    versions = [
        canonicalize(
            {
                "name": "etl",
                "tasks": [{"name": "t0"}, {"name": "t1"}],
                "flowLinks": [{"linkId": number, "sourceFlowName": source} for source, number in links],
                "linkRelations": [{"linkId": number, "targetTaskName": name} for number, name in chosen],
            },
            1,
        )
        for links in ids
        for count in (1, 2, 3)
        for chosen in combinations_with_replacement(targets, count)
    ]
    for before, after in combinations(versions, 2):
        assert len(compare_documents(before, after)) == len(compare_documents(after, before)), (before, after)
