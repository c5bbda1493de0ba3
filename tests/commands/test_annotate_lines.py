"""Every finding of the cases points at the line that shows it."""

from datetime import datetime

import pytest
from report.cases import Case, cases

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import Finding
from flowsync.commands.annotate_lines import FileVersion, annotate_lines
from flowsync.diff.model import Added, Rekeyed, Removed
from flowsync.document.writer import dump
from flowsync.flow.values import Record

SINCE = datetime(2026, 11, 23)  # noqa: DTZ001  # the server's wall clock
OTHERS = ("five-thousand-tasks", "names-that-attack-every-format", "one-flow-cannot-be-read")
CASES = [case for case in cases() if case.name not in OTHERS]


def pairs(case: Case) -> list[tuple[int, Record, Record]]:
    before, after = case.documents
    return [(flow_id, before[flow_id], after[flow_id]) for flow_id in before.keys() & after.keys()][:5]


def lines(before: Record, after: Record, side: FileVersion) -> list[tuple[Finding, str]]:
    """Each finding with what stands in the file of that side where it points."""
    found = analyze(before, after, DiffContext("prod", 7, SINCE))
    text = dump(before if side is FileVersion.BEFORE else after)
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, file="f", findings=found)
    (flow,) = annotate_lines(Comparison("a", "b", (flow,), 1), side, lambda _: text.encode()).flows
    held = text.split("\n")
    return [(finding, held[flow.lines[finding.fingerprint] - 1]) for finding in found]


def shows(line: str, path: str) -> bool:
    """Whether a line shows the last step of a path: the key, or the first name of an entry."""
    step = path.rpartition("/")[2].partition("~#")[0]
    key, is_entry, value = step.partition("=")
    shown = f"{key}: " in f"{line} " if is_entry else step in line
    return shown and value.partition(",")[0].replace("~1", "/") in line


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("side", FileVersion)
def test_every_finding_points_at_the_line_that_shows_it(case: Case, side: FileVersion) -> None:
    absent = Removed if side is FileVersion.AFTER else Added
    for _, before, after in pairs(case):
        for finding, line in lines(before, after, side):
            change = finding.change
            if isinstance(change, Rekeyed):
                assert shows(line, change.to if side is FileVersion.AFTER else change.path), finding
            elif isinstance(change, absent):
                parent = change.path.rpartition("/")[0]
                assert shows(line, parent) or not parent, finding
            else:
                assert shows(line, change.path), finding


def test_a_file_that_is_not_there_or_no_document_leaves_its_flow_without_lines() -> None:
    flow = FlowComparison("prod", 7, "etl", FlowStatus.CHANGED, file="f")
    comparison = Comparison("a", "b", (flow,), 1)
    for data in (None, b"", b"\xff", b"format: ["):
        assert annotate_lines(comparison, FileVersion.AFTER, lambda _, data=data: data) == comparison  # type: ignore[misc]
