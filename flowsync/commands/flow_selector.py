"""Resolve FLOW of the command line: an id, a name, a slug, a path, a folder or a pattern."""

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final, TypeAlias

from flowsync.document.file_layout import FLOWS, slug
from flowsync.document.load import load_document
from flowsync.document.reader import parse_yaml
from flowsync.errors import CanonicalError, UsageError
from flowsync.flow.printable import join_first
from flowsync.repository.repository import FlowFile, Repository

FlowKey: TypeAlias = tuple[str, int]
"""Environment and flow id."""

_PATTERN: Final = re.compile(r"[*?\[]")
_NAME_LINE: Final = re.compile(rb"format: 1\nflowId: [0-9]+\n(name: [^\n]*)\n(?=[a-z])")
_CANDIDATES: Final = 10
_ROOT: Final = "."
_NO_FLOWS: Final = "there are no flows yet; flowsync sync commits those of the platform"


class FlowSelector:
    """The flows that a word may select; `read` returns the bytes of a file.

    Documents are read only for a word that is not an id, path, folder or slug, and only up to their name.
    """

    def __init__(self, files: Iterable[tuple[FlowKey, FlowFile]], read: Callable[[FlowFile], bytes]) -> None:
        self._files = {(key, file.path): file for key, file in files}
        self.read = read

    def file(self, key: FlowKey) -> FlowFile:
        """Return the file of a flow."""
        return next(file for (one, _), file in self._files.items() if one == key)

    def files_of(self, environment: str) -> Mapping[int, FlowFile]:
        """Return the files of an environment, by flow id."""
        return {flow_id: file for ((name, flow_id), _), file in self._files.items() if name == environment}

    def matches(self, word: str, path: str | None = None) -> frozenset[FlowKey]:
        """Return all flows that a word, or the path that it stands for, selects.

        File names take precedence over names in documents, and names over patterns. The part before a `/` may
        be an environment. A word of digits is always an id.
        """
        word = word.rstrip("/")
        found = self.match_files(word, path)
        if found or word.isdigit():
            return found
        named = frozenset(
            key for key, name in self._candidate_names(word) if word in (name, f"{key[0]}/{name}")
        )
        if named or not _PATTERN.search(word):
            return named
        return frozenset(key for key, names in self._all_names if _match(word, names))

    def match_files(self, word: str, path: str | None = None) -> frozenset[FlowKey]:
        """Return the flows whose file or folder has this name; no document is read."""
        return frozenset(
            key
            for words in (self._by_word, self._by_folder)
            for one in _spellings(word, path)
            for key in words.get(one, ())
        )

    def match_names(self, word: str) -> frozenset[FlowKey]:
        """Return the flows of exactly this name; only documents whose files have the name's slug are read."""
        return frozenset(key for key, name in self._names_by_file(word) if word in (name, f"{key[0]}/{name}"))

    def resolve(self, word: str, path: str | None = None) -> frozenset[FlowKey]:
        """Return the flows that a word selects: several for a pattern, a folder or an environment, else one.

        Raises UsageError with the candidates if it is none, or several but not one of these.
        """
        several = self._by_folder.keys() & _spellings(word.rstrip("/"), path)
        found = self.matches(word, path) if several or _PATTERN.search(word) else frozenset()
        return found or frozenset({self.resolve_one(word, path)})

    def resolve_one(self, word: str, path: str | None = None) -> FlowKey:
        """Return the one flow that a word selects; raises UsageError for none or several."""
        found = self.matches(word, path)
        if len(found) > 1 and not word.isdigit():
            exact = [key for key, name in self._candidate_names(word) if word in (name, f"{key[0]}/{name}")]
            found = frozenset(exact) if len(exact) == 1 else found
        if len(found) > 1:
            raise UsageError(
                f"{word!r} selects {len(found)} flows: {self.describe(found)}",
                hint="name the flow by environment and id: " + "{}/{}".format(*min(found)),
            )
        if not found:
            raise self.unknown(word)
        return next(iter(found))

    def unknown(self, word: str) -> UsageError:
        """Return the error that a word selects no flow, with similar names."""
        words = {file_slug(path) for _, path in self._files}
        close = [self._suggestion(one) for one in difflib.get_close_matches(slug(word), sorted(words), 3)]
        some = f"use one of: {join_first(sorted(words), _CANDIDATES)}" if words else _NO_FLOWS
        hint = f"did you mean {' or '.join(close)}?" if close else some
        return UsageError(f"no such flow: {word!r}", word=word, hint=hint)

    def describe(self, keys: Iterable[FlowKey]) -> str:
        """Describe flows by environment, id and file; of many, the first ones and a count."""
        paths = dict(self._files.keys())
        described = [f"{key[0]}/{key[1]} ({paths[key]})" for key in sorted(keys)]
        return join_first(described, _CANDIDATES)

    @cached_property
    def _by_word(self) -> Mapping[str, frozenset[FlowKey]]:
        return _index((word, key) for key, path in self._files for word in _words(key, path))

    @cached_property
    def _by_folder(self) -> Mapping[str, frozenset[FlowKey]]:
        return _index((word, key) for key, path in self._files for word in _folders(key, path))

    def _candidate_names(self, word: str) -> Iterable[tuple[FlowKey, str]]:
        """Return the flows that may have this name: those with its slug, else all."""
        if self.match_names(word):
            return self._names_by_file(word)
        return [(key, name) for key, (name, *_) in self._all_names]

    def _suggestion(self, name: str) -> str:
        """Return a word that selects the flows of this slug; digits alone would be an id."""
        return (
            self.describe({key for key, path in self._files if file_slug(path) == name})
            if name.isdigit()
            else name
        )

    def _names_by_file(self, word: str) -> list[tuple[FlowKey, str]]:
        """Return the names of the flows whose files have the slug of this name."""
        likely = {slug(word), slug(word.partition("/")[2])}
        return [
            (key, flow_name(self.read(file)))
            for (key, path), file in self._files.items()
            if file_slug(path) in likely
        ]

    @cached_property
    def _all_names(self) -> Sequence[tuple[FlowKey, tuple[str, ...]]]:
        """What patterns are matched with: name, slug and id, with and without the environment.

        A renamed flow is included with each of its files.
        """
        return [
            (key, (name, f"{key[0]}/{name}", *_words(key, path)))
            for (key, path), file in self._files.items()
            for name in (flow_name(self.read(file)),)
        ]


def flow_name(data: bytes) -> str:
    """Return the name in a document; if flowsync wrote it, only the line of the name is parsed."""
    line = _NAME_LINE.match(data)
    try:
        entry = parse_yaml(line[1].decode()) if line else load_document(data)
    except (CanonicalError, UnicodeDecodeError):
        return ""
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def ambiguity_notes(revisions: Iterable[str], selector: FlowSelector) -> Iterator[str]:
    """Describe each word that is taken as a revision although a flow or folder has the same name."""
    for word in revisions:
        if selector.match_files(word) or selector.match_names(word):
            yield f"{word!r} is a revision and also a flow or folder; the revision is used"


def selector_at(
    repository: Repository, commit: str | None, environments: Collection[str] = ()
) -> FlowSelector:
    """Return a selector for the flows of a commit (None: no flows), by default of all environments."""
    files = repository.flow_files(commit, environments or None)
    return _selector(files, lambda file: repository.blob(file.blob))


def selector_on_disk(repository: Repository, environments: Collection[str] = ()) -> FlowSelector:
    """Return a selector for the flows in the work tree."""
    files = repository.work_tree_flow_files(environments or None)
    return _selector(files, lambda file: repository.work_tree_bytes(file.path))


def _selector(files: Mapping[str, Mapping[int, FlowFile]], read: Callable[[FlowFile], bytes]) -> FlowSelector:
    pairs = (
        ((environment, flow_id), file)
        for environment, committed in files.items()
        for flow_id, file in committed.items()
    )
    return FlowSelector(pairs, read)


def _index(pairs: Iterable[tuple[str, FlowKey]]) -> Mapping[str, frozenset[FlowKey]]:
    answers: dict[str, set[FlowKey]] = defaultdict(set)
    for word, key in pairs:
        answers[word].add(key)
    return {word: frozenset(keys) for word, keys in answers.items()}


def _words(key: FlowKey, path: str) -> Iterable[str]:
    """Return the words that select a flow by the name of its file."""
    environment, flow_id = key
    own = {file_slug(path), str(flow_id)} if not file_slug(path).isdigit() else {str(flow_id)}
    return (path, path.rpartition("/")[2], *own, *(f"{environment}/{one}" for one in own))


def _folders(key: FlowKey, path: str) -> Iterable[str]:
    """Return the words that select a flow together with others in its folder."""
    return (_ROOT, FLOWS, path.rpartition("/")[0], key[0])


def _spellings(word: str, path: str | None) -> set[str]:
    """Return what a word may stand for; a word that starts with a dot is always a path."""
    if path is None:
        return {word}
    return {path} if word.partition("/")[0] in {".", ".."} else {word, path}


def file_slug(path: str) -> str:
    """Return the part of a file's name that comes from the name of its flow."""
    return path.rpartition("/")[2].rsplit(".", 2)[0]


def _match(pattern: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)
