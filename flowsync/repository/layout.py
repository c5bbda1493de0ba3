"""Where a flow's file lives in a repository: flows/<environment>/<slug>.<flowId>.yaml."""

import re

from flowsync.errors import RepositoryError

FLOWS = "flows"

# Slugs may be of any script; what a terminal or git could misread is no name.
_PATH = re.compile(
    r"flows/[a-z0-9][a-z0-9-]{0,31}/[^/\x00-\x1f\x7f\ud800-\udfff]+\.(?P<flow_id>0|[1-9][0-9]*)\.yaml"
)


def is_flow_path(path: str) -> bool:
    """Whether a path belongs to an environment's folder and is no dot-file, which are nobody's flow."""
    top, _, rest = path.partition("/")
    return top == FLOWS and "/" in rest and not rest.rpartition("/")[2].startswith(".")


def environment_of(path: str) -> str:
    """The second part of a flow's path."""
    return path.split("/")[1]


def flow_id_of(path: str) -> int:
    """The id in a file's name; RepositoryError names a path that does not fit the layout."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise RepositoryError(
            f"not the path of a flow: {path!r}",
            hint=f"files under {FLOWS}/ are named <environment>/<slug>.<flowId>.yaml",
        )
    return int(found["flow_id"])
