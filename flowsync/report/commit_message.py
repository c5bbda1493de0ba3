"""The message of a sync's commit."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowVerdict, Verdict
from flowsync.diff.record_diff import place
from flowsync.flow.printable import printable

_MARKS: Final = {Verdict.CHANGED: "~", Verdict.NEW: "+"}
_PATHS: Final = 3


def commit_message(comparison: Comparison) -> str:
    """Subject, one line for each committed flow, trailers. Nothing is said that a later run may refute."""
    committed = [flow for flow in comparison.flows if flow.verdict in _MARKS]
    unknown = [flow for flow in comparison.flows if flow.verdict is Verdict.UNKNOWN]
    paragraphs = [
        _subject(comparison, committed),
        "\n".join(map(_line, committed)),
        "\n".join(_trailers(comparison, committed, unknown)),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _subject(comparison: Comparison, committed: Iterable[FlowVerdict]) -> str:
    environments = ",".join(sorted({flow.environment for flow in committed}))
    counts = ", ".join(f"{count} {verdict}" for verdict in _MARKS if (count := comparison.counts[verdict]))
    return f"sync({environments}): {counts}"


def _line(flow: FlowVerdict) -> str:
    paths = [place(finding.change) for finding in flow.findings if finding.change.path]
    shown = ", ".join(paths[:_PATHS]) + (f" and {len(paths) - _PATHS} more" if len(paths) > _PATHS else "")
    what = f": {shown}" if shown else f": {flow.reason}" if flow.reason else ""
    return printable(f"{_MARKS[flow.verdict]} {flow.environment} {flow.flow_id} {flow.name}{what}").rstrip()


def _trailers(
    comparison: Comparison, committed: Iterable[FlowVerdict], unknown: Iterable[FlowVerdict]
) -> Iterator[str]:
    for environment in sorted({flow.environment for flow in committed}):
        yield f"Flowsync-Environment: {environment}"
    yield f"Flowsync-Checked: {comparison.checked}"
    for flow in unknown:
        yield f"Flowsync-Unknown: {flow.environment} {flow.flow_id}"
