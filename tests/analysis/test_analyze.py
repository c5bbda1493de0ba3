"""Findings for readers: kind, impact, sentence and fingerprint."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from diff.reported_cases import documents

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.model import Consequence, Finding
from flowsync.analysis.wording.names import format_name
from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Impact

SINCE = datetime(2026, 11, 24, 10)  # noqa: DTZ001  # schedules have no zone
CONTEXT = DiffContext("prod", 2924, SINCE)


def task(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "cmd": f"run {name}",
        "runMode": '{"taskMode":1,"cpu":0.5}',
        "retryInterval": 0,
        **fields,
    }


def relation(source: str, target: str, *, rerun: bool = True) -> dict[str, Any]:
    return {"sourceTaskName": source, "targetTaskName": target, "rerun": rerun}


def flow(**fields: Any) -> dict[str, Any]:
    return {
        "name": "etl",
        "type": 1,
        "cron": "0 0 0 * * ? *",
        "owners": "li.wei;wang",
        "desc": "x",
        "tasks": [task("load"), task("report"), task("clean")],
        "relations": [relation("load", "report"), relation("report", "clean")],
        "taskLinks": [{"linkId": "0", "sourceFlowName": "dw", "sourceTaskName": "fetch"}],
        "linkRelations": [{"linkId": "0", "targetTaskName": "load", "rerun": False}],
        "parameters": '[{"key":"site","value":"jiuquan"}]',
        **fields,
    }


def findings(after: dict[str, Any], before: dict[str, Any] | None = None) -> tuple[Finding, ...]:
    return analyze(canonicalize(before or flow(), 2924), canonicalize(after, 2924), CONTEXT)


TASKS = [task("load"), task("report"), task("clean")]
NO_LINKS: dict[str, Any] = {"taskLinks": [], "linkRelations": []}


@pytest.mark.parametrize(
    ("after", "kind", "impact", "sentence"),
    [
        (flow(name="etl2"), "flow-renamed", "behaviour", "flow renamed: etl → etl2"),
        (flow(desc="y"), "description-changed", "cosmetic", "description: x → y"),
        (
            flow(type=0),
            "schedule-changed",
            "breaking",
            "type: 1 (periodic) → 0 (manual): no longer scheduled",
        ),
        (flow(alertMode=3), "alerting-added", "cosmetic", "alertMode added: 3 (email and SMS)"),
        (flow(owners="li.wei"), "owner-removed", "breaking", "owner wang removed: 1 owner left"),
        (flow(owners="li.wei;wang;zhao"), "owner-added", "behaviour", "owner zhao added"),
        (flow(visitors="a"), "visitor-added", "cosmetic", 'visitors added: ["a"]'),
        (flow(zz=None), "unknown-field-added", "cosmetic", "new field zz = null"),
        (flow(zz={"a": 1}), "unknown-field-added", "behaviour", 'new field zz = {"a":1}'),
        (
            flow(parameters='[{"key":"site","value":"hami"}]'),
            "parameter-changed",
            "behaviour",
            "parameter site: jiuquan → hami",
        ),
        (flow(parameters="[]"), "parameter-removed", "behaviour", "parameter site removed, was jiuquan"),
        (
            flow(parameters='[{"key":"place","value":"jiuquan"}]'),
            "parameter-renamed",
            "behaviour",
            "parameter site renamed place",
        ),
        (
            flow(tasks=[*TASKS[:2], task("clean", retryInterval=60)]),
            "task-changed",
            "behaviour",
            "task clean: retryInterval: 0 → 60",
        ),
        (
            flow(tasks=[*TASKS[:2], task("clean", runMode='{"taskMode":1,"cpu":2}')]),
            "run-mode-changed",
            "behaviour",
            "task clean: runMode / cpu: 0.5 → 2",
        ),
        (
            flow(tasks=[*TASKS[:2], task("clean", cmd="run clean --all")]),
            "body-changed",
            "behaviour",
            "task clean: command: run clean → run clean --all",
        ),
        (
            flow(tasks=[*TASKS, task("new")], relations=[*flow()["relations"], relation("clean", "new")]),
            "task-added",
            "behaviour",
            "task new added; it waits for clean",
        ),
        (
            flow(tasks=TASKS[:2], relations=[relation("load", "report")]),
            "task-removed",
            "breaking",
            "task clean removed, with its relation",
        ),
        (
            flow(relations=[relation("load", "report"), relation("report", "clean", rerun=False)]),
            "relation-changed",
            "behaviour",
            "a re-run of report no longer starts clean",
        ),
        (
            flow(relations=[relation("load", "report")]),
            "relation-removed",
            "breaking",
            "clean no longer waits for report",
        ),
        (
            flow(relations=[relation("load", "report"), relation("load", "clean")]),
            "relation-retargeted",
            "breaking",
            "clean now waits for load instead of report",
        ),
        (
            flow(relations=[*flow()["relations"], relation("load", "clean")]),
            "relation-added",
            "behaviour",
            "clean now waits for load",
        ),
        (flow(**NO_LINKS), "link-removed", "breaking", "load no longer waits for task dw / fetch"),
        (
            flow(taskLinks=[{"linkId": "0", "sourceFlowName": "dw", "sourceTaskName": "get"}]),
            "link-retargeted",
            "breaking",
            "link to task dw / get instead of task dw / fetch",
        ),
        (
            flow(linkRelations=[{"linkId": "0", "targetTaskName": "clean", "rerun": False}]),
            "link-retargeted",
            "breaking",
            "task dw / fetch: clean waits for it now, load no longer does",
        ),
        (
            flow(linkRelations=[{"linkId": "0", "targetTaskName": "load", "rerun": True}]),
            "link-changed",
            "behaviour",
            "a re-run of task dw / fetch now starts load",
        ),
    ],
)
def test_one_edit_is_one_finding_with_its_kind_impact_and_sentence(
    after: dict[str, Any], kind: str, impact: str, sentence: str
) -> None:
    (finding,) = findings(after)
    assert (finding.kind, finding.impact, finding.sentence) == (kind, impact, sentence)


def test_as_link_is_described_in_words() -> None:
    shut, open_ = ([{**TASKS[0], "asLink": one}, *TASKS[1:]] for one in (False, True))
    (opened,) = findings(flow(tasks=open_), before=flow(tasks=shut))
    (closed,) = findings(flow(tasks=shut), before=flow(tasks=open_))
    assert opened.sentence == "task load: other flows may now wait for it"
    assert closed.sentence == "task load: other flows may no longer wait for it"


def test_labelled_value_next_to_a_value_of_another_type() -> None:
    (finding,) = findings(flow(type=2), flow(type="1"))
    assert finding.sentence == 'type: "1" → 2 (temporary)'


def test_blank_name_is_quoted() -> None:
    (finding,) = findings(flow(tasks=[*TASKS, task("  ", body="new")]))
    assert finding.sentence == r'task " \u0020" added'


def test_rename_counts_its_cascaded_changes() -> None:
    (finding,) = findings(
        flow(
            tasks=[{**task("load"), "name": "extract"}, *TASKS[1:]],
            relations=[relation("extract", "report"), relation("report", "clean")],
            linkRelations=[{"linkId": "0", "targetTaskName": "extract", "rerun": False}],
        )
    )
    assert finding.kind == "task-renamed"
    assert finding.impact == "behaviour"
    assert finding.sentence == "task load renamed extract, also in its relation and 1 link"


def test_equivalent_schedule_is_cosmetic() -> None:
    (finding,) = findings(flow(cron="0 0 0 ? * * *"))
    assert finding.impact == "cosmetic"
    assert finding.sentence == ("schedule written differently, same times: 0 0 0 * * ? * → 0 0 0 ? * * *")


def test_changed_schedule_is_described_in_words_with_next_runs() -> None:
    (finding,) = findings(flow(cron="0 30 2 ? * MON-FRI *"))
    assert finding.kind == "schedule-changed"
    assert finding.impact == "behaviour"
    assert "→" in finding.sentence
    before, after = finding.timetables
    assert before is not None
    assert after is not None
    assert before.description in finding.sentence
    assert after.description in finding.sentence
    assert before.since == SINCE


def test_schedule_of_a_renamed_task_has_both_timetables() -> None:
    old, new = (task(name, cron=cron) for name, cron in (("a", "0 0 1 * * ? *"), ("b", "0 0 2 * * ? *")))
    same = {"cmd": "python load.py --all --site jiuquan"}
    renamed, changed = findings(flow(tasks=[*TASKS, {**new, **same}]), flow(tasks=[*TASKS, {**old, **same}]))
    assert (renamed.kind, changed.kind) == ("task-renamed", "schedule-changed")
    assert changed.sentence == "task b: schedule: every day at 01:00 → every day at 02:00"
    assert [len(side.next_runs) for side in changed.timetables if side] == [3, 3]


@pytest.mark.parametrize(
    ("before", "after", "described"),
    [
        ("a\r\nb\r\n", "a\nb\n", "command changed: only its line ends: CRLF → LF"),
        ("a\nb", "a\nb\n", "only the final line break of the command changed"),
        ("a\n\n\n", "a", "only the final line breaks of the command changed"),
        ("a\nb\nc\n", "a\nx\nc\n", "command changed: 1 line added, 1 removed (had 3)"),
        ("a\nb\nc\n", "b\na\nc\n", "command changed: lines reordered"),
        ("a\nb", "", "command changed: 2 lines removed (had 2)"),
        ("", "a\nb\n", "command changed: 2 lines added"),
        (
            "a\r\nb\r\nc\r\n",
            "a\nx\nc\n",
            "command changed: 1 line added, 1 removed (had 3), and all line ends: CRLF → LF",
        ),
    ],
)
def test_changed_script_is_described_by_its_lines(before: str, after: str, described: str) -> None:
    sides = [flow(tasks=[*TASKS[:2], task("clean", cmd=body)]) for body in (before, after)]
    (finding,) = findings(sides[1], sides[0])
    assert finding.sentence == f"task clean: {described}"


def test_task_with_a_numeric_name_is_described_by_it() -> None:
    sides = [flow(tasks=[*TASKS, task(name, cmd="python x.py --day 1")]) for name in ("a", 7)]  # type: ignore[arg-type]
    (finding,) = findings(sides[1], sides[0])
    assert finding.sentence == "task a renamed 7"


def test_long_values_are_truncated_around_their_first_difference() -> None:
    long = "x" * 300
    (finding,) = findings(flow(desc=f"{long}after"), flow(desc=f"{long}before"))
    assert "xbefore" in finding.sentence
    assert "xafter" in finding.sentence
    assert len(finding.sentence) < 200


def test_platform_names_are_escaped_on_one_line() -> None:
    (finding,) = findings(flow(tasks=[*TASKS, task("a\nb\x1b[2J\u202e")]))
    assert finding.sentence.isprintable()


@pytest.mark.parametrize("cron", ["0 0 0 * * ? *\n", "0\t0 0 * * ? *", f"{'0,' * 5_000}0 0 0 * * ?"])
def test_long_or_multiline_schedule_stays_short_and_on_one_line(cron: str) -> None:
    (finding,) = findings(flow(cron=cron))
    assert finding.impact == "cosmetic"
    assert finding.sentence.isprintable()
    assert len(finding.sentence) < 300


def test_task_name_is_escaped_in_a_schedule_sentence() -> None:
    before, after = (flow(tasks=[task("a\x1b[2J", cron=f"0 0 {hour} * * ?")]) for hour in (1, 2))
    (finding,) = findings(after, before)
    assert finding.sentence.startswith('task "a\\u001b[2J": schedule: every day at 01:00')


def test_new_name_of_a_nameless_flow_is_a_rename() -> None:
    named, unnamed = flow(), {key: value for key, value in flow().items() if key != "name"}
    (added,), (removed,) = findings(named, unnamed), findings(unnamed, named)
    described = [(one.kind, one.impact, one.sentence) for one in (added, removed)]
    assert described == [
        ("flow-renamed", "behaviour", "flow renamed: (no name) → etl"),
        ("flow-renamed", "behaviour", "flow renamed: etl → (no name)"),
    ]


@pytest.mark.parametrize("name", [["a"], {"a": 1}, 7, None])
def test_flow_whose_name_is_not_text_has_findings(name: Any) -> None:
    (finding,) = findings(flow(name=name))
    assert finding.kind == "flow-renamed"
    assert findings(flow(name=name, desc="y"), flow(name=name))


def test_owners_that_are_not_names_are_described_as_values() -> None:
    (finding,) = findings(flow(owners=[1, 2, 3]), flow(owners=[1, 2]))
    assert finding.sentence == "owner 3 added"


def test_owners_replaced_by_something_other_than_a_list_are_breaking() -> None:
    (finding,) = findings(flow(owners=None))
    assert finding.impact == "breaking"


def find_dependents(names: Collection[str]) -> Sequence[Dependent]:
    return [Dependent("prod", 7, "daily", "etl", "", ("start",))] if "etl" in names else []


def test_renaming_a_flow_with_dependents_is_breaking() -> None:
    context = DiffContext("prod", 2924, SINCE, find_dependents)
    (finding,) = analyze(canonicalize(flow(), 1), canonicalize(flow(name="etl2"), 1), context)
    assert finding.impact == "breaking"
    assert [effect.consequence for effect in finding.effects] == [Consequence.LEFT_WAITING]


def test_renaming_a_flow_to_a_name_that_links_already_use_is_not_breaking() -> None:
    context = DiffContext("prod", 2924, SINCE, find_dependents)
    (finding,) = analyze(canonicalize(flow(name="etl2"), 1), canonicalize(flow(), 1), context)
    assert finding.impact == "behaviour"
    assert [effect.sentence for effect in finding.effects] == ["1 flow waits for this flow: daily (start)"]


def test_disabling_links_to_a_task_with_dependents_is_breaking() -> None:
    def find_dependents(_names: Collection[str]) -> Sequence[Dependent]:
        return [Dependent("prod", 7, "daily", "etl", "load", ("start",))]

    before, after = (canonicalize(flow(tasks=[task("load", asLink=one)]), 1) for one in (True, False))
    assert [one.impact for one in analyze(before, after, CONTEXT)] == ["behaviour"]
    assert [one.impact for one in analyze(before, after, replace(CONTEXT, dependents=find_dependents))] == [
        "breaking"
    ]


@pytest.mark.parametrize("cron", ["", "0 0 0 * * ? 2020", "0 0 0 31 2 ?", None])
def test_schedule_without_further_runs_is_breaking(cron: str | None) -> None:
    (finding,) = findings(flow(cron=cron))
    assert finding.impact == "breaking"
    assert [effect.sentence for effect in finding.effects] == ["no further run is scheduled"]
    (back,) = findings(flow(), flow(cron=cron))
    assert back.impact == "behaviour"


def test_first_day_after_all_runs_stops_a_schedule() -> None:
    (finding,) = findings(flow(startTime="2100-01-01"), flow(startTime="2019-07-24"))
    assert (finding.impact, [effect.consequence for effect in finding.effects]) == (
        "breaking",
        [Consequence.STOPS],
    )


def test_first_day_is_not_breaking_if_the_schedule_was_removed_too() -> None:
    some = findings(flow(cron="", startTime=""), flow(startTime="2019-07-24"))
    assert sorted((one.change.path, str(one.impact)) for one in some) == [
        ("/cron", "breaking"),
        ("/startTime", "behaviour"),
    ]


@pytest.mark.parametrize("cron", ["0 0 24 * * ?", "0 0 0 ? * MON/2 *"])
def test_unevaluated_schedule_has_no_stop_effect(cron: str) -> None:
    (finding,) = findings(flow(cron=cron))
    assert (finding.impact, finding.effects) == ("behaviour", ())
    assert "(not understood)" in finding.sentence


def test_value_inside_a_parameter_is_described_with_its_location() -> None:
    sides = [flow(parameters=json.dumps([{"key": "limits", "value": {"max": most}}])) for most in (1, 2)]
    (finding,) = findings(sides[1], sides[0])
    assert finding.sentence == "parameter limits: value / max: 1 → 2"


@pytest.mark.parametrize(
    ("before", "after", "described"),
    [
        ("run " + "x" * 80 + " 2020", "run " + "x" * 80 + " 2021 ", '2020" → …2021 "'),
        ("\u00e9", "e\u0301", '"\\u00e9" → "e\\u0301"'),
        ("a", "a ", '"a" → "a "'),
        ("a" * 90 + " one", "two", "… → two"),
    ],
)
def test_different_texts_are_described_differently(before: str, after: str, described: str) -> None:
    (finding,) = findings(flow(desc=after), flow(desc=before))
    assert finding.sentence.endswith(described)


def test_unused_schedule_stops_nothing() -> None:
    (finding,) = findings(flow(type=0, cron=""), flow(type=0))
    assert (finding.impact, finding.effects) == ("behaviour", ())


def test_task_without_a_schedule_has_that_of_its_flow() -> None:
    tasks = [[task("load", cron=cron)] for cron in ("0 0 5 * * ?", "")]
    before, after = (flow(tasks=one, relations=[]) for one in tasks)
    (finding,) = findings(after, before)
    words = "that of the flow, every day at 00:00"
    assert finding.sentence == f"task load: schedule: every day at 05:00 → {words}"
    assert finding.impact == "behaviour"


def test_disabled_alerts_are_behaviour_and_another_channel_is_cosmetic() -> None:
    before = flow(alertMode=3)
    assert [findings(flow(alertMode=mode), before)[0].impact for mode in (1, 0)] == ["cosmetic", "behaviour"]


def test_empty_owners_are_not_lost() -> None:
    without = {key: value for key, value in flow().items() if key != "owners"}
    no_owners: tuple[Any, ...] = (None, [])
    for owners in no_owners:
        (finding,) = findings(without, flow(owners=owners))
        assert finding.impact == "behaviour"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (task("load", timeout=5), task("load"), "task-changed"),
        (task("load"), task("load", timeout=5), "task-changed"),
        (task("load", runMode='{"cpu":1}'), task("load", runMode="{}"), "run-mode-changed"),
    ],
)
def test_added_or_removed_field_changes_its_owner(before: Any, after: Any, kind: str) -> None:
    (finding,) = findings(flow(tasks=[after], relations=[]), flow(tasks=[before], relations=[]))
    assert finding.kind == kind


def test_parameter_rename_needs_a_distinctive_value_or_a_common_word() -> None:
    def kinds(*keys: str, value: str) -> list[str]:
        before, after = (flow(parameters=json.dumps([{"key": key, "value": value}])) for key in keys)
        return sorted(finding.kind for finding in findings(after, before))

    assert kinds("late_minutes", "grace_minutes", value="25") == ["parameter-renamed"]
    assert kinds("debug", "use_new_cluster", value="true") == ["parameter-added", "parameter-removed"]
    assert kinds("place", "site", value="jiuquan") == ["parameter-renamed"]


def test_removed_relation_has_the_new_names_of_its_tasks() -> None:
    before = flow(tasks=[task("p"), task("b"), task("e")], relations=[relation("p", "b"), relation("p", "e")])
    tasks = [task("p"), {**task("b"), "name": "d"}, {**task("e"), "name": "b"}]
    described = [one.sentence for one in findings(flow(tasks=tasks, relations=[relation("p", "b")]), before)]
    assert "d (was b) no longer waits for p" in described


def test_task_renamed_without_its_relations_is_breaking() -> None:
    tasks = [task("load"), {**task("report"), "name": "tell"}, task("clean")]
    (finding,) = findings(flow(tasks=tasks))
    assert (finding.kind, finding.impact) == ("task-renamed", "breaking")


def test_link_without_targets_is_described() -> None:
    link = {"flowLinks": [{"linkId": "1", "sourceFlowName": "dim"}]}
    assert [one.sentence for one in findings(flow(), flow(**link))] == [
        "link to flow dim removed; no task waits for it"
    ]


def test_changed_link_is_found_if_its_task_name_is_reused() -> None:
    orders, mail = "load orders from the warehouse", "mail the report to sales"
    links: dict[str, Any] = {"flowLinks": [{"linkId": "1", "sourceFlowName": "dw"}], "taskLinks": []}
    links |= {"linkRelations": [{"linkId": "1", "targetTaskName": "a", "rerun": False}]}

    def side(**names: str) -> dict[str, Any]:
        return flow(tasks=[task(name, cmd=cmd) for name, cmd in names.items()], relations=[], **links)

    described = findings(side(c=orders, a=mail), side(a=orders, b=mail))
    assert sorted(one.kind for one in described) == ["body-changed", "task-added", "task-removed"]


def test_unchanged_link_between_exchanged_names_is_retargeted() -> None:
    names = ("w1", "w2", "w3")
    links: dict[str, Any] = {
        "taskLinks": [{"linkId": "0", "sourceFlowName": "dw", "sourceTaskName": "fetch"}]
    }
    links |= {"linkRelations": [{"linkId": "0", "targetTaskName": "a", "rerun": False}]}

    def side(one: str, other: str) -> dict[str, Any]:
        tasks = [task(one, cmd="load it all"), task(other, cmd="mail it"), *map(task, names)]
        return flow(tasks=tasks, relations=[relation(name, one) for name in names], **links)

    described = findings(side("b", "a"), side("a", "b"))
    assert sorted(one.kind for one in described) == ["link-retargeted", "task-renamed", "task-renamed"]


def test_common_command_does_not_make_a_rename() -> None:
    sources = [task(f"src{number}") for number in range(8)]
    before = flow(
        tasks=[*sources, task("notify_sales", cmd="sh /opt/notify.sh")],
        relations=[relation(f"src{number}", "notify_sales") for number in range(4)],
    )
    after = flow(
        tasks=[*sources, task("notify_ops", cmd="sh /opt/notify.sh")],
        relations=[relation(f"src{number}", "notify_ops") for number in range(4, 8)],
    )
    described = sorted(one.kind for one in findings({**after, **NO_LINKS}, {**before, **NO_LINKS}))
    assert described == ["task-added", "task-removed"]


def test_common_first_lines_do_not_make_a_rename() -> None:
    load = task("load_orders", cmd="set -e\nsource env.sh\nload orders")
    send = task("send_report", cmd="set -e\nsource env.sh\nmail report")
    described = findings(
        flow(tasks=[send], relations=[], **NO_LINKS), flow(tasks=[load], relations=[], **NO_LINKS)
    )
    assert sorted(one.kind for one in described) == ["task-added", "task-removed"]


def test_relation_that_closes_a_cycle_is_breaking() -> None:
    (finding,) = findings(flow(relations=[*flow()["relations"], relation("clean", "load")]))
    assert (finding.kind, finding.impact) == ("relation-added", "breaking")
    assert Consequence.CYCLE in {effect.consequence for effect in finding.effects}


def test_removed_redundant_relation_is_not_breaking() -> None:
    edges = flow()["relations"]
    (direct,) = findings(flow(), flow(relations=[*edges, relation("load", "clean")]))
    assert (direct.impact, direct.sentence) == ("behaviour", "clean no longer waits for load directly")
    (second,) = findings(flow(), flow(relations=[*edges, edges[0]]))
    assert (second.impact, second.sentence) == ("behaviour", "report no longer waits for load more than once")


def test_retargeted_relation_without_an_end_has_a_sentence() -> None:
    before, after = ({"targetTaskName": end, "rerun": True} for end in ("load", "report"))
    (finding,) = findings(flow(relations=[after]), flow(relations=[before]))
    assert "(no name)" in finding.sentence


def test_dependents_are_not_requested_for_cosmetic_changes() -> None:
    def ask(_names: Collection[str]) -> Sequence[Dependent]:
        raise AssertionError

    (finding,) = analyze(
        canonicalize(flow(), 1), canonicalize(flow(desc="y"), 1), DiffContext("prod", 1, SINCE, ask)
    )
    assert finding.impact == "cosmetic"


def test_added_flow_is_behaviour_and_removed_flow_is_breaking() -> None:
    added, removed = added_flow_finding("etl", CONTEXT), removed_flow_finding("etl", CONTEXT)
    assert (added.kind, added.impact, added.sentence) == ("flow-added", "behaviour", "flow added")
    assert (removed.kind, removed.impact, removed.sentence) == (
        "flow-removed",
        "breaking",
        "flow removed",
    )


@pytest.mark.parametrize(
    ("after", "fingerprint"),
    [
        (flow(desc="y"), "933ee83e93ad92e9312cd88bbdfa6b52"),
        (flow(owners="li.wei"), "33242195b14173406843f7b36c2d47ab"),
        (flow(parameters='[{"key":"place","value":"jiuquan"}]'), "96535a2d74d8d8683675b8af5c135a33"),
        (flow(zz=None), "86ee25862486cac1aafa4cc245ba43fa"),
    ],
)
def test_fingerprint_is_stable(after: dict[str, Any], fingerprint: str) -> None:
    (finding,) = findings(after)
    assert finding.fingerprint == fingerprint


def test_fingerprints_distinguish_flows_environments_and_values() -> None:
    sides = canonicalize(flow(), 1), canonicalize(flow(desc="y"), 1)
    settings = (CONTEXT, DiffContext("dev", 2924, SINCE), DiffContext("prod", 1, SINCE))
    prints = {analyze(*sides, context)[0].fingerprint for context in settings}
    (other,) = findings(flow(desc="z"))
    assert len(prints | {other.fingerprint}) == 4


def test_names_that_differ_in_unprintable_characters_are_described_differently() -> None:
    names = ["a\nb", r"a\u000ab", "a\u202eb", r"a\u202eb", "a\ud800b", r"a\ud800b"]
    described = [format_name(name) for name in names]
    assert len({*described}) == len(names)
    assert not [one for one in described if not one.isprintable()]


def test_names_that_look_alike_are_quoted_and_escaped() -> None:
    (finding,) = findings(flow(name="etl\u200b"))
    assert finding.sentence == 'flow renamed: etl → "etl\\u200b"'
    (finding,) = findings(flow(owners="li.wei;\u043bi.wei"), flow(owners="li.wei"))
    assert finding.sentence == 'owner "\\u043bi.wei" added'
    (finding,) = findings(flow(tasks=[{**task("load"), "name": "load "}, *TASKS[1:]]), flow())
    assert finding.sentence.startswith('task load renamed "load "')


def test_added_and_removed_flows_are_summarised() -> None:
    document = canonicalize(flow(), 2924)
    assert added_flow_finding("etl", CONTEXT, after=document).sentence == (
        "flow added (3 tasks, every day at 00:00)"
    )
    assert removed_flow_finding("etl", CONTEXT, before=canonicalize({"name": "etl"}, 1)).sentence == (
        "flow removed (0 tasks)"
    )


@pytest.mark.parametrize("flow_id", documents("never-to-never", "before"))
def test_schedule_that_never_runs_on_both_sides_is_cosmetic(flow_id: int) -> None:
    before, after = (documents("never-to-never", side)[flow_id] for side in ("before", "after"))
    (finding,) = analyze(before, after, CONTEXT)
    assert finding.impact is Impact.COSMETIC


@pytest.mark.parametrize(
    ("old", "new", "impact"),
    [
        ("0 0 0 * * ? 2020", "0 0 0 31 2 ? *", Impact.COSMETIC),
        ("0 0 0 31 2 ? *", "0 0 0 30 2 ? *", Impact.COSMETIC),
        ("", "0 0 0 * * ? 2020", Impact.COSMETIC),
        ("0 0 0 * * ? 2020", "0 0 0 * * ? *", Impact.BEHAVIOUR),
        ("0 0 0 * * ? *", "0 0 0 * * ? 2020", Impact.BREAKING),
        ("0 0 0 * * ? 2020", "nonsense", Impact.BEHAVIOUR),
    ],
)
def test_only_a_change_from_never_to_never_is_cosmetic(old: str, new: str, impact: Impact) -> None:
    before, after = (canonicalize({"name": "etl", "type": 1, "cron": cron}, 1) for cron in (old, new))
    (finding,) = analyze(before, after, CONTEXT)
    assert finding.impact is impact
