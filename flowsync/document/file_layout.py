"""The path of a document in the repository: flows/<environment>/<slug>.<flowId>.yaml."""

import re
import unicodedata
from typing import Final

CONFIGURATION: Final = "flowsync.yaml"
FLOWS: Final = "flows"
ENVIRONMENT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)

MOST_ID_DIGITS: Final = 100
"""More digits than any id has, few enough for a file name."""

_SLUG_BYTES: Final = 80
_FILE_NAME: Final = re.compile(r"(?P<slug>.+)\.(?P<flow_id>0|[1-9][0-9]{0,99})\.yaml", re.ASCII | re.DOTALL)
_WINDOWS_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def document_path(environment: str, name: object, flow_id: int) -> str:
    """Return the path of a document below the repository's root, with forward slashes.

    A name that is not text counts as empty.
    """
    return f"{FLOWS}/{environment}/{slug(name if isinstance(name, str) else '')}.{flow_id}.yaml"


def flow_id_of(path: str) -> int | None:
    """Return the flow id in a document's path, None if the path is not a document's."""
    match = _FILE_NAME.fullmatch(path.rpartition("/")[2])
    return int(match["flow_id"]) if match else None


def slug(name: str) -> str:
    """Return the readable part of a file name: letters, marks and digits of any script, joined by dashes."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    dashed = "".join(character if _is_allowed(character) else "-" for character in folded)
    short = re.sub("-+", "-", dashed).strip("-").encode()[:_SLUG_BYTES].decode(errors="ignore")
    if short in _WINDOWS_DEVICES:
        return f"flow-{short}"
    return short or "flow"


def _is_allowed(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"
