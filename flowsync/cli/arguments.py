"""Interpret words of the command line: revisions, ranges, flows or paths."""

import os
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import click

from flowsync.errors import RepositoryError, UsageError
from flowsync.flow.printable import quote_name, short_id
from flowsync.repository.encoding import from_system
from flowsync.repository.repository import UNSHALLOW, Repository

Ends: TypeAlias = tuple[tuple[str, str], tuple[str, str]]
"""Name and commit of the first revision and of the last one."""

Command: TypeAlias = Literal["diff", "log"]

_REVISION: Final = re.compile(r"[~^@]|\.\.|\A(?=.*[a-f])[0-9a-f]{7,64}\Z")
"""Words that cannot be flows, or are rather abbreviated ids of commits."""

_ORIGIN: Final = "origin/"
_REMOTE_BRANCH: Final = re.compile(rf"{_ORIGIN}[\w./-]+")
_ORDER: Final[Mapping[Command, str]] = MappingProxyType(
    {
        "diff": "put revisions first: at most two, or one range",
        "log": "put the revision first: one, or a range",
    }
)


def require_no_empty(words: tuple[str, ...]) -> None:
    """Raise UsageError for an empty argument: an unset variable must not select everything."""
    if "" in words:
        raise click.UsageError("empty argument; expected a revision, a path or a flow (is a variable unset?)")


def commit_of(word: str, repository: Repository) -> str | None:
    """Return the commit that a word names, None for none; a word of digits is always a flow id."""
    return None if word.isdigit() else repository.find_commit(word)


def range_of(word: str, repository: Repository) -> Ends | None:
    """Return both ends of A..B, HEAD for an omitted one; None for a word such as .. or ../prod."""
    return _ends(*word.partition(".."), repository)


def since_branching(word: str, repository: Repository) -> Ends | None:
    """Return the commit where both parts of A...B branched, and B; None for other words."""
    ends = _ends(*word.partition("..."), repository)
    if ends is None:
        return None
    (_, one), (name, other) = ends
    base = repository.merge_base(one, other)
    return (short_id(base), base), (name, other)


def _ends(before: str, dots: str, after: str, repository: Repository) -> Ends | None:
    if not dots or not (before or after):
        return None
    first, last = before or "HEAD", after or "HEAD"
    commits = repository.find_commit(first), repository.find_commit(last)
    return ((first, commits[0]), (last, commits[1])) if commits[0] and commits[1] else None


def from_root(word: str, repository: Repository) -> str:
    """Return a path from the current folder as the repository names it, whether or not it exists."""
    if repository.root is None:
        return word
    here, root = (from_system(folder.resolve()) for folder in (Path.cwd(), repository.root))
    return os.path.relpath(os.path.join(here, word), root)  # noqa: PTH118 -- a Path is the system's


def words_with_paths(words: Iterable[str], repository: Repository) -> dict[str, str]:
    """Return each word for flows with the path that it may stand for; raises UsageError for an empty one."""
    words = tuple(words)
    require_no_empty(words)
    return {word: from_root(word, repository) for word in words}


def format_command(name: str, **options: str | bool | Iterable[str] | None) -> str:
    """Return a command with its options, and with flags that are True, as a shell reads it."""
    words = ["flowsync", name]
    for option, value in options.items():
        flag = f"--{option.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag] if value else []
        else:
            for one in [value] if isinstance(value, str) else value or ():
                words += [flag, one]
    return shlex.join(words)


@contextmanager
def hinting_at_revisions(command: Command, words: Collection[str], repository: Repository) -> Iterator[None]:
    """Add a hint about revisions to the error about a word that selects no flow."""
    try:
        yield
    except UsageError as error:
        word = error.word
        if word not in words:
            raise
        if _is_misplaced(word, command, repository):
            message = f"{quote_name(word)}: a revision in an unexpected place"
            raise UsageError(message, word=word, hint=_ORDER[command]) from error
        parts = [part for part in re.split(r"\.\.\.?", word) if part]
        missing = [part for part in parts if repository.find_commit(part) is None]
        if missing and repository.is_shallow and _REVISION.search(word):
            hint = _hint_at_fetching(missing)
            raise RepositoryError(error.message, revision=word, hint=hint) from error
        error.hint = _hint(word, command, repository) or error.hint
        raise


def _is_misplaced(word: str, command: Command, repository: Repository) -> bool:
    if command == "log" and "..." in word:
        return False
    dots = "..." if "..." in word else ".."
    return bool(commit_of(word, repository) or _ends(*word.partition(dots), repository))


def _hint(word: str, command: Command, repository: Repository) -> str:
    if word.isdigit():
        return _hint_at_digits(word, command, repository)
    if command == "log" and "..." in word:
        return "write A..B for the commits of B that are not in A"
    if not repository.head():
        return "make the first commit: flowsync sync"
    return "run git log --all --oneline to list commits" if _REVISION.search(word) else ""


def _hint_at_digits(word: str, command: Command, repository: Repository) -> str:
    if repository.find_commit(word) is None:
        return ""
    ways = [repository.full_name(word), *([f"{word}..HEAD"] if command == "diff" else [])]
    return f"write {' or '.join(ways)} to select the revision; a word of digits is always a flow id"


def _hint_at_fetching(missing: Collection[str]) -> str:
    """Return the commands that fetch the commits and branches of origin that a shallow clone lacks."""
    branches = [name.removeprefix(_ORIGIN) for name in missing if _REMOTE_BRANCH.fullmatch(name)]
    fetches = [f"git fetch origin {branch}:refs/remotes/origin/{branch}" for branch in branches]
    return UNSHALLOW + "".join(f", and {fetch} the branch" for fetch in fetches)
