"""`flowsync list`: the flows of the repository, and those of the platform."""

import re
from pathlib import Path
from typing import Any

import pytest
from acceptance.world import Git, Live, Program, Result, configuration, contents, file_of, flow, flows
from jsonschema import Draft202012Validator

import flowsync as library
from flowsync.analysis.flow_list import ListStatus
from flowsync.report.wrapping import columns


def _flows(ran: Result) -> dict[int, Any]:
    """The flows of a JSON list by id."""
    assert ran.status == 0, ran.err
    Draft202012Validator(library.json_schema("list")).validate(ran.document)
    return {one["flowId"]: one for one in ran.document["flows"]}


def _statuses(ran: Result) -> dict[int, str]:
    return {flow_id: one["status"] for flow_id, one in _flows(ran).items()}


def test_a_flow_is_listed_with_name_schedule_status_and_file(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    done = flowsync("list")
    assert done.status == 0
    assert done.out.splitlines() == [
        "prod: 3 flows",
        "ID  NAME      STATUS  SCHEDULE            FILE",
        "1   ingest    same    every day at 01:00  flows/prod/ingest.1.yaml",
        "2   forecast  same    every day at 01:00  flows/prod/forecast.2.yaml",
        "3   report    same    every day at 01:00  flows/prod/report.3.yaml",
        "",
        "3 flows: 3 same",
    ]
    assert done.err == ""
    assert prod.actions() == []


def test_json_has_every_field(synced: Path, flowsync: Program, git: Git) -> None:
    done = flowsync("list", "--format", "json", "ingest")
    assert _flows(done)[1] == {
        "environment": "prod",
        "flowId": 1,
        "name": "ingest",
        "status": "same",
        "schedule": "every day at 01:00",
        "cron": "0 0 1 * * ? *",
        "file": "flows/prod/ingest.1.yaml",
        "directory": None,
        "reason": "",
    }
    assert done.document["commit"] == git("rev-parse", "HEAD")
    assert done.document["gateways"] == {}
    assert done.document["counts"]["same"] == 1


def test_the_status_compares_the_work_tree_with_head(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 1)
    file.write_text(file.read_text().replace("desc: ''", "desc: edited"))
    file_of(synced, 2).unlink()
    new = file_of(synced, 3).read_text().replace("flowId: 3", "flowId: 4")
    (synced / "flows/prod/copy.4.yaml").write_text(new)
    file_of(synced, 3).write_text("format: 1\nflowId: 3\n<<<<<<<\n")
    done = flowsync("list", "--format", "json")
    assert _statuses(done) == {1: "changed", 2: "removed", 3: "unknown", 4: "new"}
    assert _flows(done)[2]["name"] == "forecast"
    assert _flows(done)[3]["reason"].startswith("the file cannot be read: line 4: ")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["2"], [2]),
        (["prod/forecast"], [2]),
        (["*re*"], [2, 3]),
        (["1", "report"], [1, 3]),
        (["flows/prod/ingest.1.yaml"], [1]),
        (["prod"], [1, 2, 3]),
    ],
)
def test_flow_selects(words: list[str], ids: list[int], synced: Path, flowsync: Program) -> None:
    assert [*_flows(flowsync("list", "--format", "json", *words))] == ids
    assert [*_flows(flowsync("list", "--live", "--format", "json", *words))] == ids


def test_a_word_that_selects_no_flow_is_an_error(synced: Path, flowsync: Program) -> None:
    for arguments in (["list", "nothing"], ["list", "--live", "nothing"], ["list", "--env", "stage"]):
        done = flowsync(*arguments)
        assert (done.status, done.out) == (64, "")
        assert "hint: " in done.err
    assert "run flowsync list" in flowsync("list", "nothing").err
    assert flowsync("list", "").status == 64


def test_the_help_explains_every_status(flowsync: Program) -> None:
    text = flowsync("list", "--help").out
    assert [status for status in ListStatus if status not in text] == []
    assert "    unselected  the platform has it; flowsync.yaml does not select it\n" in text


def test_only_selected_files_are_parsed(synced: Path, flowsync: Program) -> None:
    file_of(synced, 1).write_text("not a document")
    assert _statuses(flowsync("list", "--format", "json", "2", "3")) == {2: "same", 3: "same"}


def test_the_cost_in_processes_and_requests_does_not_depend_on_the_number_of_flows(
    synced: Path, prod: Live, flowsync: Program, flowsync_process: Program
) -> None:
    def log() -> list[str]:
        lines = [flowsync_process(*arguments, "-vv").err for arguments in (("list",), ("list", "--live"))]
        return re.findall(r"git\.?[a-z]*: git ([a-z-]+)|http_session: (\w+/?\w*)", "".join(lines))

    before = log()
    assert 10 < len(before) < 20
    prod.put(flows(40))
    assert flowsync("sync").status == 0
    assert log() == before


def test_an_empty_repository_has_a_note(repo: Path, flowsync: Program) -> None:
    done = flowsync("list")
    assert (done.status, done.out) == (0, "0 flows\n")
    assert "flowsync list --live" in done.err
    assert flowsync("list", "-q").err == ""
    assert "run flowsync sync" in flowsync("list", "--env", "prod").err


def test_no_configuration_is_needed(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text("broken: [")
    assert flowsync("list").status == 0
    assert flowsync("list", "--live").status == 1


def test_a_bare_repository_lists_head(
    synced: Path, tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path / "bare")
    assert _statuses(flowsync("list", "--format", "json")) == {1: "same", 2: "same", 3: "same"}
    assert _statuses(flowsync("list", "--live", "--format", "json")) == dict.fromkeys((1, 2, 3), "listed")


def test_the_platform_and_the_repository_in_one_list(synced: Path, prod: Live, flowsync: Program) -> None:
    before = contents(synced)
    prod.edit(1, "/name", "renamed")
    prod.delete(2)
    prod.emulator.put_flow(prod.org_id, 4, flow("added"))
    prod.emulator.put_flow(prod.org_id, 5, flow("tmp-other"))
    (synced / "flowsync.yaml").write_text(
        configuration(prod.emulator.url, flows=[9], discover={"names": ["*"], "exclude": ["tmp-*"]})
    )
    done = flowsync("list", "--live", "--format", "json")
    assert _statuses(done) == {
        1: "changed",
        2: "missing",
        3: "listed",
        4: "new",
        5: "unselected",
        9: "unknown",
    }
    listed = _flows(done)
    assert [listed[flow_id]["directory"] for flow_id in (1, 2, 4, 5)] == [
        "Workflow",
        None,
        "Workflow",
        "Workflow",
    ]
    assert listed[1]["reason"] == "named renamed on the platform"
    assert listed[2]["reason"] == "not on the platform"
    assert (listed[4]["name"], listed[4]["file"], listed[4]["schedule"]) == ("added", None, None)
    assert "in no directory" in listed[9]["reason"]
    assert done.document["gateways"] == {"prod": "127.0.0.1"}
    assert "export" not in prod.actions()
    (synced / "flowsync.yaml").unlink()
    assert contents(synced) == {name: data for name, data in before.items() if name != "flowsync.yaml"}


def test_a_flow_is_found_by_its_new_name_and_by_its_name_on_the_platform(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(1, "/name", "renamed")
    prod.emulator.put_flow(prod.org_id, 4, flow("Neu angelegt"))
    for word, flow_id in (("renamed", 1), ("ingest", 1), ("Neu angelegt", 4), ("neu*", 4), ("prod/4", 4)):
        assert [*_flows(flowsync("list", "--live", "--format", "json", word))] == [flow_id]


def test_a_flow_that_is_no_longer_selected_is_missing(synced: Path, prod: Live, flowsync: Program) -> None:
    settings = configuration(prod.emulator.url, flows=[1], discover=None)
    (synced / "flowsync.yaml").write_text(settings)
    done = flowsync("list", "--live", "--format", "json")
    assert _statuses(done) == {1: "listed", 2: "missing", 3: "missing"}
    assert _flows(done)[2]["reason"] == "not selected by flowsync.yaml"
    (synced / "flowsync.yaml").write_text(
        settings.replace("[1]", "[2]").replace("flows:", "discover: {names: [other]}\n    flows:")
    )
    assert _statuses(flowsync("list", "--live", "--format", "json"))[2] == "listed"


def test_statuses_agree_with_drift(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/name", "renamed")
    prod.delete(2)
    prod.emulator.put_flow(prod.org_id, 4, flow("added"))
    listed = _statuses(flowsync("list", "--live", "--format", "json"))
    drifted = flowsync("drift", "--format", "json").verdicts
    assert {flow_id: status for flow_id, status in listed.items() if status != "listed"} == drifted


def test_a_platform_that_fails_is_an_error(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.fault("code", code=62103, action="listWorkFlowDirs", count=None)
    done = flowsync("list", "--live", "--format", "json")
    assert done.status == 1
    assert done.document["error"]["code"] == 62103
    Draft202012Validator(library.json_schema("report")).validate(done.document)


def test_only_the_environments_that_are_named_are_read(synced: Path, dev: Live, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text(configuration(dev.emulator.url, ["prod", "dev"]))
    assert {*_statuses(flowsync("list", "--live", "--env", "dev", "--format", "json"))} == {11}
    both = flowsync("list", "--live", "--format", "json").document
    assert [one["environment"] for one in both["flows"]] == ["dev", "prod", "prod", "prod"]
    assert "dev on 127.0.0.1: 1 flow\n" in flowsync("list", "--live").out
    assert {*_flows(flowsync("list", "--live", "ingest", "--format", "json"))} == {1, 11}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_into_the_terminal(
    width: int, synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.put(
        {
            1: flow("scada_1s_offshore_ingest", cron="0 4/15 7-20 ? * MON-FRI *"),
            2: flow("功率预测_超短期", cron="0 0 9 5W * ? *"),
            3: flow("预测考核"),
        }
    )
    assert flowsync("sync", "--allow-mass-change").status == 0
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in (["list"], ["list", "--live"]):
        lines = flowsync(*arguments).out.splitlines()
        assert max(map(columns, lines)) <= width
        text = " ".join(" ".join(lines).split())
        assert "flows/prod/scada-1s-offshore-ingest.1.yaml" in text
        starts = {columns(line[: line.index(status)]) for line in lines if (status := _status_in(line))}
        assert len(starts) == 1


def test_no_two_names_look_alike(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.put({1: flow("etl"), 2: flow("etl "), 3: flow("\u0435tl"), 4: flow("")})
    assert flowsync("sync", "--allow-mass-change").status == 0
    names = [line[4:].partition("  ")[0] for line in flowsync("list").out.splitlines()[2:6]]
    assert names == ["etl", '"etl "', '"\\u0435tl"', ""]


def test_a_file_is_not_folded(synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = flowsync("list").out
    monkeypatch.setenv("COLUMNS", "40")
    assert flowsync("list", "--format", "text", "--output", "list.txt").out == ""
    assert (synced / "list.txt").read_text() == wide != flowsync("list").out


def _status_in(line: str) -> str:
    """The status in a line that starts with an id, or the title of its column."""
    words = line.split()
    return words[2] if (line[:1].isdigit() and words[1] != "flows:") or line.startswith("ID") else ""


def test_markdown_is_a_table(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.put_flow(prod.org_id, 4, flow("a|b `x` <b>"))
    done = flowsync("list", "--live", "--format", "markdown", "--output", "list.md")
    assert (done.status, done.out) == (0, "")
    lines = (synced / "list.md").read_text().splitlines()
    assert lines[:2] == ["**4 flows: 3 listed, 1 new**", ""]
    assert lines[2] == "### prod on 127.0.0.1: 4 flows"
    assert lines[4] == "| Id | Name | Status | Directory | Schedule | File | Note |"
    assert lines[6] == "| 1 | ingest | listed | Workflow | every day at 01:00 | flows/prod/ingest.1.yaml |  |"
    assert lines[9].startswith("| 4 | a&#124;b \\`x\\` &lt;b&gt; | new | Workflow |  |  |  |")
