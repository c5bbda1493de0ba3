"""Lock the user's index with a prepared copy, update it, and replace it in one step."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from flowsync.document.file_layout import FLOWS
from flowsync.errors import GuardError, RepositoryError
from flowsync.repository.encoding import from_system, utf8
from flowsync.repository.git import parse_listing
from flowsync.repository.journal import BlobPair
from flowsync.repository.locking import FOLDER
from flowsync.repository.repository import Repository

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_ATTEMPTS = 40
_PAUSE = 0.05  # seconds; editors that poll `git status` hold the lock for a few milliseconds


def index_info(blobs: Mapping[str, str | None], no_object: str) -> bytes:
    """Return the input of `git update-index -z --index-info` for these blobs; None removes a path."""
    lines = [
        f"0 {no_object}\t{path}\0" if blob is None else f"100644 {blob}\t{path}\0"
        for path, blob in blobs.items()
    ]
    return utf8("".join(lines))


def lock_index(
    repository: Repository, blobs: Mapping[str, str | None], *, lock: int, sleep: Callable[[float], None]
) -> None:
    """Lock the index with an index.lock that is the user's index plus `blobs`.

    It is a hard link to our prepared file: complete from the start, and recognisable as ours. Raises
    GuardError if another process keeps the index locked for more than two seconds.
    """
    for _ in range(_ATTEMPTS):
        copied = _prepare(repository, blobs, lock)
        if _link(repository.git_dir):
            if _digest(repository.git_dir / "index") == copied:
                return
            release_index(repository.git_dir)
        sleep(_PAUSE)
    raise index_locked_error(repository)


def index_locked_error(repository: Repository) -> GuardError:
    """Return the refusal to write while an index.lock exists that is not ours."""
    return GuardError(
        f"git's index is locked: {repository.git_dir / 'index.lock'}",
        hint="wait until the running git command ends; if none is running, remove that file",
    )


def has_own_index_lock(git_dir: Path) -> bool:
    """Return whether index.lock is the link that `lock_index` created."""
    try:
        return _prepared(git_dir).samefile(git_dir / "index.lock")
    except FileNotFoundError:
        return False


def release_index(git_dir: Path) -> None:
    """Remove our lock; the index stays as it is."""
    if has_own_index_lock(git_dir):
        (git_dir / "index.lock").unlink()
    _prepared(git_dir).unlink(missing_ok=True)


def replace_index(repository: Repository, *, lock: int) -> None:
    """Replace the user's index with the prepared one, refresh its file times, and remove our lock."""
    fresh = repository.git_dir / FOLDER / "index-fresh"
    _copy(_prepared(repository.git_dir), fresh)
    _update(repository, fresh, "-q", "--refresh", lock=lock)
    fresh.replace(repository.git_dir / "index")
    release_index(repository.git_dir)


def update_stale_entries(repository: Repository, paths: Mapping[str, BlobPair], *, lock: int) -> None:
    """Set the new blob of each path whose index entry still has the old blob."""
    listing = repository.git.output("ls-files", "--stage", "-z", "--", FLOWS)
    staged = {path: blob if stage == "0" else "unmerged" for (_, blob, stage), path in parse_listing(listing)}
    stale = {path: blobs.after for path, blobs in paths.items() if staged.get(path) == blobs.before}
    if stale:
        repository.git.output(
            "update-index", "-z", "--index-info",
            stdin=index_info(stale, repository.no_object), inherited=(lock,),
        )  # fmt: skip


def staged_paths(repository: Repository, commit: str | None) -> list[str]:
    """Return the flow files whose index entry differs from a commit; all of them for None."""
    if commit is None:
        output = repository.git.output("ls-files", "-z", "--", FLOWS)
    else:
        output = repository.git.output(
            "diff-index", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z",
            commit, "--", FLOWS,
        )  # fmt: skip
    return output.decode("utf-8", "backslashreplace").split("\0")[:-1]


def remove_private_indexes(git_dir: Path) -> None:
    """Remove prepared files of a killed run; only while the lock is held and no journal exists."""
    for name in ("index", "index-fresh", "tree", "journal.new"):
        for suffix in ("", ".lock"):
            (git_dir / FOLDER / f"{name}{suffix}").unlink(missing_ok=True)


def _prepared(git_dir: Path) -> Path:
    return git_dir / FOLDER / "index"


def _prepare(repository: Repository, blobs: Mapping[str, str | None], lock: int) -> bytes:
    """Write the prepared file and return the digest of the user's index that it is a copy of."""
    prepared, index = _prepared(repository.git_dir), repository.git_dir / "index"
    copied = _digest(index)
    _copy(index, prepared)
    _update(
        repository, prepared, "-z", "--index-info", lock=lock, stdin=index_info(blobs, repository.no_object)
    )
    return copied


def _link(git_dir: Path) -> bool:
    try:
        os.link(_prepared(git_dir), git_dir / "index.lock")
    except FileExistsError:
        return False
    except OSError as exc:
        if exc.errno in _NO_LINKS:
            raise RepositoryError(
                f"the file system of {git_dir} does not support hard links, which a safe commit needs",
                hint="move the repository to another file system, or sync into a bare one and push",
            ) from exc
        raise
    return True


def _copy(source: Path, target: Path) -> None:
    # Never into an existing file: it may be a second name of the user's index. The time is copied because git
    # uses it to decide which entries to compare by content.
    target.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # no index yet
        shutil.copy2(source, target)


def _update(
    repository: Repository, index: Path, *options: str, lock: int, stdin: bytes | None = None
) -> None:
    own = {"GIT_INDEX_FILE": from_system(index)}
    result = repository.git.run("update-index", *options, stdin=stdin, environment=own, inherited=(lock,))
    refresh_found_edits = "--refresh" in options and result.status == 1
    if result.status != 0 and not refresh_found_edits:
        raise repository.git.failure("update-index", result)


def _digest(index: Path) -> bytes:
    try:
        return hashlib.sha256(index.read_bytes()).digest()
    except FileNotFoundError:
        return b""
