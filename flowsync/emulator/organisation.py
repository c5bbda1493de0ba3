"""One organisation: its flows, its directory tree, its application and its user."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flowsync.errors import FlowsyncError

WORKFLOW_KIND = 1

Export = dict[str, Any]


@dataclass(frozen=True)
class Directory:
    """A node of the tree. `kind`: 0 data integration, 1 workflow, 2 data resource, 3 hql, 4 common resource.

    `files` are entries that are not flows, as (key, title); `Organisation.placement` places flows.
    """

    title: str
    key: str
    kind: int = WORKFLOW_KIND
    children: tuple["Directory", ...] = ()
    files: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Organisation:
    """One organisation of the platform. Flows are exports by flowId and are never changed in place.

    `placement` contains the directory key of a flow; a flow without one is in the first workflow root.
    `hidden` flows are listed, but the user may not read them. `app_secret` is made up.
    """

    name: str
    org_id: str
    user_id: str
    app_key: str
    app_secret: str = field(repr=False)
    flows: Mapping[int, Export]
    directories: tuple[Directory, ...] = ()
    placement: Mapping[int, str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


def directory_key(path: str) -> str:
    """Return a dirId as the platform writes it: 32 hexadecimal digits, always the same for the same path."""
    return blake2b(path.encode(), digest_size=16).hexdigest()


def flow_name(flow_id: int, export: Export) -> str:
    """Return the name for listings, also of an export in the edge edition's spelling or without a name."""
    name = export.get("name", export.get("flow_name"))
    return name if isinstance(name, str) else str(flow_id)


def with_flow(organisation: Organisation, flow_id: int, export: Export) -> Organisation:
    return replace(organisation, flows={**organisation.flows, flow_id: export})


def organisation_from_folder(path: Path, *, name: str = "local") -> Organisation:
    """Load an organisation from files `<flowId>.json` with exports, with or without the envelope.

    The ids, user and application are made up; all flows are in one workflow directory with the folder's name.
    Raises FlowsyncError for a folder without exports and for a file that is not an export.
    """
    files = sorted(file for file in path.glob("*.json") if file.stem.isdecimal())
    if not files:
        raise FlowsyncError(
            f"no exports in the folder: {path}",
            hint="save each export there as <flowId>.json, for example 2924.json",
        )
    return Organisation(
        name=name,
        org_id="o15500000000009",
        user_id="u15500000000009",
        app_key=f"fake-app-key-{name}",
        app_secret=f"fake-app-secret-{name}",
        flows={int(file.stem): _load_export(file) for file in files},
        directories=(Directory(path.resolve().name, directory_key(path.name)),),
    )


def _load_export(file: Path) -> Export:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as exc:
        raise FlowsyncError(f"not a readable export: {file}: {exc}") from exc
    if isinstance(content, dict) and "data" in content and ("code" in content or "status" in content):
        content = content["data"]
    if not isinstance(content, dict):
        raise FlowsyncError(
            f"not an export: {file}",
            hint="an export is a JSON object, with or without {code, msg, data} around it",
        )
    return content
