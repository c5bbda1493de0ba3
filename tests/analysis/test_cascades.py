"""Upstream renames: links that follow are not changes, links that do not follow are left find_dependents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import pytest
from diff.reported_cases import documents
from hypothesis import given
from hypothesis import strategies as st
from strategies.environments import World, exchanged_names, fresh_names, worlds

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.analysis.cascades import Cascades, Snapshot
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.model import Consequence, Finding
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record
from flowsync.graph.edges import all_links

SINCE: Final = datetime(2026, 11, 23)  # noqa: DTZ001  # the server's wall clock
SIDES: Final = ("before", "after")


@dataclass(frozen=True)
class Result:
    """The result of a comparison for one flow."""

    findings: tuple[Finding, ...]
    reason: str

    @property
    def sentences(self) -> list[str]:
        return [finding.sentence for finding in self.findings]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return sorted((finding.kind, finding.impact) for finding in self.findings)

    def effects(self, consequence: Consequence) -> list[str]:
        return [
            effect.sentence
            for finding in self.findings
            for effect in finding.effects
            if effect.consequence is consequence
        ]


def snapshot_of(documents: Mapping[int, Record]) -> Snapshot:
    """Make a snapshot of documents by flow id."""
    names = {flow_id: str(document["name"]) for flow_id, document in documents.items()}
    return Snapshot(
        lambda name: [flow_id for flow_id in names if names[flow_id] == name], names.get, documents.get
    )


def compare(before: Mapping[int, Record], after: Mapping[int, Record]) -> dict[int, Result]:
    """Compare two snapshots of an environment."""
    cascades = Cascades(snapshot_of(before), snapshot_of(after))

    def find_dependents(names: Collection[str]) -> Sequence[Dependent]:
        return [
            Dependent("prod", flow_id, str(document["name"]), link.flow, link.task or "", link.waiting_tasks)
            for flow_id, document in sorted(after.items())
            for link in all_links(document)
            if link.flow in names
        ]

    def result(flow_id: int) -> Result:
        cascade = cascades.of(before[flow_id], after[flow_id])
        states = partial(cascades.link_states, flow_id)
        context = DiffContext("prod", flow_id, SINCE, find_dependents, link_states=states)
        found = analyze(cascade.before, after[flow_id], context)
        return Result(found, "" if found else cascade.reason)

    return {flow_id: result(flow_id) for flow_id in before if before[flow_id] != after[flow_id]}


def compare_case(case: str) -> dict[int, Result]:
    before, after = (documents(case, side) for side in SIDES)
    return compare(before, after)


def flow(name: str, *links: tuple[str, str], tasks: Sequence[str] = ("load", "send"), **fields: Any) -> Any:
    """Make an export; each link is an upstream flow (or flow/task) and the task that waits for it."""
    own = [
        (str(number), *source.partition("/")[::2], target) for number, (source, target) in enumerate(links)
    ]
    return {
        "name": name,
        "tasks": [{"name": task, "cmd": f"./{task}.sh --all --of={name}"} for task in tasks],
        "flowLinks": [
            {"linkId": link, "sourceFlowName": source} for link, source, task, _ in own if not task
        ],
        "taskLinks": [
            {"linkId": link, "sourceFlowName": source, "sourceTaskName": task}
            for link, source, task, _ in own
            if task
        ],
        "linkRelations": [
            {"linkId": link, "targetTaskName": target, "rerun": False} for link, _, _, target in own
        ],
        **fields,
    }


def environment(*exports: Any) -> dict[int, Record]:
    return {flow_id: canonicalize(export, flow_id) for flow_id, export in enumerate(exports, 1)}


def test_followed_rename_of_a_flow_is_one_finding() -> None:
    found = compare_case("upstream-flow-renamed")
    assert {flow_id: one.sentences for flow_id, one in found.items()} == {
        1: ["flow renamed: dw → warehouse"],
        2: [],
        3: [],
    }
    (rename,) = found[1].findings
    assert rename.impact == "behaviour"
    assert found[1].effects(Consequence.FOLLOWED) == ["also in the links of 2 flows: report2 and report3"]
    assert found[2].reason == found[3].reason == "only follows the rename of flow dw to warehouse"


def test_followed_rename_of_a_task_is_one_finding() -> None:
    found = compare_case("upstream-task-renamed")
    assert {flow_id: one.sentences for flow_id, one in found.items()} == {
        1: ["task load renamed load_ods"],
        2: [],
    }
    (rename,) = found[1].findings
    assert rename.impact == "behaviour"
    assert found[1].effects(Consequence.FOLLOWED) == ["also in a link of report2"]
    assert found[2].reason == "only follows the rename of task load of flow dw to load_ods"


def test_flows_that_exchange_names_are_matched_by_id() -> None:
    found = compare_case("upstream-names-swapped")
    assert {flow_id: one.sentences for flow_id, one in found.items()} == {
        1: ["flow renamed: u → v"],
        2: ["flow renamed: v → u"],
        3: [],
    }
    assert [one.impact for flow_id in (1, 2) for one in found[flow_id].findings] == ["behaviour", "behaviour"]
    assert found[1].effects(Consequence.FOLLOWED) == ["also in a link of report3"]
    assert not found[2].findings[0].effects


def test_link_that_keeps_an_exchanged_name_waits_for_another_flow() -> None:
    before = environment(flow("u"), flow("v", tasks=["a", "b"]), flow("report", ("u", "send")))
    after = environment(flow("u"), flow("v"), flow("report", ("u", "send")))
    after[1], after[2] = {**before[1], "name": "v"}, {**before[2], "name": "u"}
    after[3] = before[3]
    found = compare(before, after)
    assert found[1].findings[0].impact == "breaking"
    assert found[1].effects(Consequence.LEFT_WAITING) == [
        "1 flow waits for this flow by its old name, now that of another flow: report (send)"
    ]
    assert found[2].findings[0].impact == "behaviour"


def test_link_follows_a_flow_whose_old_name_a_new_flow_takes() -> None:
    before = environment(flow("dw"), flow("report", ("dw", "load")))
    after = environment(flow("dw_old"), flow("report", ("dw_old", "load"), ("dw", "load")), flow("dw"))
    found = compare(before, after)
    assert found[1].effects(Consequence.FOLLOWED) == ["also in a link of report"]
    assert found[2].sentences == ["load now waits for flow dw"]
    assert not [one for result in found.values() for one in result.findings if one.impact == "breaking"]


def test_flow_and_its_task_renamed_together_are_two_findings() -> None:
    before = environment(flow("dw"), flow("report", ("dw/load", "send")))
    after = environment(flow("dw"), flow("report", ("warehouse/fetch", "send")))
    after[1] = canonicalize(
        {
            **flow("dw"),
            "name": "warehouse",
            "tasks": [
                {**task, "name": task["name"].replace("load", "fetch")} for task in flow("dw")["tasks"]
            ],
        },
        1,
    )
    found = compare(before, after)
    assert found[1].sentences == ["flow renamed: dw → warehouse", "task load renamed fetch"]
    assert found[1].effects(Consequence.FOLLOWED) == ["also in a link of report"] * 2
    assert found[2].reason == (
        "only follows the rename of flow dw to warehouse and task load of flow warehouse to fetch"
    )


def test_link_to_a_different_flow_is_a_breaking_retarget() -> None:
    before = environment(flow("dw"), flow("other"), flow("report", ("dw", "send")))
    after = environment(flow("dw"), flow("other"), flow("report", ("other", "send")))
    after[1] = {**before[1], "name": "warehouse"}
    found = compare(before, after)
    assert [one.impact for one in found[3].findings] == ["breaking"]
    assert not found[3].reason


@pytest.mark.parametrize("side", SIDES)
def test_name_shared_by_two_flows_is_not_followed(side: str) -> None:
    names = {"before": ("dw", "dw"), "after": ("dw", "warehouse")}[side]
    before = environment(flow(names[0]), flow(names[1], tasks=["a"]), flow("report", ("dw", "send")))
    after = environment(flow("dw"), flow(names[1], tasks=["a"]), flow("report", ("warehouse", "send")))
    after[1] = {**before[1], "name": "warehouse"}
    found = compare(before, after)
    assert [one.impact for one in found[3].findings] == ["breaking"]
    assert found[1].effects(Consequence.FOLLOWED) == []


def test_new_link_to_an_unused_name_is_left_waiting() -> None:
    before = environment(flow("dw"), flow("report", ("dw", "send")))
    after = environment(flow("dw"), flow("report", ("warehouse", "send"), ("dw", "send")))
    after[1] = {**before[1], "name": "warehouse"}
    assert compare(before, after)[1].findings[0].impact == "breaking"


def test_ambiguous_links_follow_renames() -> None:
    joined = {"linkRelations": [{"linkId": "0", "targetTaskName": "send", "rerun": False}]}

    def report(source: str) -> Any:
        fields: dict[str, Any] = {
            "flowLinks": [{"linkId": "0", "sourceFlowName": source}],
            "taskLinks": [{"linkId": "0", "sourceFlowName": source, "sourceTaskName": "load"}],
            **joined,
        }
        return flow("report", **fields)

    before, after = environment(flow("dw"), report("dw")), environment(flow("dw"), report("warehouse"))
    after[1] = {**before[1], "name": "warehouse"}
    found = compare(before, after)
    assert found[2].sentences == []
    assert found[1].findings[0].impact == "behaviour"


def expected_renames(world: World, names: Mapping[Any, str]) -> dict[int, int]:
    """Count the renames in each flow."""
    changed = [flow_id for flow_id, number in names if names[flow_id, number] != world.names[flow_id, number]]
    return {flow_id: changed.count(flow_id) for flow_id in {*changed}}


def dependents(world: World, later: World, flow_id: int) -> dict[str, set[str]]:
    """Find the flows whose links have a new name of the flow or of its tasks, by that name."""
    found: dict[str, set[str]] = {}
    for edge in world.edges:
        keys = {(flow_id, 0), edge.source} if edge.source[0] == flow_id else set()
        for key in keys:
            if world.names[key] != later.names[key]:
                found.setdefault(later.names[key], set()).add(later.names[edge.target[0], 0])
    return found


@pytest.mark.parametrize("new_names", [fresh_names, exchanged_names])
@given(data=st.data(), world=worlds())
def test_fully_followed_renames_are_the_only_findings(
    new_names: Any, data: st.DataObject, world: World
) -> None:
    names = data.draw(new_names(world))
    later = world.rename(names)
    found = compare(world.documents(), later.documents())
    renames = expected_renames(world, names)
    for flow_id, one in found.items():
        assert len(one.findings) == renames.get(flow_id, 0)
        assert all(finding.verb in ("renamed", "changed") for finding in one.findings), one.sentences
        assert {finding.impact for finding in one.findings} <= {"behaviour"}
        assert bool(one.reason) is not bool(one.findings)
        followers = {
            name
            for finding in one.findings
            for effect in finding.effects
            if effect.consequence is Consequence.FOLLOWED
            for name in effect.names
        }
        assert followers == set().union(*dependents(world, later, flow_id).values())


@given(data=st.data(), world=worlds())
def test_unfollowed_links_are_left_waiting_and_others_follow(data: st.DataObject, world: World) -> None:
    names = data.draw(fresh_names(world))
    later = world.rename(names)
    staying = {edge for edge in world.edges if data.draw(st.integers(0, 4)) == 0}
    found = compare(world.documents(), later.documents(old=world, staying=staying))
    renames = expected_renames(world, names)
    for flow_id, one in found.items():
        assert len(one.findings) == renames.get(flow_id, 0)
        left = {
            name
            for finding in one.findings
            for effect in finding.effects
            if effect.consequence is Consequence.LEFT_WAITING
            for name in effect.names
        }
        late = [
            edge for edge in staying if edge.source[0] == flow_id and world.source(edge) != later.source(edge)
        ]
        assert left == {later.names[edge.target[0], 0] for edge in late}
        assert any(finding.impact == "breaking" for finding in one.findings) is bool(late)


@given(data=st.data(), world=worlds())
def test_other_changes_of_a_following_flow_are_unaffected(data: st.DataObject, world: World) -> None:
    later = world.rename(data.draw(exchanged_names(world) | fresh_names(world)))
    after = World(
        later.names, tuple(edge for edge in world.edges if data.draw(st.integers(0, 5)))
    ).documents()
    for flow_id, one in compare(world.documents(), after).items():
        own = {key: name for key, name in world.names.items() if key[0] == flow_id and key[1]}
        followed = later.rename(own).documents()
        expected = compare({flow_id: followed[flow_id]}, {flow_id: after[flow_id]})
        assert [kind for kind in one.kinds if kind[0] != "flow-renamed"] == (
            expected[flow_id].kinds if expected else []
        )
