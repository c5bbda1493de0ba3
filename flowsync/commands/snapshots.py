"""Read the flow files of an environment on two sides, as far as the renames between them require."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from flowsync.analysis.cascades import Cascades, Snapshot
from flowsync.commands.flow_selector import file_slug, flow_name
from flowsync.document.file_layout import slug
from flowsync.document.load import load_flow_document
from flowsync.errors import CanonicalError
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile

_MOST_KEPT: Final = 200


@dataclass(frozen=True)
class Files:
    """The flow files of one side; `read` returns the bytes of a file.

    `listed` are the flows whose document on this side is not known, with their names, or "" if these are not
    known either: `files` contains their documents of the other side.
    """

    files: Mapping[int, FlowFile]
    read: Callable[[FlowFile], bytes]
    listed: Mapping[int, str] = field(default_factory=dict)


def cascades_between(before: Files, after: Files) -> Cascades:
    """Return the renames between two sides of an environment.

    Flows whose files differ are found by their names, all others by the names of their files.
    """
    changed = {
        flow_id
        for flow_id in before.files.keys() | after.files.keys()
        if _blob(before, flow_id) != _blob(after, flow_id)
    }
    documents: dict[tuple[int, str], Record | None] = {}
    sides = (_Side(side, changed, documents) for side in (before, after))
    return Cascades(*(Snapshot(side.named, side.name, side.document) for side in sides))


def _blob(side: Files, flow_id: int) -> str:
    file = side.files.get(flow_id)
    return file.blob if file else ""


@dataclass(frozen=True)
class _Side:
    """One side with the documents that were read; `documents` are those of both sides, by flow and blob."""

    side: Files
    changed: Collection[int]
    documents: dict[tuple[int, str], Record | None]
    _names: dict[int, str | None] = field(default_factory=dict)

    def named(self, name: str) -> Collection[int]:
        """Return the flows of a name."""
        likely = (flow_id for flow_id in self._by_slug.get(slug(name), ()) if self.name(flow_id) == name)
        return {*self._by_name.get(name, ()), *likely}

    def name(self, flow_id: int) -> str | None:
        """Return the name of a flow, None if it is not known."""
        if flow_id not in self._names:
            listed = self.side.listed.get(flow_id)
            file = self.side.files.get(flow_id)
            self._names[flow_id] = listed or (flow_name(self.side.read(file)) or None if file else None)
        return self._names[flow_id]

    def document(self, flow_id: int) -> Record | None:
        """Return the document of a flow, None if it is not known."""
        file = self.side.files.get(flow_id)
        if file is None or flow_id in self.side.listed:
            return None
        key = (flow_id, file.blob)
        if key not in self.documents:
            if len(self.documents) >= _MOST_KEPT:
                self.documents.clear()
            self.documents[key] = _document(flow_id, self.side.read(file))
        return self.documents[key]

    @cached_property
    def _by_name(self) -> Mapping[str, list[int]]:
        """The flows whose files differ, and those whose names are known otherwise, by name."""
        return _index((name, one) for one in self._named if (name := self.name(one)) is not None)

    @cached_property
    def _by_slug(self) -> Mapping[str, list[int]]:
        """All other flows, by the slug of their file."""
        files = self.side.files.items()
        return _index((file_slug(file.path), one) for one, file in files if one not in self._named)

    @cached_property
    def _named(self) -> Collection[int]:
        return {*self.changed, *(flow_id for flow_id, name in self.side.listed.items() if name)}


def _index(pairs: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    index: dict[str, list[int]] = {}
    for text, flow_id in pairs:
        index.setdefault(text, []).append(flow_id)
    return index


def _document(flow_id: int, data: bytes) -> Record | None:
    try:
        return load_flow_document(flow_id, data)
    except CanonicalError:
        return None
