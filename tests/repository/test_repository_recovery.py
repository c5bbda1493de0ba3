"""Recovery from every state that a crash, and then a user, can leave."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowsync.errors import GuardError, RepositoryError
from flowsync.repository.recovery import Recovery, recover
from flowsync.repository.repository import Repository

Git = Callable[..., str]
Sync = Callable[..., str | None]
Opened = Callable[[Path], Repository]
Crash = Callable[[Path], tuple[str, str]]

LOAD = "flows/prod/load.1.yaml"
REPORT = "flows/prod/report.2.yaml"
FRESH = "flows/prod/fresh.3.yaml"


class Crashed(BaseException):
    """The end of the process: only clean-up code runs after it."""


@pytest.fixture
def crash(sync: Sync, git: Git, monkeypatch: pytest.MonkeyPatch) -> Crash:
    """Return a function that crashes a sync after the branch moved; it returns the old and new commit."""

    def run(repository: Path) -> tuple[str, str]:
        old = git(repository, "rev-parse", "HEAD")
        with _no_file_written(monkeypatch), pytest.raises(Crashed):
            sync(repository, {LOAD: "load: new\n", FRESH: "fresh: new\n", REPORT: None})
        assert (repository / ".git/flowsync/journal").exists()
        return old, git(repository, "rev-parse", "HEAD")

    return run


@contextmanager
def _no_file_written(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    really = os.replace

    def replace(source: str, target: str, **folders: int) -> None:
        if folders:  # files of the work tree are opened by their folder
            raise Crashed
        really(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        yield


def test_without_a_journal_nothing_is_recovered(repo: Path, opened: Opened) -> None:
    assert recover(opened(repo)) is None


def test_a_visible_commit_is_finished(repo: Path, git: Git, opened: Opened, crash: Crash) -> None:
    old, new = crash(repo)
    assert old != new
    assert git(repo, "status", "--porcelain") != ""
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=True)
    assert git(repo, "status", "--porcelain", "--ignored") == ""
    assert (repo / FRESH).read_text() == "fresh: new\n"
    assert not (repo / REPORT).exists()
    assert [path.name for path in (repo / ".git/flowsync").iterdir()] == ["lock"]


def test_a_commit_that_is_not_visible_is_removed(repo: Path, git: Git, opened: Opened, crash: Crash) -> None:
    old, new = crash(repo)
    git(repo, "update-ref", "refs/heads/main", old)
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=False)
    assert git(repo, "status", "--porcelain", "--ignored") == ""
    assert (repo / LOAD).read_text() == "name: load\n"


def test_recovery_is_idempotent(repo: Path, opened: Opened, crash: Crash) -> None:
    crash(repo)
    repository = opened(repo)
    assert recover(repository) is not None
    assert recover(repository) is None


def test_an_unborn_branch_is_recovered(
    tmp_path: Path, git: Git, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "unborn"
    root.mkdir()
    git(root, "init", "-q")
    with _no_file_written(monkeypatch), pytest.raises(Crashed):
        sync(root, {LOAD: "load: new\n"})
    sync(root, {LOAD: "load: newer\n"})
    assert git(root, "rev-list", "--count", "HEAD") == "2"
    assert git(root, "status", "--porcelain") == ""


def test_an_edit_after_the_crash_is_refused_and_nothing_changes(
    repo: Path, opened: Opened, crash: Crash
) -> None:
    crash(repo)
    (repo / LOAD).write_text("mine\n")
    with pytest.raises(GuardError, match=r"1 file under flows/ not committed: flows/prod/load\.1\.yaml"):
        recover(opened(repo))
    assert (repo / LOAD).read_text() == "mine\n"
    assert not (repo / FRESH).exists()
    assert (repo / ".git/flowsync/journal").exists()


def test_recovery_continues_after_an_edit_is_moved_aside(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    crash(repo)
    (repo / LOAD).write_text("mine\n")
    (repo / LOAD).rename(repo / "mine.yaml")
    assert recover(opened(repo)) is not None
    assert (repo / LOAD).read_text() == "load: new\n"
    assert git(repo, "status", "--porcelain") == "?? mine.yaml"


def test_a_half_written_temporary_file_is_removed(repo: Path, git: Git, opened: Opened, crash: Crash) -> None:
    crash(repo)
    assert list((repo / "flows/prod").glob(".*.flowsync"))
    recover(opened(repo))
    assert not list((repo / "flows/prod").glob(".*"))


def test_a_half_written_temporary_file_is_removed_with_the_commit(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    old, _ = crash(repo)
    git(repo, "update-ref", "refs/heads/main", old)
    recover(opened(repo))
    assert not list((repo / "flows/prod").glob(".*"))


def test_a_foreign_index_lock_stops_recovery(repo: Path, opened: Opened, crash: Crash) -> None:
    crash(repo)
    lock = repo / ".git/index.lock"
    lock.unlink()
    lock.write_text("theirs")
    with pytest.raises(GuardError, match=r"index\.lock"):
        recover(opened(repo))
    assert lock.read_text() == "theirs"
    assert (repo / LOAD).read_text() == "name: load\n"


def test_the_index_is_updated_after_a_user_removed_our_lock(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    crash(repo)
    (repo / ".git/index.lock").unlink()
    (repo / "staged.txt").write_text("staged\n")
    git(repo, "add", "staged.txt")
    recover(opened(repo))
    assert git(repo, "status", "--porcelain") == "A  staged.txt"


def test_a_version_staged_after_our_lock_was_removed_stays_staged(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    crash(repo)
    (repo / ".git/index.lock").unlink()
    (repo / LOAD).write_text("mine\n")
    git(repo, "add", LOAD)
    (repo / LOAD).write_text("name: load\n")
    recover(opened(repo))
    assert git(repo, "show", f":{LOAD}") == "mine"


def test_the_files_of_a_later_commit_that_keeps_ours_are_written(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    _, new = crash(repo)
    on_top = git(repo, "commit-tree", "-p", new, "-m", "on top", f"{new}^{{tree}}")
    git(repo, "update-ref", "refs/heads/main", on_top)
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=True)
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "rev-parse", "HEAD") == on_top


def test_a_later_commit_that_reverts_ours_is_not_changed(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    crash(repo)
    (repo / ".git/index.lock").unlink()
    for leftover in (repo / "flows/prod").glob(".*"):
        leftover.unlink()
    git(repo, "commit", "-q", "-a", "-m", "undone without knowing")
    undone = git(repo, "rev-parse", "HEAD")
    recover(opened(repo))
    assert git(repo, "rev-parse", "HEAD") == undone
    assert git(repo, "status", "--porcelain") == ""
    assert (repo / LOAD).read_text() == "name: load\n"


def test_an_edit_before_a_later_commit_is_kept(repo: Path, git: Git, opened: Opened, crash: Crash) -> None:
    _, new = crash(repo)
    on_top = git(repo, "commit-tree", "-p", new, "-m", "on top", f"{new}^{{tree}}")
    git(repo, "update-ref", "refs/heads/main", on_top)
    (repo / LOAD).write_text("mine\n")
    recover(opened(repo))
    assert git(repo, "status", "--porcelain") == f" M {LOAD}"
    assert (repo / LOAD).read_text() == "mine\n"


def test_a_branch_that_was_reset_is_not_changed(repo: Path, git: Git, opened: Opened, crash: Crash) -> None:
    old, new = crash(repo)
    other = git(repo, "commit-tree", "-p", old, "-m", "other", f"{old}^{{tree}}")
    git(repo, "update-ref", "refs/heads/main", other)
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=False)
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "rev-parse", "HEAD") == other


def test_another_branch_that_was_checked_out_is_not_overwritten(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    old, new = crash(repo)
    git(repo, "branch", "other", old)
    git(repo, "symbolic-ref", "HEAD", "refs/heads/other")
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=False)
    assert git(repo, "status", "--porcelain") == ""
    assert (repo / LOAD).read_text() == "name: load\n"


def test_a_crash_between_index_and_journal_is_recovered(
    repo: Path, git: Git, opened: Opened, crash: Crash
) -> None:
    """Check the case that the prepared file is still a hard link of the replaced index."""
    _, new = crash(repo)
    journal = (repo / ".git/flowsync/journal").read_bytes()
    recover(opened(repo))
    (repo / ".git/flowsync/journal").write_bytes(journal)
    os.link(repo / ".git/index", repo / ".git/flowsync/index")
    index = (repo / ".git/index").read_bytes()
    assert recover(opened(repo)) == Recovery("refs/heads/main", new, is_finished=True)
    assert (repo / ".git/index").read_bytes() == index
    assert git(repo, "status", "--porcelain") == ""


def test_a_stale_hard_link_of_the_index_is_never_written(repo: Path, git: Git, sync: Sync) -> None:
    (repo / ".git/flowsync").mkdir()
    os.link(repo / ".git/index", repo / ".git/flowsync/index")
    sync(repo, {LOAD: "load: new\n"})
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "fsck", "--strict") == ""


def test_private_files_of_a_killed_run_are_removed(repo: Path, opened: Opened) -> None:
    folder = repo / ".git/flowsync"
    folder.mkdir()
    for name in (
        "index",
        "index.lock",
        "index-fresh",
        "index-fresh.lock",
        "tree",
        "tree.lock",
        "journal.new",
    ):
        (folder / name).touch()
    recover(opened(repo))
    assert [path.name for path in folder.iterdir()] == ["lock"]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"version": 1, "paths": []}'])
def test_an_unreadable_journal_stops_the_run_and_is_kept(repo: Path, opened: Opened, text: str) -> None:
    (repo / ".git/flowsync").mkdir()
    (repo / ".git/flowsync/journal").write_text(text)
    with pytest.raises(RepositoryError, match="unreadable journal"):
        recover(opened(repo))
    assert (repo / ".git/flowsync/journal").read_text() == text


def test_a_journal_with_other_paths_than_flows_is_refused(repo: Path, opened: Opened, crash: Crash) -> None:
    crash(repo)
    place = repo / ".git/flowsync/journal"
    journal = json.loads(place.read_text())
    journal["paths"] = {"../outside.1.yaml": [None, "0" * 40]}
    place.write_text(json.dumps(journal))
    with pytest.raises(RepositoryError, match="unreadable journal"):
        recover(opened(repo))


def test_a_flows_folder_that_became_a_link_is_refused(
    repo: Path, opened: Opened, crash: Crash, tmp_path: Path
) -> None:
    crash(repo)
    shutil.move(repo / "flows", tmp_path / "elsewhere")
    (repo / "flows").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RepositoryError, match="not a plain folder: flows"):
        recover(opened(repo))
    assert (tmp_path / "elsewhere/prod/load.1.yaml").read_text() == "name: load\n"


def test_a_crash_in_a_linked_work_tree_is_recovered_there(
    tmp_path: Path, repo: Path, git: Git, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    with _no_file_written(monkeypatch), pytest.raises(Crashed):
        sync(linked, {LOAD: "load: new\n"})
    sync(repo, {LOAD: "load: main\n"})
    sync(linked, {LOAD: "load: newer\n"})
    assert git(linked, "status", "--porcelain") == ""
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "rev-list", "--count", "side") == "3"
