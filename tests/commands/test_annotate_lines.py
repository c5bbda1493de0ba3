"""Every finding of the golden cases is located at the line of its value."""

from datetime import datetime

import pytest
from report.cases import Case, cases

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.model import Finding
from flowsync.commands.annotate_lines import FileVersion, annotate_lines
from flowsync.diff.model import Added, Rekeyed, Removed
from flowsync.document.writer import dump
from flowsync.flow.values import Record

SINCE = datetime(2026, 11, 23)  # noqa: DTZ001  # the platform's wall clock
OTHERS = ("five-thousand-tasks", "names-that-attack-every-format", "one-flow-cannot-be-read")
CASES = [case for case in cases() if case.name not in OTHERS]


def document_pairs(case: Case) -> list[tuple[int, Record, Record]]:
    before, after = case.documents
    return [(flow_id, before[flow_id], after[flow_id]) for flow_id in before.keys() & after.keys()][:5]


def located_findings(before: Record, after: Record, side: FileVersion) -> list[tuple[Finding, str]]:
    """Return each finding with the line of the file at which it is located."""
    found = analyze(before, after, DiffContext("prod", 7, SINCE))
    text = dump(before if side is FileVersion.BEFORE else after)
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, file="f", findings=found)
    (flow,) = annotate_lines(
        Comparison(Side("a"), Side("b"), (flow,), 1), side, lambda _: text.encode()
    ).flows
    text_lines = text.split("\n")
    return [(finding, text_lines[flow.lines[finding.fingerprint] - 1]) for finding in found]


def contains_step(line: str, path: str) -> bool:
    """Return whether a line contains the last step of a path: the key, or the first name of an entry."""
    step = path.rpartition("/")[2].partition("~#")[0]
    key, is_entry, value = step.partition("=")
    has_key = f"{key}: " in f"{line} " if is_entry else step in line
    return has_key and value.partition(",")[0].replace("~1", "/") in line


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("side", FileVersion)
def test_every_finding_is_located_at_its_line(case: Case, side: FileVersion) -> None:
    absent = Removed if side is FileVersion.AFTER else Added
    for _, before, after in document_pairs(case):
        for finding, line in located_findings(before, after, side):
            change = finding.change
            if isinstance(change, Rekeyed):
                assert contains_step(line, change.to if side is FileVersion.AFTER else change.path), finding
            elif isinstance(change, absent):
                parent = change.path.rpartition("/")[0]
                assert contains_step(line, parent) or not parent, finding
            else:
                assert contains_step(line, change.path), finding


def test_missing_or_unreadable_file_leaves_flow_without_lines() -> None:
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, file="f")
    comparison = Comparison(Side("a"), Side("b"), (flow,), 1)
    for data in (None, b"", b"\xff", b"format: ["):
        assert annotate_lines(comparison, FileVersion.AFTER, lambda _, data=data: data) == comparison  # type: ignore[misc]
