"""Read and write files of the work tree, folder by folder, so that no symbolic link is followed."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from flowsync.errors import RepositoryError, limit_hint
from flowsync.repository.encoding import from_system, utf8

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(frozen=True)
class Folder:
    """An open folder: its path relative to the work tree, and a descriptor for access to its files."""

    path: str
    descriptor: int

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None if it does not exist; raises RepositoryError if it is not a file."""
        # Non-blocking: opening a named pipe would wait for its other end.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(utf8(name), flags, dir_fd=self.descriptor)
        except FileNotFoundError:
            return None
        except OSError as exc:
            if exc.errno not in (errno.ELOOP, errno.ENXIO):  # a link; a socket
                raise
            raise self._not_a_file(name) from exc
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._not_a_file(name)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def replace(self, name: str, data: bytes, *, beside: str, mode: int | None = None) -> None:
        """Write `data` to a file in one step, through a new file named `beside`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(utf8(beside), flags, 0o666, dir_fd=self.descriptor)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if mode is not None:
                os.fchmod(descriptor, mode)
        os.replace(utf8(beside), utf8(name), src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def rewrite(self, name: str, data: bytes, *, beside: str) -> None:
        """Replace an existing file, as `replace` does, and keep its mode."""
        status = os.stat(utf8(name), dir_fd=self.descriptor, follow_symlinks=False)
        try:
            self.replace(name, data, beside=beside, mode=stat.S_IMODE(status.st_mode))
        finally:
            self.remove(beside)

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""
        with suppress(FileNotFoundError):
            os.unlink(utf8(name), dir_fd=self.descriptor)

    def _not_a_file(self, name: str) -> RepositoryError:
        return RepositoryError(
            f"not a plain file: {self.path}/{name}", hint="put a file in its place; flowsync follows no links"
        )


@contextmanager
def open_folder(root: Path, path: str, *, create: bool = False) -> Iterator[Folder | None]:
    """Open a folder of the work tree; None if it is missing and must not be created."""
    with ExitStack() as stack:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        stack.callback(os.close, descriptor)
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            inner = _open_inner(descriptor, "/".join(parts[:depth]), create=create)
            if inner is None:
                yield None
                return
            stack.callback(os.close, inner)
            descriptor = inner
        yield Folder(path, descriptor)


def by_folder(paths: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Group paths by their folder, sorted; "." is the folder of a path without one."""
    groups = groupby(sorted(paths), key=lambda path: path.rpartition("/")[0] or ".")
    return [(folder, [*inner]) for folder, inner in groups]


def read_each(root: Path, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield each path of the work tree with the bytes of its file, None if it does not exist."""
    for folder_path, inner in by_folder(paths):
        with open_folder(root, folder_path) as folder:
            for path in inner:
                yield path, folder.read(path.rpartition("/")[2]) if folder else None


def read_file(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file of the work tree, None if it does not exist."""
    return dict(read_each(root, [path]))[path]


def remove_if_empty(root: Path, path: str) -> None:
    """Remove an empty folder, and then its parent likewise, as git does."""
    parent, _, name = path.rpartition("/")
    with open_folder(root, parent or ".") as folder:
        if folder is None:
            return
        try:
            os.rmdir(utf8(name), dir_fd=folder.descriptor)
        except OSError:  # not empty, or removed already
            return
    if parent:
        remove_if_empty(root, parent)


@contextmanager
def filesystem_errors(place: Path) -> Iterator[None]:
    """Translate errors of the file system into RepositoryError."""
    try:
        yield
    except OSError as exc:
        has_name = isinstance(exc.filename, (str, bytes))  # a listed folder is identified by its descriptor
        reason = exc.strerror or str(exc)
        what = f"{reason}: {from_system(exc.filename)}" if has_name else reason
        hint = limit_hint(exc) or "check permissions and free space"
        raise RepositoryError(what, repository=str(place), hint=hint) from exc


def _open_inner(parent: int, path: str, *, create: bool) -> int | None:
    """Open the last folder of `path` in its parent; None if it is missing and must not be created."""
    name = utf8(path.rpartition("/")[2])
    try:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=parent)
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise RepositoryError(
            f"not a plain folder: {path}", hint="put a folder in its place; flowsync follows no links"
        ) from exc
    if name != b"." and _has_repository(descriptor):
        os.close(descriptor)
        raise RepositoryError(
            f"not a plain folder: {path} is a submodule or another repository",
            hint="put a plain folder in its place",
        )
    return descriptor


def _has_repository(folder: int) -> bool:
    try:
        os.stat(".git", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
