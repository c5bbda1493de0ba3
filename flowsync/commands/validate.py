"""Validate every document; each problem has file, line and path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsync.analysis.validation import DocumentProblem, find_problems
from flowsync.document.file_layout import document_path, flow_id_of
from flowsync.document.reader import Source, decode_utf8, parse_source
from flowsync.errors import CanonicalError
from flowsync.repository.encoding import from_system
from flowsync.repository.walk import DocumentFile


@dataclass(frozen=True)
class FileProblem:
    """A problem and the file that contains it."""

    file: Path
    problem: DocumentProblem


def validate_documents(files: Iterable[DocumentFile]) -> Iterator[tuple[DocumentFile, list[FileProblem]]]:
    """Return every document with its problems in order of their lines; an obstacle is an error itself."""
    holders: dict[tuple[Path, int], Path] = {}
    for file in files:
        found = [_obstacle(file)] if file.obstacle else _findings(file, holders)
        yield file, [FileProblem(file.display_path, finding) for finding in found]


def _obstacle(file: DocumentFile) -> DocumentProblem:
    return DocumentProblem(1, "", "path", "error", file.obstacle)


def _findings(file: DocumentFile, holders: dict[tuple[Path, int], Path]) -> list[DocumentProblem]:
    try:
        source = parse_source(decode_utf8(file.read()))
        return [*_place_problems(file.display_path, source, holders), *find_problems(source)]
    except CanonicalError as exc:
        message = f"{exc.message}; hint: {exc.hint}" if exc.hint else exc.message
        return [DocumentProblem(exc.line or 1, exc.pointer, "unreadable", "error", message)]


def _place_problems(
    path: Path, source: Source, holders: dict[tuple[Path, int], Path]
) -> Iterator[DocumentProblem]:
    flow_id = source.document.get("flowId")
    if not isinstance(flow_id, int):
        return
    line = source.lines.get(("flowId",), 1)
    name = from_system(path.name)
    named = flow_id_of(name)
    if named is not None and named != flow_id:
        message = f"the file name has flow {named}, the document has flow {flow_id}"
        yield DocumentProblem(line, "/flowId", "file-name", "error", message)
    first = holders.setdefault((path.parent, flow_id), path)
    if first != path:
        message = f"flow {flow_id} is in {from_system(first.name)} too"
        yield DocumentProblem(line, "/flowId", "duplicate-flow", "error", message)
    expected = document_path("-", source.document.get("name"), flow_id).rpartition("/")[2]
    if named == flow_id and name != expected:
        yield DocumentProblem(1, "/name", "slug", "warning", f"a sync would rename this file to {expected}")


def find_unprotected(root: Path) -> str | None:
    """Return why editors or git could change the bytes of documents, None if the template's rules apply."""
    try:
        rules = (root / ".gitattributes").read_text(encoding="utf-8", errors="replace")
    except OSError:
        rules = ""
    protected = any(line.startswith("flows/") and "eol=lf" in line for line in rules.splitlines())
    return None if protected else ".gitattributes has no `flows/** text eol=lf`: line ends may be converted"
