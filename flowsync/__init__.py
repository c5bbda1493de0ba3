"""Git for EnOS batch data processing workflows: canonical YAML, semantic diffs, drift detection.

>>> from flowsync import canonicalize, compare_documents, parse_json, dump
>>> before = canonicalize(parse_json('{"name": "etl", "cron": "0 0 0 * * ? *"}'), 2924)
>>> after = canonicalize(parse_json('{"name": "etl", "cron": "0 0 2 * * ? *"}'), 2924)
>>> compare_documents(before, after)
[Changed(path='/cron', before='0 0 0 * * ? *', after='0 0 2 * * ? *')]
>>> from datetime import datetime
>>> from flowsync import DiffContext, analyze
>>> [finding.sentence for finding in analyze(before, after, DiffContext("prod", 2924, datetime(2026, 1, 1)))]
['schedule: every day at 00:00 → every day at 02:00']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.analysis.analyze import DiffContext as DiffContext
    from flowsync.analysis.analyze import analyze as analyze
    from flowsync.analysis.model import Finding as Finding
    from flowsync.diff.document_diff import compare_documents as compare_documents
    from flowsync.diff.model import Added as Added
    from flowsync.diff.model import Change as Change
    from flowsync.diff.model import Changed as Changed
    from flowsync.diff.model import Oversize as Oversize
    from flowsync.diff.model import Rekeyed as Rekeyed
    from flowsync.diff.model import Removed as Removed
    from flowsync.document.load import load_document as load_document
    from flowsync.document.writer import dump as dump
    from flowsync.errors import AuthenticationError as AuthenticationError
    from flowsync.errors import CanonicalError as CanonicalError
    from flowsync.errors import ConfigError as ConfigError
    from flowsync.errors import FlowsyncError as FlowsyncError
    from flowsync.errors import GatewayError as GatewayError
    from flowsync.errors import GuardError as GuardError
    from flowsync.errors import RepositoryError as RepositoryError
    from flowsync.flow.canonical import canonicalize as canonicalize
    from flowsync.flow.envelope import extract_export as extract_export
    from flowsync.flow.export import to_export as to_export
    from flowsync.flow.schema import document_schema as document_schema
    from flowsync.flow.values import parse_json as parse_json

__version__ = "0.1.0"

_HOMES: Final = {
    "flowsync.diff.model": ("Added", "Change", "Changed", "Rekeyed", "Oversize", "Removed"),
    "flowsync.diff.document_diff": ("compare_documents",),
    "flowsync.analysis.model": ("Finding",),
    "flowsync.analysis.analyze": ("DiffContext", "analyze"),
    "flowsync.errors": (
        "AuthenticationError",
        "CanonicalError",
        "ConfigError",
        "FlowsyncError",
        "GatewayError",
        "GuardError",
        "RepositoryError",
    ),
    "flowsync.flow.envelope": ("extract_export",),
    "flowsync.flow.canonical": ("canonicalize",),
    "flowsync.flow.export": ("to_export",),
    "flowsync.document.load": ("load_document",),
    "flowsync.flow.schema": ("document_schema",),
    "flowsync.flow.values": ("parse_json",),
    "flowsync.document.writer": ("dump",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *_HOME_OF]  # noqa: PLE0604  # the names above are strings


def __getattr__(name: str) -> object:
    """A public name, from its module when it is first used: the program starts without them."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'flowsync' has no attribute {name!r}")
    return getattr(import_module(home), name)
