"""Reading flow files at revisions and on disk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flowsync.errors import RepositoryError, UsageError
from flowsync.repository.flow_paths import environment_of, flow_id_of, is_flow_path
from flowsync.repository.repository import FlowFile, Repository, open_repository
from flowsync.repository.worktree import filesystem_errors

Git = Callable[..., str]
Opened = Callable[[Path], Repository]


def test_a_commit_lists_its_flows_by_environment_and_id(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    head = repository.resolve("HEAD")
    found = repository.flow_files(head)
    assert {name: sorted(files) for name, files in found.items()} == {"prod": [1, 2], "dev": [1]}
    path = "flows/prod/load.1.yaml"
    assert found["prod"][1] == FlowFile(path, git(repo, "rev-parse", f"HEAD:{path}"))


def test_exactly_the_requested_environments_are_listed(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    head = repository.resolve("HEAD")
    assert {name: sorted(files) for name, files in repository.flow_files(head, ["dev", "test"]).items()} == {
        "dev": [1],
        "test": [],
    }
    assert repository.flow_files(None, ["prod"]) == {"prod": {}}


def test_the_work_tree_lists_the_same_as_its_commit(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    assert repository.work_tree_flow_files() == repository.flow_files(repository.resolve("HEAD"))
    assert repository.work_tree_flow_files(["dev", "test"]) == repository.flow_files(
        repository.resolve("HEAD"), ["dev", "test"]
    )


def test_the_current_files_of_the_work_tree_are_read(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    (repo / "flows/prod/load.1.yaml").write_text("edited\n")
    (repo / "flows/prod/added.9.yaml").write_text("added\n")
    files = repository.work_tree_flow_files(["prod"])["prod"]
    assert sorted(files) == [1, 2, 9]
    assert files[1].blob == repository.hash_blob(b"edited\n")
    assert repository.work_tree_bytes("flows/prod/added.9.yaml") == b"added\n"


def test_a_repository_without_flows_has_an_empty_listing(tmp_path: Path, git: Git, opened: Opened) -> None:
    git(tmp_path, "init", "-q", "empty")
    repository = opened(tmp_path / "empty")
    assert repository.head() is None
    assert repository.work_tree_flow_files() == {}
    assert repository.flow_files(repository.head()) == {}


@pytest.mark.parametrize(
    "path",
    [
        "flows/prod/load.yaml",
        "flows/prod/load.01.yaml",
        "flows/prod/1.yaml",
        "flows/prod/load.1.yml",
        "flows/prod/notes.txt",
        "flows/Prod/load.1.yaml",
        "flows/-prod/load.1.yaml",
        "flows/prod/deeper/load.1.yaml",
        "flows/prod/load.\u0661.yaml",
        "flows/prod/li\nne.1.yaml",
    ],
)
def test_a_file_that_does_not_fit_the_layout_is_named(
    repo: Path, git: Git, opened: Opened, path: str
) -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text("odd\n")
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "odd")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match="not the path of a flow") as caught:
        repository.flow_files(repository.resolve("HEAD"))
    assert repr(path) in caught.value.message


def test_a_name_that_is_not_text_is_refused_in_commits_and_on_disk(
    repo: Path, git: Git, opened: Opened
) -> None:
    (repo / "flows/prod/\udcff.5.yaml").write_text("odd\n")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match="not the path of a flow"):
        repository.work_tree_flow_files(["prod"])
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "odd")
    with pytest.raises(RepositoryError, match="not the path of a flow"):
        repository.flow_files(repository.resolve("HEAD"))


def test_names_of_any_script_are_flows(repo: Path, git: Git, opened: Opened) -> None:
    path = "flows/prod/风电-预测.77.yaml"
    (repo / path).write_text("name: 风电\n")
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "script")
    repository = opened(repo)
    assert repository.flow_files(repository.resolve("HEAD"), ["prod"])["prod"][77].path == path
    assert repository.work_tree_flow_files(["prod"])["prod"][77].path == path


def test_dot_files_and_files_above_the_environments_are_not_flows(
    repo: Path, git: Git, opened: Opened
) -> None:
    for path in ("flows/.gitattributes", "flows/README.md", "flows/prod/.gitkeep"):
        (repo / path).write_text("")
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "dots")
    repository = opened(repo)
    expected = {"prod": [1, 2], "dev": [1]}
    assert {
        name: sorted(f) for name, f in repository.flow_files(repository.resolve("HEAD")).items()
    } == expected
    assert {name: sorted(f) for name, f in repository.work_tree_flow_files().items()} == expected


def test_a_duplicate_id_is_refused_with_both_paths(repo: Path, git: Git, opened: Opened) -> None:
    (repo / "flows/prod/second.1.yaml").write_text("again\n")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match=r"flow 1 has two files: .*load\.1\.yaml and .*second\.1\.yaml"):
        repository.work_tree_flow_files(["prod"])
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "twice")
    with pytest.raises(RepositoryError, match="has two files"):
        repository.flow_files(repository.resolve("HEAD"), ["prod"])


def test_links_are_refused_in_commits_and_on_disk(repo: Path, git: Git, opened: Opened) -> None:
    (repo / "flows/prod/link.5.yaml").symlink_to("load.1.yaml")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match=r"not a plain file: flows/prod/link\.5\.yaml"):
        repository.work_tree_flow_files(["prod"])
    with pytest.raises(RepositoryError, match="not a plain file"):
        repository.work_tree_bytes("flows/prod/link.5.yaml")
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "link")
    with pytest.raises(RepositoryError, match=r"link\.5\.yaml' is a symbolic link"):
        repository.flow_files(repository.resolve("HEAD"))


def test_submodules_are_refused(repo: Path, git: Git, opened: Opened) -> None:
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{head},flows/prod/sub.6.yaml")
    git(repo, "commit", "-q", "-m", "submodule")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match="is a submodule"):
        repository.flow_files(repository.resolve("HEAD"))


def test_a_link_in_place_of_the_flows_folder_is_refused(repo: Path, git: Git, opened: Opened) -> None:
    git(repo, "rm", "-q", "-r", "flows")
    (repo / "flows").symlink_to("/")
    git(repo, "add", "flows")
    git(repo, "commit", "-q", "-m", "link")
    repository = opened(repo)
    with pytest.raises(RepositoryError, match="'flows' is a symbolic link"):
        repository.flow_files(repository.resolve("HEAD"))
    with pytest.raises(RepositoryError, match="not a plain folder: flows"):
        repository.work_tree_flow_files()
    with pytest.raises(RepositoryError, match="not a plain folder: flows"):
        repository.work_tree_bytes("flows/etc/passwd")


def test_blobs_are_read_only_on_request(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    files = repository.flow_files(repository.resolve("HEAD"))
    assert repository.blobs_read == 0
    assert repository.blob(files["prod"][1].blob) == b"name: load\n"
    assert repository.blob(files["dev"][1].blob) == b"name: load in dev\n"
    assert repository.blobs_read == 2


def test_a_blob_of_any_bytes_is_read_unchanged(repo: Path, git: Git, opened: Opened) -> None:
    data = bytes(range(256)) * 5_000 + b"\n\n"
    (repo / "big").write_bytes(data)
    blob = git(repo, "hash-object", "-w", "--no-filters", "big")
    repository = opened(repo)
    assert repository.blob(blob) == data
    assert repository.hash_blob(data) == blob


def test_an_id_that_is_not_a_blob_is_an_error_and_reading_continues(
    repo: Path, git: Git, opened: Opened
) -> None:
    repository = opened(repo)
    with pytest.raises(RepositoryError, match="no such blob"):
        repository.blob("1" * 40)
    with pytest.raises(RepositoryError, match="not a blob"):
        repository.blob(git(repo, "rev-parse", "HEAD"))
    assert repository.blob(git(repo, "rev-parse", "HEAD:README.md")) == b"flows\n"


def test_reading_continues_after_git_was_killed(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    blob = git(repo, "rev-parse", "HEAD:README.md")
    repository.blob(blob)
    process = repository._blobs._process
    assert process is not None
    process.kill()
    process.wait()
    with pytest.raises(RepositoryError, match="git stopped"):
        repository.blob(blob)
    assert repository.blob(blob) == b"flows\n"


def test_a_file_of_a_commit_is_read_by_path(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    head = repository.resolve("HEAD")
    assert repository.file_at(head, "README.md") == b"flows\n"
    assert repository.file_at(head, "flows/prod/load.1.yaml") == b"name: load\n"
    assert repository.file_at(head, "flowsync.yaml") is None
    assert repository.file_at(head, "flows") is None


def test_a_missing_file_on_disk_is_named(repo: Path, opened: Opened) -> None:
    with pytest.raises(RepositoryError, match=r"no such file: flows/prod/none\.5\.yaml"):
        opened(repo).work_tree_bytes("flows/prod/none.5.yaml")


@pytest.mark.parametrize("revision", ["main", "HEAD", "HEAD~0", "v1", "@"])
def test_revisions_become_commit_ids(repo: Path, git: Git, opened: Opened, revision: str) -> None:
    git(repo, "tag", "-a", "-m", "annotated", "v1")
    assert opened(repo).resolve(revision) == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "revision", ["nope", "", "--output=x", "-h", "HEAD:README.md", "a\nb", "a\0b", "HEAD HEAD"]
)
def test_an_unknown_revision_is_named_in_the_error(repo: Path, opened: Opened, revision: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened(repo).resolve(revision)
    assert caught.value.word == revision
    assert sorted(path.name for path in repo.iterdir()) == [".git", "README.md", "flows"]


def test_in_a_shallow_clone_the_hint_names_unshallow(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    with pytest.raises(RepositoryError) as caught:
        opened(tmp_path / "shallow").resolve("HEAD~1")
    assert "unshallow" in caught.value.hint


def test_a_bare_repository_is_read_without_files_on_disk(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    repository = opened(tmp_path / "bare.git")
    assert repository.is_bare
    assert repository.root is None
    assert repository.flow_files(repository.resolve("main")) == opened(repo).flow_files(
        opened(repo).resolve("main")
    )
    with pytest.raises(RepositoryError, match="bare repository"):
        repository.work_tree_flow_files()


def test_a_sha256_repository_is_read(tmp_path: Path, git: Git, opened: Opened) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "long")
    root = tmp_path / "long"
    (root / "flows/prod").mkdir(parents=True)
    (root / "flows/prod/load.1.yaml").write_text("name: load\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    repository = opened(root)
    files = repository.flow_files(repository.resolve("HEAD"))
    assert files == repository.work_tree_flow_files()
    assert len(repository.no_object) == 64
    assert repository.blob(files["prod"][1].blob) == b"name: load\n"


def test_a_linked_work_tree_knows_its_own_and_the_common_directory(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    repository = opened(linked)
    assert repository.root == linked
    assert repository.common_dir == repo / ".git"
    assert repository.git_dir == repo / ".git/worktrees/linked"


def test_a_missing_repository_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no git repository in ") as caught:
        open_repository(tmp_path, environ=os.environ)
    assert caught.value.repository == str(tmp_path)
    with pytest.raises(RepositoryError, match="nowhere"):
        open_repository(tmp_path / "nowhere", environ=os.environ)


def test_environment_and_id_are_derived_from_the_path() -> None:
    assert environment_of("flows/prod/a.b.12.yaml") == "prod"
    assert flow_id_of("flows/prod/a.b.12.yaml") == 12
    assert not is_flow_path("flow/prod/a.1.yaml")
    assert not is_flow_path("flows/a.1.yaml")


def test_a_link_to_itself_is_refused(repo: Path, opened: Opened) -> None:
    (repo / "flows/loop").symlink_to("loop")
    with pytest.raises(RepositoryError, match="not a plain folder: flows/loop is a symbolic link"):
        opened(repo).work_tree_flow_files()


def test_links_of_editors_are_skipped_in_commits_and_on_disk(repo: Path, git: Git, opened: Opened) -> None:
    before = opened(repo).work_tree_flow_files()
    (repo / "flows/prod/.#load.1.yaml").symlink_to("wind@host.1")
    (repo / "flows/.hidden").mkdir()
    (repo / "flows/.hidden/odd.5.yaml").symlink_to("/etc/passwd")
    assert opened(repo).work_tree_flow_files() == before
    git(repo, "add", "-f", "flows")
    git(repo, "commit", "-q", "-m", "editors")
    assert opened(repo).flow_files(opened(repo).resolve("HEAD")) == before


def test_an_error_without_a_file_name_is_reported(tmp_path: Path) -> None:
    """Check the error for a folder that is listed by its descriptor: it has no file name."""
    with (
        (tmp_path / "file").open("w") as file,
        pytest.raises(RepositoryError, match="Not a directory"),
        filesystem_errors(tmp_path),
    ):
        os.listdir(file.fileno())  # noqa: PTH208  # a Path has no number
