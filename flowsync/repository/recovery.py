"""Recover after a crash: the next writing run completes an unfinished commit, or removes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowsync.repository.checkout import (
    name_commit_in_errors,
    remove_leftovers,
    require_before_or_after,
    unwritten_paths,
    write_files,
)
from flowsync.repository.index import (
    has_own_index_lock,
    index_locked_error,
    release_index,
    remove_private_indexes,
    replace_index,
    update_stale_entries,
)
from flowsync.repository.journal import BlobPair, Journal, read_journal, remove_journal
from flowsync.repository.locking import writing_lock
from flowsync.repository.preconditions import checked_out_ref
from flowsync.repository.repository import Repository
from flowsync.repository.worktree import filesystem_errors


@dataclass(frozen=True)
class Recovery:
    """The result of a recovery; if not `is_finished`, the commit was removed."""

    ref: str
    commit: str
    is_finished: bool


def recover(repository: Repository, *, timeout: float = 30.0) -> Recovery | None:
    """Complete or remove an unfinished commit; None if there is none.

    Writing runs call it before any guard. Waits up to `timeout` seconds for another flowsync, and for git
    commands that outlived a killed one. Raises GuardError for files with a user's edit and for an index.lock
    that is not ours; nothing is changed then.
    """
    with (
        filesystem_errors(repository.location),
        writing_lock(repository.common_dir, timeout=timeout) as lock,
    ):
        journal = read_journal(repository.git_dir)
        recovery = None if journal is None else _settle(repository, journal, lock)
        remove_private_indexes(repository.git_dir)
    return recovery


def _settle(repository: Repository, journal: Journal, lock: int) -> Recovery:
    committed = repository.ref(journal.ref)
    root = repository.root if checked_out_ref(repository) == journal.ref else None
    is_finished = False
    if root is not None and committed == journal.new:
        _require_own_index(repository)
        with name_commit_in_errors(repository, journal.ref, journal.new, "its files could not be written"):
            require_before_or_after(repository, root, journal.paths)
            is_finished = _finish(repository, root, journal.paths, lock)
    elif (
        root is not None
        and committed not in (None, journal.old)
        and _is_ancestor(repository, journal.new, committed)
    ):
        _require_own_index(repository)
        pending = _still_pending(repository, root, journal, committed)
        is_finished = _finish(repository, root, pending, lock)
    if repository.root is not None:
        remove_leftovers(repository.root, journal.paths)
    release_index(repository.git_dir)
    remove_journal(repository.git_dir)
    return Recovery(journal.ref, journal.new, is_finished)


def _finish(repository: Repository, root: Path, paths: Mapping[str, BlobPair], lock: int) -> bool:
    write_files(repository, root, paths, lambda path: repository.blob(paths[path].after or ""))
    if has_own_index_lock(repository.git_dir):
        replace_index(repository, lock=lock)
    else:  # the user removed the lock, and may have used git since then
        update_stale_entries(repository, paths, lock=lock)
    return True


def _still_pending(repository: Repository, root: Path, journal: Journal, commit: str) -> dict[str, BlobPair]:
    """Return the paths that a later commit did not change and that have their old content on disk."""
    committed = repository.flow_blobs(commit)
    ours = {path: blobs for path, blobs in journal.paths.items() if committed.get(path) == blobs.after}
    return unwritten_paths(repository, root, ours)


def _require_own_index(repository: Repository) -> None:
    if (repository.git_dir / "index.lock").exists() and not has_own_index_lock(repository.git_dir):
        raise index_locked_error(repository)


def _is_ancestor(repository: Repository, older: str, newer: str) -> bool:
    return repository.git.run("merge-base", "--is-ancestor", older, newer).status == 0
