"""The documents among files on disk."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from flowsync.errors import RepositoryError


def document_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and all documents in the folders named, each once, sorted.

    Raises RepositoryError for a path that does not exist; links in folders are passed over.
    """
    found = {file for path in paths for file in _files(path)}
    return sorted(found)


def file_bytes(path: Path) -> bytes:
    """The bytes of a file; raises RepositoryError where it can't be read."""
    try:
        return path.read_bytes()
    except OSError as exc:
        raise RepositoryError(f"cannot read {path}: {exc.strerror}", repository=str(path)) from exc


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*.yaml") if file.is_file() and not file.is_symlink())
    elif path.exists():
        yield path
    else:
        raise RepositoryError(f"no such file or folder: {path}", repository=str(path))
