"""Create a repository from the template."""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from flowsync.config import FILE_NAME
from flowsync.errors import GuardError, RepositoryError
from flowsync.repository.create import open_or_create
from flowsync.repository.repository import open_repository


@dataclass(frozen=True)
class TemplateFile:
    """A file of the template by its name in the folder; `kept` if a file of that name existed before."""

    name: str
    kept: bool


def initialize(folder: Path, *, environ: Mapping[str, str]) -> list[TemplateFile]:
    """Copy the template into `folder`, which is created if needed; sorted by name.

    Raises GuardError, and writes nothing, if there is a configuration already or if the folder is part of
    another repository: git rules such as .gitattributes apply to documents at the root only.
    """
    if os.path.lexists(folder / FILE_NAME):
        raise GuardError(
            f"{folder}: already contains {FILE_NAME}", hint="choose another folder, or edit the existing file"
        )
    _refuse_part_of_a_repository(folder, environ)
    template = sorted(_files(_template(), ""))
    done = [TemplateFile(name, os.path.lexists(folder / name)) for name, _ in template]
    try:
        for (name, source), file in zip(template, done, strict=True):
            if not file.kept:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(source.read_bytes())
    except OSError as exc:
        raise RepositoryError(f"{folder}: cannot be written: {exc.strerror}", repository=str(folder)) from exc
    open_or_create(folder, environ=environ).close()
    return done


def _refuse_part_of_a_repository(folder: Path, environ: Mapping[str, str]) -> None:
    place = folder.resolve()
    existing = next(one for one in (place, *place.parents) if one.is_dir())
    try:
        repository = open_repository(existing, environ=environ)
    except RepositoryError:
        return  # no repository is there yet
    with repository:
        if repository.root is None or repository.root.resolve() != place:
            raise GuardError(
                f"{folder}: a folder inside the repository {repository.location}; expected its root",
                hint=_hint_at_root(repository.root),
            )


def _hint_at_root(root: Path | None) -> str:
    """Return what to do instead of init in a part of a repository; `root` is None if it is bare."""
    if root is None:
        return "work in a clone: a bare repository has no files on disk"
    if os.path.lexists(root / FILE_NAME):
        return f"add the environment to {root / FILE_NAME}, which covers the whole repository"
    return f"run flowsync init {shlex.quote(str(root))}"


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
