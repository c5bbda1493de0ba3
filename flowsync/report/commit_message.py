"""The message of a sync's commit."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.diff.record_diff import display_path
from flowsync.flow.printable import escape_controls, join_first, printable_name
from flowsync.report.labels import flow_label

_MARKS: Final = {FlowStatus.CHANGED: "~", FlowStatus.NEW: "+"}
_PATHS: Final = 3


def format_commit_message(comparison: Comparison) -> str:
    """Return subject, one line for each committed flow, and trailers."""
    committed = [flow for flow in comparison.flows if flow.status in _MARKS]
    unknown = [flow for flow in comparison.flows if flow.status is FlowStatus.UNKNOWN]
    paragraphs = [
        _subject(comparison, committed),
        "\n".join(map(_line, committed)),
        "\n".join(_trailers(comparison, committed, unknown)),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _subject(comparison: Comparison, committed: Iterable[FlowComparison]) -> str:
    environments = ",".join(sorted({flow.environment for flow in committed}))
    counts = ", ".join(f"{count} {status}" for status in _MARKS if (count := comparison.counts[status]))
    return f"sync({environments}): {counts}"


def _line(flow: FlowComparison) -> str:
    paths = [printable_name(display_path(finding.change)) for finding in flow.findings if finding.change.path]
    described = join_first(paths, _PATHS) or escape_controls(flow.reason)
    return f"{_MARKS[flow.status]} {flow_label(*flow.key, flow.name)}{f': {described}' if described else ''}"


def _trailers(
    comparison: Comparison, committed: Iterable[FlowComparison], unknown: Iterable[FlowComparison]
) -> Iterator[str]:
    for environment in sorted({flow.environment for flow in committed}):
        yield f"Flowsync-Environment: {environment}"
    yield f"Flowsync-Checked: {comparison.checked}"
    for flow in unknown:
        yield f"Flowsync-Unknown: {flow.environment} {flow.flow_id}"
