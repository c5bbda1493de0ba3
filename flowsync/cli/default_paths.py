"""Find the documents that PATH and FLOW arguments of a command mean, and those that it uses without any."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from flowsync.cli.arguments import from_root, require_no_empty
from flowsync.commands.flow_selector import FlowSelector
from flowsync.commands.flows_version import WORK_TREE, require_environments, select_environments
from flowsync.document.file_layout import FLOWS
from flowsync.errors import RepositoryError, UsageError
from flowsync.flow.printable import quote_name
from flowsync.repository.encoding import for_system, from_system
from flowsync.repository.repository import Repository, open_repository
from flowsync.repository.walk import DocumentFile, document_files

NO_DOCUMENTS: Final = f"note: no documents below {FLOWS}/; expected files named <name>.<flowId>.yaml"


def chosen_documents(words: Sequence[str], environments: Sequence[str]) -> list[DocumentFile]:
    """Find the documents that the words mean, else all of the repository of the current folder.

    A word that is not an existing path selects flows of these environments. Raises RepositoryError if that
    repository is bare, and so has no files, and UsageError for a word that selects nothing.
    """
    require_no_empty(tuple(words))
    here, paths, flows = Path.cwd(), [*filter(os.path.lexists, words)], []
    others = [word for word in words if word not in paths]
    if others or not words:
        with open_repository(here, environ=os.environ) as repository:
            flows = _flow_paths(others, environments, _root(repository), repository)
    return document_files(map(Path, (*paths, *flows)), here=here, named=bool(words))


def _root(repository: Repository) -> Path:
    if repository.root is None:
        raise RepositoryError(
            "a bare repository has no documents on disk",
            repository=str(repository.location),
            hint="name files or folders, or work in a clone: git clone . ../work",
        )
    return repository.root


def _flow_paths(
    words: Sequence[str], environments: Sequence[str], root: Path, repository: Repository
) -> list[str]:
    if not (words or environments):
        return [os.path.relpath(root / FLOWS)] if os.path.lexists(root / FLOWS) else []
    files = WORK_TREE.files(repository)
    require_environments(environments, files)
    chosen = select_environments(files, environments)
    selector = FlowSelector(chosen.items(), partial(WORK_TREE.read, repository))
    found = {*(() if words else chosen)}
    for word in words:
        text = from_system(word)
        keys = selector.matches(text, from_root(text, repository))
        if not keys and ("/" in word or word.endswith(".yaml")):
            return [word]  # which does not exist
        if not keys:
            hint = selector.unknown(text).hint
            raise UsageError(f"{quote_name(text)}: neither a file nor a flow", word=text, hint=hint)
        found |= keys
    return [os.path.relpath(root / for_system(chosen[key].path)) for key in sorted(found)]
