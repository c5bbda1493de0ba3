"""Irregular trees: all commands treat links, submodules and misplaced files the same."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Git, Live, Program, contents, file_of

NOT_CANONICAL: Final = "flowId:   7\nname:   'outside'\n"

# Makes a tree irregular, from the repository and a folder outside.
Make = Callable[[Path, Path], object]


def _replace_by_link(path: str, target: str) -> Make:
    """Replace a folder or file by a link to it (with {outside}: to one outside)."""

    def make(repo: Path, outside: Path) -> None:
        if "{" in target:
            shutil.rmtree(repo / path) if (repo / path).is_dir() else (repo / path).unlink(missing_ok=True)
        elif (repo / path).exists():
            (repo / path).rename((repo / path).parent / target)
        (repo / path).symlink_to(target.format(outside=outside))

    return make


def _create_repository(path: str) -> Make:
    def make(repo: Path, _outside: Path) -> None:
        (repo / path).mkdir(exist_ok=True)
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "inner"]):
            subprocess.run(["git", *arguments], cwd=repo / path, check=True)

    return make


def _write_document(path: str) -> Make:
    def make(repo: Path, _outside: Path) -> None:
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text((repo / "flows/prod/ingest.1.yaml").read_text())

    return make


TREES: Final[dict[str, tuple[str, Make]]] = {
    "flows linked outside": ("flows", _replace_by_link("flows", "{outside}")),
    "flows linked inside": ("flows", _replace_by_link("flows", "moved")),
    "flows linked to nothing": ("flows", _replace_by_link("flows", "{outside}/nothing")),
    "environment linked outside": ("flows/prod", _replace_by_link("flows/prod", "{outside}/prod")),
    "environment linked inside": ("flows/prod", _replace_by_link("flows/prod", "moved")),
    "another environment linked": ("flows/dev", _replace_by_link("flows/dev", "prod")),
    "file linked outside": (
        "flows/prod/ingest.1.yaml",
        _replace_by_link("flows/prod/ingest.1.yaml", "{outside}/prod/outside.7.yaml"),
    ),
    "file linked inside": (
        "flows/prod/again.9.yaml",
        lambda repo, _: (repo / "flows/prod/again.9.yaml").symlink_to("ingest.1.yaml"),
    ),
    "link without an ending": ("flows/prod/odd", _replace_by_link("flows/prod/odd", "{outside}")),
    "submodule flows": ("flows", _create_repository("flows")),
    "submodule environment": ("flows/prod", _create_repository("flows/prod")),
    "submodule below": ("flows/prod/sub", _create_repository("flows/prod/sub")),
    "deeper": ("flows/prod/deeper/ingest.9.yaml", _write_document("flows/prod/deeper/ingest.9.yaml")),
    "other file": ("flows/prod/notes.txt", _write_document("flows/prod/notes.txt")),
    "other ending": ("flows/prod/ingest.9.YAML", _write_document("flows/prod/ingest.9.YAML")),
    "no id": ("flows/prod/ingest.yaml", _write_document("flows/prod/ingest.yaml")),
}
# A sync reads only the folders of its environments.
ELSEWHERE: Final[dict[str, tuple[str, Make]]] = {
    "name of an environment": ("flows/Prod/ingest.9.yaml", _write_document("flows/Prod/ingest.9.yaml")),
    "other file": ("flows/dev/notes.txt", _write_document("flows/dev/notes.txt")),
}
UNCOMMITTABLE: Final[dict[str, tuple[str, Make]]] = {
    "pipe": ("flows/prod/pipe.9.yaml", lambda repo, _: os.mkfifo(repo / "flows/prod/pipe.9.yaml")),
    "repository among committed files": (
        "flows/prod",
        lambda repo, _: (repo / "flows/prod/.git").write_text("gitdir: elsewhere\n"),
    ),
}

ON_DISK: Final = {
    "validate": {2},
    "fmt --check": {2},
    "fmt": {1},
    "doctor": {2},
    "list": {1},
    "diff HEAD": {1},
    "sync": {1, 4},
}
_PLATFORM: Final = ("sync", "drift")
COMMITTED: Final = {**ON_DISK, "drift": {1}, "diff HEAD~1 HEAD": {1}, "sync --dry-run": {1}}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Create a folder outside the repository with a document that is not canonical."""
    folder = tmp_path / "outside"
    (folder / "prod").mkdir(parents=True)
    (folder / "prod/outside.7.yaml").write_text(NOT_CANONICAL)
    return folder


def _check_refusal(statuses: dict[str, set[int]], irregular: str, flowsync: Program, outside: Path) -> None:
    before = contents(outside)
    for command, expected in statuses.items():
        done = flowsync(*command.split())
        assert done.status in expected, (command, done)
        assert irregular in done.out + done.err, (command, done)
    assert contents(outside) == before


@pytest.mark.parametrize("tree", TREES)
def test_every_command_refuses_a_committed_irregular_tree(
    tree: str, synced: Path, prod: Live, outside: Path, flowsync: Program, git: Git
) -> None:
    irregular, make = TREES[tree]
    make(synced, outside)
    git("rm", "-r", "-q", "--cached", "flows")
    git("add", "-A", "flows")
    git("commit", "-q", "-m", "irregular")
    prod.edit(2, "/desc", "edited")
    _check_refusal(COMMITTED, irregular, flowsync, outside)


@pytest.mark.parametrize("tree", ELSEWHERE)
def test_an_irregular_file_of_another_environment_is_refused_if_all_are_read(
    tree: str, synced: Path, outside: Path, flowsync: Program, git: Git
) -> None:
    irregular, make = ELSEWHERE[tree]
    make(synced, outside)
    git("add", "-A", "flows")
    git("commit", "-q", "-m", "irregular")
    statuses = {
        command: status for command, status in COMMITTED.items() if command.split()[0] not in _PLATFORM
    }
    _check_refusal(statuses, irregular, flowsync, outside)
    assert flowsync("drift").status == 0


@pytest.mark.parametrize("tree", [*TREES, *UNCOMMITTABLE])
def test_every_command_that_reads_files_refuses_an_irregular_tree(
    tree: str, synced: Path, outside: Path, flowsync: Program
) -> None:
    irregular, make = {**TREES, **UNCOMMITTABLE}[tree]
    make(synced, outside)
    statuses = {command: status for command, status in ON_DISK.items() if command != "sync"}
    _check_refusal(statuses, irregular, flowsync, outside)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=synced)
    assert flowsync("sync").status in (0, 1, 4)
    assert subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=synced) == head


@pytest.mark.parametrize(
    ("place", "argument"),
    [
        *(
            (place, argument)
            for place in ("flows/prod", "flows", ".")
            for argument in ("", ".", "{root}/flows")
        ),
        ("flows/prod", ".."),
        ("flows/prod", "../.."),
        (".", "{root}/flows/../flows/prod"),
    ],
)
def test_the_result_is_the_same_from_every_folder_and_for_every_name(
    place: str, argument: str, synced: Path, outside: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (synced / "flows/prod/again.9.yaml").symlink_to(outside / "prod/outside.7.yaml")
    monkeypatch.chdir(synced / place)
    for command, status in (("validate", 2), ("fmt --check", 2), ("fmt", 1)):
        done = flowsync(*command.split(), *([argument.format(root=synced)] if argument else []))
        assert done.status == status
        assert "again.9.yaml" in done.out + done.err
        assert "(3 documents checked)" in done.out
    assert (outside / "prod/outside.7.yaml").read_text() == NOT_CANONICAL


@pytest.mark.parametrize(
    "argument", ["{outside}", "{outside}/prod/outside.7.yaml", "../outside", "flows/../../outside"]
)
def test_files_outside_the_repository_are_neither_read_nor_written(
    argument: str, synced: Path, outside: Path, flowsync: Program
) -> None:
    for command, status in (("validate", 2), ("fmt --check", 2), ("fmt", 1)):
        done = flowsync(*command.split(), argument.format(outside=outside))
        assert done.status == status
        assert "outside of the repository" in done.out + done.err
        assert "(0 documents checked)" in done.out
    assert (outside / "prod/outside.7.yaml").read_text() == NOT_CANONICAL


@pytest.mark.parametrize("inside", [True, False])
def test_symbolic_links_in_the_path_of_a_repository_are_followed(
    inside: bool,  # noqa: FBT001  # a parameter of the test
    synced: Path,
    tmp_path: Path,
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "link").symlink_to(synced.parent)
    monkeypatch.chdir(synced if inside else tmp_path)
    for command in ("validate", "fmt --check"):
        for argument in (
            tmp_path / "link/repo/flows",
            tmp_path / "link" / file_of(synced, 1).relative_to(tmp_path),
        ):
            done = flowsync(*command.split(), str(argument))
            assert done.status == 0, done
            assert "(0 documents" not in done.out


def test_a_link_does_not_lead_out_of_a_repository_that_is_named_from_elsewhere(
    synced: Path, outside: Path, tmp_path: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(synced / "flows/prod")
    (synced / "flows/prod").symlink_to(outside / "prod")
    monkeypatch.chdir(tmp_path)
    for argument in ("repo/flows", "repo/flows/prod", "repo", "repo/flows/prod/outside.7.yaml"):
        done = flowsync("fmt", argument)
        assert done.status == 1
        assert "repo/flows/prod" in done.err
        assert "a symbolic link" in done.err
    assert (outside / "prod/outside.7.yaml").read_text() == NOT_CANONICAL


def test_links_and_repositories_elsewhere_in_a_repository_are_ignored(
    synced: Path, outside: Path, flowsync: Program
) -> None:
    (synced / "docs").symlink_to(outside)
    (synced / "vendor").mkdir()
    _create_repository("vendor")(synced, outside)
    (synced / "flows/prod/.#ingest.1.yaml").symlink_to("wind@host.1")
    for command in ("validate", "validate .", "fmt --check .", "fmt"):
        assert flowsync(*command.split()).status == 0


def test_a_formatted_file_keeps_its_mode(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 1)
    canonical = file.read_text()
    file.write_text(f"# a comment\n{canonical}")
    file.chmod(0o640)
    assert flowsync("fmt").status == 0
    assert file.read_text() == canonical
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(
        {f.name for f in file.parent.glob("*.yaml")}
    )


def test_a_file_that_cannot_be_written_is_named_and_unchanged(synced: Path, flowsync: Program) -> None:
    file = file_of(synced, 1)
    before = f"# a comment\n{file.read_text()}"
    file.write_text(before)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, hard))
    try:
        failed = flowsync("fmt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed.status == 1
    assert "error: cannot write flows/prod/ingest.1.yaml: File too large" in failed.err
    assert file.read_text() == before
    assert len([*file.parent.iterdir()]) == 3
