"""`flowsync log` lists what each commit changed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acceptance.history import History
from acceptance.world import Git, Program
from builders import flow_link


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Write two flows of prod and one of dev with a few edits; make it the current folder."""
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    history.put(1, "ingest")
    history.put(11, "ingest", environment="dev")
    history.put_and_commit("start", 2, "report")
    history.put_and_commit("earlier", 1, "ingest", cron="0 30 2 ? * MON-FRI *")
    history.put_and_commit("rename", 1, "intake", cron="0 30 2 ? * MON-FRI *")
    history.put_and_commit("describe", 2, "report", desc="daily")
    return history


def _subjects(document: Any) -> list[str]:
    return [one["commit"]["subject"] for one in document["comparisons"]]


def _sentences(comparison: Any) -> list[str]:
    return [finding["sentence"] for flow in comparison["flows"] for finding in flow["findings"]]


def test_commits_are_listed_newest_first_with_findings(history: History, flowsync: Program) -> None:
    done = flowsync("log", "--format", "json")
    assert done.status == 0
    assert _subjects(done.document) == ["describe", "rename", "earlier", "start"]
    described, renamed, earlier, start = done.document["comparisons"]
    assert [flow["flowId"] for flow in described["flows"]] == [2]
    assert [flow["findings"][0]["kind"] for flow in renamed["flows"]] == ["flow-renamed"]
    assert "weekdays at 02:30" in _sentences(earlier)[0]
    assert {flow["verdict"] for flow in start["flows"]} == {"new"}
    assert earlier["commit"]["id"] == history.git("rev-parse", "HEAD~2")
    assert earlier["before"] == history.git("rev-parse", "HEAD~3")[:7]


def test_the_text_has_an_entry_for_each_commit_and_ends_with_the_summary(
    history: History, flowsync: Program
) -> None:
    done = flowsync("log")
    heads = [line.split()[1] for line in done.out.splitlines() if line.startswith("commit ")]
    assert heads == [line[:7] for line in history.git("log", "--format=%H").split()]
    assert done.out.startswith("commit ")
    assert done.out.endswith("\n4 commits changed 3 flows\n")


def test_log_follows_renames_for_every_kind_of_selector(history: History, flowsync: Program) -> None:
    for word in ("1", "intake", "prod/intake", "flows/prod/intake.1.yaml", "prod/1"):
        done = flowsync("log", word, "--format", "json")
        assert _subjects(done.document) == ["rename", "earlier", "start"], word


def test_patterns_environments_and_several_arguments_select_several_flows(
    history: History, flowsync: Program
) -> None:
    for arguments in (["prod/*"], ["prod"], ["1", "report"], ["--env", "prod"]):
        done = flowsync("log", *arguments, "--format", "json")
        assert len(done.document["comparisons"]) == 4, arguments
        assert {flow["environment"] for one in done.document["comparisons"] for flow in one["flows"]} == {
            "prod"
        }


def test_a_number_of_commits_a_revision_and_a_range_limit_the_history(
    history: History, flowsync: Program
) -> None:
    for arguments, subjects in (
        (["-n", "2"], ["describe", "rename"]),
        (["HEAD~2"], ["earlier", "start"]),
        (["HEAD~3..HEAD~1"], ["rename", "earlier"]),
        (["HEAD~3..", "2"], ["describe"]),
    ):
        assert _subjects(flowsync("log", *arguments, "--format", "json").document) == subjects


def test_a_removed_flow_still_has_a_history(history: History, flowsync: Program) -> None:
    history.git("rm", "-q", "flows/prod/report.2.yaml")
    history.commit("drop")
    for word in ("2", "report"):
        done = flowsync("log", word, "--format", "json")
        assert _subjects(done.document) == ["drop", "describe", "start"]
        assert done.document["comparisons"][0]["flows"][0]["verdict"] == "removed"


def test_an_argument_for_no_flow_or_several_is_an_error_with_a_hint(
    history: History, flowsync: Program
) -> None:
    done = flowsync("log", "nothing")
    assert (done.status, done.out) == (64, "")
    assert "flow 'nothing': not found" in done.err
    history.put_and_commit("another", 3, "report")
    done = flowsync("log", "report")
    assert done.status == 64
    assert "prod/2 (flows/prod/report.2.yaml), prod/3 (flows/prod/report.3.yaml)" in done.err
    assert flowsync("log", "").status == 64


def test_commits_that_change_only_notation_are_marked(history: History, flowsync: Program) -> None:
    file = history.root / "flows/prod/report.2.yaml"
    file.write_text(file.read_text() + "# a note\n")
    history.commit("note")
    history.git("mv", "flows/prod/report.2.yaml", "flows/prod/other.2.yaml")
    history.commit("move")
    (history.root / "flows/prod/other.2.yaml").chmod(0o755)
    history.commit("mode")
    done = flowsync("log", "-n", "2", "--format", "json")
    assert _subjects(done.document) == ["move", "note"]
    moved, noted = (one["flows"][0] for one in done.document["comparisons"])
    assert (moved["verdict"], moved["findings"], moved["reason"]) == (
        "changed",
        [],
        "only the name of the file changed",
    )
    assert noted["reason"] == "the file is written differently but means the same"


def test_a_version_that_cannot_be_read_is_unknown_before_and_after(
    history: History, flowsync: Program
) -> None:
    file = history.root / "flows/prod/report.2.yaml"
    good = file.read_text()
    file.write_text("format: 1\nname: [\n")
    history.commit("break")
    file.write_text(good)
    history.commit("repair")
    done = flowsync("log", "report", "--format", "json")
    assert done.status == 3
    verdicts = [one["flows"][0]["verdict"] for one in done.document["comparisons"]]
    assert verdicts == ["unknown", "unknown", "changed", "new"]
    assert "(line " in done.document["comparisons"][0]["flows"][0]["reason"]


def test_a_symbolic_link_instead_of_a_file_is_unknown(history: History, flowsync: Program) -> None:
    file = history.root / "flows/prod/report.2.yaml"
    file.unlink()
    file.symlink_to("intake.1.yaml")
    history.commit("link")
    done = flowsync("log", "-n", "1")
    assert done.status == 3
    assert "symbolic link" in done.out


def test_two_files_of_one_flow_are_unknown(history: History, flowsync: Program) -> None:
    text = (history.root / "flows/prod/report.2.yaml").read_text().replace("flowId: 2", "flowId: 5")
    for name in ("one", "two"):
        (history.root / f"flows/prod/{name}.5.yaml").write_text(text)
    history.commit("twice")
    done = flowsync("log", "-n", "1")
    assert done.status == 3
    assert "it has two files: flows/prod/one.5.yaml and flows/prod/two.5.yaml" in done.out


def test_log_of_a_revision_does_not_depend_on_head(history: History, flowsync: Program, git: Git) -> None:
    git("branch", "good")
    text = (history.root / "flows/prod/report.2.yaml").read_text()
    (history.root / "flows/prod/second.2.yaml").write_text(text)
    history.commit("twice")
    assert flowsync("log", "good", "-n", "1").status == 0
    assert "it has two files" in flowsync("log", "HEAD", "2", "-n", "1").out
    (history.root / "flows/prod/link.9.yaml").symlink_to("intake.1.yaml")
    history.commit("link")
    assert flowsync("log", "good", "-n", "1").status == 0


def test_a_rename_in_two_commits_is_neither_new_nor_removed(history: History, flowsync: Program) -> None:
    """Two files of one flow: no description of it would be true."""
    old = history.root / "flows/prod/report.2.yaml"
    new = history.root / "flows/prod/statement.2.yaml"
    new.write_text(old.read_text().replace("name: report", "name: statement"))
    history.commit("the new file")
    new.write_text(f"{new.read_text()}zz: 1\n")
    history.commit("an edit in between")
    old.unlink()
    history.commit("less the old file")
    done = flowsync("log", "2", "--format", "json", "-n", "3")
    assert done.status == 3
    flows = [one["flows"] for one in done.document["comparisons"]]
    both = "flows/prod/report.2.yaml and flows/prod/statement.2.yaml"
    assert [(flow["verdict"], flow["reason"]) for (flow,) in flows] == [
        ("unknown", f"it had two files: {both}"),
        ("unknown", f"it has two files: {both}"),
        ("unknown", f"it has two files: {both}"),
    ]


def test_a_merge_is_reported_as_one_change(history: History, flowsync: Program, git: Git) -> None:
    branch = git("branch", "--show-current")
    git("switch", "-q", "-c", "side")
    history.put_and_commit("side one", 1, "intake", desc="one")
    history.put_and_commit("side two", 1, "intake", desc="two")
    git("switch", "-q", branch)
    history.put_and_commit("main", 2, "report", desc="other")
    git("merge", "-q", "--no-ff", "-m", "merge", "side")
    done = flowsync("log", "-n", "2", "--format", "json")
    assert _subjects(done.document) == ["merge", "main"]
    assert [flow["flowId"] for flow in done.document["comparisons"][0]["flows"]] == [1]


def test_a_shallow_clone_reports_where_its_history_ends(
    history: History, flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.git("clone", "-q", "--depth", "2", f"file://{history.root}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    done = flowsync("log", "--format", "json")
    assert done.status == 0
    assert _subjects(done.document) == ["describe"]  # git does not have the parent of the last commit
    assert done.document["facts"]["history_ends_at"] == history.git("rev-parse", "HEAD~1")
    assert "git fetch --unshallow" in flowsync("log").out


def test_a_bare_repository_a_subfolder_and_an_empty_one_have_histories(
    history: History, flowsync: Program, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = flowsync("log", "1").out
    monkeypatch.chdir(history.root / "flows/prod")
    assert flowsync("log", "intake.1.yaml").out == expected
    git("clone", "-q", "--bare", str(history.root), str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    assert flowsync("log", "intake").out == expected
    git("init", "-q", str(tmp_path / "empty"))
    monkeypatch.chdir(tmp_path / "empty")
    assert flowsync("log").status == 0


def test_the_same_change_of_many_flows_is_collapsed(history: History, flowsync: Program) -> None:
    for flow_id in range(20, 25):
        history.put(flow_id, f"flow_{flow_id}")
    history.commit("more")
    for flow_id in range(20, 25):
        history.put(flow_id, f"flow_{flow_id}", cycle="W")
    history.commit("weekly")
    (group,) = flowsync("log", "-n", "1", "--format", "json").document["comparisons"][0]["groups"]
    assert len(group["members"]) == 5
    ungrouped = flowsync("log", "-n", "1", "--no-group", "--format", "json").document
    assert ungrouped["comparisons"][0]["groups"] == []


@pytest.mark.parametrize("form", ["markdown", "html", "junit", "sarif", "github", "gitlab", "mermaid"])
def test_every_format_accepts_a_history(history: History, flowsync: Program, form: str) -> None:
    done = flowsync("log", "--format", form)
    assert done.status == 0
    assert done.out.strip()


def test_log_writes_nothing_to_the_repository(history: History, flowsync: Program) -> None:
    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in history.root.rglob("*") if path.is_file()}

    before = files()
    flowsync("log")
    flowsync("show", "1")
    assert files() == before


def test_the_first_entry_is_printed_before_the_history_ends(history: History) -> None:
    history.add_commits(2, "report", 1_000)
    program = [sys.executable, "-m", "flowsync", "log"]
    with subprocess.Popen(
        program, cwd=history.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b"commit ")
        assert running.poll() is None
        running.stdout.close()
        assert running.wait(30) == 1  # its pipe is closed


def test_json_lines_are_complete_before_the_first_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flowsync: Program
) -> None:
    History.create(tmp_path / "unborn")
    monkeypatch.chdir(tmp_path / "unborn")
    done = flowsync("log", "-q")
    assert (done.status, done.out) == (0, "0 commits changed 0 flows\n")


def test_an_unknown_environment_is_an_error_and_a_removed_one_is_not(
    history: History, flowsync: Program
) -> None:
    (history.root / "flows/dev/ingest.11.yaml").unlink()
    history.commit("remove dev")
    done = flowsync("log", "--env", "dev", "--format", "json")
    assert (done.status, _subjects(done.document)) == (0, ["remove dev", "start"])
    done = flowsync("log", "--env", "dev", "--env", "prdo")
    assert (done.status, done.out) == (64, "")
    assert "environment 'prdo': not found in this history" in done.err


def test_a_branch_is_compared_with_the_merge_base(history: History, flowsync: Program) -> None:
    history.git("switch", "-q", "-c", "topic", "HEAD~1")
    history.put_and_commit("on topic", 2, "report", desc="weekly")
    since = flowsync("diff", "main...topic", "--format", "json")
    assert _sentences(since.comparison) == ['description: "" → weekly']
    assert since.comparison["before"] == history.git("rev-parse", "HEAD~1")[:7]
    assert flowsync("diff", "main...", "--format", "json").comparison["after"] == "HEAD"
    history.git("switch", "-q", "--orphan", "alone")
    history.put_and_commit("alone", 2, "report")
    apart = flowsync("diff", "main...alone")
    assert apart.status == 1
    assert "no common ancestor" in apart.err
    log = flowsync("log", "main...topic")
    assert log.status == 64
    assert "hint: write A..B" in log.err


@pytest.mark.parametrize(
    "arguments", [("diff", "HEAD~3", "HEAD"), ("log", "HEAD~3..HEAD"), ("show", "report@HEAD~3")]
)
def test_a_revision_that_a_shallow_clone_lacks_is_explained(
    arguments: tuple[str, ...],
    history: History,
    flowsync: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history.git("clone", "-q", "--depth=1", history.root.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    done = flowsync(*arguments)
    assert done.status == 1
    assert "git fetch --unshallow" in done.err


def test_a_repository_without_a_commit_is_reported(
    flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    subprocess.run(["git", "init", "-q"], check=True)
    assert "hint: make the first commit: flowsync sync" in flowsync("diff", "HEAD").err


def test_log_and_diff_report_the_same_impacts(history: History, flowsync: Program) -> None:
    history.put(3, "weekly", flowLinks=[flow_link("report")])
    history.commit("somebody waits")
    history.put_and_commit("rename", 2, "report_daily", desc="daily")
    (logged,) = flowsync("log", "-n", "1", "--format", "json").document["comparisons"]
    compared = flowsync("diff", "HEAD~1", "HEAD", "--format", "json").comparison
    (finding,), (other,) = logged["flows"][0]["findings"], compared["flows"][0]["findings"]
    assert finding["impact"] == other["impact"] == "breaking"
    assert finding["effects"] == other["effects"]


def test_findings_of_log_have_lines_in_the_files_of_each_commit(history: History, flowsync: Program) -> None:
    annotations = flowsync("log", "1", "--format", "github").out
    (renamed,) = [line for line in annotations.splitlines() if "flow-renamed" in line]
    (scheduled,) = [line for line in annotations.splitlines() if "schedule-changed" in line]
    lines = history.git("show", "HEAD~2:flows/prod/ingest.1.yaml").splitlines()
    assert _line(renamed) == 3
    assert lines[_line(scheduled) - 1].startswith("cron: ")


def _line(annotation: str) -> int:
    return int(annotation.partition("line=")[2].partition(",")[0])


def test_one_commit_is_counted_as_one(history: History, flowsync: Program) -> None:
    assert flowsync("log", "-n", "1").out.endswith("\n1 commit changed 1 flow\n")


def test_log_and_diff_skip_local_times_that_do_not_exist(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    history.put_and_commit("exists", 2, "report", cron="0 30 3 28 3 ? 2027")
    history.put_and_commit("does not exist", 2, "report", cron="0 30 2 28 3 ? 2027")
    for arguments in (["diff", "HEAD~1", "HEAD"], ["log", "-n", "1"]):
        program = [sys.executable, "-m", "flowsync", *arguments, "--format", "json"]
        done = subprocess.run(program, capture_output=True, check=True)
        (comparison,) = json.loads(done.stdout)["comparisons"]
        (finding,) = comparison["flows"][0]["findings"]
        assert (finding["impact"], finding["timetables"]["after"]["coming"]) == ("breaking", [])
