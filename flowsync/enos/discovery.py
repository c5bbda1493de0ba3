"""Discovery of flows in the directory tree of an organisation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wcmatch import fnmatch, glob

from flowsync.document.file_layout import MOST_ID_DIGITS
from flowsync.enos.redaction import quote_response
from flowsync.enos.responses import integer
from flowsync.errors import GatewayError
from flowsync.flow.printable import plural

_MAX_DEPTH = 64
_WORKFLOW = 1
_TOO_LARGE = 10**MOST_ID_DIGITS
_PATH_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX
_NAME_FLAGS = fnmatch.DOTMATCH | fnmatch.FORCEUNIX


@dataclass(frozen=True)
class DiscoveredFlow:
    """A flow of the directory tree; `directory` consists of the titles from the root, like `Workflow/etl`."""

    flow_id: int
    name: str
    directory: str

    @property
    def path(self) -> str:
        return f"{self.directory}/{self.name}" if self.directory else self.name


def discover(
    tree: Iterable[Any], *, directories: Sequence[str], names: Sequence[str], exclude: Sequence[str]
) -> list[DiscoveredFlow]:
    """Return the selected flows, sorted by id and each once, from the nodes of listWorkFlowDirs.

    Globs are case-sensitive; without globs, all flows are selected. `directories` match the path of a flow's
    directory (`**` spans any number of levels), `names` its title, `exclude` its title or its full path.
    Raises GatewayError for an invalid node, and if no flow is selected.
    """
    flows = list(_flows(tree, ()))
    selected = {
        flow.flow_id: flow
        for flow in reversed(flows)  # the first place of a flow counts
        if _is_selected(flow, directories, names, exclude)
    }
    if not selected:
        raise GatewayError(
            f"discovery selects none of the platform's {plural(len(flows), 'flow')}",
            action="listWorkFlowDirs",
            hint="check the patterns under `discover`, and what the user may see",
        )
    return [selected[flow_id] for flow_id in sorted(selected)]


def _is_selected(
    flow: DiscoveredFlow, directories: Sequence[str], names: Sequence[str], exclude: Sequence[str]
) -> bool:
    return (
        (not directories or _matches_path(flow.directory, directories))
        and (not names or _matches_name(flow.name, names))
        and not _matches_name(flow.name, exclude)
        and not _matches_path(flow.path, exclude)
    )


def _matches_path(path: str, patterns: Sequence[str]) -> bool:
    forms = [form for pattern in patterns for form in (pattern.rstrip("/"), pattern.removesuffix("/**"))]
    return bool(glob.globmatch(path, forms, flags=_PATH_FLAGS))


def _matches_name(name: str, patterns: Sequence[str]) -> bool:
    return bool(fnmatch.fnmatch(name, patterns, flags=_NAME_FLAGS))


def _flows(nodes: Iterable[Any], titles: tuple[str, ...]) -> Iterator[DiscoveredFlow]:
    if len(titles) >= _MAX_DEPTH:
        raise _unusable(titles, f"directories are nested more than {_MAX_DEPTH} deep")
    for node in nodes:
        if not isinstance(node, dict):
            raise _unusable(titles, "a node is not an object")
        if integer(node.get("type")) in {None, _WORKFLOW}:
            yield from _flows_of(node, titles)


def _flows_of(node: dict[str, Any], titles: tuple[str, ...]) -> Iterator[DiscoveredFlow]:
    title = node.get("title")
    if not isinstance(title, str):
        raise _unusable(titles, f"the title of node {node.get('key')!r:.40} is not text")
    if not _is_directory(node, titles):
        yield DiscoveredFlow(_flow_id(node, titles), title, "/".join(titles))
        return
    children = node.get("children")
    if not isinstance(children, list | None):
        raise _unusable((*titles, title), "children is not a list")
    yield from _flows(children or (), (*titles, title))


def _is_directory(node: dict[str, Any], titles: tuple[str, ...]) -> bool:
    match node.get("isDirectory"):
        case True | "true" | 1 | "1":
            return True
        case False | "false" | 0 | "0":
            return False
        case None:
            return isinstance(node.get("children"), list)
        case _:
            raise _unusable((*titles, str(node["title"])), "isDirectory is neither true nor false")


def _flow_id(node: dict[str, Any], titles: tuple[str, ...]) -> int:
    flow_id = integer(node.get("key"))
    if flow_id is None or not 0 < flow_id < _TOO_LARGE:
        raise _unusable((*titles, str(node["title"])), f"key {node.get('key')!r:.40} is not a flow id")
    return flow_id


def _unusable(titles: tuple[str, ...], what: str) -> GatewayError:
    place = quote_response("/".join(titles).encode("utf-8", "replace"), ()) or "the root"
    return GatewayError(f"invalid directory tree at {place}: {what}", action="listWorkFlowDirs")
