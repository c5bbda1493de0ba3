"""A run as one JSON document; `report/schema.py` has its schema."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, assert_never

from flowsync import __version__
from flowsync.analysis.comparison import Comparison, FlowComparison, Group, Side
from flowsync.analysis.model import Effect, Finding
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.report.ci_escaping import inert_json
from flowsync.report.result import RunResult
from flowsync.schedule.timetable import Timetable

SCHEMA_VERSION: Final = 1

_UNSAFE: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def json_document(run: RunResult) -> str:
    """Return the whole run as JSON: every flow that is not the same, and the error if the run failed.

    All commands use one form: `comparisons` contains one comparison, one for each commit of a history, or
    none if the run failed before it compared anything.
    """
    return json_lines(
        {
            **json_head(run.command, run.exit_status),
            "comparisons": [_comparison(comparison) for comparison in run.comparisons],
            "facts": {**run.facts},
            "error": None if run.error is None else _error(run.error),
        }
    )


def json_head(command: str, exit_status: int) -> dict[str, Any]:
    """Return the first keys of the document of a command."""
    return {
        "schema_version": SCHEMA_VERSION,
        "flowsync_version": __version__,
        "command": command,
        "exit_status": exit_status,
        "platform_access": "read-only",
    }


def json_lines(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return indented JSON without any text that affects a terminal or a log."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return inert_json(_UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)) + "\n"


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "before": comparison.before.name,
        "after": comparison.after.name,
        "sides": {"before": _side(comparison.before), "after": _side(comparison.after)},
        "commit": None if comparison.commit is None else asdict(comparison.commit),
        "counts": {"checked": comparison.checked, **comparison.counts},
        "impacts": {**comparison.impacts},
        "groups": [_group(group) for group in comparison.groups],
        "flows": [_flow(flow) for flow in comparison.flows],
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "commit": side.commit,
        "ref": side.ref,
        "time": side.time.isoformat() if side.time else None,
        "gateways": {**side.gateways},
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": f"{group.subject}-{group.verb}",
        "subject": group.subject,
        "verb": group.verb,
        "impact": group.impact,
        "sentence": group.sentence,
        "fingerprint": group.fingerprint,
        "members": [
            {"environment": flow.environment, "flowId": flow.flow_id, "fingerprint": finding.fingerprint}
            for flow, finding in group.members
        ],
    }


def _flow(flow: FlowComparison) -> dict[str, Any]:
    return {
        "environment": flow.environment,
        "flowId": flow.flow_id,
        "name": flow.name,
        "verdict": flow.status,
        "file": flow.file,
        "directory": flow.directory,
        "reason": flow.reason,
        "hint": flow.hint,
        "findings": [_finding(finding) for finding in flow.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "verb": finding.verb,
        "impact": finding.impact,
        "sentence": finding.sentence,
        "fingerprint": finding.fingerprint,
        **_change(finding.change),
        "effects": [_effect(effect) for effect in finding.effects],
        "timetables": _timetables(*finding.timetables),
    }


def _change(change: Change) -> dict[str, Any]:
    cascaded: Sequence[Change] = ()
    match change:
        case Added(path, value, cascaded):
            described = {"change": "added", "path": path, "after": value}
        case Removed(path, value, cascaded):
            described = {"change": "removed", "path": path, "before": value}
        case Changed(path, before, after):
            described = {"change": "changed", "path": path, "before": before, "after": after}
        case Rekeyed(path, to, before, after, cascaded):
            described = {"change": "moved", "path": path, "to": to, "before": before, "after": after}
        case Oversize(path, before, after):
            described = {"change": "too-large", "path": path, "before": before, "after": after}
        case _:
            assert_never(change)
    return {**described, "follows": [_change(one) for one in cascaded]}


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "consequence": effect.consequence,
        "names": [*effect.names],
        "more": effect.more,
        "sentence": effect.sentence,
    }


def _timetables(before: Timetable | None, after: Timetable | None) -> dict[str, Any] | None:
    if before is None and after is None:
        return None
    return {"before": timetable_json(before), "after": timetable_json(after)}


def timetable_json(timetable: Timetable | None) -> dict[str, Any] | None:
    """Return a schedule in words, with its next runs."""
    if timetable is None:
        return None
    return {
        "words": timetable.description,
        "per_week": timetable.per_week,
        "coming": [time.isoformat() for time in timetable.next_runs],
        "since": timetable.since.isoformat(),
    }


def _error(error: FlowsyncError) -> dict[str, Any]:
    facts = {attribute: getattr(error, attribute, None) for attribute in _ERROR_FACTS}
    return {
        "type": type(error).__name__,
        "message": error.message,
        "problems": [*(error.problems if isinstance(error, ConfigError) else ())],
        "hint": error.hint,
        **{_ERROR_KEYS.get(key, key): fact for key, fact in facts.items() if fact not in (None, "")},
    }


_ERROR_FACTS: Final = (
    "environment", "gateway", "effort", "method", "action", "flow_id", "status", "code", "pointer", "line",
    "revision", "word",
)  # fmt: skip
"""Attributes that only some errors have."""

_ERROR_KEYS: Final = {"flow_id": "flowId"}
