"""Files that only a user can have written: no command treats them as clean or overwrites them."""

import re
from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, file_of


def rewritten(repo: Path, git: Git, old: str, new: str) -> str:
    """Edit the file of flow 1, commit it and return its text."""
    file = file_of(repo, 1)
    file.write_text(file.read_text().replace(old, new, 1))
    git("commit", "-q", "-a", "-m", "By hand")
    return file.read_text()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("format: 1", "format: 2", "newer flowsync"),
        ("name:", "name: [", "not YAML"),
        ("flowId: 1", "flowId: 9999", "the document has flow 9999"),
    ],
)
def test_a_committed_file_that_is_not_a_document_is_unknown_and_never_overwritten(
    old: str, new: str, expected: str, synced: Path, flowsync: Program, git: Git
) -> None:
    text = rewritten(synced, git, old, new)
    head = git("rev-parse", "HEAD")
    for command in (["drift"], ["sync"], ["diff", "HEAD~1", "HEAD"]):
        done = flowsync(*command)
        assert done.status == 3
        assert expected in done.out
    assert file_of(synced, 1).read_text() == text
    assert git("rev-parse", "HEAD") == head


def test_other_flows_are_committed_if_one_file_is_not_a_document(
    synced: Path, flowsync: Program, git: Git, prod: Live
) -> None:
    text = rewritten(synced, git, "format: 1", "format: 2")
    prod.edit(2, "/cron", "0 0 9 * * ? *")
    assert flowsync("sync").status == 3
    assert git("show", "--stat", "--format=%s", "HEAD").count(".yaml") == 1
    assert file_of(synced, 1).read_text() == text


@pytest.mark.parametrize("word", ["..", "."])
def test_a_parent_folder_is_a_path(
    word: str, synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(synced, 1)
    file.write_text(file.read_text().replace("cron: ", "cron: '1' # ", 1))
    monkeypatch.chdir(synced / "flows/prod")
    assert flowsync("diff", "--exit-code", word).status == 2


def test_an_empty_argument_is_an_error(synced: Path, flowsync: Program) -> None:
    assert flowsync("diff", "").status == 64


NOTE = "is a revision and also a flow or folder; the revision is used"


def test_a_branch_takes_precedence_over_an_environment_of_the_same_name(
    synced: Path, flowsync: Program, git: Git
) -> None:
    git("branch", "prod")
    for command in ("diff", "log"):
        done = flowsync(command, "prod")
        assert done.status == 0
        assert f"'prod' {NOTE}" in done.err
        assert NOTE not in flowsync(command, "refs/heads/prod").err
        assert NOTE not in flowsync(command, "./flows/prod").err


@pytest.mark.parametrize("name", ["HEAD", "main"])
def test_a_flow_with_the_name_of_a_revision_does_not_prevent_a_diff(
    synced: Path, flowsync: Program, git: Git, prod: Live, name: str
) -> None:
    prod.edit(1, "/name", name)
    assert flowsync("sync").status == 0
    done = flowsync("diff", "HEAD~1", name, "--format", "json")
    assert done.status == 0
    assert f"{name!r} {NOTE}" in done.err
    assert done.verdicts == {1: "changed"}
    assert flowsync("diff", "HEAD~1", "HEAD", "--format", "json").verdicts == {1: "changed"}
    log = flowsync("log", name)
    assert log.status == 0
    assert f"{name!r} {NOTE}" in log.err


def test_a_removed_path_is_resolved_from_a_subfolder(
    synced: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = file_of(synced, 1).name
    git("rm", "-q", f"flows/prod/{name}")
    git("commit", "-q", "-m", "Gone")
    monkeypatch.chdir(synced / "flows")
    done = flowsync("diff", "HEAD~1", "HEAD", f"prod/{name}", "--format", "json")
    assert done.verdicts == {1: "removed"}


def test_a_diff_before_the_first_commit_reports_everything_as_new(
    synced: Path, flowsync: Program, git: Git
) -> None:
    git("update-ref", "-d", "HEAD")
    done = flowsync("diff", "--format", "json")
    assert done.status == 0
    assert set(done.verdicts.values()) == {"new"}


def test_flows_that_were_not_selected_are_not_missing(synced: Path, flowsync: Program, prod: Live) -> None:
    remaining = min(prod.flows)
    settings = (synced / "flowsync.yaml").read_text()
    only_one, replaced = re.subn(r"discover: .*", f"flows: [{remaining}]", settings)
    assert replaced
    (synced / "flowsync.yaml").write_text(only_one)
    done = flowsync("drift", "--flow", str(remaining))
    assert (done.status, done.counts) == (0, {"flows": 1})


@pytest.mark.parametrize(
    ("saved", "status", "expected"),
    [
        ('{"code":0,"data":{"format":"csv","name":"n","cron":""}}', 0, "'~format': csv"),
        ('{"format":"csv","name":"n","cron":""}', 0, "'~format': csv"),
        ('{"format":2,"flowId":5}', 1, "newer flowsync"),
        ('{"format":1,"flowId":"x"}', 1, "flowId is not an integer"),
        ('{"format":1,"flowId":true}', 1, "flowId is not an integer"),
        ('{"format":1,"flowId":5,"name":"n"}', 0, "flowId: 5"),
    ],
)
def test_fmt_distinguishes_documents_from_exports(
    saved: str, status: int, expected: str, flowsync: Program
) -> None:
    done = flowsync("fmt", "-", stdin=saved)
    assert done.status == status
    assert expected in done.out + done.err
