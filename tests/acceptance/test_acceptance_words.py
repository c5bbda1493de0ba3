"""Words that may be revisions, ranges or flows: what they are taken for, and what is said otherwise."""

from pathlib import Path

import pytest
from acceptance.history import Past
from acceptance.world import Program


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    """A flow with two edits, the first commit with a tag of digits; the current folder."""
    past = Past.begun(tmp_path / "past")
    monkeypatch.chdir(past.root)
    past.committed("start", 1, "ingest")
    past.git("tag", "20261101")
    past.committed("earlier", 1, "ingest", desc="earlier")
    past.committed("later", 1, "ingest", desc="later")
    return past


def test_digits_in_a_range_are_a_revision(past: Past, flowsync: Program) -> None:
    for words in (["20261101..HEAD"], ["20261101.."], ["20261101...HEAD"]):
        done = flowsync("diff", *words, "1", "--format", "json")
        assert done.verdicts == {1: "changed"}, words
    assert flowsync("log", "20261101..").out.endswith("2 commits changed 1 flow\n")
    assert flowsync("log", "..20261101").out.startswith("0 commits")


def test_a_revision_of_digits_alone_is_named_in_full(past: Past, flowsync: Program) -> None:
    for words in (["20261101"], ["20261101", "HEAD"]):
        done = flowsync("diff", *words)
        assert done.status == 1
        assert "write refs/tags/20261101 or 20261101..HEAD to select the revision" in done.err
    assert "write refs/tags/20261101 to select the revision" in flowsync("log", "20261101").err
    assert flowsync("diff", "refs/tags/20261101", "HEAD").status == 0
    assert "to select the revision" not in flowsync("diff", "20261102").err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["1", "HEAD~1", "HEAD"], "HEAD~1"),
        (["HEAD~2", "HEAD~1", "HEAD"], "HEAD"),
        (["HEAD~2..HEAD~1", "HEAD"], "HEAD"),
        (["1", "HEAD~1..HEAD"], "HEAD~1..HEAD"),
    ],
)
def test_a_revision_behind_the_first_words_is_in_the_wrong_place(
    words: list[str], named: str, past: Past, flowsync: Program
) -> None:
    done = flowsync("diff", *words)
    assert done.status == 1
    assert f"'{named}': a revision in an unexpected place" in done.err
    assert "hint: put revisions first: at most two, or one range" in done.err


@pytest.mark.parametrize("words", [["1", "HEAD~1"], ["HEAD", "HEAD~1"], ["HEAD~2..", "HEAD~1"]])
def test_a_history_has_one_revision_which_comes_first(
    words: list[str], past: Past, flowsync: Program
) -> None:
    done = flowsync("log", *words)
    assert done.status == 1
    assert "'HEAD~1': a revision in an unexpected place" in done.err
    assert "hint: put the revision first: one, or a range" in done.err


def test_what_a_shallow_clone_lacks_is_fetched_as_the_hint_says(
    past: Past, flowsync: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = past.git("branch", "--show-current")
    past.git("switch", "-q", "-c", "pr")
    past.committed("on pr", 1, "ingest", desc="pr")
    past.git("clone", "-q", "--depth=1", "--branch=pr", past.root.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    shallow = Past(tmp_path / "shallow")
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


def test_three_dots_are_a_hint_for_a_history_only(past: Past, flowsync: Program) -> None:
    assert "hint: write A..B" in flowsync("log", "HEAD~1...HEAD").err
    assert "A..B" not in flowsync("diff", "nosuch...HEAD").err
