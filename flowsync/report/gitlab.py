"""A run as GitLab's code-quality report, which merge requests display."""

from typing import Any, Final

from flowsync.report.annotations import Annotation, list_annotations
from flowsync.report.json import json_lines
from flowsync.report.result import RunResult
from flowsync.report.severity import Severity

_SEVERITIES: Final = {
    Severity.FAILED: "blocker",
    Severity.UNKNOWN: "blocker",
    Severity.BREAKING: "critical",
    Severity.BEHAVIOUR: "major",
    Severity.COSMETIC: "minor",
}

_NO_FILE: Final = "flowsync.yaml"
"""The file of entries without one, because GitLab requires it."""


def gitlab(run: RunResult) -> str:
    """Return one entry for each finding, unknown flow and failure of the run, the most severe first."""
    return json_lines([_entry(one) for one in list_annotations(run)])


def _entry(annotation: Annotation) -> dict[str, Any]:
    return {
        "description": f"{annotation.title}: {annotation.message}",
        "check_name": annotation.rule,
        "fingerprint": annotation.fingerprint,
        "severity": _SEVERITIES[annotation.severity],
        "location": {"path": annotation.file or _NO_FILE, "lines": {"begin": annotation.line}},
    }
