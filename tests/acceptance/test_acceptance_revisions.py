"""Arguments that may be revisions, ranges or flows: their meaning, and the errors for others."""

from pathlib import Path

import pytest
from acceptance.history import History
from acceptance.world import Program


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Write a flow with two edits and a tag of digits at the first commit; make it the current folder."""
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    history.put_and_commit("start", 1, "ingest")
    history.git("tag", "20261101")
    history.put_and_commit("earlier", 1, "ingest", desc="earlier")
    history.put_and_commit("later", 1, "ingest", desc="later")
    return history


def test_digits_in_a_range_are_a_revision(history: History, flowsync: Program) -> None:
    for arguments in (["20261101..HEAD"], ["20261101.."], ["20261101...HEAD"]):
        done = flowsync("diff", *arguments, "1", "--format", "json")
        assert done.verdicts == {1: "changed"}, arguments
    assert flowsync("log", "20261101..").out.endswith("2 commits changed 1 flow\n")
    assert flowsync("log", "..20261101").out.startswith("0 commits")


def test_a_revision_of_digits_must_be_written_in_full(history: History, flowsync: Program) -> None:
    for arguments in (["20261101"], ["20261101", "HEAD"]):
        done = flowsync("diff", *arguments)
        assert done.status == 64
        assert "write refs/tags/20261101 or 20261101..HEAD to select the revision" in done.err
    assert "write refs/tags/20261101 to select the revision" in flowsync("log", "20261101").err
    assert flowsync("diff", "refs/tags/20261101", "HEAD").status == 0
    assert "to select the revision" not in flowsync("diff", "20261102").err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["1", "HEAD~1", "HEAD"], "HEAD~1"),
        (["HEAD~2", "HEAD~1", "HEAD"], "HEAD"),
        (["HEAD~2..HEAD~1", "HEAD"], "HEAD"),
        (["1", "HEAD~1..HEAD"], "HEAD~1..HEAD"),
    ],
)
def test_a_revision_after_a_flow_is_an_error(
    arguments: list[str], named: str, history: History, flowsync: Program
) -> None:
    done = flowsync("diff", *arguments)
    assert done.status == 64
    assert f"'{named}': a revision in an unexpected place" in done.err
    assert "hint: put revisions first: at most two, or one range" in done.err


@pytest.mark.parametrize("arguments", [["1", "HEAD~1"], ["HEAD", "HEAD~1"], ["HEAD~2..", "HEAD~1"]])
def test_log_accepts_one_revision_as_its_first_argument(
    arguments: list[str], history: History, flowsync: Program
) -> None:
    done = flowsync("log", *arguments)
    assert done.status == 64
    assert "'HEAD~1': a revision in an unexpected place" in done.err
    assert "hint: put the revision first: one, or a range" in done.err


def test_the_hint_for_a_shallow_clone_fetches_missing_commits(
    history: History, flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = history.git("branch", "--show-current")
    history.git("switch", "-q", "-c", "pr")
    history.put_and_commit("on pr", 1, "ingest", desc="pr")
    history.git("clone", "-q", "--depth=1", "--branch=pr", history.root.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    shallow = History(tmp_path / "shallow")
    asked = [(command, f"HEAD~1{dots}HEAD") for command in ("diff", "log") for dots in ("..", "...")]
    for command, word in asked:
        done = flowsync(command, word)
        assert done.status == 1
        assert "hint: this clone is shallow; git fetch --unshallow brings the rest\n" in done.err
    done = flowsync("diff", f"origin/{base}...HEAD")
    fetch = f"git fetch origin {base}:refs/remotes/origin/{base}"
    assert f"git fetch --unshallow brings the rest, and {fetch} the branch\n" in done.err
    shallow.git("fetch", "-q", "--unshallow")
    shallow.git(*fetch.split()[1:])
    assert flowsync("diff", f"origin/{base}...HEAD", "--format", "json").verdicts == {1: "changed"}


def test_log_refuses_three_dots_with_a_hint(history: History, flowsync: Program) -> None:
    assert "hint: write A..B" in flowsync("log", "HEAD~1...HEAD").err
    assert "A..B" not in flowsync("diff", "nosuch...HEAD").err
