"""`flowsync log`: what each commit did to the flows."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acceptance.history import Past
from acceptance.world import Git, Program


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    """Two flows of prod and one of dev, edited a few times; the current folder."""
    past = Past.begun(tmp_path / "past")
    monkeypatch.chdir(past.root)
    past.put(1, "ingest")
    past.put(11, "ingest", environment="dev")
    past.committed("start", 2, "report")
    past.committed("earlier", 1, "ingest", cron="0 30 2 ? * MON-FRI *")
    past.committed("rename", 1, "intake", cron="0 30 2 ? * MON-FRI *")
    past.committed("describe", 2, "report", desc="daily")
    return past


def _subjects(document: Any) -> list[str]:
    return [one["commit"]["subject"] for one in document["comparisons"]]


def _sentences(comparison: Any) -> list[str]:
    return [finding["sentence"] for flow in comparison["flows"] for finding in flow["findings"]]


def test_every_commit_is_told_newest_first_with_its_findings(past: Past, flowsync: Program) -> None:
    done = flowsync("log", "--format", "json")
    assert done.status == 0
    assert _subjects(done.document) == ["describe", "rename", "earlier", "start"]
    described, renamed, earlier, start = done.document["comparisons"]
    assert [flow["flowId"] for flow in described["flows"]] == [2]
    assert [flow["findings"][0]["kind"] for flow in renamed["flows"]] == ["flow-renamed"]
    assert "weekdays at 02:30" in _sentences(earlier)[0]
    assert {flow["verdict"] for flow in start["flows"]} == {"new"}
    assert earlier["commit"]["id"] == past.git("rev-parse", "HEAD~2")
    assert earlier["before"] == past.git("rev-parse", "HEAD~3")[:10]


def test_the_text_has_an_entry_for_each_commit_and_the_verdict_line_last(
    past: Past, flowsync: Program
) -> None:
    done = flowsync("log")
    heads = [line.split()[1] for line in done.out.splitlines() if line.startswith("commit ")]
    assert heads == [line[:12] for line in past.git("log", "--format=%H").split()]
    assert done.out.startswith("commit ")
    assert done.out.endswith("\n4 commits changed 3 flows\n")


def test_a_flow_is_followed_through_its_renames_by_any_of_its_words(past: Past, flowsync: Program) -> None:
    for word in ("1", "intake", "prod/intake", "flows/prod/intake.1.yaml", "prod/1"):
        done = flowsync("log", word, "--format", "json")
        assert _subjects(done.document) == ["rename", "earlier", "start"], word


def test_a_pattern_an_environment_and_several_words_mean_several_flows(past: Past, flowsync: Program) -> None:
    for words in (["prod/*"], ["prod"], ["1", "report"], ["--env", "prod"]):
        done = flowsync("log", *words, "--format", "json")
        assert len(done.document["comparisons"]) == 4, words
        assert {flow["environment"] for one in done.document["comparisons"] for flow in one["flows"]} == {
            "prod"
        }


def test_a_number_of_commits_a_revision_and_a_range_limit_the_history(past: Past, flowsync: Program) -> None:
    for words, subjects in (
        (["-n", "2"], ["describe", "rename"]),
        (["HEAD~2"], ["earlier", "start"]),
        (["HEAD~3..HEAD~1"], ["rename", "earlier"]),
        (["HEAD~3..", "2"], ["describe"]),
    ):
        assert _subjects(flowsync("log", *words, "--format", "json").document) == subjects


def test_a_flow_that_is_gone_has_a_history_still(past: Past, flowsync: Program) -> None:
    past.git("rm", "-q", "flows/prod/report.2.yaml")
    past.commit("drop")
    for word in ("2", "report"):
        done = flowsync("log", word, "--format", "json")
        assert _subjects(done.document) == ["drop", "describe", "start"]
        assert done.document["comparisons"][0]["flows"][0]["verdict"] == "missing"


def test_a_word_for_no_flow_or_several_is_an_error_that_helps(past: Past, flowsync: Program) -> None:
    done = flowsync("log", "nothing")
    assert (done.status, done.out) == (1, "")
    assert "flow 'nothing': not found" in done.err
    past.committed("another", 3, "report")
    done = flowsync("log", "report")
    assert done.status == 1
    assert "prod/2 (flows/prod/report.2.yaml), prod/3 (flows/prod/report.3.yaml)" in done.err
    assert flowsync("log", "").status == 64


def test_commits_that_only_write_a_file_in_another_way_say_so(past: Past, flowsync: Program) -> None:
    file = past.root / "flows/prod/report.2.yaml"
    file.write_text(file.read_text() + "# a note\n")
    past.commit("note")
    past.git("mv", "flows/prod/report.2.yaml", "flows/prod/other.2.yaml")
    past.commit("move")
    (past.root / "flows/prod/other.2.yaml").chmod(0o755)
    past.commit("mode")
    done = flowsync("log", "-n", "2", "--format", "json")
    assert _subjects(done.document) == ["move", "note"]
    moved, noted = (one["flows"][0] for one in done.document["comparisons"])
    assert (moved["verdict"], moved["findings"], moved["reason"]) == (
        "changed",
        [],
        "only the name of the file changed",
    )
    assert noted["reason"] == "the file is written differently but means the same"


def test_a_version_that_cannot_be_read_is_unknown_before_and_after(past: Past, flowsync: Program) -> None:
    file = past.root / "flows/prod/report.2.yaml"
    good = file.read_text()
    file.write_text("format: 1\nname: [\n")
    past.commit("break")
    file.write_text(good)
    past.commit("repair")
    done = flowsync("log", "report", "--format", "json")
    assert done.status == 3
    verdicts = [one["flows"][0]["verdict"] for one in done.document["comparisons"]]
    assert verdicts == ["unknown", "unknown", "changed", "new"]
    assert "(line " in done.document["comparisons"][0]["flows"][0]["reason"]


def test_a_link_in_the_place_of_a_file_is_unknown(past: Past, flowsync: Program) -> None:
    file = past.root / "flows/prod/report.2.yaml"
    file.unlink()
    file.symlink_to("intake.1.yaml")
    past.commit("link")
    done = flowsync("log", "-n", "1")
    assert done.status == 3
    assert "symbolic link" in done.out


def test_two_files_of_one_flow_are_unknown(past: Past, flowsync: Program) -> None:
    text = (past.root / "flows/prod/report.2.yaml").read_text().replace("flowId: 2", "flowId: 5")
    for name in ("one", "two"):
        (past.root / f"flows/prod/{name}.5.yaml").write_text(text)
    past.commit("twice")
    done = flowsync("log", "-n", "1")
    assert done.status == 3
    assert "it has two files: flows/prod/one.5.yaml and flows/prod/two.5.yaml" in done.out


def test_a_revision_is_told_whatever_the_state_of_head(past: Past, flowsync: Program, git: Git) -> None:
    git("branch", "good")
    text = (past.root / "flows/prod/report.2.yaml").read_text()
    (past.root / "flows/prod/second.2.yaml").write_text(text)
    past.commit("twice")
    assert flowsync("log", "good", "-n", "1").status == 0
    assert "it has two files" in flowsync("log", "HEAD", "2", "-n", "1").out
    (past.root / "flows/prod/link.9.yaml").symlink_to("intake.1.yaml")
    past.commit("link")
    assert flowsync("log", "good", "-n", "1").status == 0


def test_a_rename_in_two_commits_is_no_new_flow_and_no_removed_one(past: Past, flowsync: Program) -> None:
    """In between, two files hold the flow, and nothing that is told of it would be true."""
    old = past.root / "flows/prod/report.2.yaml"
    new = past.root / "flows/prod/statement.2.yaml"
    new.write_text(old.read_text().replace("name: report", "name: statement"))
    past.commit("the new file")
    new.write_text(f"{new.read_text()}zz: 1\n")
    past.commit("an edit in between")
    old.unlink()
    past.commit("less the old file")
    done = flowsync("log", "2", "--format", "json", "-n", "3")
    assert done.status == 3
    flows = [one["flows"] for one in done.document["comparisons"]]
    both = "flows/prod/report.2.yaml and flows/prod/statement.2.yaml"
    assert [(flow["verdict"], flow["reason"]) for (flow,) in flows] == [
        ("unknown", f"it had two files: {both}"),
        ("unknown", f"it has two files: {both}"),
        ("unknown", f"it has two files: {both}"),
    ]


def test_a_merge_is_told_as_what_it_brought(past: Past, flowsync: Program, git: Git) -> None:
    branch = git("branch", "--show-current")
    git("switch", "-q", "-c", "side")
    past.committed("side one", 1, "intake", desc="one")
    past.committed("side two", 1, "intake", desc="two")
    git("switch", "-q", branch)
    past.committed("main", 2, "report", desc="other")
    git("merge", "-q", "--no-ff", "-m", "merge", "side")
    done = flowsync("log", "-n", "2", "--format", "json")
    assert _subjects(done.document) == ["merge", "main"]
    assert [flow["flowId"] for flow in done.document["comparisons"][0]["flows"]] == [1]


def test_a_shallow_clone_says_where_its_history_ends(
    past: Past, flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.git("clone", "-q", "--depth", "2", f"file://{past.root}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    done = flowsync("log", "--format", "json")
    assert done.status == 0
    assert _subjects(done.document) == ["describe"]  # the last commit says nothing of what it changed
    assert done.document["facts"]["history_ends_at"] == past.git("rev-parse", "HEAD~1")
    assert "git fetch --unshallow" in flowsync("log").out


def test_a_bare_repository_a_subfolder_and_an_empty_one_have_histories(
    past: Past, flowsync: Program, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = flowsync("log", "1").out
    monkeypatch.chdir(past.root / "flows/prod")
    assert flowsync("log", "intake.1.yaml").out == expected
    git("clone", "-q", "--bare", str(past.root), str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    assert flowsync("log", "intake").out == expected
    git("init", "-q", str(tmp_path / "empty"))
    monkeypatch.chdir(tmp_path / "empty")
    assert flowsync("log").status == 0


def test_the_same_change_in_many_flows_is_told_once(past: Past, flowsync: Program) -> None:
    for flow_id in range(20, 25):
        past.put(flow_id, f"flow_{flow_id}")
    past.commit("more")
    for flow_id in range(20, 25):
        past.put(flow_id, f"flow_{flow_id}", cycle="W")
    past.commit("weekly")
    (group,) = flowsync("log", "-n", "1", "--format", "json").document["comparisons"][0]["groups"]
    assert len(group["members"]) == 5
    ungrouped = flowsync("log", "-n", "1", "--no-group", "--format", "json").document
    assert ungrouped["comparisons"][0]["groups"] == []


@pytest.mark.parametrize("form", ["markdown", "html", "junit", "sarif", "github", "gitlab", "mermaid"])
def test_every_format_tells_a_history(past: Past, flowsync: Program, form: str) -> None:
    done = flowsync("log", "--format", form)
    assert done.status == 0
    assert done.out.strip()


def test_nothing_is_written_to_the_repository(past: Past, flowsync: Program) -> None:
    def held() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in past.root.rglob("*") if path.is_file()}

    before = held()
    flowsync("log")
    flowsync("show", "1")
    assert held() == before


def test_the_first_entry_is_there_before_the_history_ends(past: Past) -> None:
    past.described_often(2, "report", 1_000)
    program = [sys.executable, "-m", "flowsync", "log"]
    with subprocess.Popen(program, cwd=past.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b"commit ")
        assert running.poll() is None
        running.stdout.close()
        assert running.wait(30) == 1  # its reader has gone


def test_the_verdict_line_is_there_before_the_first_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flowsync: Program
) -> None:
    Past.begun(tmp_path / "unborn")
    monkeypatch.chdir(tmp_path / "unborn")
    done = flowsync("log", "-q")
    assert (done.status, done.out) == (0, "0 commits changed 0 flows\n")


def test_an_environment_that_never_was_is_an_error_and_one_that_is_gone_is_not(
    past: Past, flowsync: Program
) -> None:
    (past.root / "flows/dev/ingest.11.yaml").unlink()
    past.commit("dev is gone")
    done = flowsync("log", "--env", "dev", "--format", "json")
    assert (done.status, _subjects(done.document)) == (0, ["dev is gone", "start"])
    done = flowsync("log", "--env", "dev", "--env", "prdo")
    assert (done.status, done.out) == (1, "")
    assert "environment 'prdo': not found in this history" in done.err


def test_a_branch_is_compared_with_where_it_left_the_other_one(past: Past, flowsync: Program) -> None:
    past.git("switch", "-q", "-c", "topic", "HEAD~1")
    past.committed("on topic", 2, "report", desc="weekly")
    since = flowsync("diff", "main...topic", "--format", "json")
    assert _sentences(since.comparison) == ['description: "" → weekly']
    assert since.comparison["before"] == past.git("rev-parse", "HEAD~1")[:10]
    assert flowsync("diff", "main...", "--format", "json").comparison["after"] == "HEAD"
    past.git("switch", "-q", "--orphan", "alone")
    past.committed("alone", 2, "report")
    apart = flowsync("diff", "main...alone")
    assert apart.status == 1
    assert "no common ancestor" in apart.err
    log = flowsync("log", "main...topic")
    assert log.status == 1
    assert "hint: write A..B" in log.err


@pytest.mark.parametrize(
    "arguments", [("diff", "HEAD~3", "HEAD"), ("log", "HEAD~3..HEAD"), ("show", "report@HEAD~3")]
)
def test_a_revision_that_a_shallow_clone_does_not_hold_is_explained(
    arguments: tuple[str, ...], past: Past, flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.git("clone", "-q", "--depth=1", past.root.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    done = flowsync(*arguments)
    assert done.status == 1
    assert "git fetch --unshallow" in done.err


def test_a_repository_without_a_commit_says_so(
    flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    subprocess.run(["git", "init", "-q"], check=True)
    assert "hint: make the first commit: flowsync sync" in flowsync("diff", "HEAD").err


def test_a_commit_has_the_impacts_in_the_history_that_a_diff_gives_it(past: Past, flowsync: Program) -> None:
    past.put(3, "weekly", flowLinks=[{"linkId": "1", "sourceFlowName": "report"}])
    past.commit("somebody waits")
    past.committed("rename", 2, "report_daily", desc="daily")
    (told,) = flowsync("log", "-n", "1", "--format", "json").document["comparisons"]
    compared = flowsync("diff", "HEAD~1", "HEAD", "--format", "json").comparison
    (finding,), (other,) = told["flows"][0]["findings"], compared["flows"][0]["findings"]
    assert finding["impact"] == other["impact"] == "breaking"
    assert finding["effects"] == other["effects"]


def test_findings_of_a_history_are_at_their_lines_in_the_files_of_its_commits(
    past: Past, flowsync: Program
) -> None:
    said = flowsync("log", "1", "--format", "github").out
    (renamed,) = [line for line in said.splitlines() if "flow-renamed" in line]
    (scheduled,) = [line for line in said.splitlines() if "schedule-changed" in line]
    held = past.git("show", "HEAD~2:flows/prod/ingest.1.yaml").splitlines()
    assert _line(renamed) == 3
    assert held[_line(scheduled) - 1].startswith("cron: ")


def _line(annotation: str) -> int:
    return int(annotation.partition("line=")[2].partition(",")[0])


def test_one_commit_is_counted_as_one(past: Past, flowsync: Program) -> None:
    assert flowsync("log", "-n", "1").out.endswith("\n1 commit changed 1 flow\n")
