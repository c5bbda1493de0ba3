"""Committing a snapshot without a crash."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flowsync.errors import GuardError, RepositoryError
from flowsync.repository.identity import Identity
from flowsync.repository.locking import writing_lock
from flowsync.repository.objects import FileChange
from flowsync.repository.preconditions import writing_target
from flowsync.repository.repository import Repository
from flowsync.repository.transaction import commit

Git = Callable[..., str]
Sync = Callable[..., str | None]
Opened = Callable[[Path], Repository]

CHANGED = {
    "flows/prod/load.1.yaml": "name: load\ncron: new\n",
    "flows/prod/report.2.yaml": None,
    "flows/prod/fresh.3.yaml": "name: fresh\n",
}


def _change(repository: Repository, path: str, old: str | None, new: str) -> FileChange:
    before = None if old is None else repository.hash_blob(old.encode())
    return FileChange(path, before, repository.hash_blob(new.encode()), new.encode)


def test_files_index_and_branch_move_together(repo: Path, git: Git, sync: Sync) -> None:
    old = git(repo, "rev-parse", "HEAD")
    new = sync(repo, CHANGED)
    assert git(repo, "rev-parse", "HEAD", "HEAD^") == f"{new}\n{old}"
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "show", "--name-status", "--format=", "--no-renames", "HEAD").split("\n") == [
        "A\tflows/prod/fresh.3.yaml",
        "M\tflows/prod/load.1.yaml",
        "D\tflows/prod/report.2.yaml",
    ]
    assert (repo / "flows/prod/load.1.yaml").read_text() == "name: load\ncron: new\n"
    assert not (repo / "flows/prod/report.2.yaml").exists()


def test_only_the_lock_file_remains(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, CHANGED)
    assert [path.name for path in (repo / ".git/flowsync").iterdir()] == ["lock"]
    assert git(repo, "status", "--porcelain", "--ignored", "-uall") == ""
    assert not (repo / ".git/index.lock").exists()
    assert git(repo, "fsck", "--strict") == ""


def test_the_index_contains_file_times_so_that_git_reads_no_file(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, CHANGED)
    sizes = [line for line in git(repo, "ls-files", "--debug").split("\n") if "size:" in line]
    assert sizes
    assert not [line for line in sizes if "size: 0\t" in line]


def test_an_unborn_branch_gets_its_first_commit(tmp_path: Path, git: Git, sync: Sync) -> None:
    root = tmp_path / "unborn"
    root.mkdir()
    git(root, "init", "-q")
    new = sync(root, {"flows/prod/load.1.yaml": "name: load\n"})
    assert git(root, "log", "--format=%H %P", "main") == f"{new} "
    assert git(root, "status", "--porcelain") == ""


def test_equal_content_creates_no_commit(repo: Path, git: Git, sync: Sync) -> None:
    old = git(repo, "rev-parse", "HEAD")
    assert sync(repo, {"flows/prod/load.1.yaml": "name: load\n"}) == old
    assert git(repo, "reflog", "--format=%H") == old


def test_a_change_that_the_parent_contains_creates_no_commit(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    change = _change(repository, "flows/prod/load.1.yaml", "something else\n", "name: load\n")
    assert commit(repository, target, [change], message="m", sleep=time.sleep) == target.parent
    assert git(repo, "rev-parse", "HEAD") == target.old


def test_staged_edited_and_new_files_elsewhere_are_kept(repo: Path, git: Git, sync: Sync) -> None:
    (repo / "staged.txt").write_text("staged\n")
    git(repo, "add", "staged.txt")
    (repo / "staged.txt").write_text("staged, then edited\n")
    (repo / "README.md").write_text("edited\n")
    (repo / "new.txt").write_text("new\n")
    before = git(repo, "status", "--porcelain")
    sync(repo, CHANGED)
    assert git(repo, "status", "--porcelain") == before
    assert git(repo, "show", ":staged.txt") == "staged"
    assert "staged.txt" not in git(repo, "ls-tree", "-r", "--name-only", "HEAD")


def test_a_racy_edit_is_still_detected_afterwards(repo: Path, git: Git, sync: Sync) -> None:
    readme, index = repo / "README.md", repo / ".git/index"
    git(repo, "config", "core.trustctime", "false")
    stamp = readme.stat().st_mtime_ns
    git(repo, "update-index", "--refresh", "-q")
    os.utime(index, ns=(stamp, stamp))
    readme.write_text("FLOWS\n")  # the same size and the same time as file and index
    os.utime(readme, ns=(stamp, stamp))
    before = git(repo, "--no-optional-locks", "status", "--porcelain")
    sync(repo, CHANGED)
    assert git(repo, "status", "--porcelain") == before == " M README.md"


def test_the_reflog_and_the_log_name_the_message_and_the_author(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, CHANGED, message="sync(prod): ä\n\nbody\n", author=Identity("Flow Sync", "flow@example.com"))
    assert git(repo, "log", "-1", "--format=%an|%ae|%cn|%s|%b") == (
        "Flow Sync|flow@example.com|Flow Sync|sync(prod): ä|body"
    )
    assert git(repo, "reflog", "-1", "--format=%gs|%gn") == "flowsync: sync(prod): ä|Flow Sync"


def test_without_an_author_gits_own_identity_is_used(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, CHANGED)
    assert git(repo, "log", "-1", "--format=%an <%ae>") == "Wind Power <wind@example.com>"


def test_bytes_are_stored_and_written_unfiltered(repo: Path, git: Git, sync: Sync) -> None:
    git(repo, "config", "core.autocrlf", "true")
    text = "cmd: |-\n  a\t\n  b  \n"
    sync(repo, {"flows/prod/load.1.yaml": text})
    assert (repo / "flows/prod/load.1.yaml").read_bytes() == text.encode()
    assert git(repo, "cat-file", "blob", "HEAD:flows/prod/load.1.yaml") + "\n" == text
    assert git(repo, "status", "--porcelain") == ""


def test_files_checked_out_with_crlf_are_not_edits(tmp_path: Path, repo: Path, git: Git, sync: Sync) -> None:
    clone = tmp_path / "clone"
    git(
        tmp_path, "-c", "core.autocrlf=true", "clone", "-q", "-c", "core.autocrlf=true", str(repo), str(clone)
    )
    assert b"\r\n" in (clone / "flows/prod/load.1.yaml").read_bytes()
    sync(clone, CHANGED)
    assert git(clone, "status", "--porcelain") == ""


def test_removing_the_last_flow_removes_its_folder(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, {"flows/dev/load.1.yaml": None})
    assert not (repo / "flows/dev").exists()
    assert git(repo, "status", "--porcelain") == ""


def test_a_rename_is_a_git_rename(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, {"flows/prod/load.1.yaml": None, "flows/prod/lade.1.yaml": "name: load\n"})
    assert git(repo, "show", "-M", "--name-status", "--format=", "HEAD") == (
        "R100\tflows/prod/load.1.yaml\tflows/prod/lade.1.yaml"
    )


def test_several_environments_are_one_commit(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, {"flows/prod/load.1.yaml": "a: 1\n", "flows/dev/load.1.yaml": "a: 2\n"})
    assert git(repo, "rev-list", "--count", "HEAD") == "2"
    assert git(repo, "status", "--porcelain") == ""


def test_many_files_are_stored_in_one_pack(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, {f"flows/prod/flow-{number}.{number}.yaml": f"n: {number}\n" for number in range(10, 210)})
    assert git(repo, "count-objects", "-v").split("\n")[3] == "packs: 1"
    assert git(repo, "status", "--porcelain") == ""


def test_a_sha256_repository_is_written(tmp_path: Path, git: Git, sync: Sync) -> None:
    root = tmp_path / "sha256"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    sync(root, {"flows/prod/load.1.yaml": "a: 1\n"})
    new = sync(root, {"flows/prod/load.1.yaml": "a: 2\n"})
    assert new is not None
    assert len(new) == 64
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "fsck", "--strict") == ""


def test_a_bare_repository_gets_the_commit_only(tmp_path: Path, repo: Path, git: Git, sync: Sync) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repo), str(bare))
    new = sync(bare, CHANGED)
    assert git(bare, "rev-parse", "main") == new
    assert not (bare / "index").exists()
    assert not (bare / "flows").exists()


def test_another_branch_moves_without_touching_files_or_index(repo: Path, git: Git, sync: Sync) -> None:
    old = git(repo, "rev-parse", "HEAD")
    index = (repo / ".git/index").read_bytes()
    new = sync(repo, CHANGED, branch="flowsync/update")
    assert git(repo, "rev-parse", "flowsync/update", "flowsync/update^", "HEAD") == f"{new}\n{old}\n{old}"
    assert (repo / ".git/index").read_bytes() == index
    assert (repo / "flows/prod/load.1.yaml").read_text() == "name: load\n"
    again = sync(repo, {"flows/prod/load.1.yaml": "third: 1\n"}, branch="flowsync/update")
    assert git(repo, "rev-parse", "flowsync/update", "flowsync/update^") == f"{again}\n{new}"


def test_a_linked_work_tree_is_written(tmp_path: Path, repo: Path, git: Git, sync: Sync) -> None:
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    new = sync(linked, CHANGED)
    assert git(repo, "rev-parse", "side") == new
    assert git(linked, "status", "--porcelain") == ""
    assert git(repo, "status", "--porcelain") == ""


def test_a_split_index_remains_usable(repo: Path, git: Git, sync: Sync) -> None:
    git(repo, "update-index", "--split-index")
    sync(repo, CHANGED)
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "fsck", "--strict") == ""


def test_hooks_and_monitors_of_the_repository_do_not_run(
    repo: Path, git: Git, sync: Sync, tmp_path: Path
) -> None:
    witness = tmp_path / "ran"
    hooks = repo / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "pre-commit", "post-commit", "post-index-change", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {witness}\n")
        (hooks / name).chmod(0o755)
    git(repo, "config", "core.hooksPath", str(hooks))
    git(repo, "config", "core.fsmonitor", str(hooks / "fsmonitor"))
    (repo / ".git/hooks").mkdir(exist_ok=True)
    (hooks / "post-index-change").rename(repo / ".git/hooks/post-index-change")
    sync(repo, CHANGED)
    assert not witness.exists()


def test_a_branch_that_moved_after_the_checks_stops_the_commit(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    git(repo, "commit", "-q", "--allow-empty", "-m", "meanwhile")
    meanwhile = git(repo, "rev-parse", "HEAD")
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match="main moved during the run"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert git(repo, "rev-parse", "HEAD") == meanwhile
    assert git(repo, "status", "--porcelain") == ""


def test_switching_branches_after_the_checks_stops_the_commit(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    git(repo, "switch", "-q", "-c", "other")
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match="moved"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert git(repo, "status", "--porcelain") == ""


_AT_COMMIT_TREE = '[ "${*#* commit-tree }" != "$*" ]'
_AT_THE_INDEX = '[ "${GIT_INDEX_FILE##*/}" = index ]'


@pytest.mark.parametrize(
    ("branch", "moment"),
    [("main", _AT_COMMIT_TREE), ("main", _AT_THE_INDEX), ("feature", _AT_COMMIT_TREE)],
    ids=["while-it-is-signed", "while-the-index-is-prepared", "to-the-one-that-is-written"],
)
def test_switching_branches_during_the_commit_stops_it(
    repo: Path,
    git: Git,
    opened: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    branch: str,
    moment: str,
) -> None:
    git(repo, "branch", "feature", git(repo, "commit-tree", "-p", "HEAD", "-m", "feature", "HEAD^{tree}"))
    heads = git(repo, "rev-parse", "main", "feature")
    repository = opened(repo)
    target = writing_target(repository, branch=branch, environments=["prod"])
    _fake_git(
        tmp_path, monkeypatch,
        f"if {moment} && mkdir {tmp_path}/once 2> /dev/null; then "
        f'env -u GIT_INDEX_FILE "$REAL" -C {repo} switch -q feature; fi',
    )  # fmt: skip
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match=f"{branch} moved during the run"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert git(repo, "rev-parse", "main", "feature") == heads
    assert git(repo, "symbolic-ref", "--short", "HEAD") == "feature"
    assert git(repo, "status", "--porcelain") == ""
    assert not (repo / ".git/index.lock").exists()
    assert [path.name for path in (repo / ".git/flowsync").iterdir()] == ["lock"]


def test_a_failed_compare_and_swap_releases_everything(
    repo: Path, git: Git, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Install a git that commits something else immediately before our update-ref."""
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    other = git(repo, "commit-tree", "-p", "HEAD", "-m", "theirs", "HEAD^{tree}")
    _fake_git(
        tmp_path, monkeypatch,
        f'case " $* " in *" update-ref -m "*) "$REAL" -C {repo} update-ref refs/heads/main {other};; esac',
    )  # fmt: skip
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match="moved"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert git(repo, "rev-parse", "HEAD") == other
    assert git(repo, "status", "--porcelain") == ""
    assert not (repo / ".git/index.lock").exists()
    assert not (repo / ".git/flowsync/journal").exists()


def test_a_ref_update_that_succeeds_with_an_error_status_counts(
    repo: Path, git: Git, sync: Sync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_git(tmp_path, monkeypatch, 'case " $* " in *" update-ref -m "*) "$REAL" "$@"; exit 1;; esac')
    new = sync(repo, CHANGED)
    assert git(repo, "rev-parse", "HEAD") == new
    assert git(repo, "status", "--porcelain") == ""


def test_a_leftover_ref_lock_is_reported_and_nothing_changes(repo: Path, git: Git, sync: Sync) -> None:
    lock = repo / ".git/refs/heads/main.lock"
    lock.touch()
    with pytest.raises(RepositoryError, match=r"main\.lock") as caught:
        sync(repo, CHANGED)
    assert "removed" in caught.value.hint
    lock.unlink()
    assert git(repo, "status", "--porcelain") == ""
    assert not (repo / ".git/index.lock").exists()


def test_an_edit_after_the_checks_is_named_and_kept(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    (repo / "flows/prod/load.1.yaml").write_text("mine\n")
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match=r"not committed: flows/prod/load\.1\.yaml"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert (repo / "flows/prod/load.1.yaml").read_text() == "mine\n"
    assert git(repo, "rev-parse", "HEAD") == target.old
    assert not (repo / ".git/index.lock").exists()


def test_a_new_file_at_the_same_path_is_named_and_kept(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    (repo / "flows/prod/fresh.3.yaml").write_text("mine\n")
    change = _change(repository, "flows/prod/fresh.3.yaml", None, "x: 1\n")
    with pytest.raises(GuardError, match=r"fresh\.3\.yaml"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert (repo / "flows/prod/fresh.3.yaml").read_text() == "mine\n"


def test_a_file_staged_after_the_checks_is_named_and_stays_staged(
    repo: Path, git: Git, opened: Opened
) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    path = repo / "flows/prod/load.1.yaml"
    path.write_text("mine\n")
    git(repo, "add", str(path))
    path.write_text("name: load\n")
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match=r"load\.1\.yaml"):
        commit(repository, target, [change], message="m", sleep=time.sleep)
    assert git(repo, "show", ":flows/prod/load.1.yaml") == "mine"


def test_an_edit_while_files_are_written_is_named_and_kept_and_the_next_run_continues(
    repo: Path, git: Git, opened: Opened, sync: Sync
) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    report = repo / "flows/prod/report.2.yaml"
    reads = iter(range(2))

    def read() -> bytes:
        if next(reads) == 1:  # the second read is the one that is written to disk
            report.write_text("mine\n")
        return b"x: 1\n"

    changes = [
        FileChange(
            "flows/prod/load.1.yaml",
            repository.hash_blob(b"name: load\n"),
            repository.hash_blob(b"x: 1\n"),
            read,
        ),
        _change(repository, "flows/prod/report.2.yaml", "name: report\n", "x: 2\n"),
    ]
    with pytest.raises(GuardError, match=r"report\.2\.yaml") as caught:
        commit(repository, target, changes, message="m", sleep=time.sleep)
    assert "aside" in caught.value.hint
    assert report.read_text() == "mine\n"
    with pytest.raises(GuardError, match=r"report\.2\.yaml"):
        sync(repo, CHANGED)
    report.rename(repo / "aside.txt")
    sync(repo, {"flows/prod/load.1.yaml": "x: 3\n"})
    assert git(repo, "status", "--porcelain") == "?? aside.txt"
    assert report.read_text() == "x: 2\n"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_deferred_until_the_commit_is_complete(
    repo: Path, git: Git, opened: Opened, signum: signal.Signals
) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    reads = iter(range(2))

    def read() -> bytes:
        if next(reads) == 1:  # the second read is the one that is written to disk
            os.kill(os.getpid(), signum)
        return b"x: 1\n"

    before = repository.hash_blob(b"name: load\n")
    change = FileChange("flows/prod/load.1.yaml", before, repository.hash_blob(b"x: 1\n"), read)
    previous = signal.signal(signum, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            commit(repository, target, [change], message="m", sleep=time.sleep)
    finally:
        signal.signal(signum, previous)
    assert git(repo, "rev-parse", "HEAD^") == target.old
    assert git(repo, "status", "--porcelain") == ""
    assert [path.name for path in (repo / ".git/flowsync").iterdir()] == ["lock"]


def test_a_path_outside_the_layout_is_refused(repo: Path, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    for path in ("README.md", "flows/prod/../../x.1.yaml", "flows/prod/x.yaml", "/flows/prod/x.1.yaml"):
        with pytest.raises(RepositoryError, match="not the path of a flow"):
            commit(repository, target, [_change(repository, path, None, "x")], message="m", sleep=time.sleep)


def test_bytes_that_do_not_match_their_id_are_never_committed(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    wrong = FileChange("flows/prod/fresh.3.yaml", None, repository.hash_blob(b"promised"), lambda: b"given")
    with pytest.raises(RepositoryError, match="git write-tree failed"):
        commit(repository, target, [wrong], message="m", sleep=time.sleep)
    assert git(repo, "rev-parse", "HEAD") == target.old


def test_a_short_index_lock_is_awaited(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    lock = repo / ".git/index.lock"
    lock.touch()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        lock.unlink(missing_ok=True)

    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    commit(repository, target, [change], message="m", sleep=sleep)
    assert len(waits) == 1
    assert git(repo, "status", "--porcelain") == ""


def test_a_permanent_index_lock_stops_the_commit_and_is_kept(repo: Path, git: Git, opened: Opened) -> None:
    repository = opened(repo)
    target = writing_target(repository, branch=None, environments=["prod"])
    lock = repo / ".git/index.lock"
    lock.write_text("theirs")
    change = _change(repository, "flows/prod/load.1.yaml", "name: load\n", "x: 1\n")
    with pytest.raises(GuardError, match=r"index\.lock"):
        commit(repository, target, [change], message="m", sleep=lambda _: None)
    assert lock.read_text() == "theirs"
    lock.unlink()
    assert git(repo, "rev-parse", "HEAD") == target.old
    assert git(repo, "status", "--porcelain") == ""
    assert not (repo / ".git/flowsync/journal").exists()


def test_a_file_staged_while_the_index_is_prepared_stays_staged(
    repo: Path, git: Git, sync: Sync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "late.txt").write_text("late\n")
    _fake_git(
        tmp_path, monkeypatch,
        f'if [ "${{GIT_INDEX_FILE##*/}}" = index ] && [ ! -e {tmp_path}/once ]; then '
        f'touch {tmp_path}/once; env -u GIT_INDEX_FILE "$REAL" -C {repo} add late.txt; fi',
    )  # fmt: skip
    sync(repo, CHANGED)
    assert (tmp_path / "once").exists()
    assert git(repo, "status", "--porcelain") == "A  late.txt"


def test_a_second_writer_times_out_with_guard_error(repo: Path, git: Git, sync: Sync) -> None:
    with (
        writing_lock(repo / ".git", timeout=0),
        pytest.raises(GuardError, match="another flowsync is writing"),
    ):
        sync(repo, CHANGED, timeout=0.1)
    assert git(repo, "status", "--porcelain") == ""


def test_two_concurrent_writers_end_cleanly(repo: Path, git: Git, sync: Sync) -> None:
    outcomes: list[str] = []

    def write(text: str) -> None:
        try:
            sync(repo, {f"flows/prod/flow.{number}.yaml": text for number in range(10, 40)})
            outcomes.append("committed")
        except GuardError:
            outcomes.append("refused")

    writers = [threading.Thread(target=write, args=(text,)) for text in ("a: 1\n", "b: 2\n")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert "committed" in outcomes
    assert len(outcomes) == 2
    assert git(repo, "status", "--porcelain") == ""
    assert len({(repo / f"flows/prod/flow.{number}.yaml").read_text() for number in range(10, 40)}) == 1
    assert int(git(repo, "rev-list", "--count", "HEAD")) == 1 + outcomes.count("committed")


def _fake_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Install a git that runs a script first; $REAL is the real git."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\nREAL={real}\n{does}\nexec "$REAL" "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
