"""Render a run as SARIF 2.1.0 for code scanning."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from flowsync.report.annotations import Annotation, list_annotations
from flowsync.report.headline import format_headline
from flowsync.report.json import json_lines
from flowsync.report.result import RunResult
from flowsync.report.schema import explain_kinds
from flowsync.report.severity import Severity

MAX_RESULTS: Final = 5_000
"""GitHub displays so many results of one report."""

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: Final = {Severity.BREAKING: "error", Severity.BEHAVIOUR: "warning", Severity.COSMETIC: "note"}
_ROOT: Final = "SRCROOT"


def sarif(run: RunResult) -> str:
    """Return findings as results, the most severe first, and unknown flows as notifications.

    A run with unknown flows or an error is marked as not successful.
    """
    annotations = list_annotations(run)
    found = [one for one in annotations if one.severity in _LEVELS]
    failed = [one for one in annotations if one.severity not in _LEVELS]
    rules = sorted({one.rule for one in found[:MAX_RESULTS]})
    driver = {
        "name": "flowsync",
        "rules": [_rule(kind) for kind in rules],
    }
    root = {"description": {"text": "The root of the repository with the flows."}}
    sarif_run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [_invocation(run, failed, rest=len(found[MAX_RESULTS:]))],
        "originalUriBaseIds": {_ROOT: root},
        "columnKind": "unicodeCodePoints",
        "results": _results(found[:MAX_RESULTS], rules),
    }
    if run.comparisons:
        sarif_run["automationDetails"] = {"description": {"text": format_headline(*run.comparisons)}}
    return json_lines({"$schema": SCHEMA, "version": "2.1.0", "runs": [sarif_run]})


def _rule(kind: str) -> dict[str, Any]:
    explanations = explain_kinds()
    subjects = [subject for subject in explanations if f"{kind}-".startswith(f"{subject}-")]
    meaning, advice = explanations[max(subjects, key=len)]
    return {
        "id": kind,
        "shortDescription": {"text": f"{kind.replace('-', ' ').capitalize()}."},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning} {advice}"},
    }


def _results(found: Iterable[Annotation], rules: Sequence[str]) -> list[dict[str, Any]]:
    places = {rule: place for place, rule in enumerate(rules)}
    return [
        {
            "ruleId": one.rule,
            "ruleIndex": places[one.rule],
            "level": _LEVELS[one.severity],
            "message": _message(one),
            "locations": _locations(one),
            "partialFingerprints": {"flowsync/v1": one.fingerprint},
        }
        for one in found
    ]


def _invocation(run: RunResult, failed: Sequence[Annotation], *, rest: int) -> dict[str, Any]:
    notifications = [
        {
            "level": "error",
            "message": _message(one),
            "locations": _locations(one),
            "descriptor": {"id": one.rule},
        }
        for one in failed
    ]
    if rest:
        text = f"{rest:,} more results are left out; a report contains the {MAX_RESULTS:,} most severe."
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        "executionSuccessful": not failed,
        "exitCode": run.exit_status,
        "toolExecutionNotifications": notifications,
    }


def _message(annotation: Annotation) -> dict[str, str]:
    """Return plain text; "](" would make a link of the text around it."""
    return {"text": f"{annotation.title}: {annotation.message}".replace("](", "] (")}


def _locations(annotation: Annotation) -> list[dict[str, Any]]:
    if not annotation.file:
        return []
    artifact = {"uri": quote(annotation.file, safe="/", errors="replace"), "uriBaseId": _ROOT}
    return [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": annotation.line}}}]
