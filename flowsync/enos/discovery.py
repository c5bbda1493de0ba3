"""Which flows an organisation has, and which of them a configuration means."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wcmatch import fnmatch, glob

from flowsync.document.file_layout import MOST_ID_DIGITS
from flowsync.enos.redaction import quote_response
from flowsync.enos.responses import integer
from flowsync.errors import GatewayError

_DEEPEST = 64
_WORKFLOW = 1
_TOO_LARGE = 10**MOST_ID_DIGITS
_PATH_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX
_NAME_FLAGS = fnmatch.DOTMATCH | fnmatch.FORCEUNIX


@dataclass(frozen=True)
class DiscoveredFlow:
    """A flow of the directory tree; `directory` is the titles from the root, such as `Workflow/etl`."""

    flow_id: int
    name: str
    directory: str

    @property
    def path(self) -> str:
        return f"{self.directory}/{self.name}" if self.directory else self.name


def discover(
    tree: Iterable[Any], *, directories: Sequence[str], names: Sequence[str], exclude: Sequence[str]
) -> list[DiscoveredFlow]:
    """Return the selected flows by id, each once, from the nodes of listWorkFlowDirs.

    Globs are case-sensitive; without any, everything is selected. `directories` are matched with the path of
    a flow's directory (`**` spans any number of levels), `names` with its title, `exclude` with title and
    full path. Raises GatewayError for an invalid node, and if no flow is selected: an empty set is never a
    valid result.
    """
    flows = list(_flows(tree, (), 1))
    selected = {
        flow.flow_id: flow
        for flow in reversed(flows)  # of two places of one flow, the first stays
        if _is_selected(flow, directories, names, exclude)
    }
    if not selected:
        raise GatewayError(
            f"discovery selects none of the {len(flows)} flows that the platform lists",
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
    spelled = [form for pattern in patterns for form in (pattern.rstrip("/"), pattern.removesuffix("/**"))]
    return bool(spelled) and bool(glob.globmatch(path, spelled, flags=_PATH_FLAGS))


def _matches_name(name: str, patterns: Sequence[str]) -> bool:
    return bool(patterns) and bool(fnmatch.fnmatch(name, patterns, flags=_NAME_FLAGS))


def _flows(nodes: Iterable[Any], titles: tuple[str, ...], depth: int) -> Iterator[DiscoveredFlow]:
    if depth > _DEEPEST:
        raise _unusable(titles, f"directories are nested more than {_DEEPEST} deep")
    for node in nodes:
        if not isinstance(node, dict):
            raise _unusable(titles, "a node is not an object")
        if _may_hold_flows(node):
            yield from _flows_of(node, titles, depth)


def _may_hold_flows(node: dict[str, Any]) -> bool:
    return integer(node.get("type")) in {None, _WORKFLOW}


def _flows_of(node: dict[str, Any], titles: tuple[str, ...], depth: int) -> Iterator[DiscoveredFlow]:
    title = node.get("title")
    if not isinstance(title, str):
        raise _unusable(titles, f"the title of node {node.get('key')!r:.40} is not text")
    if not _is_directory(node, titles):
        yield DiscoveredFlow(_flow_id(node, titles), title, "/".join(titles))
        return
    children = node.get("children")
    if not isinstance(children, list | None):
        raise _unusable((*titles, title), "children is not a list")
    yield from _flows(children or (), (*titles, title), depth + 1)


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
        raise _unusable((*titles, str(node["title"])), f"key {node.get('key')!r:.40} is no flow id")
    return flow_id


def _unusable(titles: tuple[str, ...], what: str) -> GatewayError:
    place = quote_response("/".join(titles).encode("utf-8", "replace"), ()) or "the root"
    return GatewayError(
        f"the directory tree can't be understood at {place}: {what}", action="listWorkFlowDirs"
    )
