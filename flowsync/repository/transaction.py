"""Commit a snapshot: create everything first, then make it visible in one step that a crash cannot split."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from flowsync.errors import FlowsyncError, GuardError, RepositoryError
from flowsync.repository.checkout import commit_named, require_before, write_files
from flowsync.repository.flow_paths import flow_id_of
from flowsync.repository.identity import Identity, identity_environment
from flowsync.repository.index import give_back_index, put_index, staged_paths, take_index
from flowsync.repository.journal import BlobPair, Journal, remove_journal, write_journal
from flowsync.repository.locking import FOLDER, writing_lock
from flowsync.repository.objects import FileChange, commit_object, import_blobs, tree_with
from flowsync.repository.preconditions import Target, hand_edit_error, locate_target
from flowsync.repository.repository import Repository
from flowsync.repository.signals import defer_signals
from flowsync.repository.worktree import filesystem_errors


def commit(
    repository: Repository,
    target: Target,
    changes: Sequence[FileChange],
    *,
    message: str,
    sleep: Callable[[float], None],
    author: Identity | None = None,
    timeout: float = 30.0,
    visible: Callable[[str], None] = lambda _commit: None,
) -> str | None:
    """Commit the changes and return the commit of the branch: a new one, or the parent if nothing changes.

    The caller has recovered the repository and asked `writing_target`. `timeout` is how many seconds to wait
    for another flowsync; `sleep` waits for git's own lock. Raises GuardError if branch, files or index have
    changed since `target` was determined; nothing is visible then.

    `visible` gets the id of the commit when the branch contains it. An error after that names the commit, and
    the next run finishes it; an interrupt waits until all is done. A file that is edited in between keeps its
    content.
    """
    changes = _real_changes(changes)
    if not changes:
        return target.parent
    with filesystem_errors(repository.location):
        import_blobs(repository, changes)
        with writing_lock(repository.common_dir, timeout=timeout) as lock:
            (repository.git_dir / FOLDER).mkdir(exist_ok=True)
            _require_unmoved(repository, target)
            new = _unreferenced_commit(repository, target, changes, message, author, lock)
            if new is None:
                return target.parent
            move = partial(_move_ref, repository, target, new, message, identity_environment(author), lock)
            if repository.root is None or not target.touches_work_tree:
                with defer_signals():
                    move()
                    visible(new)
            else:
                journal = Journal(target.ref, target.old, new, _blobs_by_path(changes))
                _require_unedited(repository, repository.root, target, journal.paths)
                contents = {change.path: change.read for change in changes}
                with defer_signals():
                    _publish(repository, repository.root, journal, contents, move, lock, sleep, visible)
    return new


def _real_changes(changes: Sequence[FileChange]) -> list[FileChange]:
    real = [change for change in changes if change.old_blob != change.new_blob]
    for change in real:
        flow_id_of(change.path)  # raises for a path that is not a flow's
    if len({change.path for change in real}) < len(real):
        raise RepositoryError("one commit changes a path twice")
    return real


def _blobs_by_path(changes: Sequence[FileChange]) -> dict[str, BlobPair]:
    return {change.path: BlobPair(change.old_blob, change.new_blob) for change in changes}


def _require_unmoved(repository: Repository, target: Target) -> None:
    if locate_target(repository, target.branch) != target:
        raise _moved_error(target)


def _moved_error(target: Target) -> GuardError:
    return GuardError(f"{target.branch} moved during the run; nothing was committed", hint="run again")


def _unreferenced_commit(
    repository: Repository,
    target: Target,
    changes: Sequence[FileChange],
    message: str,
    author: Identity | None,
    lock: int,
) -> str | None:
    """Create a commit that nothing refers to yet; None if it would equal its parent."""
    blobs = {change.path: change.new_blob for change in changes}
    tree = tree_with(repository, target.parent, blobs, lock=lock)
    if target.parent is None:
        return commit_object(repository, tree, [], message=message, author=author)
    if tree == repository.git.output("rev-parse", f"{target.parent}^{{tree}}").decode().strip():
        return None
    return commit_object(repository, tree, [target.parent], message=message, author=author)


def _move_ref(
    repository: Repository, target: Target, new: str, message: str, environment: Mapping[str, str], lock: int
) -> None:
    """Compare and swap the ref, and verify git's result against the ref afterwards."""
    _require_unmoved(repository, target)  # again: a signature may have waited for a passphrase
    reflog = "flowsync: " + message.partition("\n")[0]
    result = repository.git.run(
        "update-ref", "-m", reflog, target.ref, new, target.old or repository.no_object,
        environment=environment, inherited=(lock,),
    )  # fmt: skip
    on_disk = new if result.status == 0 else repository.ref(target.ref)
    if on_disk not in (new, target.old):
        raise _moved_error(target)
    if on_disk != new:
        raise repository.git.failure(
            "update-ref", result, hint="a leftover .lock file may be removed if no git is running"
        )


def _publish(
    repository: Repository,
    root: Path,
    journal: Journal,
    contents: Mapping[str, Callable[[], bytes]],
    move: Callable[[], None],
    lock: int,
    sleep: Callable[[float], None],
    visible: Callable[[str], None],
) -> None:
    """Publish the commit; every step leaves a state that `recover` knows (see its cases)."""
    write_journal(repository.git_dir, journal)
    try:
        blobs = {path: blobs.after for path, blobs in journal.paths.items()}
        take_index(repository, blobs, lock=lock, sleep=sleep)
        move()
    except (FlowsyncError, OSError):
        _withdraw(repository, journal)
        raise
    visible(journal.new)
    with commit_named(repository, journal.ref, journal.new, "its files could not be written"):
        write_files(repository, root, journal.paths, lambda path: contents[path]())
    with commit_named(repository, journal.ref, journal.new, "git's index could not be updated"):
        put_index(repository, lock=lock)
        remove_journal(repository.git_dir)


def _require_unedited(
    repository: Repository, root: Path, target: Target, paths: Mapping[str, BlobPair]
) -> None:
    require_before(repository, root, paths)
    staged = paths.keys() & set(staged_paths(repository, target.parent))
    if staged:
        raise hand_edit_error(staged, hint="commit or unstage them, then run again")


def _withdraw(repository: Repository, journal: Journal) -> None:
    if repository.ref(journal.ref) != journal.new:
        give_back_index(repository.git_dir)
        remove_journal(repository.git_dir)
