"""Validate every document; each problem has file, line and path."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from flowsync.analysis.validation import DocumentProblem, find_problems
from flowsync.document.file_layout import document_path, flow_id_of
from flowsync.document.reader import Source, parse_source
from flowsync.errors import CanonicalError
from flowsync.flow.printable import printable_name
from flowsync.flow.values import decode_utf8
from flowsync.repository.encoding import from_system
from flowsync.repository.walk import DocumentFile


def validate_documents(files: Iterable[DocumentFile]) -> Iterator[tuple[DocumentFile, list[DocumentProblem]]]:
    """Return every document with its problems in order of their lines; an obstacle is an error itself."""
    first_paths: dict[tuple[Path, int], Path] = {}
    for file in files:
        yield file, _problems(file, first_paths)


def _problems(file: DocumentFile, first_paths: dict[tuple[Path, int], Path]) -> list[DocumentProblem]:
    if file.obstacle:
        return [DocumentProblem(1, "", "path", "error", file.obstacle)]
    try:
        source = parse_source(decode_utf8(file.read()))
        return [*_place_problems(file.display_path, source, first_paths), *find_problems(source)]
    except CanonicalError as exc:
        message = f"{exc.message}; hint: {exc.hint}" if exc.hint else exc.message
        return [DocumentProblem(exc.line or 1, exc.pointer, "unreadable", "error", message)]


def _place_problems(
    path: Path, source: Source, first_paths: dict[tuple[Path, int], Path]
) -> Iterator[DocumentProblem]:
    flow_id = source.document.get("flowId")
    if not isinstance(flow_id, int):
        return
    line = source.lines.get(("flowId",), 1)
    name = from_system(path.name)
    named = flow_id_of(name)
    if named is not None and named != flow_id:
        message = f"flow {flow_id}: the file name contains another id, {named}"
        yield DocumentProblem(line, "/flowId", "file-name", "error", message)
    first = first_paths.setdefault((path.parent, flow_id), path)
    if first != path:
        message = f"flow {flow_id}: also in {printable_name(from_system(first.name))}"
        yield DocumentProblem(line, "/flowId", "duplicate-flow", "error", message)
    expected = document_path("-", source.document.get("name"), flow_id).rpartition("/")[2]
    if named == flow_id and name != expected:
        message = f"a sync would rename this file to {printable_name(expected)}"
        yield DocumentProblem(1, "/name", "slug", "warning", message)


def find_unprotected(root: Path) -> str | None:
    """Return why editors or git could change the bytes of documents, None if the template's rules apply."""
    try:
        rules = (root / ".gitattributes").read_text(encoding="utf-8", errors="replace")
    except OSError:
        rules = ""
    protected = any(line.startswith("flows/") and "eol=lf" in line for line in rules.splitlines())
    return None if protected else ".gitattributes has no `flows/** text eol=lf`: git may convert line endings"
