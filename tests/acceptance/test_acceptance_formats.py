"""Every format from the command line: complete for every exit status, with correct lines."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from acceptance.world import Git, Live, Program, file_of
from jsonschema import Draft202012Validator

from flowsync.report.formats import FORMATS


def _edited(repo: Path, number: int = 1) -> Path:
    """Edit the file of a flow: change a parameter and a command, remove a relation, add an owner."""
    file = file_of(repo, number)
    text = file.read_text()
    for old, new in (
        ("value: jiuquan", "value: hami"),
        ("cmd: './report.sh'", "cmd: './report.sh --all'"),
        ("- li.wei\n", "- li.wei\n- ana\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    text, removed = re.subn(r"relations:\n(?:[- ].*\n)+", "relations: []\n", text)
    assert removed
    file.write_text(text)
    return file


_EXPECTED = {
    "parameter-changed": "  value: hami",
    "body-changed": "  cmd: './report.sh --all'",
    "owner-added": "- ana",
    "relation-removed": "relations: []",
}


def _sarif_lines(document: Any) -> dict[str, tuple[str, int]]:
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]
        for result in document["runs"][0]["results"]
    }
    return {
        rule: (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for rule, place in places.items()
    }


def _reported_lines(repo: Path, document: Any) -> dict[str, str]:
    """Return the lines of the files on disk that the results refer to."""
    return {
        rule: (repo / file).read_text().splitlines()[line - 1]
        for rule, (file, line) in _sarif_lines(document).items()
    }


def test_a_diff_reports_the_line_of_each_change(synced: Path, flowsync: Program, git: Git) -> None:
    _edited(synced)
    assert _reported_lines(synced, flowsync("diff", "--format", "sarif").document) == _EXPECTED
    git("commit", "-q", "-a", "-m", "Edit")
    assert (
        _reported_lines(synced, flowsync("diff", "HEAD~1", "HEAD", "--format", "sarif").document) == _EXPECTED
    )


def test_drift_reports_the_lines_of_the_committed_file(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/tasks/1/cmd", "./report.sh --all")
    prod.edit(1, "/owners", "li.wei;ana")
    expected = _reported_lines(synced, flowsync("drift", "--format", "sarif").document)
    assert expected == {"body-changed": "  cmd: './report.sh'", "owner-added": "owners:"}


def test_every_annotation_of_the_review_names_the_same_lines(synced: Path, flowsync: Program) -> None:
    _edited(synced)
    expected = {*_sarif_lines(flowsync("diff", "--format", "sarif").document).values()}
    entries = flowsync("diff", "--format", "gitlab").document
    assert {(entry["location"]["path"], entry["location"]["lines"]["begin"]) for entry in entries} == expected
    commands = re.findall(r"file=([^,]+),line=(\d+),", flowsync("diff", "--format", "github").out)
    assert {(file, int(line)) for file, line in commands} == expected


@pytest.mark.parametrize(("bring", "status"), [("same", 0), ("different", 2), ("unknown", 3), ("refused", 1)])
def test_every_format_is_complete_for_every_exit_status(
    bring: str, status: int, synced: Path, prod: Live, flowsync: Program
) -> None:
    if bring == "different":
        prod.edit(1, "/desc", "edited")
    if bring == "unknown":
        prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    if bring == "refused":
        prod.emulator.fault("code", code=62105, count=None)
    outputs = [word for form in FORMATS for word in ("--format", form, "--output", f"report.{form}")]
    assert flowsync("drift", *outputs).status == status
    expected = {"different": "changed", "unknown": "unknown", "refused": "62105"}.get(bring, "")
    for form in FORMATS:
        printed = (synced / f"report.{form}").read_text()
        assert printed.endswith("\n")
        assert expected in printed, form


def test_stdout_and_files_get_the_same_report(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/desc", "edited")
    for form in FORMATS:
        flowsync("drift", "--format", form, "--output", "report")
        assert flowsync("drift", "--format", form).out == (synced / "report").read_text(), form


def test_the_json_report_follows_the_schema_that_is_printed(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    schema = Draft202012Validator(flowsync("schema", "report").document)
    schema.validate(flowsync("drift", "--format", "json").document)
    prod.edit(1, "/cron", "0 30 2 * * ? *")
    for command in ("drift", "sync"):
        schema.validate(flowsync(command, "--format", "json").document)
    schema.validate(flowsync("diff", "HEAD~1", "HEAD", "--format", "json").document)
    (synced / "flowsync.yaml").unlink()
    schema.validate(json.loads(flowsync("drift", "--format", "json").out))


def test_a_flow_renamed_on_the_platform_is_annotated_in_the_existing_file(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(1, "/name", "intake")
    prod.edit(1, "/tasks/0/cmd", "./other.sh")
    file = file_of(synced, 1)
    found = _sarif_lines(flowsync("drift", "--format", "sarif").document)
    assert {path for path, _ in found.values()} == {file.relative_to(synced).as_posix()}
    lines = file.read_text().splitlines()
    assert lines[found["flow-renamed"][1] - 1] == "name: ingest"
    assert lines[found["body-changed"][1] - 1].strip().startswith("cmd: ")
