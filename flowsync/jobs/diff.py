"""Diff: what changed between two revisions, or between a revision and the work tree. Reads only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.diff.documents import changes
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.errors import CanonicalError
from flowsync.flow.export import document_in
from flowsync.flow.values import Record
from flowsync.repository.reading import FlowFile, Repository

WORK_TREE: Final = "work tree"

Wanted: TypeAlias = Callable[[str, FlowFile, int], bool]
"""Whether a flow was asked for, by environment, file and id."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a revision's name and commit, or the work tree (no commit)."""

    name: str
    commit: str | None


_Key: TypeAlias = tuple[str, int]


def compared(before: Side, after: Side, repository: Repository, *, wanted: Wanted) -> Comparison:
    """The verdicts of all wanted flows; only documents whose blobs differ are read."""
    was, becomes = _files(before, repository, wanted), _files(after, repository, wanted)
    keys = sorted(was.keys() | becomes.keys())
    verdicts = [
        verdict
        for key in keys
        if (verdict := _verdict(key, was.get(key), becomes.get(key), before, after, repository)) is not None
    ]
    return Comparison(before.name, after.name, tuple(verdicts), len(keys))


def _files(side: Side, repository: Repository, wanted: Wanted) -> Mapping[_Key, FlowFile]:
    files = repository.flow_files(side.commit) if side.commit else repository.work_tree_flow_files()
    return {
        (environment, flow_id): file
        for environment, held in files.items()
        for flow_id, file in held.items()
        if wanted(environment, file, flow_id)
    }


def _verdict(
    key: _Key,
    was: FlowFile | None,
    becomes: FlowFile | None,
    before: Side,
    after: Side,
    repository: Repository,
) -> FlowVerdict | None:
    if was and becomes and was.blob == becomes.blob:
        return None
    file = becomes or was
    assert file is not None
    try:
        old = _document(was, before, repository)
        new = _document(becomes, after, repository)
    except CanonicalError as exc:
        place = f" (line {exc.line})" if exc.line else ""
        return FlowVerdict(*key, "", Verdict.UNKNOWN, file=file.path, reason=f"{exc.message}{place}")
    return _known_verdict(key, old, new, file.path)


def _known_verdict(key: _Key, old: Record | None, new: Record | None, path: str) -> FlowVerdict | None:
    if old is None:
        return FlowVerdict(*key, _name(new), Verdict.NEW, file=path)
    if new is None:
        return FlowVerdict(*key, _name(old), Verdict.MISSING, file=path)
    found = tuple(changes(old, new))
    return FlowVerdict(*key, _name(new), Verdict.CHANGED, file=path, changes=found) if found else None


def _document(file: FlowFile | None, side: Side, repository: Repository) -> Record | None:
    if file is None:
        return None
    data = repository.blob(file.blob) if side.commit else repository.work_tree_bytes(file.path)
    return document_in(data)


def _name(document: Record | None) -> str:
    name = (document or {}).get("name")
    return name if isinstance(name, str) else ""


def flow_selection(words: tuple[str, ...]) -> Wanted:
    """What command-line words ask for: an id, a path or folder, or a slug; no words ask for all."""

    def wanted(environment: str, file: FlowFile, flow_id: int) -> bool:
        return not words or any(_matches(word, environment, file, flow_id) for word in words)

    return wanted


def _matches(word: str, environment: str, file: FlowFile, flow_id: int) -> bool:
    folder = word.rstrip("/") + "/"
    slug = file.path.rpartition("/")[2].rsplit(".", 2)[0]
    return word in {str(flow_id), file.path, environment, slug} or file.path.startswith(folder)
