"""Find the flows of an environment that depend on another one, without parsing every document."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from flowsync.analysis.dependents import Dependent
from flowsync.document.load import flow_name, load_document
from flowsync.errors import CanonicalError
from flowsync.graph.edges import all_links
from flowsync.repository.repository import FlowFile

_KEY: Final = b"sourceFlowName"
_PLAIN_LINE: Final = re.compile(
    rb"""^[ ]*(?:-[ ]+)*sourceFlowName:[ ]
    (?:(?P<plain>[A-Za-z_/][A-Za-z0-9_./;=+*?$@%()-]*(?:[ ][A-Za-z0-9_./;=+*?$@%()-]+)*)
    |'(?P<quoted>(?:[^'\r\n]|'')*)')
    (?=\r?\n[ ]*(?:-[ ]+)*[A-Za-z_~][A-Za-z0-9_]*:(?:[ ]|\r?\n)|\r?\n?\Z)""",
    re.VERBOSE | re.MULTILINE,
)
"""A line with the source of a link, followed by another key: no multi-line scalar and no flow style."""
_ESCAPE: Final = re.compile(rb"\\[xuU]")
_FOLDED: Final = re.compile(rb"\\[\r\n]")
_END_OF_QUOTED_KEY: Final = re.compile(rb'"[ \t]*:')
_LONG_KEY: Final = re.compile(
    rb"""(?:\A|[\r\n])(?:\xef\xbb\xbf)?(?:---)?[ \t]*(?:-[ \t]+)*\?[ \t\r\n]  # in block style
    |[\[{,]\s*\?\s""",
    re.VERBOSE,
)
"""A key behind a question mark; it may be written over several lines."""


@dataclass(frozen=True)
class DependentsIndex:
    """The flow files of one environment, indexed by the flows they link to.

    `read` returns the bytes of a file. The first query scans all files; only documents that may link to the
    flow in question are parsed, each once. Unparseable documents are skipped; `validate` reports them.
    `linked` caches the names in a file by its blob id, for queries about several commits.
    """

    environment: str
    files: Mapping[int, FlowFile]
    read: Callable[[FlowFile], bytes]
    linked: dict[str, frozenset[str] | None] = field(default_factory=dict, repr=False)
    _known: dict[int, list[tuple[str, Dependent]]] = field(default_factory=dict, init=False, repr=False)

    def dependents_of(self, names: Collection[str]) -> list[Dependent]:
        """Return the links to flows of these names and to their tasks, by name, then by id."""
        wanted = {*names}
        found = [
            dependents
            for flow_id in sorted(self._candidates(wanted))
            for source, dependents in self._links_of(flow_id)
            if source in wanted
        ]
        return sorted(found, key=lambda one: (one.name, one.flow_id, one.source_task))

    def _candidates(self, names: Collection[str]) -> set[int]:
        by_name, unclear = self._index
        return {flow_id for name in names for flow_id in by_name.get(name, ())}.union(unclear)

    @cached_property
    def _index(self) -> tuple[Mapping[str, list[int]], list[int]]:
        """The flows by the names they may link to, and those whose text must be parsed to know."""
        by_name: dict[str, list[int]] = {}
        unclear = []
        for flow_id, file in self.files.items():
            if file.blob not in self.linked:
                self.linked[file.blob] = linked_names(self.read(file))
            names = self.linked[file.blob]
            if names is None:
                unclear.append(flow_id)
            for name in names or ():
                by_name.setdefault(name, []).append(flow_id)
        return by_name, unclear

    def _links_of(self, flow_id: int) -> list[tuple[str, Dependent]]:
        if flow_id not in self._known:
            self._known[flow_id] = [*self._read_links(flow_id)]
        return self._known[flow_id]

    def _read_links(self, flow_id: int) -> Iterator[tuple[str, Dependent]]:
        try:
            document = load_document(self.read(self.files[flow_id]))
        except CanonicalError:
            return
        name = flow_name(document)
        for link in all_links(document):
            yield (
                link.flow,
                Dependent(self.environment, flow_id, name, link.flow, link.task or "", link.waiting_tasks),
            )


def linked_names(data: bytes) -> frozenset[str] | None:
    """Scan a document for the names that its links may have; None if only parsing can tell.

    The result is never too small: anything that is not written as flowsync writes it must be parsed.
    """
    if _may_hide_keys(data):
        return None
    names, end = set(), 0
    while (found := data.find(_KEY, end)) >= 0:
        line = _PLAIN_LINE.match(data, data.rfind(b"\n", end, found) + 1 or end)
        if line is None:
            return None
        names.add(_name_in(line))
        end = line.end()
    return frozenset(names)


def _may_hide_keys(data: bytes) -> bool:
    """Return whether a key may be written with escapes; only a double-quoted one on one line can be."""
    escaped = _ESCAPE.search(data)
    if (escaped or _FOLDED.search(data)) and _LONG_KEY.search(data):
        return True
    return bool(escaped) and any(map(_has_escaped_key, re.split(rb"[\r\n]", data)))


def _has_escaped_key(line: bytes) -> bool:
    escape = _ESCAPE.search(line)
    return bool(escape and b'"' in line[: escape.start()] and _END_OF_QUOTED_KEY.search(line, escape.end()))


def _name_in(line: re.Match[bytes]) -> str:
    plain, quoted = line["plain"], line["quoted"]
    return (quoted.replace(b"''", b"'") if plain is None else plain).decode(errors="replace")
