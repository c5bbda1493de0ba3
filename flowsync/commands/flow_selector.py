"""Resolve FLOW of the command line: an id, a name, a slug, a path, a folder or a pattern."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, partial
from typing import Final, TypeVar

from flowsync.commands.flows_version import FlowKey, FlowsVersion, require_environments, select_environments
from flowsync.document.file_layout import FLOWS, slug
from flowsync.document.load import flow_name, load_document
from flowsync.document.reader import parse_yaml
from flowsync.errors import CanonicalError, UsageError
from flowsync.flow.printable import join_first, printable_name, quote_name
from flowsync.repository.repository import FlowFile, Repository

Key = TypeVar("Key")

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
        named = self._exactly_named(word)
        if named or not _PATTERN.search(word):
            return named
        return frozenset(
            key for key, names in self._all_names if any(fnmatchcase(name, word) for name in names)
        )

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
        slugs = {slug(word), slug(word.partition("/")[2])}
        files = ((key, file) for (key, path), file in self._files.items() if file_slug(path) in slugs)
        return _named(word, ((key, read_name(self.read(file))) for key, file in files))

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
            exact = self._exactly_named(word)
            found = exact if len(exact) == 1 else found
        if len(found) > 1:
            raise UsageError(
                f"flow {quote_name(word)}: expected one flow, got {len(found)}: {self.describe(found)}",
                hint="name the flow by environment and id: " + "{}/{}".format(*min(found)),
            )
        if not found:
            raise self.unknown(word)
        return next(iter(found))

    def unknown(self, word: str) -> UsageError:
        """Return the error that a word selects no flow, with similar names."""
        words = {file_slug(path) for _, path in self._files}
        close = [self._suggestion(one) for one in difflib.get_close_matches(slug(word), sorted(words), 3)]
        some = "run flowsync list to list all" if words else _NO_FLOWS
        hint = f"did you mean {' or '.join(close)}?" if close else some
        return UsageError(f"flow {quote_name(word)}: not found", word=word, hint=hint)

    def describe(self, keys: Iterable[FlowKey]) -> str:
        """Describe flows by environment, id and file; of many, the first ones and a count."""
        paths = dict(self._files.keys())
        described = [f"{key[0]}/{key[1]} ({printable_name(paths[key])})" for key in sorted(keys)]
        return join_first(described, _CANDIDATES)

    @cached_property
    def _by_word(self) -> Mapping[str, set[FlowKey]]:
        return index_pairs((word, key) for key, path in self._files for word in _words(key, path))

    @cached_property
    def _by_folder(self) -> Mapping[str, set[FlowKey]]:
        return index_pairs((word, key) for key, path in self._files for word in _folders(key, path))

    def _exactly_named(self, word: str) -> frozenset[FlowKey]:
        """Return the flows of exactly this name, also in files that have another name."""
        return self.match_names(word) or _named(word, ((key, name) for key, (name, *_) in self._all_names))

    def _suggestion(self, name: str) -> str:
        """Return a word that selects the flows of this slug; digits alone would be an id.

        A slug that looks like another one is not a word to copy: the flows are described by their ids.
        """
        if not name.isdigit() and printable_name(name) == name:
            return name
        return self.describe({key for key, path in self._files if file_slug(path) == name})

    @cached_property
    def _all_names(self) -> Sequence[tuple[FlowKey, tuple[str, ...]]]:
        """The strings that patterns match: name, slug and id, with and without the environment.

        A renamed flow is included with each of its files.
        """
        return [
            (key, (name, f"{key[0]}/{name}", *_words(key, path)))
            for (key, path), file in self._files.items()
            for name in (read_name(self.read(file)),)
        ]


def read_name(data: bytes) -> str:
    """Return the name in a document; if flowsync wrote it, only the line of the name is parsed."""
    line = _NAME_LINE.match(data)
    try:
        entry = parse_yaml(line[1].decode()) if line else load_document(data)
    except (CanonicalError, UnicodeDecodeError):
        return ""
    return flow_name(entry if isinstance(entry, dict) else None)


def ambiguity_notes(revisions: Iterable[str], selector: FlowSelector) -> Iterator[str]:
    """Describe each word that is taken as a revision although a flow or folder has the same name."""
    for word in revisions:
        if selector.match_files(word) or selector.match_names(word):
            yield f"{quote_name(word)} is a revision and also a flow or folder; the revision is used"


def selector_for(
    version: FlowsVersion, repository: Repository, environments: Collection[str] = ()
) -> FlowSelector:
    """Return a selector for the flows of a version, by default of all environments.

    Raises UsageError for an environment without flows.
    """
    files = version.files(repository)
    require_environments(environments, files)
    return FlowSelector(select_environments(files, environments).items(), partial(version.read, repository))


def index_pairs(pairs: Iterable[tuple[str, Key]]) -> Mapping[str, set[Key]]:
    """Return the keys of each word."""
    index: dict[str, set[Key]] = {}
    for word, key in pairs:
        index.setdefault(word, set()).add(key)
    return index


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


def _named(word: str, names: Iterable[tuple[FlowKey, str]]) -> frozenset[FlowKey]:
    """Return the flows of exactly this name, which may follow the environment."""
    return frozenset(key for key, name in names if word in (name, f"{key[0]}/{name}"))
