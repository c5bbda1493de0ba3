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
