"""A wind-power company with two organisations, dev and prod, to try things out on."""

from collections.abc import Iterable

from flowsync.emulator.organisation import WORKFLOW_KIND, Directory, Organisation, directory_key
from flowsync.emulator.sample import (
    configuration,
    forecast,
    housekeeping,
    masterdata,
    monitoring,
    quality,
    reporting,
    scada,
    trading,
)
from flowsync.emulator.sample.building import SampleFlow
from flowsync.emulator.sample.site import DEV, PROD, Site

_AREAS = (scada, configuration, quality, masterdata, forecast, reporting, trading, monitoring, housekeeping)
_WORKFLOW_ROOT = "Workflow"


def sample_organisations() -> tuple[Organisation, Organisation]:
    """The two organisations, dev first; each has flows that the other lacks, own ids, people and hosts."""
    return _organisation(DEV), _organisation(PROD)


def _organisation(site: Site) -> Organisation:
    flows = [flow for area in _AREAS for flow in area.flows(site)]
    return Organisation(
        name=site.name,
        org_id=site.org_id,
        user_id=site.user_id,
        app_key=site.app_key,
        app_secret=site.app_secret,
        flows={flow.flow_id: flow.export for flow in flows},
        directories=_directories(site, flows),
        placement={flow.flow_id: _key(site, f"{_WORKFLOW_ROOT}/{flow.folder}") for flow in flows},
    )


def _directories(site: Site, flows: Iterable[SampleFlow]) -> tuple[Directory, ...]:
    """The workflow tree that the flows' folders span, and the roots of the other kinds."""
    folders = sorted({flow.folder for flow in flows})
    return (
        _root(site, "Data Integration", 0, files=((1207, "farm_cfg 全量"), (1211, "erp 增量"))),
        _tree(site, _WORKFLOW_ROOT, [folder.split("/") for folder in folders]),
        _root(
            site,
            "Data Resource",
            2,
            files=((611, "merge_flags.hql"), (612, "pc-select.jar"), (640, "ntf.zip")),
        ),
        _root(site, "Hql", 3, files=((702, "waterfall.hql"),)),
        _root(site, "Common Resource", 4),
    )


def _root(site: Site, title: str, kind: int, files: tuple[tuple[int, str], ...] = ()) -> Directory:
    return Directory(title, _key(site, title), kind, files=files)


def _tree(site: Site, path: str, folders: Iterable[list[str]]) -> Directory:
    below: dict[str, list[list[str]]] = {}
    for first, *rest in filter(None, folders):
        below.setdefault(first, []).append(rest)
    children = tuple(_tree(site, f"{path}/{title}", parts) for title, parts in below.items())
    return Directory(path.rpartition("/")[2], _key(site, path), WORKFLOW_KIND, children)


def _key(site: Site, path: str) -> str:
    return directory_key(f"{site.org_id}/{path}")
