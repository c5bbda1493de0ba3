"""The paths of flows in git, checked against the layout."""

import re
from typing import Final

from flowsync.document import file_layout
from flowsync.document.file_layout import ENVIRONMENT, FLOWS
from flowsync.errors import RepositoryError

# Slugs may use any script, but no characters that a terminal or git could misinterpret.
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DEPTH: Final = 3


def is_flow_path(path: str) -> bool:
    """Return whether a path is in an environment's folder and has no part that starts with a dot."""
    top, _, rest = path.partition("/")
    return top == FLOWS and "/" in rest and not is_hidden(path)


def is_hidden(path: str) -> bool:
    """Return whether a part of a path starts with a dot, as files of editors and file managers do."""
    return any(part.startswith(".") for part in path.split("/"))


def is_document_path(path: str) -> bool:
    """Return whether a path fits the layout of a flow's document."""
    return _find_flow_id(path) is not None


def environment_of(path: str) -> str:
    """Return the second part of a flow's path."""
    return path.split("/")[1]


def flow_id_of(path: str) -> int:
    """Return the id in a file's name; RepositoryError names a path that does not fit the layout."""
    flow_id = _find_flow_id(path)
    if flow_id is None:
        raise RepositoryError(
            f"not the path of a flow: {path!r}",
            hint=f"rename the file: files under {FLOWS}/ are named <environment>/<slug>.<flowId>.yaml",
        )
    return flow_id


def _find_flow_id(path: str) -> int | None:
    parts = path.split("/")
    fits = (
        len(parts) == _DEPTH
        and parts[0] == FLOWS
        and ENVIRONMENT.fullmatch(parts[1])
        and not _UNFIT.search(path)
    )
    return file_layout.flow_id_of(path) if fits else None
