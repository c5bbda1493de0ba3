"""States of a repository, and whether a sync may write in them."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from flowsync.errors import GuardError, RepositoryError, UsageError
from flowsync.repository.identity import Identity
from flowsync.repository.preconditions import Target, writing_target
from flowsync.repository.repository import Repository, open_repository

Git = Callable[..., str]
Opened = Callable[[Path], Repository]

LOAD = "flows/prod/load.1.yaml"


def _target(repository: Repository, branch: str | None = None) -> Target:
    return writing_target(repository, branch=branch, environments=["prod"])


def _ignore(repository: Path, pattern: str) -> None:
    (repository / ".git/info").mkdir()
    (repository / ".git/info/exclude").write_text(f"{pattern}\n")


@pytest.fixture
def conflicting(repo: Path, git: Git) -> Path:
    """Return a repository whose branches change the README differently; main is checked out."""
    git(repo, "switch", "-q", "-c", "theirs")
    (repo / "README.md").write_text("theirs\n")
    git(repo, "commit", "-q", "-a", "-m", "theirs")
    git(repo, "switch", "-q", "main")
    (repo / "README.md").write_text("ours\n")
    git(repo, "commit", "-q", "-a", "-m", "ours")
    return repo


def test_the_checked_out_branch_is_written_with_its_files(repo: Path, git: Git, opened: Opened) -> None:
    head = git(repo, "rev-parse", "HEAD")
    assert _target(opened(repo)) == Target("refs/heads/main", head, head, is_checked_out=True)
    assert _target(opened(repo), "main") == Target("refs/heads/main", head, head, is_checked_out=True)


def test_a_repository_opens_from_a_sub_folder(repo: Path, opened: Opened) -> None:
    assert _target(opened(repo / "flows/prod")) == _target(opened(repo))


def test_an_unborn_branch_has_neither_commit_nor_parent(tmp_path: Path, git: Git, opened: Opened) -> None:
    git(tmp_path, "init", "-q", "unborn")
    assert _target(opened(tmp_path / "unborn")) == Target("refs/heads/main", None, None, is_checked_out=True)


def test_a_named_branch_that_is_not_checked_out_moves_without_files(
    repo: Path, git: Git, opened: Opened
) -> None:
    head = git(repo, "rev-parse", "HEAD")
    assert _target(opened(repo), "new/branch") == Target(
        "refs/heads/new/branch", None, head, is_checked_out=False
    )
    git(repo, "branch", "old")
    git(repo, "commit", "-q", "--allow-empty", "-m", "ahead")
    assert _target(opened(repo), "old") == Target("refs/heads/old", head, head, is_checked_out=False)


@pytest.mark.parametrize("name", ["", "-x", "a..b", "HEAD", "refs/heads/main", "a b", "a\0b"])
def test_an_invalid_branch_name_is_refused(repo: Path, opened: Opened, name: str) -> None:
    with pytest.raises(UsageError):
        _target(opened(repo), name)


def test_in_a_bare_repository_only_the_branch_is_written(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    assert not _target(opened(tmp_path / "bare.git")).is_checked_out


def test_a_detached_head_requires_a_named_branch(repo: Path, git: Git, opened: Opened) -> None:
    git(repo, "switch", "-q", "--detach")
    with pytest.raises(GuardError, match="detached HEAD") as caught:
        _target(opened(repo))
    assert "--branch" in caught.value.hint
    head = git(repo, "rev-parse", "HEAD")
    assert _target(opened(repo), "ci") == Target("refs/heads/ci", None, head, is_checked_out=False)


def test_a_shallow_clone_requires_a_named_branch(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    with pytest.raises(GuardError, match="shallow") as caught:
        _target(opened(tmp_path / "shallow"))
    assert "--branch" in caught.value.hint
    assert _target(opened(tmp_path / "shallow"), "main").is_checked_out


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("merge", ["merge", "theirs"]),
        ("rebase", ["rebase", "theirs"]),
        ("rebase", ["rebase", "--apply", "theirs"]),
        ("cherry-pick", ["cherry-pick", "theirs"]),
        ("revert", ["revert", "--no-edit", "HEAD~1"]),
    ],
)
def test_an_operation_that_stopped_at_a_conflict_is_refused_with_a_hint(
    conflicting: Path, git: Git, opened: Opened, operation: str, arguments: list[str]
) -> None:
    if operation == "revert":
        (conflicting / "README.md").write_text("ours again\n")
        git(conflicting, "commit", "-q", "-a", "-m", "ours again")
    with pytest.raises(AssertionError):  # git stops at the conflict
        git(conflicting, *arguments)
    with pytest.raises(GuardError, match=f"git {operation} is in progress") as caught:
        _target(opened(conflicting))
    assert f"git {operation} --abort" in caught.value.hint
    git(conflicting, operation, "--abort")
    assert _target(opened(conflicting)).branch == "main"


def test_an_unfinished_am_is_refused_with_a_hint(conflicting: Path, git: Git, opened: Opened) -> None:
    patch = git(conflicting, "format-patch", "-1", "theirs", "--stdout")
    (conflicting / "patch").write_text(patch + "\n")
    with pytest.raises(AssertionError):
        git(conflicting, "am", "patch")
    with pytest.raises(GuardError, match="git am is in progress") as caught:
        _target(opened(conflicting))
    assert "git am --abort" in caught.value.hint


def test_a_bisection_is_refused_with_a_hint(repo: Path, git: Git, opened: Opened) -> None:
    git(repo, "bisect", "start")
    with pytest.raises(GuardError, match="git bisect is in progress") as caught:
        _target(opened(repo))
    assert "git bisect reset" in caught.value.hint


def test_a_merge_in_progress_does_not_block_another_branch(
    conflicting: Path, git: Git, opened: Opened
) -> None:
    with pytest.raises(AssertionError):
        git(conflicting, "merge", "theirs")
    assert not _target(opened(conflicting), "sync").is_checked_out


def test_a_branch_that_is_being_rebased_is_refused(conflicting: Path, git: Git, opened: Opened) -> None:
    with pytest.raises(AssertionError):
        git(conflicting, "rebase", "theirs")
    with pytest.raises(GuardError, match="git rebase is in progress"):
        _target(opened(conflicting), "main")


def test_a_branch_that_is_checked_out_in_another_work_tree_is_refused(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    with pytest.raises(GuardError, match="side is checked out in another work tree") as caught:
        _target(opened(repo), "side")
    assert str(linked) in caught.value.message
    with pytest.raises(GuardError, match="main is checked out in another work tree"):
        _target(opened(linked), "main")
    assert _target(opened(linked)).branch == "side"


def test_a_branch_checked_out_in_a_work_tree_of_a_bare_repository_is_refused(
    tmp_path: Path, repo: Path, git: Git, opened: Opened
) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "-q", str(tmp_path / "linked"), "main")
    with pytest.raises(GuardError, match="another work tree"):
        _target(opened(tmp_path / "bare.git"))
    assert _target(opened(tmp_path / "linked")).is_checked_out


def test_a_separate_git_directory_is_not_another_work_tree(tmp_path: Path, git: Git, opened: Opened) -> None:
    git(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / "elsewhere"), "tree")
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "first")
    assert _target(opened(tmp_path / "tree")).is_checked_out


def test_a_locked_index_is_refused(repo: Path, opened: Opened) -> None:
    (repo / ".git/index.lock").touch()
    with pytest.raises(GuardError, match=r"index\.lock"):
        _target(opened(repo))
    assert (repo / ".git/index.lock").exists()


def test_a_missing_identity_is_refused(repo: Path, opened: Opened, scrubbed: Path) -> None:
    scrubbed.write_text("[user]\n    useConfigOnly = true\n")
    with pytest.raises(GuardError, match="does not know who commits") as caught:
        _target(opened(repo))
    assert "user.name" in caught.value.hint
    author = Identity("Flow Sync", "flow@example.com")
    assert writing_target(opened(repo), branch=None, environments=["prod"], author=author).branch == "main"


def test_a_repository_of_another_owner_is_refused(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(RepositoryError, match="dubious ownership") as caught:
        open_repository(repo, environ=os.environ)
    assert "safe.directory" in caught.value.hint


@pytest.mark.parametrize("how", ["edited", "staged", "deleted", "untracked", "ignored"])
def test_edited_files_are_named(repo: Path, git: Git, opened: Opened, how: str) -> None:
    path = repo / (LOAD if how in ("edited", "staged", "deleted") else "flows/prod/mine.9.yaml")
    if how == "deleted":
        path.unlink()
    else:
        path.write_text("mine\n")
    if how == "staged":
        git(repo, "add", str(path))
    if how == "ignored":
        _ignore(repo, "mine.*")
    with pytest.raises(GuardError, match="1 file under flows/ not committed") as caught:
        _target(opened(repo))
    assert path.name in caught.value.message


def test_five_of_many_edited_files_are_named_and_all_are_counted(repo: Path, opened: Opened) -> None:
    for number in range(10, 17):
        (repo / f"flows/prod/mine.{number}.yaml").write_text("mine\n")
    with pytest.raises(GuardError) as caught:
        _target(opened(repo))
    assert caught.value.message.startswith("7 files under flows/ not committed: flows/prod/mine.10.yaml, ")
    assert caught.value.message.endswith("flows/prod/mine.14.yaml and 2 more")


def test_edits_outside_the_selected_environments_are_ignored(repo: Path, opened: Opened) -> None:
    (repo / "README.md").write_text("mine\n")
    (repo / "flows/dev/load.1.yaml").write_text("mine\n")
    _ignore(repo, ".*.swp")
    (repo / "flows/prod/.load.1.yaml.swp").write_text("an editor's, and ignored\n")
    (repo / "flows/prod/.DS_Store").write_text("a file manager's, and not ignored\n")
    assert _target(opened(repo)).branch == "main"


def test_edits_do_not_block_another_branch(repo: Path, opened: Opened) -> None:
    (repo / LOAD).write_text("mine\n")
    assert not _target(opened(repo), "sync").is_checked_out


@pytest.mark.parametrize("link", ["flows", "flows/prod"])
def test_a_link_in_place_of_a_folder_is_refused(
    tmp_path: Path, repo: Path, opened: Opened, link: str
) -> None:
    shutil.move(repo / link, tmp_path / "elsewhere")
    (repo / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RepositoryError, match=f"not a plain folder: {link}"):
        _target(opened(repo))


def test_only_plain_files_are_read(tmp_path: Path, repo: Path, opened: Opened) -> None:
    path = repo / "flows/prod/odd.5.yaml"
    os.mkfifo(path)
    with pytest.raises(RepositoryError, match=r"not a plain file: flows/prod/odd\.5\.yaml"):
        opened(repo).work_tree_flow_files(["prod"])
    path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        previous = Path.cwd()
        os.chdir(path.parent)  # the path of a socket must be short
        server.bind(path.name)
        os.chdir(previous)
    with pytest.raises(RepositoryError, match=r"not a plain file: flows/prod/odd\.5\.yaml"):
        opened(repo).work_tree_flow_files(["prod"])


@pytest.mark.parametrize(
    ("option", "way_on"),
    [("--assume-unchanged", "--no-assume-unchanged"), ("--skip-worktree", "sparse-checkout")],
)
def test_files_that_git_does_not_check_are_refused_before_the_export(
    repo: Path, git: Git, opened: Opened, option: str, way_on: str
) -> None:
    git(repo, "update-index", option, LOAD)
    with pytest.raises(GuardError, match=LOAD) as refused:
        _target(opened(repo))
    assert way_on in refused.value.hint
