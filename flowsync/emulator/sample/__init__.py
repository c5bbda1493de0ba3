"""Build the two sample organisations, dev and prod, of a wind-power company.

`company.yaml` contains the organisations, the directories and the default values of fields. `flows/` contains
one file for each flow. Its fields are those of an export, with these short forms:

- `flowId` is the id in each organisation; a flow without an id is not in the organisation. A task with `site`
  is only in that organisation.
- `!site {dev: ..., prod: ...}` is a value for each organisation; `@word@` is one of the organisation's words.
- `!crlf` is a text with Windows line ends.
- A field that is left out has its default value; `runMode: null` leaves the field out of the export.
- `relations` are chains such as `fetch > north, south >> merge`; `>>` is a relation with rerun.
- `upstream` are links to a flow or to one of its tasks; the tasks in `to` depend on it. Links are numbered
  unless they have a `linkId`. `dangling` are link relations (linkId: task) without a link.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any, Final

import yaml

from flowsync.emulator.organisation import WORKFLOW_KIND, Directory, Export, Organisation, directory_key

_DATA: Final = files(__name__)
_SITES: Final = ("dev", "prod")
_WORKFLOW_ROOT: Final = "Workflow"
_UNUSED_MODE: Final = {"maxParallel": 0, "keyType": 0, "datasourceId": 0, "path": "", "content": ""}
_NOT_EXPORTED: Final = frozenset({"flowId", "folder", "tasks", "upstream", "dangling", "relations"})


class _Choice(dict[str, Any]):
    """A value for each organisation, by its name."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader with the tags of the sample."""


_Loader.add_constructor("!site", lambda loader, node: _Choice(loader.construct_mapping(node, deep=True)))
_Loader.add_constructor("!crlf", lambda loader, node: loader.construct_scalar(node).replace("\n", "\r\n"))


def sample_organisations() -> tuple[Organisation, Organisation]:
    """Return the two organisations, dev first; each has its own ids, people, hosts and a few flows."""
    company = _load(_DATA / "company.yaml")
    folder = _DATA / "flows"
    flows = [_load(file) for file in folder.iterdir() if file.name.endswith(".yaml")]
    dev, prod = (_organisation(site, company, flows) for site in _SITES)
    return dev, prod


def _load(file: Traversable) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(file.read_bytes(), _Loader)  # noqa: S506 (a safe loader)
    return document


def _organisation(name: str, company: Mapping[str, Any], flows: Iterable[Mapping[str, Any]]) -> Organisation:
    site = {"name": name, **company["organisations"][name]}
    own = sorted((flow["flowId"][name], flow) for flow in flows if name in flow["flowId"])
    folders = {flow_id: flow["folder"] for flow_id, flow in own}
    return Organisation(
        name=name,
        org_id=site["org_id"],
        user_id=site["user_id"],
        app_key=site["app_key"],
        app_secret=site["app_secret"],
        flows={flow_id: _export(_resolve(flow, site), site, company) for flow_id, flow in own},
        directories=tuple(_directories(site["org_id"], company["directories"], folders.values())),
        placement={
            flow_id: _key(site["org_id"], f"{_WORKFLOW_ROOT}/{folder}") for flow_id, folder in folders.items()
        },
    )


def _resolve(value: Any, site: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any value of YAML)
    """Return the value in one organisation: resolve choices, replace words, drop tasks of others."""
    match value:
        case _Choice():
            return _resolve(value[site["name"]], site)
        case dict():
            return {name: _resolve(field, site) for name, field in value.items()}
        case list():
            return [_resolve(entry, site) for entry in value if _is_in(entry, site["name"])]
        case str():
            return re.sub(r"@(\w+)@", lambda match: site["words"].get(match[1], match[0]), value)
    return value


def _is_in(entry: object, site_name: str) -> bool:
    return not isinstance(entry, dict) or entry.get("site", site_name) == site_name


def _export(flow: Export, site: Mapping[str, Any], company: Mapping[str, Any]) -> Export:
    fields = {name: value for name, value in flow.items() if name not in _NOT_EXPORTED}
    default = _resolve(company["flow"], site)
    return {
        "name": flow["name"],
        **default,
        "submitter": site["submitter"],
        **fields,
        "tasks": [_task(task, company["task"]) for task in flow["tasks"]],
        **_links(flow.get("upstream", ()), flow.get("dangling", {})),
        "relations": [relation for chain in flow.get("relations", ()) for relation in _relations(chain)],
    }


def _task(task: Export, default: Export) -> Export:
    fields = {name: value for name, value in {**default, **task}.items() if name != "site"}
    mode = fields["runMode"]
    if mode is None:
        del fields["runMode"]
    else:
        fields["runMode"] = json.dumps({**mode, **_UNUSED_MODE, **mode}, separators=(",", ":"))
    return fields


def _relations(chain: str) -> Iterator[Export]:
    parts = re.split(r" (>>?) ", chain)
    for (sources, arrow), (targets, _) in pairwise(zip(parts[::2], [*parts[1::2], ""], strict=True)):
        for source in sources.split(", "):
            for target in targets.split(", "):
                yield {"sourceTaskName": source, "targetTaskName": target, "rerun": arrow == ">>"}


def _links(upstream: Iterable[Export], dangling: Mapping[str, str]) -> Export:
    flow_links: list[Export] = []
    task_links: list[Export] = []
    targets: list[tuple[str, str, bool]] = []
    for number, link in enumerate(upstream):
        entry = {"linkId": link.get("linkId", str(number)), "sourceFlowName": link["flow"]}
        if "task" in link:
            task_links.append({**entry, "sourceTaskName": link["task"]})
        else:
            flow_links.append(entry)
        targets += [(entry["linkId"], task, link.get("rerun", False)) for task in link.get("to", ())]
    targets += [(link_id, task, False) for link_id, task in dangling.items()]
    relations = [{"linkId": one, "targetTaskName": task, "rerun": rerun} for one, task, rerun in targets]
    return {"flowLinks": flow_links, "taskLinks": task_links, "linkRelations": relations}


def _directories(org_id: str, roots: Iterable[Export], folders: Iterable[str]) -> Iterator[Directory]:
    """Yield the roots; the workflow root contains the folders of the flows."""
    for root in roots:
        if root["kind"] == WORKFLOW_KIND:
            yield _tree(org_id, root["title"], [folder.split("/") for folder in sorted({*folders})])
        else:
            entries = tuple((file["key"], file["title"]) for file in root["files"])
            yield Directory(root["title"], _key(org_id, root["title"]), root["kind"], files=entries)


def _tree(org_id: str, path: str, folders: Iterable[list[str]]) -> Directory:
    below: dict[str, list[list[str]]] = {}
    for first, *rest in filter(None, folders):
        below.setdefault(first, []).append(rest)
    children = tuple(_tree(org_id, f"{path}/{title}", parts) for title, parts in below.items())
    return Directory(path.rpartition("/")[2], _key(org_id, path), WORKFLOW_KIND, children)


def _key(org_id: str, path: str) -> str:
    return directory_key(f"{org_id}/{path}")
