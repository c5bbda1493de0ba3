"""What a reader is told of a change: its kind, impact, sentence and fingerprint."""

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
from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Impact

SINCE = datetime(2026, 11, 24, 10)  # noqa: DTZ001  # schedules have no zone
SETTING = DiffContext("prod", 2924, SINCE)


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


def found(after: dict[str, Any], before: dict[str, Any] | None = None) -> tuple[Finding, ...]:
    return analyze(canonicalize(before or flow(), 2924), canonicalize(after, 2924), SETTING)


TASKS = [task("load"), task("report"), task("clean")]
NO_LINKS: dict[str, Any] = {"taskLinks": [], "linkRelations": []}


@pytest.mark.parametrize(
    ("after", "kind", "impact", "sentence"),
    [
        (flow(name="etl2"), "flow-renamed", "behaviour", "flow renamed: etl → etl2"),
        (flow(desc="y"), "description-changed", "cosmetic", "description: x → y"),
        (flow(type=0), "schedule-changed", "breaking", "type: 1 (periodic) → 0 (manual)"),
        (flow(alertMode=3), "alerting-added", "cosmetic", "alertMode added: 3 (email and SMS)"),
        (flow(owners="li.wei"), "owner-removed", "breaking", "owner wang removed"),
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
            "clean instead of load now waits for task dw / fetch",
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
    (finding,) = found(after)
    assert (finding.kind, finding.impact, finding.sentence) == (kind, impact, sentence)


def test_whether_other_flows_may_wait_is_told_in_words() -> None:
    shut, open_ = ([{**TASKS[0], "asLink": one}, *TASKS[1:]] for one in (False, True))
    (opened,) = found(flow(tasks=open_), before=flow(tasks=shut))
    (closed,) = found(flow(tasks=shut), before=flow(tasks=open_))
    assert opened.sentence == "task load: other flows may now wait for it"
    assert closed.sentence == "task load: other flows may no longer wait for it"


def test_the_word_for_a_value_stands_beside_one_of_another_kind() -> None:
    (finding,) = found(flow(type=2), flow(type="1"))
    assert finding.sentence == 'type: "1" → 2 (temporary)'


def test_a_name_of_blanks_is_seen() -> None:
    (finding,) = found(flow(tasks=[*TASKS, task("  ", body="new")]))
    assert finding.sentence == r'task " \u0020" added'


def test_a_rename_says_how_much_follows_it() -> None:
    (finding,) = found(
        flow(
            tasks=[{**task("load"), "name": "extract"}, *TASKS[1:]],
            relations=[relation("extract", "report"), relation("report", "clean")],
            linkRelations=[{"linkId": "0", "targetTaskName": "extract", "rerun": False}],
        )
    )
    assert finding.kind == "task-renamed"
    assert finding.impact == "behaviour"
    assert finding.sentence == "task load renamed extract, also in its relation and 1 link"


def test_a_schedule_written_in_another_way_is_cosmetic() -> None:
    (finding,) = found(flow(cron="0 0 0 ? * * *"))
    assert finding.impact == "cosmetic"
    assert finding.sentence == ("schedule written differently, same times: 0 0 0 * * ? * → 0 0 0 ? * * *")


def test_a_schedule_at_other_times_is_told_in_words_with_its_next_runs() -> None:
    (finding,) = found(flow(cron="0 30 2 ? * MON-FRI *"))
    assert finding.kind == "schedule-changed"
    assert finding.impact == "behaviour"
    assert "→" in finding.sentence
    before, after = finding.timetables
    assert before is not None
    assert after is not None
    assert before.description in finding.sentence
    assert after.description in finding.sentence
    assert before.since == SINCE


def test_the_schedule_of_a_renamed_task_is_told_on_both_sides() -> None:
    old, new = (task(name, cron=cron) for name, cron in (("a", "0 0 1 * * ? *"), ("b", "0 0 2 * * ? *")))
    same = {"cmd": "python load.py --all --site jiuquan"}
    renamed, changed = found(flow(tasks=[*TASKS, {**new, **same}]), flow(tasks=[*TASKS, {**old, **same}]))
    assert (renamed.kind, changed.kind) == ("task-renamed", "schedule-changed")
    assert changed.sentence == "task b: schedule: every day at 01:00 → every day at 02:00"
    assert [len(side.next_runs) for side in changed.timetables if side] == [3, 3]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("a\r\nb\r\n", "a\nb\n", "command changed: only its line ends: CRLF → LF"),
        ("a\nb", "a\nb\n", "command changed: only the line ends at its end"),
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
def test_a_changed_script_is_told_by_its_lines(before: str, after: str, told: str) -> None:
    sides = [flow(tasks=[*TASKS[:2], task("clean", cmd=body)]) for body in (before, after)]
    (finding,) = found(sides[1], sides[0])
    assert finding.sentence == f"task clean: {told}"


def test_a_task_with_a_number_for_a_name_is_called_by_it() -> None:
    sides = [flow(tasks=[*TASKS, task(name, cmd="python x.py --day 1")]) for name in ("a", 7)]  # type: ignore[arg-type]
    (finding,) = found(sides[1], sides[0])
    assert finding.sentence == "task a renamed 7"


def test_long_values_are_told_around_their_first_difference() -> None:
    long = "x" * 300
    (finding,) = found(flow(desc=f"{long}after"), flow(desc=f"{long}before"))
    assert "xbefore" in finding.sentence
    assert "xafter" in finding.sentence
    assert len(finding.sentence) < 200


def test_names_from_the_platform_stay_on_one_line_and_have_no_effect() -> None:
    (finding,) = found(flow(tasks=[*TASKS, task("a\nb\x1b[2J\u202e")]))
    assert finding.sentence.isprintable()


@pytest.mark.parametrize("cron", ["0 0 0 * * ? *\n", "0\t0 0 * * ? *", f"{'0,' * 5_000}0 0 0 * * ?"])
def test_a_schedule_written_with_line_ends_or_at_great_length_stays_short_and_on_one_line(cron: str) -> None:
    (finding,) = found(flow(cron=cron))
    assert finding.impact == "cosmetic"
    assert finding.sentence.isprintable()
    assert len(finding.sentence) < 300


def test_the_name_of_a_task_has_no_effect_where_its_schedule_is_told() -> None:
    before, after = (flow(tasks=[task("a\x1b[2J", cron=f"0 0 {hour} * * ?")]) for hour in (1, 2))
    (finding,) = found(after, before)
    assert finding.sentence.startswith('task "a\\u001b[2J": schedule: every day at 01:00')


def test_a_name_that_a_flow_had_not_is_no_new_flow() -> None:
    named, unnamed = flow(), {key: value for key, value in flow().items() if key != "name"}
    (came,), (went,) = found(named, unnamed), found(unnamed, named)
    told = [(one.kind, one.impact, one.sentence) for one in (came, went)]
    assert told == [
        ("flow-renamed", "behaviour", "flow renamed: (no name) → etl"),
        ("flow-renamed", "behaviour", "flow renamed: etl → (no name)"),
    ]


@pytest.mark.parametrize("name", [["a"], {"a": 1}, 7, None])
def test_a_flow_whose_name_is_no_text_has_findings(name: Any) -> None:
    (finding,) = found(flow(name=name))
    assert finding.kind == "flow-renamed"
    assert found(flow(name=name, desc="y"), flow(name=name))


def test_owners_that_are_no_names_are_told_by_what_they_are() -> None:
    (finding,) = found(flow(owners=[1, 2, 3]), flow(owners=[1, 2]))
    assert finding.sentence == "owner 3 added"


def test_owners_lost_to_something_that_is_no_list_are_breaking() -> None:
    (finding,) = found(flow(owners=None))
    assert finding.impact == "breaking"


def waiting_for(names: Collection[str]) -> Sequence[Dependent]:
    return [Dependent("prod", 7, "daily", "etl", "", ("start",))] if "etl" in names else []


def test_a_flow_that_others_wait_for_is_breaking_to_rename() -> None:
    setting = DiffContext("prod", 2924, SINCE, waiting_for)
    (finding,) = analyze(canonicalize(flow(), 1), canonicalize(flow(name="etl2"), 1), setting)
    assert finding.impact == "breaking"
    assert [effect.consequence for effect in finding.effects] == [Consequence.LEFT_WAITING]


def test_a_flow_whose_new_name_others_wait_for_already_breaks_nothing_by_its_rename() -> None:
    setting = DiffContext("prod", 2924, SINCE, waiting_for)
    (finding,) = analyze(canonicalize(flow(name="etl2"), 1), canonicalize(flow(), 1), setting)
    assert finding.impact == "behaviour"
    assert [effect.sentence for effect in finding.effects] == ["1 flow waits for this flow: daily (start)"]


def test_a_task_that_others_wait_for_must_not_refuse_it() -> None:
    def waiting(_names: Collection[str]) -> Sequence[Dependent]:
        return [Dependent("prod", 7, "daily", "etl", "load", ("start",))]

    before, after = (canonicalize(flow(tasks=[task("load", asLink=one)]), 1) for one in (True, False))
    assert [one.impact for one in analyze(before, after, SETTING)] == ["behaviour"]
    assert [one.impact for one in analyze(before, after, replace(SETTING, dependents=waiting))] == [
        "breaking"
    ]


@pytest.mark.parametrize("cron", ["", "0 0 0 * * ? 2020", "0 0 0 31 2 ?", None])
def test_a_schedule_that_starts_nothing_any_more_is_breaking(cron: str | None) -> None:
    (finding,) = found(flow(cron=cron))
    assert finding.impact == "breaking"
    assert [effect.sentence for effect in finding.effects] == ["no further run is scheduled"]
    (back,) = found(flow(), flow(cron=cron))
    assert back.impact == "behaviour"


def test_a_first_day_after_all_runs_stops_a_schedule_too() -> None:
    (finding,) = found(flow(startTime="2100-01-01"), flow(startTime="2019-07-24"))
    assert (finding.impact, [effect.consequence for effect in finding.effects]) == (
        "breaking",
        [Consequence.STOPS],
    )


def test_a_first_day_is_not_breaking_because_the_schedule_beside_it_went() -> None:
    some = found(flow(cron="", startTime=""), flow(startTime="2019-07-24"))
    assert sorted((one.change.path, str(one.impact)) for one in some) == [
        ("/cron", "breaking"),
        ("/startTime", "behaviour"),
    ]


@pytest.mark.parametrize("cron", ["0 0 24 * * ?", "0 0 0 ? * MON/2 *"])
def test_of_a_schedule_that_is_not_understood_nothing_is_said_to_stop(cron: str) -> None:
    (finding,) = found(flow(cron=cron))
    assert (finding.impact, finding.effects) == ("behaviour", ())
    assert "(not understood)" in finding.sentence


def test_a_value_inside_a_parameter_is_told_with_its_place() -> None:
    sides = [flow(parameters=json.dumps([{"key": "limits", "value": {"max": most}}])) for most in (1, 2)]
    (finding,) = found(sides[1], sides[0])
    assert finding.sentence == "parameter limits: value / max: 1 → 2"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("run " + "x" * 80 + " 2020", "run " + "x" * 80 + " 2021 ", '2020" → …2021 "'),
        ("\u00e9", "e\u0301", '"\\u00e9" → "e\\u0301"'),
        ("a", "a ", '"a" → "a "'),
        ("a" * 90 + " one", "two", "… → two"),
    ],
)
def test_texts_that_differ_never_read_alike(before: str, after: str, told: str) -> None:
    (finding,) = found(flow(desc=after), flow(desc=before))
    assert finding.sentence.endswith(told)


def test_a_schedule_that_nobody_follows_stops_nothing() -> None:
    (finding,) = found(flow(type=0, cron=""), flow(type=0))
    assert (finding.impact, finding.effects) == ("behaviour", ())


def test_a_task_without_a_schedule_of_its_own_has_that_of_its_flow() -> None:
    tasks = [[task("load", cron=cron)] for cron in ("0 0 5 * * ?", "")]
    before, after = (flow(tasks=one, relations=[]) for one in tasks)
    (finding,) = found(after, before)
    words = "that of the flow, every day at 00:00"
    assert finding.sentence == f"task load: schedule: every day at 05:00 → {words}"
    assert finding.impact == "behaviour"


def test_switching_alerts_off_is_more_than_another_channel() -> None:
    before = flow(alertMode=3)
    assert [found(flow(alertMode=mode), before)[0].impact for mode in (1, 0)] == ["cosmetic", "behaviour"]


def test_owners_that_there_were_none_of_are_not_lost() -> None:
    without = {key: value for key, value in flow().items() if key != "owners"}
    nobody: tuple[Any, ...] = (None, [])
    for owners in nobody:
        (finding,) = found(without, flow(owners=owners))
        assert finding.impact == "behaviour"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (task("load", timeout=5), task("load"), "task-changed"),
        (task("load"), task("load", timeout=5), "task-changed"),
        (task("load", runMode='{"cpu":1}'), task("load", runMode="{}"), "run-mode-changed"),
    ],
)
def test_a_field_that_comes_or_goes_is_a_change_of_what_has_it(before: Any, after: Any, kind: str) -> None:
    (finding,) = found(flow(tasks=[after], relations=[]), flow(tasks=[before], relations=[]))
    assert finding.kind == kind


def test_a_parameter_is_renamed_where_its_value_or_a_word_of_its_key_tells() -> None:
    def kinds(*keys: str, value: str) -> list[str]:
        before, after = (flow(parameters=json.dumps([{"key": key, "value": value}])) for key in keys)
        return sorted(finding.kind for finding in found(after, before))

    assert kinds("late_minutes", "grace_minutes", value="25") == ["parameter-renamed"]
    assert kinds("debug", "use_new_cluster", value="true") == ["parameter-added", "parameter-removed"]
    assert kinds("place", "site", value="jiuquan") == ["parameter-renamed"]


def test_who_waited_for_a_task_is_told_by_the_name_it_has_now() -> None:
    before = flow(tasks=[task("p"), task("b"), task("e")], relations=[relation("p", "b"), relation("p", "e")])
    tasks = [task("p"), {**task("b"), "name": "d"}, {**task("e"), "name": "b"}]
    told = [one.sentence for one in found(flow(tasks=tasks, relations=[relation("p", "b")]), before)]
    assert "d (was b) no longer waits for p" in told


def test_a_task_renamed_without_its_relations_is_breaking() -> None:
    tasks = [task("load"), {**task("report"), "name": "tell"}, task("clean")]
    (finding,) = found(flow(tasks=tasks))
    assert (finding.kind, finding.impact) == ("task-renamed", "breaking")


def test_a_link_that_no_task_waits_for_is_told_as_such() -> None:
    link = {"flowLinks": [{"linkId": "1", "sourceFlowName": "dim"}]}
    assert [one.sentence for one in found(flow(), flow(**link))] == [
        "link to flow dim removed; no task waits for it"
    ]


def test_a_link_is_not_overlooked_where_its_task_hands_its_name_on() -> None:
    orders, mail = "load orders from the warehouse", "mail the report to sales"
    links: dict[str, Any] = {"flowLinks": [{"linkId": "1", "sourceFlowName": "dw"}], "taskLinks": []}
    links |= {"linkRelations": [{"linkId": "1", "targetTaskName": "a", "rerun": False}]}

    def side(**names: str) -> dict[str, Any]:
        return flow(tasks=[task(name, cmd=cmd) for name, cmd in names.items()], relations=[], **links)

    told = found(side(c=orders, a=mail), side(a=orders, b=mail))
    assert sorted(one.kind for one in told) == ["body-changed", "task-added", "task-removed"]


def test_a_link_is_told_where_two_tasks_exchange_their_names_and_it_stays() -> None:
    names = ("w1", "w2", "w3")
    links: dict[str, Any] = {
        "taskLinks": [{"linkId": "0", "sourceFlowName": "dw", "sourceTaskName": "fetch"}]
    }
    links |= {"linkRelations": [{"linkId": "0", "targetTaskName": "a", "rerun": False}]}

    def side(one: str, other: str) -> dict[str, Any]:
        tasks = [task(one, cmd="load it all"), task(other, cmd="mail it"), *map(task, names)]
        return flow(tasks=tasks, relations=[relation(name, one) for name in names], **links)

    told = found(side("b", "a"), side("a", "b"))
    assert sorted(one.kind for one in told) == ["link-retargeted", "task-renamed", "task-renamed"]


def test_a_common_command_does_not_make_another_task_a_renamed_one() -> None:
    sources = [task(f"src{number}") for number in range(8)]
    before = flow(
        tasks=[*sources, task("notify_sales", cmd="sh /opt/notify.sh")],
        relations=[relation(f"src{number}", "notify_sales") for number in range(4)],
    )
    after = flow(
        tasks=[*sources, task("notify_ops", cmd="sh /opt/notify.sh")],
        relations=[relation(f"src{number}", "notify_ops") for number in range(4, 8)],
    )
    told = sorted(one.kind for one in found({**after, **NO_LINKS}, {**before, **NO_LINKS}))
    assert told == ["task-added", "task-removed"]


def test_lines_that_every_script_begins_with_do_not_make_two_tasks_one() -> None:
    load = task("load_orders", cmd="set -e\nsource env.sh\nload orders")
    send = task("send_report", cmd="set -e\nsource env.sh\nmail report")
    told = found(flow(tasks=[send], relations=[], **NO_LINKS), flow(tasks=[load], relations=[], **NO_LINKS))
    assert sorted(one.kind for one in told) == ["task-added", "task-removed"]


def test_a_relation_that_closes_a_circle_is_breaking() -> None:
    (finding,) = found(flow(relations=[*flow()["relations"], relation("clean", "load")]))
    assert (finding.kind, finding.impact) == ("relation-added", "breaking")
    assert Consequence.CYCLE in {effect.consequence for effect in finding.effects}


def test_a_removed_relation_is_no_loss_where_its_task_still_waits_by_another_way() -> None:
    edges = flow()["relations"]
    (direct,) = found(flow(), flow(relations=[*edges, relation("load", "clean")]))
    assert (direct.impact, direct.sentence) == ("behaviour", "clean no longer waits for load directly")
    (second,) = found(flow(), flow(relations=[*edges, edges[0]]))
    assert (second.impact, second.sentence) == ("behaviour", "report no longer waits for load more than once")


def test_a_retargeted_relation_without_an_end_has_a_sentence() -> None:
    before, after = ({"targetTaskName": end, "rerun": True} for end in ("load", "report"))
    (finding,) = found(flow(relations=[after]), flow(relations=[before]))
    assert "(no name)" in finding.sentence


def test_nobody_is_asked_who_waits_for_a_change_that_is_only_cosmetic() -> None:
    def ask(_names: Collection[str]) -> Sequence[Dependent]:
        raise AssertionError

    (finding,) = analyze(
        canonicalize(flow(), 1), canonicalize(flow(desc="y"), 1), DiffContext("prod", 1, SINCE, ask)
    )
    assert finding.impact == "cosmetic"


def test_a_flow_that_comes_is_behaviour_and_one_that_goes_is_breaking() -> None:
    added, removed = added_flow_finding("etl", SETTING), removed_flow_finding("etl", SETTING)
    assert (added.kind, added.impact, added.sentence) == ("flow-added", "behaviour", "flow etl added")
    assert (removed.kind, removed.impact, removed.sentence) == (
        "flow-removed",
        "breaking",
        "flow etl removed",
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
def test_a_fingerprint_stays_what_it_was_in_every_version(after: dict[str, Any], fingerprint: str) -> None:
    (finding,) = found(after)
    assert finding.fingerprint == fingerprint


def test_fingerprints_tell_flows_environments_and_values_apart() -> None:
    sides = canonicalize(flow(), 1), canonicalize(flow(desc="y"), 1)
    settings = (SETTING, DiffContext("dev", 2924, SINCE), DiffContext("prod", 1, SINCE))
    prints = {analyze(*sides, setting)[0].fingerprint for setting in settings}
    (other,) = found(flow(desc="z"))
    assert len(prints | {other.fingerprint}) == 4


def test_names_that_differ_only_in_what_cannot_be_printed_are_never_told_alike() -> None:
    names = ["a\nb", r"a\u000ab", "a\u202eb", r"a\u202eb", "a\ud800b", r"a\ud800b"]
    told = [added_flow_finding(name, SETTING).sentence for name in names]
    assert len({*told}) == len(names)
    assert not [one for one in told if not one.isprintable()]


def test_names_that_look_alike_are_quoted_and_escaped() -> None:
    assert added_flow_finding("日报\u3000汇总", SETTING).sentence == 'flow "日报\\u3000汇总" added'
    (finding,) = found(flow(name="etl\u200b"))
    assert finding.sentence == 'flow renamed: etl → "etl\\u200b"'
    (finding,) = found(flow(owners="li.wei;\u043bi.wei"), flow(owners="li.wei"))
    assert finding.sentence == 'owner "\\u043bi.wei" added'
    (finding,) = found(flow(tasks=[{**task("load"), "name": "load "}, *TASKS[1:]]), flow())
    assert finding.sentence.startswith('task load renamed "load "')


def test_a_flow_that_comes_or_goes_is_told_with_its_tasks_and_times_where_they_are_known() -> None:
    document = canonicalize(flow(), 2924)
    assert added_flow_finding("etl", SETTING, after=document).sentence == (
        "flow etl added: 3 tasks, every day at 00:00"
    )
    assert removed_flow_finding("etl", SETTING, before=canonicalize({"name": "etl"}, 1)).sentence == (
        "flow etl removed: 0 tasks"
    )


@pytest.mark.parametrize("flow_id", documents("never-to-never", "before"))
def test_a_schedule_that_never_runs_before_and_after_is_cosmetic(flow_id: int) -> None:
    before, after = (documents("never-to-never", side)[flow_id] for side in ("before", "after"))
    (finding,) = analyze(before, after, SETTING)
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
    (finding,) = analyze(before, after, SETTING)
    assert finding.impact is impact
