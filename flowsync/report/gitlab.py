"""A run as GitLab's code-quality report, which merge requests display."""

from typing import Any, Final

from flowsync.report.annotations import Annotation, Grade, list_annotations
from flowsync.report.json import json_lines
from flowsync.report.result import RunResult

_SEVERITIES: Final = {
    Grade.FAILED: "blocker",
    Grade.UNKNOWN: "blocker",
    Grade.BREAKING: "critical",
    Grade.BEHAVIOUR: "major",
    Grade.COSMETIC: "minor",
}

_NO_FILE: Final = "flowsync.yaml"
"""The file of entries without one, because GitLab requires it."""


def gitlab(run: RunResult) -> str:
    """Return one entry for each finding, unknown flow and failure of the run, the most severe first."""
    return json_lines([_entry(mark) for mark in list_annotations(run)])


def _entry(mark: Annotation) -> dict[str, Any]:
    return {
        "description": f"{mark.title}: {mark.message}",
        "check_name": mark.rule,
        "fingerprint": mark.fingerprint,
        "severity": _SEVERITIES[mark.grade],
        "location": {"path": mark.file or _NO_FILE, "lines": {"begin": mark.line}},
    }
