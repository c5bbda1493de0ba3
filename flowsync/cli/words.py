"""Words of the command line that may be revisions, ranges of them, flows or paths."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import click

from flowsync.errors import RepositoryError
from flowsync.repository.encoding import from_system
from flowsync.repository.reading import UNSHALLOW, Repository

Ends: TypeAlias = tuple[tuple[str, str], tuple[str, str]]
"""Name and commit of the first revision and of the last one."""

_SHORT: Final = 10
_REVISION: Final = re.compile(r"[~^@]|\.\.")


def require_no_empty(words: tuple[str, ...]) -> None:
    """Refuse an empty word: a variable that is not set must not ask for everything."""
    if "" in words:
        raise click.UsageError("an empty word asks for nothing; is a variable not set?")


def commit_of(word: str, repository: Repository) -> str | None:
    """The commit that a word names, None where it names none; digits alone are a flow's id."""
    return None if word.isdigit() else _resolved(word, repository)


def range_of(word: str, repository: Repository) -> Ends | None:
    """Both ends of A..B, either HEAD where it is left out; None for a word such as .. or ../prod."""
    return _ends(*word.partition(".."), repository)


def since_branching(word: str, repository: Repository) -> Ends | None:
    """The commit where both parts of A...B branched, and B, as `git diff` has it; None for other words."""
    ends = _ends(*word.partition("..."), repository)
    if ends is None:
        return None
    (_, one), (name, other) = ends
    base = repository.merge_base(one, other)
    return (base[:_SHORT], base), (name, other)


def _ends(before: str, dots: str, after: str, repository: Repository) -> Ends | None:
    if not dots or not (before or after):
        return None
    first, last = before or "HEAD", after or "HEAD"
    commits = _resolved(first, repository), _resolved(last, repository)
    return ((first, commits[0]), (last, commits[1])) if commits[0] and commits[1] else None


def _resolved(word: str, repository: Repository) -> str | None:
    try:
        return repository.resolve(word)
    except RepositoryError:
        return None


def from_root(word: str, repository: Repository) -> str:
    """A path from the current folder as the repository names it, whether or not it exists."""
    if repository.root is None:
        return word
    here, root = (from_system(folder.resolve()) for folder in (Path.cwd(), repository.root))
    return os.path.relpath(os.path.join(here, word), root)  # noqa: PTH118 -- a Path is the system's


@contextmanager
def hinting_at_revisions(repository: Repository) -> Iterator[None]:
    """Where a word stands for nothing, tell what it may have to do with the revisions of this repository."""
    try:
        yield
    except RepositoryError as error:
        error.hint = _hint(error.revision, repository) or error.hint
        raise


def _hint(word: str, repository: Repository) -> str:
    if not word:
        return ""
    if "..." in word:
        return "write A..B for the commits of B that are not in A"
    if repository.is_shallow and _REVISION.search(word):
        return UNSHALLOW
    return "" if repository.head() else "there is no commit yet"
