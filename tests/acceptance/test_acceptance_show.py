"""`flowsync show` describes one flow."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from acceptance.history import History
from acceptance.world import Git, Program
from builders import link_target, relation, task_link
from jsonschema import Draft202012Validator


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Write a flow, its dependent, and a flow of its name in dev; make it the current folder."""
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    history.put(1, "ingest", desc="hourly")
    history.put(2, "report", taskLinks=[task_link("ingest", "load")], linkRelations=[link_target("report")])
    history.put(11, "ingest", environment="dev")
    history.commit("start")
    history.put_and_commit("weekly", 1, "ingest", cron="0 0 6 ? * MON *", desc="weekly", visitors="b;a")
    return history


def test_show_describes_a_flow_with_its_runs_tasks_and_links(history: History, flowsync: Program) -> None:
    done = flowsync("show", "prod/1")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == "prod 1 ingest"
    assert lines[1] == "    flows/prod/ingest.1.yaml (work tree)"
    assert "    type          1 (periodic)  # How the flow is started" in lines
    assert any("Monday" in line and line.endswith(", 1 run a week") for line in lines)
    assert sum(line.startswith("    next Mon ") for line in lines) == 3
    assert "    site = jiuquan" in lines
    assert "    prod 2 report: waits for task load with report" in lines
    assert "2 tasks in 2 steps" in lines
    assert "   1  load" in lines
    assert "   2  report <- load" in lines
    assert "    | ./load.sh ${cal_dt}" in lines
    assert max(map(len, lines)) <= 80


def test_show_lists_what_a_flow_waits_for(history: History, flowsync: Program) -> None:
    lines = flowsync("show", "report").out.splitlines()
    assert lines[lines.index("Waits for") + 1] == "    task ingest / load: report waits for it"
    assert "Waited for by" not in lines


def test_show_describes_a_flow_at_a_revision(history: History, flowsync: Program) -> None:
    for word in ("prod/1@HEAD~1", "prod/ingest@HEAD~1", "flows/prod/ingest.1.yaml@HEAD~1"):
        done = flowsync("show", word)
        assert "(HEAD~1)" in done.out.splitlines()[1], word
        assert "hourly" in done.out


def test_show_reads_the_work_tree_with_uncommitted_edits(history: History, flowsync: Program) -> None:
    history.put(2, "report", desc="edited")
    assert "edited" in flowsync("show", "2").out
    assert "edited" not in flowsync("show", "2@HEAD").out


def test_a_bare_repository_shows_head(
    history: History, flowsync: Program, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("clone", "-q", "--bare", str(history.root), str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    assert flowsync("show", "report").out.splitlines()[1].endswith("(HEAD)")


def test_a_name_may_contain_an_at_sign(history: History, flowsync: Program) -> None:
    history.put_and_commit("at", 7, "load@site")
    assert flowsync("show", "load@site").out.startswith("prod 7 load@site\n")
    assert flowsync("show", "load@site@HEAD").out.startswith("prod 7 load@site\n")


def test_a_name_with_an_at_sign_takes_precedence_over_a_revision(history: History, flowsync: Program) -> None:
    history.git("branch", "site")
    history.put_and_commit("at", 7, "load@site")
    history.put_and_commit("head", 8, "only@HEAD")
    assert flowsync("show", "load@site").out.startswith("prod 7 load@site\n")
    assert flowsync("show", "only@HEAD").out.startswith("prod 8 only@HEAD\n")
    assert flowsync("show", "only@HEAD@HEAD").out.startswith("prod 8 only@HEAD\n")
    assert flowsync("show", "prod/only@HEAD").status == 0


def test_an_argument_that_is_a_name_and_another_name_with_a_revision_is_refused(
    history: History, flowsync: Program
) -> None:
    history.git("branch", "site")
    history.put_and_commit("at", 7, "report@site")
    done = flowsync("show", "report@site")
    assert (done.status, done.out) == (64, "")
    assert "prod/2 (flows/prod/report.2.yaml) at site" in done.err
    assert "prod/7 (flows/prod/report-site.7.yaml) in the work tree" in done.err
    assert "hint: name the flow by environment and id: prod/2@site or prod/7" in done.err
    assert flowsync("show", "prod/7").status == flowsync("show", "prod/2@site").status == 0


def test_an_unreadable_work_tree_does_not_hide_a_revision(history: History, flowsync: Program) -> None:
    (history.root / "flows/prod/notes.txt").write_text("mine")
    assert flowsync("show", "report@HEAD").out.startswith("prod 2 report\n")
    assert flowsync("show", "report").status == 1


def test_several_flows_of_a_name_with_an_at_sign_are_listed(history: History, flowsync: Program) -> None:
    history.put(7, "load@site")
    history.put(8, "load@site", environment="dev")
    assert "hint: name the flow by environment and id: dev/8" in flowsync("show", "load@site").err


def test_several_flows_are_listed_and_no_flow_is_an_error(history: History, flowsync: Program) -> None:
    done = flowsync("show", "ingest")
    assert (done.status, done.out) == (64, "")
    assert "expected one flow, got 2: dev/11 (flows/dev/ingest.11.yaml), prod/1" in done.err
    assert flowsync("show", "*").status == 64
    assert "flow 'nothing': not found" in flowsync("show", "nothing").err
    assert flowsync("show", "1@nothing").status == 64
    assert flowsync("show").status == 64


def test_a_file_that_is_not_a_document_is_named(history: History, flowsync: Program) -> None:
    (history.root / "flows/prod/report.2.yaml").write_text("format: 1\nname: [\n")
    done = flowsync("show", "2")
    assert done.status == 1
    assert "flows/prod/report.2.yaml:" in done.err


def test_json_contains_the_document_and_derived_values(history: History, flowsync: Program) -> None:
    document = flowsync("show", "prod/1", "--format", "json").document
    assert (document["environment"], document["flowId"], document["name"]) == ("prod", 1, "ingest")
    assert document["document"]["visitors"] == ["a", "b"]
    assert document["schedule"]["per_week"] == 1
    assert len(document["schedule"]["coming"]) == 3
    assert document["steps"] == {"load": 1, "report": 2}
    assert [(one["flowId"], one["task"], one["targets"]) for one in document["waited_for"]] == [
        (2, "load", ["report"])
    ]
    assert flowsync("show", "2", "--format", "json").document["waits_for"] == [
        {"flow": "ingest", "task": "load", "targets": ["report"]}
    ]


def test_the_json_of_a_flow_follows_its_published_schema(history: History, flowsync: Program) -> None:
    published = json.loads(flowsync("schema", "show").out)
    Draft202012Validator.check_schema(published)
    schema = Draft202012Validator(published)
    described = flowsync("show", "prod/1", "--format", "json").document
    schema.validate(described)
    schema.validate(flowsync("show", "2", "--format", "json").document)
    assert published["properties"].keys() == described.keys()
    for key in described:
        assert not schema.is_valid({name: value for name, value in described.items() if name != key})


@pytest.mark.parametrize("form", ["json", "html", "mermaid"])
def test_a_failed_run_has_a_whole_report_that_names_the_error(
    history: History, flowsync: Program, form: str
) -> None:
    done = flowsync("show", "nothing", "--format", form)
    assert done.status == 64
    assert "not found" in done.out.replace("&#", " ")
    if form == "json":
        assert json.loads(done.out)["error"]["type"] == "UsageError"


def test_mermaid_draws_all_tasks_and_their_links(history: History, flowsync: Program) -> None:
    out = flowsync("show", "report", "--format", "mermaid").out
    assert out.startswith("flowchart LR\n")
    assert [line for line in out.splitlines() if "-->" in line] == ["  n0 --> n1", "  n2 --> n1"]


def test_the_page_contains_everything_and_loads_nothing(history: History, flowsync: Program) -> None:
    class Page(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.text: list[str] = []
            self.loaded: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.loaded += [f"{tag} {value}" for name, value in attrs if name in {"src", "srcset"}]

        def handle_data(self, data: str) -> None:
            self.text.append(data)

    page = Page()
    page.feed(flowsync("show", "prod/1", "--format", "html").out)
    text = " ".join(page.text)
    for part in (
        "prod 1 ingest",
        "1 (periodic)",
        "How the flow is started",
        "jiuquan",
        "./load.sh",
        "report",
    ):
        assert part in text
    assert page.loaded == []


def test_several_formats_go_to_files(history: History, flowsync: Program, tmp_path: Path) -> None:
    page, data = tmp_path / "page.html", tmp_path / "data.json"
    done = flowsync(
        "show", "2", "--format", "html", "--output", str(page), "--format", "json", "--output", str(data)
    )
    assert done.status == 0
    assert page.read_text().startswith("<!doctype html>")
    assert json.loads(data.read_text())["flowId"] == 2


def test_hundreds_of_tasks_are_listed_step_by_step(history: History, flowsync: Program) -> None:
    tasks = [{"name": f"task_{number:03}", "cmd": "x", "type": 3} for number in range(300)]
    relations = [relation(f"task_{number % 10:03}", f"task_{number:03}") for number in range(10, 300)]
    history.put(9, "wide", tasks=tasks, relations=relations)
    out = flowsync("show", "wide").out
    assert "300 tasks in 2 steps" in out
    assert "   1  10 tasks: task_000, task_001" in out
    assert "   2  290 tasks: " in out
    assert "284 more" in out
    assert "--format json" in out
    assert len(out.splitlines()) < 60


def test_hostile_text_has_no_effect_on_a_terminal_or_a_page(history: History, flowsync: Program) -> None:
    nasty = "a\x1b[31m\u202e<script>alert(1)</script>\nb"
    history.put(
        9,
        nasty,
        desc=nasty,
        owners=nasty,
        parameters=json.dumps([{"key": nasty, "value": nasty}]),
        tasks=[{"name": nasty, "cmd": nasty, "type": nasty}],
        relations=[relation(nasty, nasty)],
    )
    out = flowsync("show", "9").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    page = flowsync("show", "9", "--format", "html").out
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_an_unknown_revision_is_named(history: History, flowsync: Program) -> None:
    done = flowsync("show", "report@nosuch")
    assert done.status == 64
    assert "flow 'report@nosuch': not found" in done.err
    assert "check the revision after @, which does not exist: 'nosuch'" in done.err


def test_tasks_that_never_start_are_named_in_every_format(history: History, flowsync: Program) -> None:
    ends = [("load", "report"), ("report", "load"), ("report", "report")]
    relations = [relation(source, target) for source, target in ends]
    history.put_and_commit("cycle", 1, "ingest", relations=relations)
    sentence = "load, report wait for one another and never start"
    assert f"! {sentence}\n" in flowsync("show", "prod/1").out
    assert f">{sentence}.<" in flowsync("show", "prod/1", "--format", "html").out
    assert flowsync("show", "prod/1", "--format", "json").document["cycles"] == [["load", "report"]]
    assert flowsync("show", "prod/1@HEAD~1", "--format", "json").document["cycles"] == []


def test_an_owner_that_is_not_text_is_printed_as_in_the_file(history: History, flowsync: Program) -> None:
    history.put_and_commit("owners", 1, "ingest", owners=[None, "li", True])
    (owners,) = (
        line for line in flowsync("show", "prod/1").out.splitlines() if line.startswith("    owners")
    )
    assert sorted(owners.partition("#")[0].replace(",", "").split()) == ["li", "null", "owners", "true"]
