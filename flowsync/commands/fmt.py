"""Rewrite documents in canonical form."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.envelope import extract_export
from flowsync.flow.values import Record, parse_json_bytes
from flowsync.repository.walk import DocumentFile


@dataclass(frozen=True)
class FormatResult:
    """One file: whether its bytes are not canonical, or why it is not a document.

    `obstacle` describes something other than a plain file; it is not read.
    """

    path: Path
    differs: bool = False
    error: CanonicalError | None = None
    obstacle: str = ""


def format_documents(files: Iterable[DocumentFile], *, write: bool) -> Iterator[FormatResult]:
    """Check every document, and rewrite those that differ if `write` is set.

    A file is replaced in one step. A file that is not a document is left unchanged.
    """
    for file in files:
        if file.obstacle:
            yield FormatResult(file.display_path, obstacle=file.obstacle)
            continue
        before = file.read()
        try:
            after = dump(load_document(before)).encode()
        except CanonicalError as exc:
            yield FormatResult(file.display_path, error=exc)
            continue
        if write and after != before:
            file.replace(after)
        yield FormatResult(file.display_path, after != before)


def canonical_text(data: bytes, flow_id: int | None) -> str:
    """Return the canonical text of a document or of a saved export (JSON, with or without its envelope).

    `flow_id` is for an export, which carries none. Raises CanonicalError for anything else.
    """
    return dump(_document(data, flow_id))


def _document(data: bytes, flow_id: int | None) -> Record:
    try:
        value = parse_json_bytes(data)
    except CanonicalError as not_json:
        try:
            return load_document(data)
        except CanonicalError:
            if data.removeprefix(BOM_UTF8).lstrip().startswith((b"{", b"[")):
                raise not_json from None  # more useful for an export than the error about YAML
            raise
    if isinstance(value, dict) and type(value.get("format")) is int and "data" not in value:
        return load_document(data)  # JSON is YAML too
    return canonicalize(extract_export(data), flow_id)
