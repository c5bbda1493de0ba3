"""Fmt: documents brought to the bytes of the canonical form."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsync.document.load import document_in
from flowsync.document.writer import render
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonical
from flowsync.flow.envelope import export_in
from flowsync.flow.values import Record, parse_json_bytes
from flowsync.repository.walk import DocumentFile


@dataclass(frozen=True)
class Formatted:
    """One file: whether its bytes are not the canonical ones, or why it is no document.

    An `obstacle` is what is in the way of a document; it is not read.
    """

    path: Path
    differs: bool = False
    error: CanonicalError | None = None
    obstacle: str = ""


def formatted(files: Iterable[DocumentFile], *, write: bool) -> Iterator[Formatted]:
    """Every document, rewritten where it differs and `write` allows it.

    A file is replaced in one step; one that is no document is left alone.
    """
    for file in files:
        if file.obstacle:
            yield Formatted(file.shown, obstacle=file.obstacle)
            continue
        before = file.read()
        try:
            after = render(document_in(before)).encode()
        except CanonicalError as exc:
            yield Formatted(file.shown, error=exc)
            continue
        if write and after != before:
            file.replace(after)
        yield Formatted(file.shown, after != before)


def canonical_text(data: bytes, flow_id: int | None) -> str:
    """The canonical text of a document or of a saved export (JSON, with or without its envelope).

    `flow_id` is for an export, which has none; raises CanonicalError for anything else.
    """
    return render(_document(data, flow_id))


def _document(data: bytes, flow_id: int | None) -> Record:
    try:
        value = parse_json_bytes(data)
    except CanonicalError as not_json:
        if data.removeprefix(BOM_UTF8).lstrip().startswith((b"{", b"[")):
            return _yaml_document(data, not_json)
        return document_in(data)
    if isinstance(value, dict) and type(value.get("format")) is int and "data" not in value:
        return document_in(data)  # what is JSON is YAML too
    return canonical(export_in(data), flow_id)


def _yaml_document(data: bytes, not_json: CanonicalError) -> Record:
    """YAML in flow style; where it is none either, the complaint about the JSON is the useful one."""
    try:
        return document_in(data)
    except CanonicalError:
        raise not_json from None
