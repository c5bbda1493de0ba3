"""Every case folder holds before.yaml and after.yaml, and what each format says of them.

To accept what is printed now: FLOWSYNC_ACCEPT=1 pytest -n0 tests/report, then read the git diff.
"""

import os
from pathlib import Path

import pytest

from flowsync.diff.documents import changes
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.flow.export import document_in
from flowsync.report.json import json_document
from flowsync.report.text import text

CASES = sorted(path for path in (Path(__file__).parent / "golden").iterdir() if path.is_dir())


def comparison(case: Path) -> Comparison:
    before, after = (document_in((case / f"{side}.yaml").read_bytes()) for side in ("before", "after"))
    found = tuple(changes(before, after))
    assert isinstance(after["flowId"], int)
    verdict = FlowVerdict(
        "prod",
        after["flowId"],
        str(after["name"]),
        Verdict.CHANGED,
        file=f"flows/prod/flow.{after['flowId']}.yaml",
        changes=found,
    )
    return Comparison("HEAD~1", "HEAD", (verdict,) if found else (), 1)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_report_says_what_its_golden_file_says(case: Path, form: str) -> None:
    found = comparison(case)
    printed = text(found) if form == "text" else json_document("diff", found, exit_status=0)
    golden = case / f"report.{'txt' if form == 'text' else 'json'}"
    if os.environ.get("FLOWSYNC_ACCEPT"):
        golden.write_text(printed, encoding="utf-8")
    assert printed == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_text_report_fits_eighty_columns(case: Path) -> None:
    long = [line for line in text(comparison(case)).splitlines() if len(line) > 80]
    assert not long
