"""A run as one JSON document."""

import json
from collections.abc import Mapping
from typing import Any, Final, assert_never

from flowsync.diff.change import Added, Change, Changed, Removed
from flowsync.diff.verdicts import Comparison, FlowVerdict
from flowsync.errors import CanonicalError, ConfigError, FlowsyncError, GatewayError, RepositoryError

SCHEMA_VERSION: Final = 1


def json_document(
    command: str,
    comparison: Comparison | None,
    *,
    exit_status: int,
    error: FlowsyncError | None = None,
    facts: Mapping[str, object] | None = None,
) -> str:
    """The whole run: what was compared, every flow that is not the same, and why it failed if it did.

    `comparison` is None where the run failed before anything could be compared. `facts` are the
    command's own.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "exit_status": exit_status,
        "platform_access": "read-only",
        **_comparison(comparison),
        **(facts or {}),
        "error": _error(error),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _comparison(comparison: Comparison | None) -> dict[str, Any]:
    if comparison is None:
        return {"before": None, "after": None, "counts": None, "flows": []}
    return {
        "before": comparison.before,
        "after": comparison.after,
        "counts": {"checked": comparison.checked, **comparison.counts},
        "flows": [_flow(flow) for flow in comparison.flows],
    }


def _flow(flow: FlowVerdict) -> dict[str, Any]:
    return {
        "environment": flow.environment,
        "flowId": flow.flow_id,
        "name": flow.name,
        "verdict": flow.verdict,
        "file": flow.file,
        "directory": flow.directory,
        "reason": flow.reason,
        "changes": [_change(change) for change in flow.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    match change:
        case Added(path, value):
            return {"kind": "added", "path": path, "after": value}
        case Removed(path, value):
            return {"kind": "removed", "path": path, "before": value}
        case Changed(path, before, after):
            return {"kind": "changed", "path": path, "before": before, "after": after}
        case _:
            assert_never(change)


def _error(error: FlowsyncError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    problems = error.problems if isinstance(error, ConfigError) else ()
    return {
        "type": type(error).__name__,
        "message": error.message,
        "problems": [*problems],
        "hint": error.hint,
        **{key: fact for key, fact in _error_facts(error).items() if fact not in (None, "")},
    }


def _error_facts(error: FlowsyncError) -> dict[str, object]:
    match error:
        case GatewayError():
            return {
                "method": error.method,
                "action": error.action,
                "flowId": error.flow_id,
                "status": error.status,
                "code": error.code,
            }
        case CanonicalError():
            return {"flowId": error.flow_id, "pointer": error.pointer, "line": error.line}
        case RepositoryError():
            return {"revision": error.revision}
        case _:
            return {}
