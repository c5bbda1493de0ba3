"""The journal of an unfinished commit: each path with its old and its new blob."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowsync.errors import RepositoryError
from flowsync.repository.flow_paths import flow_id_of
from flowsync.repository.locking import FOLDER

_VERSION = 1


@dataclass(frozen=True)
class BlobPair:
    """The old and the new blob id of a path; None means no file."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Journal:
    """A ref that moves from commit `old` (None: unborn) to `new`, and the paths that differ."""

    ref: str
    old: str | None
    new: str
    paths: Mapping[str, BlobPair]


def read_journal(git_dir: Path) -> Journal | None:
    """Return the journal of an unfinished commit, if any; raises RepositoryError if it is unreadable."""
    try:
        text = _path(git_dir).read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, RepositoryError) as exc:
        raise RepositoryError(
            f"unreadable journal of an unfinished commit: {_path(git_dir)}",
            hint="use the newer flowsync that wrote it, or check git status and remove the file",
        ) from exc


def write_journal(git_dir: Path, journal: Journal) -> None:
    """Write the journal completely and durably in one step."""
    document = {
        "version": _VERSION,
        "ref": journal.ref,
        "old": journal.old,
        "new": journal.new,
        "paths": {path: [blobs.before, blobs.after] for path, blobs in journal.paths.items()},
    }
    path = _path(git_dir)
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def remove_journal(git_dir: Path) -> None:
    """Remove the journal of a commit that is complete or completely removed."""
    _path(git_dir).unlink(missing_ok=True)
    _sync_folder(_path(git_dir).parent)


def _path(git_dir: Path) -> Path:
    return git_dir / FOLDER / "journal"


def _parse(document: Mapping[str, object]) -> Journal:
    if document["version"] != _VERSION:
        raise ValueError(document["version"])
    paths = document["paths"]
    if not isinstance(paths, dict):
        raise TypeError(paths)
    for path in paths:
        flow_id_of(path)  # a forged journal must not name other files
    old = document["old"]
    return Journal(
        ref=str(document["ref"]),
        old=None if old is None else str(old),
        new=str(document["new"]),
        paths={path: BlobPair(before, after) for path, (before, after) in paths.items()},
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
