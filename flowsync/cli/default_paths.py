"""Find the documents that PATH arguments name, or all of the repository."""

import os
from pathlib import Path
from typing import Final

from flowsync.document.file_layout import FLOWS
from flowsync.errors import RepositoryError
from flowsync.repository.repository import open_repository
from flowsync.repository.walk import DocumentFile, document_files


def chosen_documents(paths: tuple[str, ...]) -> list[DocumentFile]:
    """Find the documents in the given paths, else all of the repository of the current folder.

    Raises RepositoryError if that repository is bare, and so has no files.
    """
    here = Path.cwd()
    if paths:
        return document_files(map(Path, paths), here=here, named=True)
    with open_repository(here, environ=os.environ) as repository:
        if repository.root is None:
            raise RepositoryError(
                "a bare repository has no documents on disk",
                repository=str(repository.location),
                hint="name files or folders, or work in a clone: git clone . ../work",
            )
        folder = repository.root / FLOWS
    present = [Path(os.path.relpath(folder))] if os.path.lexists(folder) else []
    return document_files(present, here=here, named=False)


NO_DOCUMENTS: Final = f"note: no documents below {FLOWS}/; expected files named <name>.<flowId>.yaml"
