"""Which files a command means when it is told none."""

import os
from pathlib import Path

from flowsync.errors import RepositoryError
from flowsync.flow.layout import FLOWS
from flowsync.repository.encoding import from_system
from flowsync.repository.reading import open_repository


def flow_paths(paths: tuple[str, ...]) -> list[Path]:
    """The paths given, else the folder of all documents of the repository that holds the current folder.

    Raises RepositoryError where that repository is bare, so has no files.
    """
    if paths:
        return [Path(path) for path in paths]
    with open_repository(Path.cwd(), environ=os.environ) as repository:
        if repository.root is None:
            raise RepositoryError(
                "a bare repository has no documents on disk",
                repository=str(repository.place),
                hint="name files or folders, or work in a clone: git clone . ../work",
            )
        folder = repository.root / FLOWS
    return [Path(os.path.relpath(folder))] if folder.is_dir() else []


def note_of_none(paths: tuple[str, ...]) -> str:
    """What to tell a user whose paths hold no document."""
    places = ", ".join(map(from_system, paths)) or FLOWS
    return f"note: no documents in {places}; they are named <name>.<flowId>.yaml"
