"""Locating: the line of every finding in its file, for reports that point there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import Enum

from flowsync.analysis.comparison import Comparison, FlowVerdict, Verdict
from flowsync.analysis.model import Finding
from flowsync.commands.diff import Side
from flowsync.diff.model import Added, Change, Moved, Removed
from flowsync.document.line_numbers import lines_of
from flowsync.document.reader import decoded
from flowsync.errors import CanonicalError
from flowsync.repository.repository import Repository


class FileSide(Enum):
    """The side of a comparison that the files at hand hold."""

    BEFORE = "before"
    AFTER = "after"


def located(comparison: Comparison, side: FileSide, content: Callable[[str], bytes | None]) -> Comparison:
    """The comparison with `lines` of its flows; `content` is a file by its path, None where there is none.

    What the file does not hold, because it came or went with the other side, is where its list is. A file
    that can't be read leaves its flow without lines.
    """
    return replace(comparison, flows=tuple(located_flow(flow, side, content) for flow in comparison.flows))


def content_at(repository: Repository, commit: str | None) -> Callable[[str], bytes | None]:
    """The files of a commit, for `located`, listed once; none where there is no commit."""
    blobs = repository.flow_blobs(commit) if commit else {}
    return lambda path: repository.blob(blobs[path]) if path in blobs else None


def content_of(repository: Repository, side: Side) -> Callable[[str], bytes | None]:
    """The files of one side of a diff."""
    return repository.work_tree_bytes if side.on_disk else content_at(repository, side.commit)


def located_flow(flow: FlowVerdict, side: FileSide, content: Callable[[str], bytes | None]) -> FlowVerdict:
    """One flow of a comparison, as `located` has it."""
    data = content(flow.file) if flow.verdict is Verdict.CHANGED and flow.file else None
    if data is None:
        return flow
    paths = _paths(flow.findings, side)
    try:
        lines = lines_of(decoded(data), paths.values())
    except CanonicalError:
        return flow
    return replace(flow, lines={fingerprint: lines[path] for fingerprint, path in paths.items()})


def _paths(findings: Iterable[Finding], side: FileSide) -> Mapping[str, str]:
    """The path of each finding on that side, by its fingerprint."""
    findings = tuple(findings)
    moved = {one.change.to: one.change.path for one in findings if isinstance(one.change, Moved)}
    told = {one.fingerprint: _path(one.change, side) for one in findings}
    if side is FileSide.AFTER or not moved:
        return told
    return {fingerprint: _before(path, moved) for fingerprint, path in told.items()}


def _path(change: Change, side: FileSide) -> str:
    absent = Removed if side is FileSide.AFTER else Added
    if isinstance(change, absent):
        return change.path.rpartition("/")[0]
    return change.to if isinstance(change, Moved) and side is FileSide.AFTER else change.path


def _before(path: str, moved: Mapping[str, str]) -> str:
    """A path below an entry that has another identity now, as the before side has it."""
    steps = path.split("/")
    for length in range(len(steps) - 1, 1, -1):
        old = moved.get("/".join(steps[:length]))
        if old is not None:
            return "/".join([old, *steps[length:]])
    return path
