"""Which files a command means when it is told none."""

import os
from pathlib import Path

from flowsync.flow.layout import FLOWS
from flowsync.repository.reading import open_repository


def flow_paths(paths: tuple[str, ...]) -> list[Path]:
    """The paths given, else the folder of all documents of the repository that holds the current folder."""
    if paths:
        return [Path(path) for path in paths]
    with open_repository(Path.cwd(), environ=os.environ) as repository:
        folder = (repository.root or Path.cwd()) / FLOWS
    return [Path(os.path.relpath(folder))] if folder.is_dir() else []
