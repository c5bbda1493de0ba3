"""Problems of documents: every rule by name, with its line and path."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.exports import documents

from flowsync.analysis.validation import DocumentProblem, find_problems
from flowsync.document.reader import Source, parse_source
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.fields import STRUCTS
from flowsync.flow.values import Value

CLEAN = """\
format: 1
flowId: 2924
name: nFlow
desc: ''
type: 1  # periodic
cycle: D  # day
cron: 0 0 0 * * ? *
startTime: '2024-02-29'
alertMode: 3  # email and SMS
syncType: null
submitter: data_o15
owners:
- li.wei
visitors: []
parameters:
- key: site
  value: jiuquan
tasks:
- name: load
  type: 3  # shell
  cmd: ./load.sh ${cal_dt}
  runMode:
    taskMode: 1  # single task
    cpu: 0.5
    memory: 4
    maxParallel: 0
    keyType: 0
    datasourceId: 0
  cron: ''
  retryLimit: 3
  successCode: '0'
  asLink: true
- name: report
relations:
- sourceTaskName: load
  targetTaskName: report
  rerun: true
flowLinks:
- sourceFlowName: dw
  targets:
  - targetTaskName: load
    rerun: false
taskLinks: []
"""


def only(text: str) -> DocumentProblem:
    [finding] = find_problems(parse_source(text))
    return finding


def places(text: str) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.path, finding.rule) for finding in find_problems(parse_source(text))]


def edited(before: str, after: str) -> str:
    assert CLEAN.count(before) == 1
    return CLEAN.replace(before, after)


def flow(**fields: Any) -> str:
    return dump({"format": 1, "flowId": 1, "name": "f", **fields})


def relation(source: str, target: str) -> Value:
    return {"sourceTaskName": source, "targetTaskName": target}


def tasks(*names: str) -> list[Value]:
    return [{"name": name} for name in names]


def test_clean_document_has_no_problems() -> None:
    assert find_problems(parse_source(CLEAN)) == []


def test_minimal_document_has_no_problems() -> None:
    assert find_problems(parse_source(flow())) == []


def test_problem_has_line_path_rule_severity_and_message() -> None:
    assert only(edited("cpu: 0.5", "cpu: 2.5")) == DocumentProblem(
        line=24,
        path="/tasks/name=load/runMode/cpu",
        rule="range",
        severity="error",
        message="cpu is not in 0.1 to 2: 2.5",
    )


# what is edited in the clean document, then line, path, rule, severity and message of the one finding
EDITS: list[tuple[str, str, DocumentProblem]] = [
    # kind
    (
        "cpu: 0.5",
        "cpu: lots",
        DocumentProblem(24, "/tasks/name=load/runMode/cpu", "kind", "error", "cpu is not a number: 'lots'"),
    ),
    (
        "alertMode: 3",
        "alertMode: 3.5",
        DocumentProblem(9, "/alertMode", "kind", "error", "alertMode is not an integer: 3.5"),
    ),
    (
        "alertMode: 3",
        "alertMode: ''",
        DocumentProblem(9, "/alertMode", "kind", "error", "alertMode is not an integer: ''"),
    ),
    (
        "retryLimit: 3",
        "retryLimit: true",
        DocumentProblem(
            30, "/tasks/name=load/retryLimit", "kind", "error", "retryLimit is not an integer: true"
        ),
    ),
    (
        "asLink: true",
        "asLink: 1",
        DocumentProblem(32, "/tasks/name=load/asLink", "kind", "error", "asLink is not true or false: 1"),
    ),
    (
        "successCode: '0'",
        "successCode: 0",
        DocumentProblem(31, "/tasks/name=load/successCode", "kind", "error", "successCode is not text: 0"),
    ),
    ("desc: ''", "desc: [a]", DocumentProblem(4, "/desc", "kind", "error", "desc is not text: a list")),
    (
        "cron: 0 0 0 * * ? *",
        "cron: 5",
        DocumentProblem(7, "/cron", "kind", "error", "cron is not text: 5"),
    ),
    (
        "startTime: '2024-02-29'",
        "startTime: 2024",
        DocumentProblem(8, "/startTime", "kind", "error", "startTime is not text: 2024"),
    ),
    (
        "taskLinks: []",
        "taskLinks: none",
        DocumentProblem(43, "/taskLinks", "kind", "error", "taskLinks is not a list of entries: 'none'"),
    ),
    (
        "taskLinks: []",
        "taskLinks:\n- 7",
        DocumentProblem(44, "/taskLinks/0", "kind", "error", "taskLinks is not a list of entries: 7"),
    ),
    # kinds that the platform itself mixes
    (
        "  type: 3",
        "  type: COMAND",
        DocumentProblem(20, "/tasks/name=load/type", "kind", "warning", "type is not an integer: 'COMAND'"),
    ),
    (
        "datasourceId: 0",
        "datasourceId: main",
        DocumentProblem(
            28,
            "/tasks/name=load/runMode/datasourceId",
            "kind",
            "warning",
            "datasourceId is not an integer: 'main'",
        ),
    ),
    (
        "visitors: []",
        "visitors: a;b",
        DocumentProblem(14, "/visitors", "kind", "warning", "visitors is not a list of names: 'a;b'"),
    ),
    (
        "- li.wei",
        "- 7",
        DocumentProblem(13, "/owners/0", "kind", "warning", "owners is not a list of names: 7"),
    ),
    (
        "value: jiuquan",
        "value: 7",
        DocumentProblem(17, "/parameters/key=site/value", "kind", "warning", "value is not text: 7"),
    ),
    (
        "key: site",
        "key: 7",
        DocumentProblem(16, "/parameters/0", "kind", "note", "a parameter without key: a mapping"),
    ),
    # range and enum
    (
        "cpu: 0.5",
        "cpu: 0.05",
        DocumentProblem(24, "/tasks/name=load/runMode/cpu", "range", "error", "cpu is not in 0.1 to 2: 0.05"),
    ),
    (
        "memory: 4",
        "memory: 4.5",
        DocumentProblem(
            25, "/tasks/name=load/runMode/memory", "range", "error", "memory is not in 0.3 to 4: 4.5"
        ),
    ),
    (
        "retryLimit: 3",
        "retryLimit: -1",
        DocumentProblem(30, "/tasks/name=load/retryLimit", "range", "error", "retryLimit is below 0: -1"),
    ),
    (
        "type: 1 ",
        "type: 7 ",
        DocumentProblem(
            5, "/type", "enum", "warning", "type is none of 0 (manual), 1 (periodic), 2 (temporary): 7"
        ),
    ),
    (
        "cycle: D",
        "cycle: d",
        DocumentProblem(
            6,
            "/cycle",
            "enum",
            "warning",
            "cycle is none of M (month), W (week), D (day), H (hour), mi (minute): 'd'",
        ),
    ),
    (
        "keyType: 0",
        "keyType: 3",
        DocumentProblem(
            27,
            "/tasks/name=load/runMode/keyType",
            "enum",
            "warning",
            "keyType is none of 1 (external file), 2 (custom key): 3",
        ),
    ),
    # cron and date
    (
        "cron: 0 0 0 * * ? *",
        "cron: 0 0 0 1W,15W * ? *",
        DocumentProblem(
            7,
            "/cron",
            "cron",
            "warning",
            "cron is not evaluated: day of month: W in a list differs between versions of Quartz: "
            "'0 0 0 1W,15W * ? *'",
        ),
    ),
    (
        "cron: 0 0 0 * * ? *",
        "cron: 0 0 0 * * ? * 5",
        DocumentProblem(
            7,
            "/cron",
            "cron",
            "warning",
            "cron is not evaluated: cron: expected 6 or 7 fields, got 8: '0 0 0 * * ? * 5'",
        ),
    ),
    (
        "cron: 0 0 0 * * ? *",
        "cron: 0 0 0 ? * 8 *",
        DocumentProblem(
            7,
            "/cron",
            "cron",
            "error",
            "cron is not a Quartz expression: day of week: 8 is not in 1-7: '0 0 0 ? * 8 *'",
        ),
    ),
    (
        "cron: ''",
        "cron: 0 0 * * *",
        DocumentProblem(
            29,
            "/tasks/name=load/cron",
            "cron",
            "error",
            "cron is not a Quartz expression: cron: expected 6 or 7 fields, got 5: '0 0 * * *'",
        ),
    ),
    (
        "startTime: '2024-02-29'",
        "startTime: '2023-02-29'",
        DocumentProblem(
            8, "/startTime", "date", "error", "startTime is not a date of the form yyyy-MM-dd: '2023-02-29'"
        ),
    ),
    # names
    ("flowId: 2924\n", "", DocumentProblem(1, "/flowId", "missing-flow-id", "error", "flowId is missing")),
    (
        "name: nFlow",
        "name: ''",
        DocumentProblem(3, "/name", "missing-name", "warning", "the flow has no name"),
    ),
    (
        "cycle: D",
        "freq: D",
        DocumentProblem(6, "/freq", "unknown-field", "note", "unknown field of the flow: 'freq'"),
    ),
    (
        "asLink: true",
        "aslink: true",
        DocumentProblem(
            32,
            "/tasks/name=load/aslink",
            "unknown-field",
            "warning",
            "unknown field of Task (did you mean 'asLink'?): 'aslink'",
        ),
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "expected"), EDITS, ids=[after.strip() or "-" for _, after, _ in EDITS]
)
def test_one_edit_of_a_clean_document_is_one_problem(
    before: str, after: str, expected: DocumentProblem
) -> None:
    assert only(edited(before, after)) == expected


@pytest.mark.parametrize(
    "field",
    [
        "cron: ''",
        "startTime: ''",
        "cycle: ''",
        "owners: ''",
        "parameters: ''",
        "name: x\ndesc: null",
        "tasks: null",
    ],
)
def test_empty_text_and_null_are_valid(field: str) -> None:
    name = "" if field.startswith("name") else "name: f\n"
    assert find_problems(parse_source(f"format: 1\nflowId: 1\n{name}{field}\n")) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("./run", "runMode is not a mapping: './run'"),
        ("{bad", "runMode is not a mapping: '{bad'"),
        ([1], "runMode is not a mapping: a list"),
    ],
)
def test_unparsed_run_mode_is_a_warning(value: Value, expected: str) -> None:
    finding = only(flow(tasks=[{"name": "a", "runMode": value}]))
    assert (finding.path, finding.rule, finding.severity) == ("/tasks/name=a/runMode", "kind", "warning")
    assert finding.message == expected


def test_unparsed_parameters_are_a_note() -> None:
    finding = only(flow(parameters="site=jiuquan"))
    assert (finding.line, finding.path, finding.rule, finding.severity) == (
        4,
        "/parameters",
        "kind",
        "note",
    )


def test_unknown_fields_are_reported_at_every_level() -> None:
    text = """\
format: 1
flowId: 1
name: f
new: 1
parameters:
- key: k
  new: 1
tasks:
- name: a
  new: 1
  runMode:
    new: 1
relations:
- sourceTaskName: a
  targetTaskName: a2
  new: 1
flowLinks:
- sourceFlowName: dw
  new: 1
  targets:
  - targetTaskName: a
    new: 1
"""
    unknown = [finding for finding in find_problems(parse_source(text)) if finding.rule == "unknown-field"]
    assert [(finding.line, finding.path, finding.message) for finding in unknown] == [
        (4, "/new", "unknown field of the flow: 'new'"),
        (7, "/parameters/key=k/new", "unknown field of Parameter: 'new'"),
        (10, "/tasks/name=a/new", "unknown field of Task: 'new'"),
        (12, "/tasks/name=a/runMode/new", "unknown field of RunMode: 'new'"),
        (16, "/relations/sourceTaskName=a,targetTaskName=a2/new", "unknown field of Relation: 'new'"),
        (19, "/flowLinks/sourceFlowName=dw/new", "unknown field of FlowLink: 'new'"),
        (22, "/flowLinks/sourceFlowName=dw/targets/targetTaskName=a/new", "unknown field of Target: 'new'"),
    ]


def test_alias_of_a_field_is_answered_with_a_suggestion() -> None:
    assert only(flow(doAs="x")).message == "unknown field of the flow (did you mean 'submitter'?): 'doAs'"


def test_present_field_is_not_suggested() -> None:
    assert only(flow(submitter="x", doAs="x")).message == "unknown field of the flow: 'doAs'"


def test_link_relations_are_invalid_in_a_document() -> None:
    finding = only(flow(linkRelations=[]))
    assert (finding.path, finding.rule, finding.severity) == ("/linkRelations", "unknown-field", "error")
    assert "each link holds its `targets`" in finding.message


def test_escaped_key_stays_escaped_in_message_and_path() -> None:
    finding = only(flow(**{"~a/b": 1}))
    assert (finding.path, finding.message) == ("/~0a~1b", "unknown field of the flow: '~a/b'")


@pytest.mark.parametrize(
    ("name", "step"), [("name: null", "name~null"), ("name: ''", "name="), ("cmd: x", "name~missing")]
)
def test_task_without_a_name_is_an_error(name: str, step: str) -> None:
    finding = only(f"format: 1\nflowId: 1\nname: f\ntasks:\n- {name}\n")
    assert finding == DocumentProblem(5, f"/tasks/{step}", "missing-name", "error", "a task has no name")


def test_every_further_task_of_one_name_is_a_duplicate() -> None:
    text = flow(tasks=tasks("a", "b", "a", "a"))
    assert find_problems(parse_source(text)) == [
        DocumentProblem(
            7, "/tasks/name=a~#2", "duplicate-task", "error", "another task has the same name: 'a'"
        ),
        DocumentProblem(
            8, "/tasks/name=a~#3", "duplicate-task", "error", "another task has the same name: 'a'"
        ),
    ]


def test_paths_distinguish_tasks_of_one_name() -> None:
    text = flow(tasks=[{"name": "a", "timeout": -1}, {"name": "a", "timeout": -2}])
    assert places(text) == [
        (6, "/tasks/name=a~#1/timeout", "range"),
        (7, "/tasks/name=a~#2", "duplicate-task"),
        (8, "/tasks/name=a~#2/timeout", "range"),
    ]


def test_relation_to_an_unknown_task_is_dangling() -> None:
    text = flow(tasks=tasks("a"), relations=[relation("a", "b"), relation("c", "a")])
    assert find_problems(parse_source(text)) == [
        DocumentProblem(
            8,
            "/relations/sourceTaskName=a,targetTaskName=b/targetTaskName",
            "dangling-relation",
            "error",
            "targetTaskName is not a task of the flow: 'b'",
        ),
        DocumentProblem(
            9,
            "/relations/sourceTaskName=c,targetTaskName=a/sourceTaskName",
            "dangling-relation",
            "error",
            "sourceTaskName is not a task of the flow: 'c'",
        ),
    ]


def test_relation_without_an_end_is_dangling_at_its_own_line() -> None:
    finding = only(flow(tasks=tasks("a"), relations=[{"sourceTaskName": "a"}]))
    assert (finding.line, finding.path, finding.rule) == (
        7,
        "/relations/sourceTaskName=a,targetTaskName~missing/targetTaskName",
        "dangling-relation",
    )
    assert finding.message == "targetTaskName is not a task of the flow: null"


def test_relations_without_an_end_are_not_duplicates() -> None:
    text = flow(tasks=tasks("a"), relations=[{"sourceTaskName": "a"}, {"sourceTaskName": "a"}])
    assert [rule for _, _, rule in places(text)] == ["dangling-relation", "dangling-relation"]


def test_duplicate_relation_is_a_warning() -> None:
    text = flow(
        tasks=tasks("a", "b"),
        relations=[relation("a", "b"), {"sourceTaskName": "a", "targetTaskName": "b", "rerun": True}],
    )
    assert find_problems(parse_source(text)) == [
        DocumentProblem(
            10,
            "/relations/sourceTaskName=a,targetTaskName=b~#2",
            "duplicate-relation",
            "warning",
            "another relation joins the same tasks: 'a' -> 'b'",
        )
    ]


def test_task_that_waits_for_itself_is_an_error() -> None:
    assert only(flow(tasks=tasks("a"), relations=[relation("a", "a")])) == DocumentProblem(
        7,
        "/relations/sourceTaskName=a,targetTaskName=a",
        "cycle",
        "error",
        "a task waits for itself: 'a'",
    )


def test_cycle_is_reported_once_at_its_first_relation() -> None:
    relations = [relation("x", "a"), relation("a", "b"), relation("b", "c"), relation("c", "a")]
    assert only(flow(tasks=tasks("a", "b", "c", "x"), relations=relations)) == DocumentProblem(
        12,
        "/relations/sourceTaskName=a,targetTaskName=b",
        "cycle",
        "error",
        "tasks wait for one another: 'a', 'b', 'c'",
    )


def test_relations_into_and_out_of_a_cycle_are_not_part_of_it() -> None:
    relations = [relation("x", "a"), relation("a", "y"), relation("b", "a"), relation("a", "b")]
    finding = only(flow(tasks=tasks("a", "b", "x", "y"), relations=relations))
    assert finding.path == "/relations/sourceTaskName=b,targetTaskName=a"


def test_two_cycles_are_two_problems() -> None:
    relations = [
        relation("a", "b"),
        relation("b", "a"),
        relation("b", "c"),
        relation("c", "d"),
        relation("d", "c"),
    ]
    text = flow(tasks=tasks("a", "b", "c", "d"), relations=relations)
    assert [(finding.line, finding.message) for finding in find_problems(parse_source(text))] == [
        (10, "tasks wait for one another: 'a', 'b'"),
        (16, "tasks wait for one another: 'c', 'd'"),
    ]


def test_long_cycle_is_truncated_in_its_message() -> None:
    names = "abcdefgh"
    relations = [relation(one, other) for one, other in zip(names, names[1:] + "a", strict=True)]
    finding = only(flow(tasks=tasks(*names), relations=relations))
    assert finding.message == "tasks wait for one another: 'a', 'b', 'c', 'd', 'e' and 3 more"


@pytest.mark.parametrize(
    ("link", "step"),
    [
        ({"sourceFlowName": "dw"}, "flowLinks/sourceFlowName=dw"),
        ({"sourceFlowName": "dw", "sourceTaskName": "t"}, "taskLinks/sourceFlowName=dw,sourceTaskName=t"),
    ],
)
def test_target_that_is_not_a_task_is_dangling(link: dict[str, Value], step: str) -> None:
    links = step.partition("/")[0]
    text = flow(tasks=tasks("a"), **{links: [{**link, "targets": [{"targetTaskName": "b"}]}]})
    finding = only(text)
    assert (finding.path, finding.rule, finding.severity) == (
        f"/{step}/targets/targetTaskName=b/targetTaskName",
        "dangling-link",
        "error",
    )
    assert finding.line == text.splitlines().index("  - targetTaskName: b") + 1


def test_link_without_targets_is_a_warning() -> None:
    text = flow(
        flowLinks=[{"sourceFlowName": "dw", "targets": []}],
        taskLinks=[{"sourceFlowName": "dw", "sourceTaskName": "t"}],
    )
    assert find_problems(parse_source(text)) == [
        DocumentProblem(
            5, "/flowLinks/sourceFlowName=dw", "bare-link", "warning", "no task waits for the link: 'dw'"
        ),
        DocumentProblem(
            8,
            "/taskLinks/sourceFlowName=dw,sourceTaskName=t",
            "bare-link",
            "warning",
            "no task waits for the link: 'dw', 't'",
        ),
    ]


def test_link_without_a_name_is_a_warning() -> None:
    text = flow(tasks=tasks("a"), flowLinks=[{"sourceFlowName": None, "targets": [{"targetTaskName": "a"}]}])
    assert only(text) == DocumentProblem(
        7,
        "/flowLinks/sourceFlowName~null/sourceFlowName",
        "missing-name",
        "warning",
        "a link has no sourceFlowName: null",
    )


def test_links_that_share_an_id_are_ambiguous() -> None:
    export: dict[str, Value] = {
        "name": "f",
        "tasks": [{"name": "a"}],
        "flowLinks": [{"linkId": "0", "sourceFlowName": "x"}],
        "taskLinks": [{"linkId": "0", "sourceFlowName": "y", "sourceTaskName": "t"}],
        "linkRelations": [{"linkId": "0", "targetTaskName": "b"}],
    }
    text = dump(canonicalize(export, 1))
    ambiguous, dangling = find_problems(parse_source(text))
    assert ambiguous == DocumentProblem(
        text.splitlines().index("ambiguousLinks:") + 2,
        "/ambiguousLinks/0",
        "ambiguous-link",
        "warning",
        "1 task ('b') waits for some of 2 links of one id ('x', 'y'): "
        "which task waits for which flow is not known",
    )
    assert dangling.path == "/ambiguousLinks/0/targets/targetTaskName=b/targetTaskName"
    assert dangling.rule == "dangling-link"


@pytest.mark.parametrize(
    ("links", "targets", "message"),
    [
        ([], ["b", "a"], "2 tasks ('a', 'b') wait for a flow that the export does not name; set the"),
        (["x", "y"], [], "no task waits for 2 links of one id ('x', 'y')"),
        (
            ["x", "x"],
            ["a", "b"],
            "2 tasks ('a', 'b') wait for some of 2 links of one id ('x', 'x'): which task",
        ),
    ],
)
def test_an_ambiguous_link_is_described_by_its_tasks_and_flows(
    links: list[str], targets: list[str], message: str
) -> None:
    export: dict[str, Value] = {
        "name": "f",
        "tasks": [{"name": "a"}, {"name": "b"}],
        "flowLinks": [{"linkId": "0", "sourceFlowName": name} for name in links],
        "linkRelations": [{"linkId": "0", "targetTaskName": name} for name in targets],
    }
    (found,) = find_problems(parse_source(dump(canonicalize(export, 1))))
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "the entry has neither links nor targets"),
        (
            {"taskLinks": [{"sourceFlowName": "x", "sourceTaskName": "t"}], "targets": []},
            "one link is not ambiguous; move it to flowLinks or taskLinks: 'x'",
        ),
    ],
)
def test_an_ambiguous_entry_that_no_export_has_is_described(entry: dict[str, Value], message: str) -> None:
    found = find_problems(parse_source(flow(tasks=tasks("a"), ambiguousLinks=[entry])))
    assert [one.message for one in found if one.rule == "ambiguous-link"] == [message]


def test_problems_are_sorted_by_line_then_path() -> None:
    text = flow(
        cron="x", type=9, tasks=[{"name": "a", "zzz": 1, "timeout": "x"}], relations=[relation("b", "c")]
    )
    order = [(finding.line, finding.path) for finding in find_problems(parse_source(text))]
    assert len(order) == 6
    assert order == sorted(order)


def test_missing_header_field_has_the_first_line() -> None:
    assert places("# edited by hand\n\nformat: 1\nname: f\n") == [(3, "/flowId", "missing-flow-id")]


def test_document_without_lines_still_has_problems() -> None:
    assert [finding.line for finding in find_problems(Source({"format": 1, "name": "f"}, {}))] == [1]


def test_new_field_in_thousands_of_tasks_is_reported_in_each() -> None:
    many = 2_000
    text = flow(tasks=[{"name": f"t{number}", "retrylimit": 1} for number in range(many)])
    found = find_problems(parse_source(text))
    assert len(found) == many
    assert {finding.message for finding in found} == {
        "unknown field of Task (did you mean 'retryLimit'?): 'retrylimit'"
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.just(0.5) | st.sampled_from(["", "a", "0 0 0 * * ?"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "key", "targets", "sourceTaskName", "runMode", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([row.name for row in STRUCTS[0].fields] + ["ambiguousLinks", "new"])


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_problems_of_any_readable_document_have_lines_and_paths(fields: dict[str, Value]) -> None:
    text = dump({"format": 1, "flowId": 1, **fields})
    for finding in find_problems(parse_source(text)):
        assert 1 <= finding.line <= len(text.splitlines())
        assert finding.path.startswith("/")
        assert finding.message.isprintable()


@given(documents())
def test_problems_of_any_canonical_document_have_lines_and_paths(document: dict[str, Value]) -> None:
    text = dump(document)
    found = find_problems(parse_source(text))
    assert all(1 <= finding.line <= len(text.split("\n")) for finding in found)
    assert all(finding.message.isprintable() for finding in found)
    assert ("flowId" in document) == all(finding.rule != "missing-flow-id" for finding in found)
    places = [(finding.path, finding.rule, finding.message) for finding in found]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("spelling", ["COMMAND", "Shell", "DATA_INTEGRATION"])
def test_task_type_in_the_spelling_of_the_samples_is_valid(spelling: str) -> None:
    assert find_problems(parse_source(edited("  type: 3", f"  type: {spelling}"))) == []
