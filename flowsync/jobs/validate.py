"""Validate: the findings of every document, each with file, line and path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsync.errors import CanonicalError
from flowsync.flow.layout import document_path, flow_id_of
from flowsync.flow.reader import Source, decoded, parse_source
from flowsync.flow.validate import Finding, findings
from flowsync.jobs.documents import document_files, file_bytes
from flowsync.repository.encoding import from_system


@dataclass(frozen=True)
class FileFinding:
    """A finding and the file it is in."""

    file: Path
    finding: Finding


def validated(paths: Iterable[Path]) -> Iterator[tuple[Path, list[FileFinding]]]:
    """Every document in `paths` with what is wrong in it, in order of its lines."""
    holders: dict[tuple[Path, int], Path] = {}
    for path in document_files(paths):
        found = _findings(path, holders)
        yield path, [FileFinding(path, finding) for finding in found]


def _findings(path: Path, holders: dict[tuple[Path, int], Path]) -> list[Finding]:
    try:
        source = parse_source(decoded(file_bytes(path)))
        return [*_place_findings(path, source, holders), *findings(source)]
    except CanonicalError as exc:
        return [Finding(exc.line or 1, exc.pointer, "unreadable", "error", exc.message)]


def _place_findings(path: Path, source: Source, holders: dict[tuple[Path, int], Path]) -> Iterator[Finding]:
    flow_id = source.document.get("flowId")
    if not isinstance(flow_id, int):
        return
    line = source.lines.get(("flowId",), 1)
    name = from_system(path.name)
    named = flow_id_of(name)
    if named is not None and named != flow_id:
        message = f"the file is named for flow {named} and holds flow {flow_id}"
        yield Finding(line, "/flowId", "file-name", "error", message)
    first = holders.setdefault((path.parent, flow_id), path)
    if first != path:
        message = f"flow {flow_id} is in {from_system(first.name)} too"
        yield Finding(line, "/flowId", "duplicate-flow", "error", message)
    expected = document_path("-", source.document.get("name"), flow_id).rpartition("/")[2]
    if named == flow_id and name != expected:
        yield Finding(1, "/name", "slug", "warning", f"a sync would name this file {expected}")


def unprotected(root: Path) -> str | None:
    """Why editors or git could change bytes of documents, None where the template's rules hold."""
    try:
        rules = (root / ".gitattributes").read_text(encoding="utf-8", errors="replace")
    except OSError:
        rules = ""
    protected = any(line.startswith("flows/") and "eol=lf" in line for line in rules.splitlines())
    return None if protected else ".gitattributes has no `flows/** text eol=lf`: line ends may be converted"
