"""Commit a snapshot: create all objects first, then make them visible in one atomic step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowsync.errors import FlowsyncError, GuardError, RepositoryError
from flowsync.repository.checkout import name_commit_in_errors, require_before, write_files
from flowsync.repository.flow_paths import flow_id_of
from flowsync.repository.identity import Identity, identity_environment
from flowsync.repository.index import lock_index, release_index, replace_index, staged_paths
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

    The caller has recovered the repository and called `writing_target`. `timeout` is the number of seconds to
    wait for another flowsync; `sleep` waits for git's own lock. Raises GuardError if branch, files or index
    have changed since `target` was determined; nothing is visible then.

    `visible` is called with the commit's id when the branch contains it. An error after that names the
    commit, and the next run finishes it; interrupts are deferred. A file that is edited meanwhile keeps its
    content.
    """
    changes = _real_changes(changes)
    if not changes:
        return target.parent
    with filesystem_errors(repository.location):
        import_blobs(repository, changes)
        with writing_lock(repository.common_dir, timeout=timeout) as lock:
            (repository.git_dir / FOLDER).mkdir(exist_ok=True)
            return _Transaction(repository, target, changes, message, author, lock, sleep, visible).run()


def _real_changes(changes: Sequence[FileChange]) -> list[FileChange]:
    real = [change for change in changes if change.old_blob != change.new_blob]
    for change in real:
        flow_id_of(change.path)  # raises RepositoryError for any other path
    if len({change.path for change in real}) < len(real):
        raise RepositoryError("one commit changes a path twice")
    return real


@dataclass(frozen=True)
class _Transaction:
    """One commit while the lock is held; `lock` is the descriptor of the lock."""

    repository: Repository
    target: Target
    changes: Sequence[FileChange]
    message: str
    author: Identity | None
    lock: int
    sleep: Callable[[float], None]
    visible: Callable[[str], None]

    def run(self) -> str | None:
        self._require_unmoved()
        new = self._unreferenced_commit()
        root = self.repository.root
        if new is None:
            return self.target.parent
        if root is None or not self.target.is_checked_out:
            with defer_signals():
                self._move_ref(new)
                self.visible(new)
            return new
        paths = {change.path: BlobPair(change.old_blob, change.new_blob) for change in self.changes}
        journal = Journal(self.target.ref, self.target.old, new, paths)
        self._require_unedited(root, journal)
        with defer_signals():
            self._publish(root, journal)
        return new

    def _require_unmoved(self) -> None:
        if locate_target(self.repository, self.target.branch) != self.target:
            raise self._moved_error()

    def _moved_error(self) -> GuardError:
        return GuardError(
            f"{self.target.branch} moved during the run; nothing was committed", hint="run again"
        )

    def _unreferenced_commit(self) -> str | None:
        """Create a commit that nothing refers to yet; None if it would equal its parent."""
        blobs = {change.path: change.new_blob for change in self.changes}
        parent = self.target.parent
        tree = tree_with(self.repository, parent, blobs, lock=self.lock)
        if parent and tree == self.repository.ref(f"{parent}^{{tree}}"):
            return None
        parents = [parent] if parent else []
        return commit_object(self.repository, tree, parents, message=self.message, author=self.author)

    def _move_ref(self, new: str) -> None:
        """Compare and swap the ref, and verify git's result against the ref afterwards."""
        self._require_unmoved()  # again: a signature may have waited for a passphrase
        repository, target = self.repository, self.target
        reflog = "flowsync: " + self.message.partition("\n")[0]
        result = repository.git.run(
            "update-ref", "-m", reflog, target.ref, new, target.old or repository.no_object,
            environment=identity_environment(self.author), inherited=(self.lock,),
        )  # fmt: skip
        on_disk = new if result.status == 0 else repository.ref(target.ref)
        if on_disk not in (new, target.old):
            raise self._moved_error()
        if on_disk != new:
            raise repository.git.failure(
                "update-ref", result, hint="a leftover .lock file may be removed if no git is running"
            )

    def _publish(self, root: Path, journal: Journal) -> None:
        """Publish the commit; `recover` handles the state after every step."""
        repository = self.repository
        contents = {change.path: change.read for change in self.changes}
        write_journal(repository.git_dir, journal)
        try:
            blobs = {path: blobs.after for path, blobs in journal.paths.items()}
            lock_index(repository, blobs, lock=self.lock, sleep=self.sleep)
            self._move_ref(journal.new)
        except (FlowsyncError, OSError):
            self._withdraw(journal)
            raise
        self.visible(journal.new)
        with name_commit_in_errors(repository, journal.ref, journal.new, "its files could not be written"):
            write_files(repository, root, journal.paths, lambda path: contents[path]())
        with name_commit_in_errors(repository, journal.ref, journal.new, "git's index could not be updated"):
            replace_index(repository, lock=self.lock)
            remove_journal(repository.git_dir)

    def _require_unedited(self, root: Path, journal: Journal) -> None:
        require_before(self.repository, root, journal.paths)
        staged = journal.paths.keys() & set(staged_paths(self.repository, self.target.parent))
        if staged:
            raise hand_edit_error(staged, hint="commit or unstage them, then run again")

    def _withdraw(self, journal: Journal) -> None:
        if self.repository.ref(journal.ref) != journal.new:
            release_index(self.repository.git_dir)
            remove_journal(self.repository.git_dir)
