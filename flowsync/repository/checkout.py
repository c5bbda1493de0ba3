"""Update files to match a branch, without ever overwriting a user's work."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flowsync.errors import FlowsyncError, GuardError, RepositoryError
from flowsync.flow.printable import short_id
from flowsync.repository.journal import BlobPair
from flowsync.repository.preconditions import hand_edit_error, short_branch
from flowsync.repository.repository import Repository
from flowsync.repository.worktree import (
    Folder,
    by_folder,
    filesystem_errors,
    open_folder,
    read_each,
    remove_if_empty,
)

_MOVE_ASIDE = "move them aside, run flowsync sync again, then make your changes again"


@contextmanager
def name_commit_in_errors(repository: Repository, ref: str, commit: str, failure: str) -> Iterator[None]:
    """Name the commit, and what is left to do, in an error after the commit."""
    try:
        with filesystem_errors(repository.location):
            yield
    except FlowsyncError as exc:
        kind = GuardError if isinstance(exc, GuardError) else RepositoryError
        done = f"Committed {short_id(commit)} on {short_branch(ref)}"
        message = f"{done}; {failure}: {exc.message}; the next sync finishes it"
        raise kind(message, hint=exc.hint) from exc


def require_before(repository: Repository, root: Path, paths: Mapping[str, BlobPair]) -> None:
    """Raise GuardError unless each path still has its old content."""
    on_disk = _ids_on_disk(repository, root, paths)
    edited = [path for path, blobs in paths.items() if not _is_before(on_disk[path], blobs)]
    if edited:
        raise hand_edit_error(edited, hint="commit, stash or move them away, then run again")


def require_before_or_after(repository: Repository, root: Path, paths: Mapping[str, BlobPair]) -> None:
    """Raise GuardError if a path has content that is neither its old nor its new one."""
    on_disk = _ids_on_disk(repository, root, paths)
    edited = [path for path, blobs in paths.items() if _is_foreign(on_disk[path], blobs)]
    if edited:
        raise hand_edit_error(edited, hint=_MOVE_ASIDE)


def unwritten_paths(repository: Repository, root: Path, paths: Mapping[str, BlobPair]) -> dict[str, BlobPair]:
    """Return the paths that still have their old content."""
    on_disk = _ids_on_disk(repository, root, paths)
    return {path: blobs for path, blobs in paths.items() if _is_before(on_disk[path], blobs)}


def write_files(
    repository: Repository, root: Path, paths: Mapping[str, BlobPair], content: Callable[[str], bytes]
) -> None:
    """Replace the content of each path in one step; `content` returns the bytes by path.

    GuardError names a file that contains a user's work; the files before it are written.
    """
    for folder_path, inner in by_folder(paths):
        creates = any(paths[path].after for path in inner)
        with open_folder(root, folder_path, create=creates) as folder:
            if folder is None:
                continue
            for path in inner:
                _write_file(repository, folder, path, paths[path], content)
        remove_if_empty(root, folder_path)


def remove_leftovers(root: Path, paths: Mapping[str, BlobPair]) -> None:
    """Remove files that a killed run wrote but did not rename."""
    for folder_path, inner in by_folder(paths):
        with open_folder(root, folder_path) as folder:
            for after in (paths[path].after for path in inner):
                if folder and after:
                    folder.remove(_temporary_name(after))


def _is_before(on_disk: frozenset[str], blobs: BlobPair) -> bool:
    """Return whether a file with one of these ids (none: no file) has its old content."""
    return not on_disk if blobs.before is None else blobs.before in on_disk


def _ids_on_disk(repository: Repository, root: Path, paths: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the ids of each file; none for a path without a file."""
    return {path: _ids_of(repository, data) for path, data in read_each(root, paths)}


def _ids_of(repository: Repository, data: bytes | None) -> frozenset[str]:
    """Return the ids of the bytes as they are, and as git stores them if it converts line ends."""
    if data is None:
        return frozenset()
    forms = {data, data.replace(b"\r\n", b"\n")}
    return frozenset(repository.hash_blob(form) for form in forms)


def _is_foreign(on_disk: frozenset[str], blobs: BlobPair) -> bool:
    return bool(on_disk) and on_disk.isdisjoint({blobs.before, blobs.after})


def _write_file(
    repository: Repository, folder: Folder, path: str, blobs: BlobPair, content: Callable[[str], bytes]
) -> None:
    name = path.rpartition("/")[2]
    data = folder.read(name)
    if _is_foreign(_ids_of(repository, data), blobs):
        raise hand_edit_error([path], hint=_MOVE_ASIDE)
    if blobs.after is None:
        folder.remove(name)
    elif data is None or repository.hash_blob(data) != blobs.after:
        folder.remove(_temporary_name(blobs.after))
        folder.replace(name, content(path), beside=_temporary_name(blobs.after))


def _temporary_name(blob: str) -> str:
    return f".{blob[:20]}.flowsync"
