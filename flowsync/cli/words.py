"""Words of the command line that may be revisions, ranges of them, flows or paths."""

import os
from pathlib import Path

import click

from flowsync.errors import RepositoryError
from flowsync.repository.reading import Repository


def require_no_empty(words: tuple[str, ...]) -> None:
    """Refuse an empty word: a variable that is not set must not ask for everything."""
    if "" in words:
        raise click.UsageError("an empty word asks for nothing; is a variable not set?")


def commit_of(word: str, repository: Repository) -> str | None:
    """The commit that a word names, None where it names none; digits are a flow's id."""
    if word.isdigit():
        return None
    try:
        return repository.resolve(word)
    except RepositoryError:
        return None


def range_of(word: str, repository: Repository) -> tuple[str, str] | None:
    """Both commits of A..B, either HEAD where it is left out; None for a word such as .. or ../prod."""
    before, dots, after = word.partition("..")
    if not dots or not (before or after):
        return None
    first, last = (commit_of(name or "HEAD", repository) for name in (before, after))
    return (first, last) if first and last else None


def from_root(word: str, repository: Repository) -> str:
    """A path from the current folder as the repository names it, whether or not it exists."""
    if repository.root is None:
        return word
    root = repository.root.resolve()
    return Path(os.path.relpath(Path.cwd().resolve() / word, root)).as_posix()
