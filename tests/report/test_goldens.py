"""Every case folder holds two sides, the story of what happened, and what the reports say of it.

Text and Markdown are kept for every case, JSON for all but three very long ones, and the other formats for
five cases that show every feature of a report. All formats of all cases are rendered.

The cases are compared by the job of `flowsync diff`, in a repository that holds all of them. To accept what
is printed now: FLOWSYNC_ACCEPT=1 pytest -n0 tests/report/test_goldens.py, then read the git diff.
"""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from jsonschema import Draft202012Validator
from report.cases import GOLDEN, SIDES, STORIES, Case, cases

from flowsync.analysis.comparison import Comparison, FlowStatus, Side
from flowsync.analysis.grouping import group_findings
from flowsync.commands.annotate_lines import FileVersion, annotate_lines, content_of
from flowsync.commands.diff import compare_versions
from flowsync.commands.flows_version import FlowsVersion
from flowsync.document.file_layout import document_path
from flowsync.document.reader import parse
from flowsync.report.formats import FORMATS, render
from flowsync.report.result import RunResult
from flowsync.report.schema import report_schema
from flowsync.repository.repository import Repository, open_repository

CASES: Final = cases()
ACCEPT: Final = bool(os.environ.get("FLOWSYNC_ACCEPT"))
SINCE: Final = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001  # a moment on the server's wall clock
LARGEST: Final = 300_000
SHOWING_ALL: Final = frozenset(
    {
        "a-week-of-work",  # every impact, several flows, consequences, schedules, graphs
        "host-replaced-in-four-flows",  # groups
        "names-that-attack-every-format",  # escaping
        "one-flow-cannot-be-read",  # unknown flows
        "one-flow-goes-another-comes",  # added and removed flows
    }
)
"""The cases whose reports are kept in every format."""
VERY_LONG: Final = frozenset({"five-thousand-tasks", "new-field-in-fifty-flows", "retry-interval-everywhere"})
PEERS: Final = Path(__file__).resolve().parents[1] / "benchmarks" / "README.md"

Compare = Callable[[Case], Comparison]


def golden(case: Case, form: str) -> Path:
    return case.folder / f"report{FORMATS[form].suffix}"


def kept_formats(case: Case) -> set[str]:
    if case.name in SHOWING_ALL:
        return {*FORMATS}
    return {"text", "markdown"} if case.name in VERY_LONG else {"text", "markdown", "json"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A bare repository with two branches of one commit for each case."""
    folder = tmp_path_factory.mktemp("cases")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    commits = b"".join(
        commit_of(f"{side}/{case.name}", flows)
        for case in CASES
        for side, flows in zip(SIDES, case.stored, strict=True)
    )
    for command in (["init", "-q", "--bare"], ["fast-import", "--quiet"]):
        subprocess.run(["git", *command], cwd=folder, env=environ, input=commits, check=True)
    with open_repository(folder, environ=environ) as opened:
        yield opened


def commit_of(branch: str, flows: Mapping[int, bytes]) -> bytes:
    head = f"commit refs/heads/{branch}\ncommitter flowsync <flowsync@example.com> 0 +0000\n"
    return head.encode() + data(b"sync") + b"".join(file_of(*flow) for flow in flows.items()) + b"\n"


def file_of(flow_id: int, content: bytes) -> bytes:
    path = document_path("prod", parse(content.decode()).get("name"), flow_id)
    return f'M 100644 inline "{path}"\n'.encode() + data(content)


def data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


@pytest.fixture(scope="module")
def compare(repository: Repository) -> Compare:
    """What `flowsync diff` finds in a case, which is compared when it is first asked for."""
    known: dict[str, Comparison] = {}

    def comparison(case: Case) -> Comparison:
        if case.name not in known:
            known[case.name] = compared_in(repository, case)
        return known[case.name]

    return comparison


def compared_in(repository: Repository, case: Case) -> Comparison:
    names = [f"{side}/{case.name}" for side in SIDES]
    before, after = (FlowsVersion(name, repository.resolve(name)) for name in names)
    found = replace(
        compare_versions(before, after, repository, words={}, since=SINCE),
        before=Side("main", "3afb11b" + "0" * 33, "main"),
        after=Side("week", "02a62e9" + "0" * 33, "week"),
    )
    return group_findings(annotate_lines(found, FileVersion.AFTER, content_of(repository, after)))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_report_equals_its_golden_file(case: Case, form: str, compare: Compare) -> None:
    printed = printable(form, render(form, RunResult("diff", (compare(case),)))).encode()
    assert len(printed) < LARGEST
    if form not in kept_formats(case):
        return
    if ACCEPT:
        golden(case, form).write_bytes(printed)
    assert golden(case, form).exists(), "a format without its golden file"
    assert printed.decode() == golden(case, form).read_bytes().decode()


def printable(form: str, text: str) -> str:
    """A report; a page less its style and its script, which all have in common and other tests look at."""
    if form != "html":
        return text
    bare = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1…\3", text, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-…", bare)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_json_report_of_every_case_is_valid(case: Case, compare: Compare) -> None:
    report = render("json", RunResult("diff", (compare(case),)))
    Draft202012Validator(report_schema()).validate(json.loads(report))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_number_of_findings_equals_number_of_edits(case: Case, compare: Compare) -> None:
    comparison = compare(case)
    found = [
        *(f"{one.kind} {one.impact}" for flow in comparison.flows for one in comparison.own_findings(flow)),
        *(f"{group.subject}-{group.verb} {group.impact}" for group in comparison.groups),
    ]
    assert Counter(found) == case.findings
    assert len(found) == case.edits
    assert comparison.counts[FlowStatus.UNKNOWN] == case.unknown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_folder_contains_only_sides_story_and_reports(case: Case) -> None:
    found = {path.name for path in case.folder.iterdir()}
    assert found - sides_of(case) == {STORIES, *(golden(case, form).name for form in kept_formats(case))}


def sides_of(case: Case) -> set[str]:
    return set() if case.made else {*SIDES, *(f"{side}.yaml" for side in SIDES)}


def test_golden_files_are_distinct_and_inside_case_folders() -> None:
    assert len({form.suffix for form in FORMATS.values()}) == len(FORMATS)
    assert all(path.is_dir() for path in GOLDEN.iterdir())


def test_benchmarks_cover_every_case_and_flowsync_finds_all_edits() -> None:
    rows = [line.split(" | ") for line in PEERS.read_text(encoding="utf-8").splitlines() if " | " in line]
    found = {row[0].removeprefix("| "): row[1:3] for row in rows}
    known = [case for case in CASES if not case.unknown]
    assert {case.title: found.get(case.title) for case in known} == {
        case.title: [f"{case.edits:,}"] * 2 for case in known
    }
