"""Running git: repository, environment and errors."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import flowsync.errors
from flowsync.errors import RepositoryError
from flowsync.repository.repository import Repository, open_repository

Git = Callable[..., str]
Opened = Callable[[Path], Repository]


@pytest.mark.parametrize(
    "name",
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_COMMON_DIR"],
)
def test_inherited_variables_do_not_select_another_repository(
    repo: Path, git: Git, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    head, status = git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    repository = opened(repo)
    assert repository.head() == head
    assert repository.git.output("status", "--porcelain").decode() == status
    assert repository.file_at(head, "README.md") == b"flows\n"
    assert not (tmp_path / "elsewhere").exists()


def test_variables_of_a_hook_do_not_select_another_repository(
    repo: Path, git: Git, tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "outer")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "outer/.git"))
    assert opened(repo).root == repo


def test_paths_are_literal(repo: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_ICASE_PATHSPECS", "1")
    repository = opened(repo)
    assert repository.file_at(repository.resolve("HEAD"), "readme.md") is None
    assert repository.file_at(repository.resolve("HEAD"), ":(glob)*") is None


def test_a_folder_with_special_characters_is_a_repository(
    tmp_path: Path, git: Git, opened: Opened, sync: Callable[..., str | None]
) -> None:
    root = tmp_path / "$HOME ~ 'quoted' * 风"
    root.mkdir()
    git(root, "init", "-q")
    sync(root, {"flows/prod/load.1.yaml": "a: 1\n"})
    assert git(root, "status", "--porcelain") == ""
    assert opened(root).root == root


def test_replacement_objects_are_ignored(repo: Path, git: Git, opened: Opened) -> None:
    old = git(repo, "rev-parse", "HEAD:README.md")
    (repo / "other").write_text("replaced\n")
    git(repo, "replace", old, git(repo, "hash-object", "-w", "other"))
    assert opened(repo).blob(old) == b"flows\n"


def test_reading_writes_nothing(repo: Path, opened: Opened) -> None:
    before = _state(repo / ".git")
    repository = opened(repo)
    repository.flow_files(repository.resolve("HEAD"))
    repository.work_tree_flow_files()
    repository.blob(repository.flow_files(repository.resolve("HEAD"))["prod"][1].blob)
    assert _state(repo / ".git") == before


def test_a_failure_quotes_the_message_of_git(repo: Path, opened: Opened) -> None:
    with pytest.raises(RepositoryError, match="git cat-file failed: ") as caught:
        opened(repo).git.output("cat-file", "-p", "nothing")
    assert caught.value.repository == str(repo)
    assert "nothing" in caught.value.message


def test_a_missing_git_is_reported(
    repo: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository = opened(repo)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git could not be run") as caught:
        repository.head()
    assert "PATH" in caught.value.hint


def test_import_without_git_raises_repository_error(tmp_path: Path) -> None:
    script = (
        "import os\nfrom pathlib import Path\n"
        "from flowsync.errors import RepositoryError\n"
        "from flowsync.repository.repository import open_repository\n"
        "try:\n    open_repository(Path(), environ=os.environ)\n"
        "except RepositoryError as error:\n    print(error.message, '|', error.hint)\n"
    )
    package = str(Path(flowsync.errors.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": str(tmp_path), "PYTHONPATH": package, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "git was not found | install git 2.34 or newer and put it on PATH\n"


def test_a_missing_library_is_not_reported_as_a_missing_git(tmp_path: Path) -> None:
    (tmp_path / "git.py").write_text("import no_such_library\n")
    package = Path(flowsync.errors.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", "from flowsync.repository.git import _gitpython; _gitpython()"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{package}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'no_such_library'\n")


def test_closing_ends_the_process_that_reads_blobs(repo: Path, git: Git) -> None:
    with open_repository(repo, environ=os.environ) as repository:
        repository.blob(git(repo, "rev-parse", "HEAD:README.md"))
        process = repository._blobs._process
        assert process is not None
    assert process.returncode == 0
    assert repository._blobs._process is None


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_failure_names_the_command_that_follows_the_settings(repo: Path, opened: Opened) -> None:
    settings = ("-c", "core.compression=1", "-c", "i18n.commitEncoding=utf-8")
    with pytest.raises(RepositoryError, match=r"^git commit-tree failed: "):
        opened(repo).git.output(*settings, "commit-tree", "nothing")
