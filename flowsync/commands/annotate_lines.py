"""Add the line of each finding in its file, for formats that point at lines."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import Enum

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import Finding
from flowsync.commands.flows_version import FlowsVersion
from flowsync.diff.model import Added, Change, Rekeyed, Removed
from flowsync.document.line_numbers import lines_of
from flowsync.errors import CanonicalError
from flowsync.flow.values import decode_utf8
from flowsync.repository.repository import Repository


class FileVersion(Enum):
    """The side of a comparison whose files are read."""

    BEFORE = "before"
    AFTER = "after"


def annotate_lines(
    comparison: Comparison, side: FileVersion, content: Callable[[str], bytes | None]
) -> Comparison:
    """Set `lines` of every flow; `content` returns a file by its path, None if it does not exist.

    A finding that the file does not contain, because the other side has it, gets the line of its list. A file
    that cannot be read leaves its flow without lines.
    """
    return replace(
        comparison, flows=tuple(annotate_flow_lines(flow, side, content) for flow in comparison.flows)
    )


def content_of(repository: Repository, version: FlowsVersion) -> Callable[[str], bytes | None]:
    """Return a reader for the files of a version; the tree of a commit is listed once."""
    if version.on_disk:
        return repository.work_tree_bytes
    blobs = repository.flow_blobs(version.commit) if version.commit else {}
    return lambda path: repository.blob(blobs[path]) if path in blobs else None


def annotate_flow_lines(
    flow: FlowComparison, side: FileVersion, content: Callable[[str], bytes | None]
) -> FlowComparison:
    """Set `lines` of one flow."""
    data = content(flow.file) if flow.status is FlowStatus.CHANGED and flow.file else None
    if data is None:
        return flow
    paths = _paths(flow.findings, side)
    try:
        lines = lines_of(decode_utf8(data), paths.values())
    except CanonicalError:
        return flow
    return replace(flow, lines={fingerprint: lines[path] for fingerprint, path in paths.items()})


def _paths(findings: Iterable[Finding], side: FileVersion) -> Mapping[str, str]:
    """Return the path of each finding on one side, by fingerprint."""
    findings = tuple(findings)
    moved = {one.change.to: one.change.path for one in findings if isinstance(one.change, Rekeyed)}
    described = {one.fingerprint: _path(one.change, side) for one in findings}
    if side is FileVersion.AFTER or not moved:
        return described
    return {fingerprint: _before(path, moved) for fingerprint, path in described.items()}


def _path(change: Change, side: FileVersion) -> str:
    absent = Removed if side is FileVersion.AFTER else Added
    if isinstance(change, absent):
        return change.path.rpartition("/")[0]
    return change.to if isinstance(change, Rekeyed) and side is FileVersion.AFTER else change.path


def _before(path: str, moved: Mapping[str, str]) -> str:
    """Return a path below a rekeyed entry as it was on the before side."""
    steps = path.split("/")
    for length in range(len(steps) - 1, 1, -1):
        old = moved.get("/".join(steps[:length]))
        if old is not None:
            return "/".join([old, *steps[length:]])
    return path
