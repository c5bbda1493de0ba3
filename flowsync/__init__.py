"""Git for EnOS batch data processing workflows: canonical YAML, semantic diffs, drift detection.

>>> from flowsync import canonical, changes, parse_json, render
>>> before = canonical(parse_json('{"name": "etl", "cron": "0 0 0 * * ? *"}'), 2924)
>>> after = canonical(parse_json('{"name": "etl", "cron": "0 0 2 * * ? *"}'), 2924)
>>> changes(before, after)
[Changed(path='/cron', before='0 0 0 * * ? *', after='0 0 2 * * ? *')]
>>> from datetime import datetime
>>> from flowsync import Setting, findings
>>> [finding.sentence for finding in findings(before, after, Setting("prod", 2924, datetime(2026, 1, 1)))]
['schedule: every day at 00:00 → every day at 02:00']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.analysis.analyze import Setting as Setting
    from flowsync.analysis.analyze import findings as findings
    from flowsync.analysis.model import Finding as Finding
    from flowsync.diff.document_diff import changes as changes
    from flowsync.diff.model import Added as Added
    from flowsync.diff.model import Change as Change
    from flowsync.diff.model import Changed as Changed
    from flowsync.diff.model import Moved as Moved
    from flowsync.diff.model import Oversize as Oversize
    from flowsync.diff.model import Removed as Removed
    from flowsync.document.load import document_in as document_in
    from flowsync.document.writer import render as render
    from flowsync.errors import AuthenticationError as AuthenticationError
    from flowsync.errors import CanonicalError as CanonicalError
    from flowsync.errors import ConfigError as ConfigError
    from flowsync.errors import FlowsyncError as FlowsyncError
    from flowsync.errors import GatewayError as GatewayError
    from flowsync.errors import GuardError as GuardError
    from flowsync.errors import RepositoryError as RepositoryError
    from flowsync.flow.canonical import canonical as canonical
    from flowsync.flow.envelope import export_in as export_in
    from flowsync.flow.export import export_of as export_of
    from flowsync.flow.schema import document_schema as document_schema
    from flowsync.flow.values import parse_json as parse_json

__version__ = "0.1.0"

_HOMES: Final = {
    "flowsync.diff.model": ("Added", "Change", "Changed", "Moved", "Oversize", "Removed"),
    "flowsync.diff.document_diff": ("changes",),
    "flowsync.analysis.model": ("Finding",),
    "flowsync.analysis.analyze": ("Setting", "findings"),
    "flowsync.errors": (
        "AuthenticationError",
        "CanonicalError",
        "ConfigError",
        "FlowsyncError",
        "GatewayError",
        "GuardError",
        "RepositoryError",
    ),
    "flowsync.flow.envelope": ("export_in",),
    "flowsync.flow.canonical": ("canonical",),
    "flowsync.flow.export": ("export_of",),
    "flowsync.document.load": ("document_in",),
    "flowsync.flow.schema": ("document_schema",),
    "flowsync.flow.values": ("parse_json",),
    "flowsync.document.writer": ("render",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *_HOME_OF]  # noqa: PLE0604  # the names above are strings


def __getattr__(name: str) -> object:
    """A public name, from its module when it is first used: the program starts without them."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'flowsync' has no attribute {name!r}")
    return getattr(import_module(home), name)
