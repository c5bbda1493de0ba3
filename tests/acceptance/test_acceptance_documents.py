"""The commands that need no platform: init, fmt, validate, schema, diff."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from acceptance.world import Git, Live, Program, contents, file_of, flow

from flowsync.emulator.sample import sample_organisations


def _envelope(export: dict[str, Any]) -> str:
    return json.dumps({"code": 0, "msg": "OK", "data": export})


# init


def test_init_creates_a_repository_with_a_configuration_and_prints_the_next_steps(
    tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = flowsync("init", "new/flows")
    assert done.status == 0
    assert "keep the repository private" in done.out
    assert "flowsync doctor" in done.out
    root = tmp_path / "new/flows"
    assert git("rev-parse", "--show-toplevel", at=root) == str(root)
    written = {path.relative_to(root).as_posix() for path in root.rglob("*") if ".git/" not in str(path)}
    assert written >= {"flowsync.yaml", "README.md"}
    assert all(f"  {name}\n" in done.out for name in written if (root / name).is_file())


def test_init_a_second_time_is_refused_and_changes_nothing(tmp_path: Path, flowsync: Program) -> None:
    assert flowsync("init", str(tmp_path / "flows")).status == 0
    (tmp_path / "flows/flowsync.yaml").write_text("mine\n")
    before = contents(tmp_path / "flows")
    refused = flowsync("init", str(tmp_path / "flows"))
    assert refused.status == 4
    assert "flowsync.yaml" in refused.err
    assert "choose another folder" in refused.err
    assert contents(tmp_path / "flows") == before


@pytest.mark.parametrize("inner", ["inner", "inner/most"])
def test_init_in_a_part_of_a_repository_is_refused_and_names_the_root(
    inner: str, repo: Path, flowsync: Program
) -> None:
    refused = flowsync("init", inner)
    assert refused.status == 4
    assert str(repo) in refused.err
    assert not (repo / "inner").exists()


def test_init_keeps_the_files_of_an_existing_repository(tmp_path: Path, flowsync: Program, git: Git) -> None:
    root = tmp_path / "cloned"
    git("init", "-q", str(root))
    (root / "README.md").write_text("ours\n")
    done = flowsync("init", str(root))
    assert done.status == 0
    assert "  README.md  (existing file kept)\n" in done.out
    assert "  flowsync.yaml\n" in done.out
    assert (root / "README.md").read_text() == "ours\n"


def test_quiet_init_and_schema_print_only_the_result(tmp_path: Path, flowsync: Program) -> None:
    assert flowsync("init", "-q", str(tmp_path / "flows")).out == ""
    assert flowsync("schema", "-q").out == flowsync("schema", "-v").out


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "fmt",
        "schema",
        "emulator",
        "demo",
        "validate",
        "diff",
        "list",
        "log",
        "show",
        "sync",
        "drift",
        "doctor",
    ],
)
def test_every_command_accepts_quiet_and_verbose(command: str, flowsync: Program) -> None:
    printed = flowsync(command, "--help").out
    assert "-q, --quiet" in printed
    assert "-v, --verbose" in printed


# which files


@pytest.mark.parametrize("arguments", [["validate", "-q"], ["fmt", "--check"]])
@pytest.mark.parametrize("place", [".", "flows", "flows/prod"])
def test_only_documents_of_a_folder_are_read(
    arguments: list[str], place: str, synced: Path, flowsync: Program
) -> None:
    (synced / "other.yaml").write_text("not: a flow\n")
    (synced / "flows/prod/.aside.1.yaml").write_text("not: a flow\n")
    done = flowsync(*arguments, place)
    assert done.status == 0, done.out
    assert "(3 documents checked)" in done.out


def test_every_file_below_flows_and_every_named_file_is_read(synced: Path, flowsync: Program) -> None:
    (synced / "flows/prod/odd.yaml").write_text("not: a flow\n")
    assert flowsync("validate").status == 2
    assert flowsync("validate", "flowsync.yaml").status == 2


@pytest.mark.parametrize("command", ["validate", "fmt"])
def test_a_bare_repository_has_no_documents_to_read(
    command: str, tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q", "--bare", str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path / "bare")
    failed = flowsync(command)
    assert failed.status == 1
    assert "a bare repository has no documents" in failed.err
    assert "hint: " in failed.err


@pytest.mark.parametrize(("command", "status"), [("validate", 2), ("fmt --check", 2), ("fmt", 1)])
@pytest.mark.parametrize("place", [".", "inner", "{}/inner"])
@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_a_named_folder_without_documents_is_an_error(
    command: str,
    status: int,
    place: str,
    quiet: tuple[str, ...],
    tmp_path: Path,
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "folder/inner").mkdir(parents=True)
    (tmp_path / "folder/other.yaml").write_text("")
    monkeypatch.chdir(tmp_path / "folder")
    named = place.format(tmp_path / "folder")
    done = flowsync(*command.split(), *quiet, named)
    assert done.status == status
    assert named in done.out + done.err
    assert "a folder without documents" in done.out + done.err


def test_each_named_folder_needs_documents(synced: Path, flowsync: Program) -> None:
    (synced / "flows/dev").mkdir()
    assert flowsync("validate", "flows").status == 0
    done = flowsync("validate", "flows/prod", "flows/dev")
    assert done.status == 2
    assert "flows/dev:1: error: a folder without documents" in done.out
    assert "(3 documents checked)" in done.out


@pytest.mark.parametrize("command", [("validate",), ("fmt",), ("fmt", "--check")])
@pytest.mark.parametrize("exists", [True, False])
def test_a_repository_without_flows_is_accepted_with_a_note(
    command: tuple[str, ...],
    exists: bool,  # noqa: FBT001  # a parameter of the test
    repo: Path,
    flowsync: Program,
) -> None:
    if exists:
        (repo / "flows").mkdir(exist_ok=True)
    done = flowsync(*command)
    assert done.status == 0
    assert "note: no documents below flows/" in done.err
    assert flowsync(*command, "-q").err == ""


def test_init_where_nothing_can_be_written_fails(tmp_path: Path, flowsync: Program) -> None:
    (tmp_path / "file").write_text("")
    failed = flowsync("init", str(tmp_path / "file/inner"))
    assert failed.status == 1
    assert "error: " in failed.err


# fmt


def test_documents_of_a_sync_are_canonical(synced: Path, flowsync: Program) -> None:
    done = flowsync("fmt", "--check")
    assert (done.status, done.out) == (0, "0 not canonical, 0 unreadable (3 documents checked)\n")


def test_fmt_rewrites_an_edited_file_and_check_only_reports_it(
    synced: Path, flowsync: Program, git: Git
) -> None:
    file = file_of(synced, 1)
    canonical = file.read_text()
    file.write_text(f"# a comment\n{canonical}".replace("name: ingest", "'name':   \"ingest\""))
    checked = flowsync("fmt", "--check")
    assert checked.status == 2
    assert "would rewrite flows/prod/ingest.1.yaml\n1 not canonical, 0 unreadable" in checked.out
    assert file.read_text() != canonical
    done = flowsync("fmt")
    assert done.status == 0
    assert "rewrote flows/prod/ingest.1.yaml\n1 rewritten, 0 unreadable (3 documents" in done.out
    assert file.read_text() == canonical
    assert git("status", "--porcelain") == ""


def test_fmt_fails_for_a_file_that_is_not_a_document(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 1)
    file.write_text("tasks: [\n")
    failed = flowsync("fmt")
    assert failed.status == 1
    assert "flows/prod/ingest.1.yaml:" in failed.err
    assert file.read_text() == "tasks: [\n"


def test_fmt_of_a_missing_path_fails(synced: Path, flowsync: Program) -> None:
    failed = flowsync("fmt", "flows/nothing")
    assert failed.status == 1
    assert "no such file or folder: flows/nothing" in failed.err


@pytest.mark.parametrize("wrap", [json.dumps, _envelope, lambda export: json.dumps([export])])
def test_fmt_reads_a_saved_export_and_writes_what_a_sync_would(
    wrap: Any, synced: Path, prod: Live, flowsync: Program
) -> None:
    export = wrap(prod.flows[1])
    done = flowsync("fmt", "-", "--flow-id", "1", stdin=export)
    assert (done.status, done.err) == (0, "")
    assert done.out == file_of(synced, 1).read_text()
    without = flowsync("fmt", "-", stdin=export)
    assert without.out == done.out.replace("flowId: 1\n", "")


def test_fmt_reads_a_document_in_any_notation(synced: Path, flowsync: Program) -> None:
    document = file_of(synced, 1).read_text()
    assert flowsync("fmt", "-", stdin=document).out == document
    as_json = json.dumps(yaml.safe_load(document))
    assert flowsync("fmt", "-", stdin=as_json).out == document
    as_flow_style = yaml.safe_dump(yaml.safe_load(document), default_flow_style=True)
    assert flowsync("fmt", "-", stdin=as_flow_style).out == document


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "nothing",
        "[1, 2]",
        "{",
        '{"code": 62102, "msg": "Flow validation exception", "data": null}',
        '{"code": 0, "data": "text"}',
        "\ufeff{}{}",
        "[" * 20_000,
        "a: &a [*a]",
        '{"name": NaN}',
        '{"name": "a", "name": "b"}',
        "format: 99\nname: newer",
    ],
)
def test_fmt_of_invalid_input_fails_with_one_line_and_writes_nothing(
    garbage: str, repo: Path, flowsync: Program
) -> None:
    failed = flowsync("fmt", "-", stdin=garbage)
    assert failed.status == 1
    assert failed.out == ""
    assert failed.err.startswith("error: ")
    assert "Traceback" not in failed.err


def test_fmt_works_outside_of_any_repository(
    tmp_path: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = flowsync("fmt", "-", stdin=json.dumps(flow("alone")))
    assert done.status == 0
    (tmp_path / "alone.yaml").write_text(done.out)
    assert flowsync("fmt", "--check", "alone.yaml").status == 0


# validate


def test_documents_of_a_sync_of_a_valid_flow_are_valid(synced: Path, flowsync: Program) -> None:
    done = flowsync("validate", "flows")
    assert (done.status, done.out) == (0, "0 errors, 0 warnings (3 documents checked)\n")


def test_an_error_is_reported_with_file_line_and_path(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 2)
    text = file.read_text().replace("cron: 0 0 1 * * ? *", "cron: 0 0 99 * * ? *")
    file.write_text(text.replace("targetTaskName: report", "targetTaskName: nobody"))
    lines = text.splitlines()
    done = flowsync("validate")
    assert done.status == 2
    cron = next(number for number, line in enumerate(lines, 1) if line.startswith("cron:"))
    assert f"flows/prod/forecast.2.yaml:{cron}: error: " in done.out
    assert "nobody" in done.out
    assert "(3 documents checked)" in done.out


def test_a_file_that_is_not_a_document_is_an_error_with_its_line(synced: Path, flowsync: Program) -> None:
    file_of(synced, 2).write_text("name: a\nname: b\n")
    done = flowsync("validate")
    assert done.status == 2
    assert "flows/prod/forecast.2.yaml:2: error: " in done.out


def test_a_file_named_for_another_flow_is_an_error(synced: Path, flowsync: Program) -> None:
    file_of(synced, 2).rename(synced / "flows/prod/forecast.22.yaml")
    done = flowsync("validate", "flows/prod/forecast.22.yaml")
    assert done.status == 2
    assert "flow 2: the file name contains another id, 22" in done.out


def test_warnings_count_with_strict(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(2, "/flowLinks", [{"linkId": "0", "sourceFlowName": "ingest"}])
    assert flowsync("sync").status == 0
    assert flowsync("validate", "flows").status == 0
    strict = flowsync("validate", "-q", "--strict", "flows")
    assert strict.status == 2
    assert "warning: no task waits for the link: 'ingest' [bare-link " in strict.out


def test_an_unknown_field_is_a_note_without_effect_on_the_status(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(2, "/brandNew", 7, op="add")
    assert flowsync("sync").status == 0
    done = flowsync("validate", "--strict", "flows")
    assert (done.status, done.out) == (
        0,
        "0 errors, 0 warnings, 1 note (-v lists them) (3 documents checked)\n",
    )
    verbose = flowsync("validate", "-v", "flows").out
    assert "note: unknown field of the flow: 'brandNew' [unknown-field /brandNew]" in verbose


# schema


def test_a_synced_document_satisfies_the_published_schema(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    schema = flowsync("schema").document
    assert schema == flowsync("schema", "document").document
    jsonschema.Draft202012Validator.check_schema(schema)
    prod.put(dict(sorted(sample_organisations()[1].flows.items())[:12]))
    assert flowsync("sync", "-q").status == 0
    validator = jsonschema.Draft202012Validator(schema)
    for file in (synced / "flows/prod").iterdir():
        assert [error.message for error in validator.iter_errors(yaml.safe_load(file.read_text()))] == []


def test_the_configuration_of_the_template_satisfies_the_published_schema(
    tmp_path: Path, flowsync: Program
) -> None:
    schema = flowsync("schema", "config").document
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert flowsync("init", str(tmp_path / "flows")).status == 0
    settings = yaml.safe_load((tmp_path / "flows/flowsync.yaml").read_text())
    assert [error.message for error in validator.iter_errors(settings)] == []
    assert not validator.is_valid({**settings, "unknown": 1})
    assert not validator.is_valid({"version": 2, "environments": settings["environments"]})


# diff


@pytest.mark.parametrize(("threshold", "status"), [("breaking", 0), ("behaviour", 2), ("cosmetic", 2)])
def test_findings_of_an_impact_or_a_more_severe_one_fail_a_diff_and_a_drift(
    threshold: str, status: int, synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(1, "/cron", "0 0 2 * * ? *")
    assert flowsync("drift", "--fail-on", threshold).status == status
    assert flowsync("sync").status == 0
    assert flowsync("diff", "HEAD~1", "HEAD", "--fail-on", threshold).status == status


def test_a_drift_fails_on_an_unknown_flow_for_every_impact(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.fault("status", status=403, flow_id=1, count=None)
    assert flowsync("drift", "--fail-on", "breaking").status == 3


def test_the_same_change_of_several_flows_is_collapsed_unless_disabled(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    for flow_id in (1, 2, 3):
        prod.edit(flow_id, "/brandNew", None, op="add")
    assert flowsync("sync").status == 0
    once = flowsync("diff", "HEAD~1", "HEAD").out
    assert once.count("new field brandNew = null") == 1
    assert "new field brandNew = null in 3 flows" in once
    assert flowsync("diff", "HEAD~1", "HEAD", "--no-group").out.count("new field brandNew = null\n") == 3


def test_the_context_of_a_changed_command_has_the_requested_size(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    lines = [f"step {number}" for number in range(20)]
    prod.edit(2, "/tasks/0/cmd", "\n".join(lines))
    assert flowsync("sync").status == 0
    prod.edit(2, "/tasks/0/cmd", "\n".join([*lines[:10], "another", "line", *lines[11:]]))
    assert flowsync("sync").status == 0
    for context in (0, 2, 5):
        printed = flowsync("diff", "HEAD~1", "HEAD", "--context", str(context)).out
        assert len(re.findall("^ +step ", printed, re.MULTILINE)) == 2 * context


_MOMENT = r"next after \S+ \d+:\d+"


def test_a_diff_of_two_revisions_describes_each_change(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/cron", "0 0 2 * * ? *")
    prod.edit(2, "/tasks/0/cmd", "set -e\n./load.sh ${cal_dt} --all\n")
    assert flowsync("sync").status == 0
    done = flowsync("diff", "HEAD~1", "HEAD")
    assert done.status == 0
    assert done.counts == {"flows": 3, "changed": 2}
    assert ("behaviour\n~ prod 1 ingest   schedule: every day at 01:00 → every day at 02:00\n") in done.out
    assert done.out.endswith(
        "~ prod 2 forecast   task load: command: line 2: ./load.sh ${cal_dt} {+--all+}\n"
        "    ↳ 1 task downstream: report\n"
    )
    again = flowsync("diff", "HEAD~1..HEAD")
    assert re.sub(_MOMENT, "", again.out) == re.sub(_MOMENT, "", done.out)
    assert flowsync("diff", "--exit-code", "HEAD~1", "HEAD").status == 2
    assert flowsync("diff", "--exit-code", "HEAD", "HEAD").status == 0


@pytest.mark.parametrize("word", ["2", "forecast", "flows/prod/forecast.2.yaml", "forecast.2.yaml"])
def test_a_diff_accepts_a_flow_by_id_slug_or_path(
    word: str, synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.edit(1, "/desc", "edited")
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    done = flowsync("diff", "HEAD~1", "HEAD", word, "--format", "json")
    assert done.verdicts == {2: "changed"}
    assert done.comparison["counts"]["checked"] == 1


def test_a_diff_without_arguments_compares_head_with_the_work_tree(synced: Path, flowsync: Program) -> None:
    assert flowsync("diff").counts == {"flows": 3}
    file = file_of(synced, 1)
    file.write_text(file.read_text().replace("desc: ''", "desc: edited"))
    done = flowsync("diff", "--format", "json")
    assert done.verdicts == {1: "changed"}
    assert (done.comparison["before"], done.comparison["after"]) == ("HEAD", "work tree")


def test_notation_alone_is_not_a_difference(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 1)
    file.write_text(f"# a comment\n{file.read_text()}")
    assert flowsync("diff").counts == {"flows": 3}


def test_a_document_that_cannot_be_read_is_unknown_never_the_same(synced: Path, flowsync: Program) -> None:
    file_of(synced, 1).write_text("tasks: [\n")
    done = flowsync("diff")
    assert done.status == 3
    assert done.counts == {"flows": 3, "unknown": 1}


@pytest.mark.parametrize(
    "arguments", [["HAED"], ["HEAD~9", "HEAD"], ["HEAD", "nobody"], ["HEAD..HAED"], ["/etc"], ["--", "-x"]]
)
def test_a_diff_of_an_unknown_argument_fails(arguments: list[str], synced: Path, flowsync: Program) -> None:
    failed = flowsync("diff", *arguments)
    assert failed.status == 64
    assert failed.err.startswith("error: ")
    assert failed.out == ""


def test_a_revision_never_writes_a_file(synced: Path, flowsync: Program) -> None:
    assert flowsync("diff", "--", "--output=stolen", "HEAD").status == 64
    assert not (synced / "stolen").exists()


def test_a_removed_flow_is_removed_and_an_added_one_new(synced: Path, flowsync: Program, git: Git) -> None:
    git("mv", "flows/prod/ingest.1.yaml", "flows/prod/ingest.9.yaml")
    moved = synced / "flows/prod/ingest.9.yaml"
    moved.write_text(moved.read_text().replace("flowId: 1\n", "flowId: 9\n"))
    git("commit", "-q", "-a", "-m", "Another id")
    done = flowsync("diff", "HEAD~1", "HEAD", "--format", "json")
    assert done.verdicts == {1: "removed", 9: "new"}
