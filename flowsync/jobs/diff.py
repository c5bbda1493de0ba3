"""Diff: what changed between two revisions, or between a revision and the work tree. Reads only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.diff.documents import changes
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.errors import CanonicalError, RepositoryError
from flowsync.flow.export import document_in
from flowsync.flow.values import Record
from flowsync.repository.reading import FlowFile, Repository

WORK_TREE: Final = "work tree"


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a revision's name and commit, or the work tree (no commit)."""

    name: str
    commit: str | None


_Key: TypeAlias = tuple[str, int]


def compared(before: Side, after: Side, repository: Repository, *, words: Collection[str]) -> Comparison:
    """The verdicts of the flows that `words` ask for; only documents whose blobs differ are read.

    A word is a flow's id, path, file name, slug or environment, or a folder; no words ask for all. Raises
    RepositoryError for a word that no flow on either side answers to.
    """
    was, becomes = (_selected(_files(side, repository), words) for side in (before, after))
    _require_answers(words, [*was.items(), *becomes.items()])
    keys = sorted(was.keys() | becomes.keys())
    verdicts = [
        verdict
        for key in keys
        if (verdict := _verdict(key, was.get(key), becomes.get(key), before, after, repository)) is not None
    ]
    return Comparison(before.name, after.name, tuple(verdicts), len(keys))


def _files(side: Side, repository: Repository) -> Mapping[_Key, FlowFile]:
    files = repository.flow_files(side.commit) if side.commit else repository.work_tree_flow_files()
    return {
        (environment, flow_id): file for environment, held in files.items() for flow_id, file in held.items()
    }


def _selected(files: Mapping[_Key, FlowFile], words: Collection[str]) -> Mapping[_Key, FlowFile]:
    if not words:
        return files
    return {key: file for key, file in files.items() if any(_answers(word, key, file) for word in words)}


def _answers(word: str, key: _Key, file: FlowFile) -> bool:
    environment, flow_id = key
    name = file.path.rpartition("/")[2]
    slug = name.rsplit(".", 2)[0]
    folder = f"{word.rstrip('/')}/"
    return word in {".", str(flow_id), file.path, name, environment, slug} or file.path.startswith(folder)


def _require_answers(words: Collection[str], found: Collection[tuple[_Key, FlowFile]]) -> None:
    for word in words:
        if not any(_answers(word, key, file) for key, file in found):
            raise RepositoryError(
                f"neither a revision nor a flow: {word!r}",
                revision=word,
                hint="git log and git ls-files know",
            )


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
