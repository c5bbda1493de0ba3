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


def verdict(flow_id: int, before: dict[str, Any], after: dict[str, Any]) -> FlowComparison:
    sides = canonicalize(before, flow_id), canonicalize(after, flow_id)
    found = analyze(*sides, DiffContext("prod", flow_id, SINCE))
    return FlowComparison("prod", flow_id, "etl", FlowStatus.CHANGED, findings=found)


def compared(*flows: FlowComparison) -> Comparison:
    return group_findings(Comparison(Side("HEAD"), Side("live"), flows, len(flows)))


def test_the_same_change_in_many_flows_is_told_once_with_its_counts() -> None:
    flows = [verdict(number, flow(tasks=2), flow(tasks=2, interval=60)) for number in range(98)]
    (group,) = compared(*flows).groups
    assert group.sentence == "retryInterval: 0 → 60 on 196 tasks in 98 flows"
    assert len(group.members) == 196
    assert compared(*flows).impacts[Impact.BEHAVIOUR] == 1


def test_the_same_change_in_many_tasks_of_one_flow_is_told_once() -> None:
    (group,) = compared(verdict(1, flow(tasks=60), flow(tasks=60, interval=5))).groups
    assert group.sentence == "retryInterval: 0 → 5 on 60 tasks in prod etl"


def test_a_new_field_everywhere_is_one_group() -> None:
    (group,) = compared(*(verdict(number, flow(), flow(x=None)) for number in range(50))).groups
    assert group.sentence == "new field x = null in 50 flows"
    assert group.impact is Impact.COSMETIC


def test_two_places_are_told_one_by_one() -> None:
    flows = [verdict(number, flow(), flow(x=None)) for number in range(2)]
    assert compared(*flows).groups == ()


def test_other_values_and_other_fields_are_not_the_same_change() -> None:
    afters = [flow(x=value) for value in (1, True, "1", 1.5)]
    flows = [verdict(number, flow(), after) for number, after in enumerate(afters)]
    assert compared(*flows).groups == ()


def test_grouped_findings_stay_in_their_flows_and_are_not_told_there() -> None:
    flows = [verdict(number, flow(), flow(x=None, desc=f"{number}")) for number in range(3)]
    comparison = compared(*flows)
    assert all(len(one.findings) == 2 for one in comparison.flows)
    assert [finding.kind for finding in comparison.own_findings(comparison.flows[0])] == ["description-added"]


def test_tasks_and_flows_that_come_are_told_one_by_one() -> None:
    new = flow(tasks=2)
    flows = [verdict(number, flow(tasks=1), new) for number in range(5)]
    added = [
        replace(
            one, status=FlowStatus.NEW, findings=(added_flow_finding("etl", DiffContext("prod", 9, SINCE)),)
        )
        for one in flows
    ]
    assert compared(*flows).groups == ()
    assert compared(*added).groups == ()


def test_the_gravest_and_largest_groups_come_first() -> None:
    before = flow(tasks=4, owners="a;b")
    flows = [verdict(number, before, flow(tasks=4, interval=9, owners="a", x=None)) for number in range(3)]
    assert [group.impact for group in compared(*flows).groups] == ["breaking", "behaviour", "cosmetic"]


def test_a_change_that_means_something_else_elsewhere_is_told_there_by_itself() -> None:
    before, after = (f"0 0 {hour} * * ? *" for hour in (0, 6))
    flows = [
        verdict(number, flow(cron=before, type=kind), flow(cron=after, type=kind))
        for number, kind in enumerate((0, 1, 1, 1, 0, 0))
    ]
    periodic, manual = sorted(group.sentence for group in compared(*flows).groups)[::-1]
    assert periodic == "schedule: every day at 00:00 → every day at 06:00 in 3 flows"
    assert manual.count("without effect") == 2
    assert len({group.fingerprint for group in compared(*flows).groups}) == 2


def test_schedules_of_tasks_written_in_another_way_say_so_together() -> None:
    before, after = ("0 0 0 * * ? *", "0 0 0 ? * * *")

    def with_cron(cron: str) -> dict[str, Any]:
        one = flow(tasks=3)
        return {**one, "tasks": [{**task, "cron": cron} for task in one["tasks"]]}

    (group,) = compared(verdict(1, with_cron(before), with_cron(after))).groups
    assert group.sentence.startswith("schedule written differently, same times: ")
    assert group.sentence.endswith(" on 3 tasks in prod etl")
