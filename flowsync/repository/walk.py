"""Find documents on disk without following links or entering other repositories."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flowsync.document import file_layout
from flowsync.document.file_layout import FLOWS
from flowsync.errors import RepositoryError
from flowsync.repository.encoding import for_system, from_system
from flowsync.repository.flow_paths import is_document_path, is_flow_path
from flowsync.repository.worktree import filesystem_errors, open_folder, read_file

LINK: Final = "a symbolic link, which flowsync does not follow"
SUBMODULE: Final = "a submodule or another repository, which flowsync does not enter"
OTHER: Final = "not a plain file"
MISPLACED: Final = f"not the path of a flow; expected {FLOWS}/<environment>/<slug>.<flowId>.yaml"
OUTSIDE: Final = "outside of the repository"
EMPTY: Final = "a folder without documents; expected files named <slug>.<flowId>.yaml"


@dataclass(frozen=True)
class Entry:
    """A file below a folder; an `obstacle` describes what is in its place."""

    path: str
    obstacle: str = ""


@dataclass(frozen=True)
class DocumentFile:
    """A document, or the obstacle in its place.

    `path` is relative to `root` and contains no link; `display_path` is the path as the user wrote it. An
    obstacle is never read or written.
    """

    root: Path
    path: str
    display_path: Path
    obstacle: str = ""

    def read(self) -> bytes:
        """Return the bytes of the file; raises RepositoryError if it cannot be read."""
        with self._translate_errors("read"):
            data = read_file(self.root, self.path)
        if data is None:
            raise RepositoryError(
                f"no such file: {from_system(self.display_path)}", repository=str(self.root)
            )
        return data

    def replace(self, data: bytes) -> None:
        """Replace the bytes of the file in one step and keep its mode."""
        folder_path, _, name = self.path.rpartition("/")
        with self._translate_errors("write"), open_folder(self.root, folder_path or ".") as folder:
            if folder:
                folder.rewrite(name, data, beside=f".{name}.{os.getpid()}")

    @contextmanager
    def _translate_errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            name = from_system(self.display_path)
            raise RepositoryError(f"cannot {action} {name}: {exc.strerror}", repository=name) from exc


def document_files(paths: Iterable[Path], *, here: Path, named: bool) -> list[DocumentFile]:
    """Find the named files, and all documents in the named folders, each once, sorted.

    In a folder, documents are the files named `<slug>.<flowId>.yaml` and all YAML files below a folder
    `flows`; files that start with a dot are ignored. If the user `named` the paths, a folder without
    documents is an obstacle. `here` is the current folder: a path outside of its repository is an obstacle
    too. Raises RepositoryError for a path that does not exist.
    """
    found: dict[tuple[Path, str], DocumentFile] = {}
    for path in paths:
        with filesystem_errors(here):
            for file in _find(path, here, named=named):
                found.setdefault((file.root, file.path), file)
    return sorted(found.values(), key=lambda file: file.display_path)


def entries(root: Path, top: str) -> list[Entry]:
    """List the files and the obstacles of a folder of `root` and all below it, without dot-files, sorted."""
    found: list[Entry] = []
    folders = [top]
    while folders:
        folder = folders.pop()
        with os.scandir(root / for_system(folder)) as listing:
            for item in listing:
                name = from_system(item.name)
                path = name if folder == "." else f"{folder}/{name}"
                if name.startswith("."):
                    continue
                obstacle = "" if item.is_file(follow_symlinks=False) else obstacle_at(Path(item.path))
                if obstacle is None:
                    folders.append(path)
                else:
                    found.append(Entry(path, obstacle))
    return sorted(found, key=lambda entry: entry.path)


def flow_entries(root: Path) -> list[Entry]:
    """List the files below flows/ of a work tree; raises RepositoryError for the first obstacle."""
    top = obstacle_at(root / FLOWS)
    if top == "" and not (root / FLOWS).exists():
        return []
    found = [Entry(FLOWS, top or "a file")] if top is not None else entries(root, FLOWS)
    for entry in found:
        if entry.obstacle:
            kind = "file" if entry.path.count("/") > 1 else "folder"
            raise RepositoryError(
                f"not a plain {kind}: {entry.path} is {entry.obstacle}",
                repository=str(root),
                hint=f"put a plain {kind} in its place",
            )
    return found


def obstacle_at(place: Path) -> str | None:
    """Return the obstacle at a path, "" for a file or nothing, None for a folder to walk."""
    try:
        mode = place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if stat.S_ISLNK(mode):
        return LINK
    if stat.S_ISDIR(mode):
        return SUBMODULE if os.path.lexists(place / ".git") else None
    return "" if stat.S_ISREG(mode) else OTHER


def _find(path: Path, here: Path, *, named: bool) -> Iterator[DocumentFile]:
    place = _locate(path, here)
    if place.obstacle:
        yield place
        return
    whole = place.root / for_system(place.path)
    if whole.is_dir():
        inner = list(_documents(place))
        yield from inner
        if named and not inner:
            yield replace(place, obstacle=EMPTY)
    elif os.path.lexists(whole):
        obstacle = obstacle_at(whole) or (_misplaced(place.path) if _is_root(place.root) else "")
        yield replace(place, obstacle=obstacle)
    else:
        name = from_system(path)
        raise RepositoryError(
            f"no such file or folder: {name}",
            repository=name,
            hint=f"check the path; without one, all documents below {FLOWS}/ are used",
        )


def _documents(place: DocumentFile) -> Iterator[DocumentFile]:
    in_repository = _is_root(place.root)
    is_below = FLOWS in (place.path.split("/") if in_repository else place.root.parts)
    skipped = 0 if place.path == "." else len(place.path) + 1
    for entry in entries(place.root, place.path):
        within = entry.path[skipped:]
        obstacle = entry.obstacle or (_misplaced(entry.path) if in_repository else "")
        if obstacle == MISPLACED or _is_document(within.split("/"), obstacle, is_below=is_below):
            yield DocumentFile(place.root, entry.path, place.display_path / for_system(within), obstacle)


def _misplaced(path: str) -> str:
    """Return the obstacle of a file below flows/ of a repository that does not fit the layout."""
    return MISPLACED if is_flow_path(path) and not is_document_path(path) else ""


def _is_document(within: list[str], obstacle: str, *, is_below: bool) -> bool:
    if obstacle:
        return is_below or FLOWS in within or file_layout.flow_id_of(within[-1]) is not None
    is_yaml = within[-1].endswith(".yaml")
    return is_yaml and (is_below or FLOWS in within[:-1] or file_layout.flow_id_of(within[-1]) is not None)


def _locate(path: Path, here: Path) -> DocumentFile:
    """Locate a path in the repository of `here`, else in its own repository, else in its own folder.

    Follows links on the way to the repository, because the current folder may be below one, but no links
    inside the repository.
    """
    own = next((folder for folder in (here, *here.parents) if _is_root(folder)), None)
    root, place = own, Path(here.anchor)
    for part in (here / path).parts[1:]:
        if part == "..":
            place = place.parent
            continue
        is_inside = root is not None and place.is_relative_to(root)
        place /= part
        obstacle = obstacle_at(place)
        if root and is_inside and (obstacle == LINK or (obstacle == SUBMODULE and own)):
            return DocumentFile(root, _relative(place, root), path, obstacle)
        place = Path(os.path.realpath(place))
        root = place if own is None and _is_root(place) else root
    if own and not place.is_relative_to(own):
        return DocumentFile(
            own, from_system(place), path, f"{OUTSIDE} {from_system(own)}; expected a path in it"
        )
    root = root if root and place.is_relative_to(root) else (place if place.is_dir() else place.parent)
    return DocumentFile(root, _relative(place, root), path)


def _is_root(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def _relative(place: Path, root: Path) -> str:
    return from_system(place.relative_to(root))
