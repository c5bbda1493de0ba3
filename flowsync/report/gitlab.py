"""A run as GitLab's code-quality report, which merge requests show."""

from typing import Any, Final

from flowsync.report.annotations import GRADES, Annotation, Grade, list_annotations
from flowsync.report.json import json_lines
from flowsync.report.result import RunResult

_SEVERITIES: Final = {
    Grade.FAILED: "blocker",
    Grade.UNKNOWN: "blocker",
    Grade.BREAKING: "critical",
    Grade.BEHAVIOUR: "major",
    Grade.COSMETIC: "minor",
}
assert set(_SEVERITIES) == set(GRADES)

_NO_FILE: Final = "flowsync.yaml"
"""GitLab takes no entry without a file; what has none comes from what the configuration asked for."""


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
