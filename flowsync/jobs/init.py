"""Init: the template's files in a folder, and a repository around them."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from flowsync.errors import GuardError, RepositoryError
from flowsync.repository.starting import started


def initialised(folder: Path, *, environ: Mapping[str, str]) -> list[str]:
    """Put the template into `folder`, made where it does not exist; the names of its files, sorted.

    Raises GuardError, and writes nothing, where one of them is there already.
    """
    template = sorted(_files(_template(), ""))
    there = [name for name, _ in template if (folder / name).exists()]
    if there:
        raise GuardError(
            f"already in {folder}: {', '.join(there)}", hint="take another folder, or edit what is there"
        )
    try:
        for name, file in template:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(file.read_bytes())
    except OSError as exc:
        raise RepositoryError(f"cannot write to {folder}: {exc.strerror}", repository=str(folder)) from exc
    started(folder, environ=environ).close()
    return [name for name, _ in template]


def _template() -> Traversable:
    package = files("flowsync")
    bundled = package / "_template"
    if bundled.is_dir():
        return bundled
    return package / ".." / "repo-template"  # a checkout, installed in place


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry
