"""Render a run as SARIF 2.1.0 for code scanning."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from flowsync.report.annotations import Annotation, Grade, list_annotations
from flowsync.report.json import json_lines
from flowsync.report.result import RunResult

MAX_RESULTS: Final = 5_000
"""GitHub displays so many results of one report."""

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: Final = {Grade.BREAKING: "error", Grade.BEHAVIOUR: "warning", Grade.COSMETIC: "note"}
_ROOT: Final = "SRCROOT"


def sarif(run: RunResult) -> str:
    """Return findings as results, the most severe first, and unknown flows as notifications.

    A run with unknown flows or an error is marked as not successful.
    """
    described = list_annotations(run)
    found = [mark for mark in described if mark.grade in _LEVELS]
    failed = [mark for mark in described if mark.grade not in _LEVELS]
    rules = sorted({mark.rule for mark in found[:MAX_RESULTS]})
    return json_lines(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "flowsync", "rules": [_rule(rule) for rule in rules]}},
                    "invocations": [_invocation(run, failed, rest=len(found[MAX_RESULTS:]))],
                    "originalUriBaseIds": {
                        _ROOT: {"description": {"text": "The root of the repository with the flows."}}
                    },
                    "columnKind": "unicodeCodePoints",
                    "results": _results(found[:MAX_RESULTS], rules),
                }
            ],
        }
    )


def _rule(rule: str) -> dict[str, Any]:
    return {"id": rule, "shortDescription": {"text": f"{rule.replace('-', ' ').capitalize()}."}}


def _results(found: Iterable[Annotation], rules: Sequence[str]) -> list[dict[str, Any]]:
    places = {rule: place for place, rule in enumerate(rules)}
    return [
        {
            "ruleId": mark.rule,
            "ruleIndex": places[mark.rule],
            "level": _LEVELS[mark.grade],
            "message": _message(mark),
            "locations": _locations(mark),
            "partialFingerprints": {"flowsync/v1": mark.fingerprint},
        }
        for mark in found
    ]


def _invocation(run: RunResult, failed: Sequence[Annotation], *, rest: int) -> dict[str, Any]:
    notifications = [
        {
            "level": "error",
            "message": _message(mark),
            "locations": _locations(mark),
            "descriptor": {"id": mark.rule},
        }
        for mark in failed
    ]
    if rest:
        text = f"{rest:,} more results are left out; a report contains the {MAX_RESULTS:,} most severe."
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        "executionSuccessful": not failed,
        "exitCode": run.exit_status,
        "toolExecutionNotifications": notifications,
    }


def _message(mark: Annotation) -> dict[str, str]:
    """Return plain text; "](" would make a link of the text around it."""
    return {"text": f"{mark.title}: {mark.message}".replace("](", "] (")}


def _locations(mark: Annotation) -> list[dict[str, Any]]:
    if not mark.file:
        return []
    artifact = {"uri": quote(mark.file, safe="/", errors="replace"), "uriBaseId": _ROOT}
    return [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": mark.line}}}]
