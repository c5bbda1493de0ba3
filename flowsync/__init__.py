"""Git for EnOS batch data processing workflows: canonical YAML, semantic diffs, drift detection.

>>> import flowsync
>>> before = flowsync.canonicalize({"name": "etl", "type": 1, "cron": "0 0 0 * * ? *"}, flow_id=2924)
>>> after = flowsync.canonicalize({"name": "etl", "type": 1, "cron": "0 0 2 * * ? *"}, flow_id=2924)
>>> report = flowsync.compare(before, after)
>>> [finding.sentence for finding in report.findings]
['schedule: every day at 00:00 → every day at 02:00']
>>> report.impact
<Impact.BEHAVIOUR: 'behaviour'>
>>> flowsync.load(flowsync.dump(before)) == before
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.api import Client as Client
    from flowsync.api import Report as Report
    from flowsync.api import canonicalize as canonicalize
    from flowsync.api import compare as compare
    from flowsync.api import json_schema as json_schema
    from flowsync.api import load as load
    from flowsync.document.writer import dump as dump
    from flowsync.errors import AuthenticationError as AuthenticationError
    from flowsync.errors import CanonicalError as CanonicalError
    from flowsync.errors import ConfigError as ConfigError
    from flowsync.errors import FlowsyncError as FlowsyncError
    from flowsync.errors import GatewayError as GatewayError
    from flowsync.errors import GuardError as GuardError
    from flowsync.errors import RepositoryError as RepositoryError
    from flowsync.errors import UsageError as UsageError

__version__ = "0.1.0"

_MODULES: Final = {
    "flowsync.api": ("Client", "Report", "canonicalize", "compare", "json_schema", "load"),
    "flowsync.document.writer": ("dump",),
    "flowsync.errors": (
        "AuthenticationError",
        "CanonicalError",
        "ConfigError",
        "FlowsyncError",
        "GatewayError",
        "GuardError",
        "RepositoryError",
        "UsageError",
    ),
}
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]  # noqa: PLE0604  # the names above are strings


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the program starts without it."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'flowsync' has no attribute {name!r}")
    return getattr(import_module(module), name)
