from dataclasses import replace
from datetime import datetime
from typing import Any

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze
from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.grouping import group_findings
from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Impact

SINCE = datetime(2026, 11, 24)  # noqa: DTZ001  # schedules have no zone


def flow(tasks: int = 1, interval: int = 0, **fields: Any) -> dict[str, Any]:
    names = [f"t{number}" for number in range(tasks)]
    return {
        "name": "etl",
        "tasks": [{"name": name, "cmd": f"run {name}", "retryInterval": interval} for name in names],
        **fields,
    }


def compare(flow_id: int, before: dict[str, Any], after: dict[str, Any]) -> FlowComparison:
    sides = canonicalize(before, flow_id), canonicalize(after, flow_id)
    found = analyze(*sides, DiffContext("prod", flow_id, SINCE))
    return FlowComparison("prod", flow_id, "etl", FlowStatus.CHANGED, findings=found)


def group_flows(*flows: FlowComparison) -> Comparison:
    return group_findings(Comparison(Side("HEAD"), Side("live"), flows, len(flows)))


def test_same_change_in_many_flows_is_one_group_with_counts() -> None:
    flows = [compare(number, flow(tasks=2), flow(tasks=2, interval=60)) for number in range(98)]
    (group,) = group_flows(*flows).groups
    assert group.sentence == "retryInterval: 0 → 60 on 196 tasks in 98 flows"
    assert len(group.members) == 196
    assert group_flows(*flows).impacts[Impact.BEHAVIOUR] == 1


def test_same_change_in_many_tasks_of_one_flow_is_one_group() -> None:
    (group,) = group_flows(compare(1, flow(tasks=60), flow(tasks=60, interval=5))).groups
    assert group.sentence == "retryInterval: 0 → 5 on 60 tasks in prod etl"


def test_new_field_in_every_flow_is_one_group() -> None:
    (group,) = group_flows(*(compare(number, flow(), flow(x=None)) for number in range(50))).groups
    assert group.sentence == "new field x = null in 50 flows"
    assert group.impact is Impact.COSMETIC


def test_two_places_are_not_grouped() -> None:
    flows = [compare(number, flow(), flow(x=None)) for number in range(2)]
    assert group_flows(*flows).groups == ()


def test_different_values_and_fields_are_not_grouped() -> None:
    afters = [flow(x=value) for value in (1, True, "1", 1.5)]
    flows = [compare(number, flow(), after) for number, after in enumerate(afters)]
    assert group_flows(*flows).groups == ()


def test_grouped_findings_stay_in_their_flows_but_are_not_their_own() -> None:
    flows = [compare(number, flow(), flow(x=None, desc=f"{number}")) for number in range(3)]
    comparison = group_flows(*flows)
    assert all(len(one.findings) == 2 for one in comparison.flows)
    assert [finding.kind for finding in comparison.own_findings(comparison.flows[0])] == ["description-added"]


def test_added_tasks_and_flows_are_not_grouped() -> None:
    new = flow(tasks=2)
    flows = [compare(number, flow(tasks=1), new) for number in range(5)]
    added = [
        replace(
            one, status=FlowStatus.NEW, findings=(added_flow_finding("etl", DiffContext("prod", 9, SINCE)),)
        )
        for one in flows
    ]
    assert group_flows(*flows).groups == ()
    assert group_flows(*added).groups == ()


def test_groups_are_sorted_by_severity_then_size() -> None:
    before = flow(tasks=4, owners="a;b")
    flows = [compare(number, before, flow(tasks=4, interval=9, owners="a", x=None)) for number in range(3)]
    assert [group.impact for group in group_flows(*flows).groups] == ["breaking", "behaviour", "cosmetic"]


def test_same_change_with_another_impact_is_not_in_the_group() -> None:
    before, after = (f"0 0 {hour} * * ? *" for hour in (0, 6))
    flows = [
        compare(number, flow(cron=before, type=kind), flow(cron=after, type=kind))
        for number, kind in enumerate((0, 1, 1, 1, 0, 0))
    ]
    periodic, manual = sorted(group.sentence for group in group_flows(*flows).groups)[::-1]
    assert periodic == "schedule: every day at 00:00 → every day at 06:00 in 3 flows"
    assert manual.count("without effect") == 2
    assert len({group.fingerprint for group in group_flows(*flows).groups}) == 2


def test_equivalent_schedules_of_tasks_are_one_group() -> None:
    before, after = ("0 0 0 * * ? *", "0 0 0 ? * * *")

    def with_cron(cron: str) -> dict[str, Any]:
        one = flow(tasks=3)
        return {**one, "tasks": [{**task, "cron": cron} for task in one["tasks"]]}

    (group,) = group_flows(compare(1, with_cron(before), with_cron(after))).groups
    assert group.sentence.startswith("schedule written differently, same times: ")
    assert group.sentence.endswith(" on 3 tasks in prod etl")
