"""The documents among files on disk."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from flowsync.errors import RepositoryError
from flowsync.flow.layout import FLOWS, flow_id_of
from flowsync.repository.encoding import from_system


def document_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and all documents in the folders named, each once, sorted.

    In a folder, documents are what is named `<slug>.<flowId>.yaml` and all YAML below a folder `flows`;
    dot-files are nobody's flow, as for a sync.
    Raises RepositoryError for a path that does not exist; links in folders are passed over.
    """
    found = {file for path in paths for file in _files(path)}
    return sorted(found)


def file_bytes(path: Path) -> bytes:
    """The bytes of a file; raises RepositoryError where it can't be read."""
    try:
        return path.read_bytes()
    except OSError as exc:
        name = from_system(path)
        raise RepositoryError(f"cannot read {name}: {exc.strerror}", repository=name) from exc


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        below_flows = _is_below_flows(path.resolve())
        for file in path.rglob("*.yaml"):
            within = file.relative_to(path).parts
            if _is_document(within, below_flows=below_flows) and file.is_file() and not file.is_symlink():
                yield file
    elif path.exists():
        yield path
    else:
        name = from_system(path)
        raise RepositoryError(f"no such file or folder: {name}", repository=name)


def _is_document(within: tuple[str, ...], *, below_flows: bool) -> bool:
    if any(part.startswith(".") for part in within):
        return False
    return below_flows or FLOWS in within[:-1] or flow_id_of(within[-1]) is not None


def _is_below_flows(folder: Path) -> bool:
    """Whether the folder is in a repository's `flows`; a repository may itself have that name."""
    for one in (folder, *folder.parents):
        if (one / ".git").exists():
            return False
        if one.name == FLOWS:
            return True
    return False
