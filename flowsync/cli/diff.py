"""`flowsync diff`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.state import State, pass_state
from flowsync.errors import RepositoryError

if TYPE_CHECKING:
    from flowsync.jobs.diff import Side
    from flowsync.repository.reading import Repository


@click.command()
@click.argument("words", nargs=-1, metavar="[BEFORE] [AFTER] [PATH|FLOW]...")
@click.option("--exit-code", is_flag=True, help="exit 2 where something differs")
@options.reports
@options.verbosity
@pass_state
def diff(
    state: State,
    *,
    words: tuple[str, ...],
    exit_code: bool,
    formats: tuple[str, ...],
    files: tuple[str, ...],
    quiet: bool,
    verbose: int,
) -> int:
    """Say what changed between two revisions, or a revision and the work tree.

    Reads only the repository. BEFORE is HEAD and AFTER the work tree where they are not given; BEFORE..AFTER
    is understood too. FLOW is an id or the first part of a file's name; a word of digits is always an id.

    Example: flowsync diff HEAD~1 HEAD 2924
    """
    from flowsync.cli.session import begun, repository_here
    from flowsync.cli.status import comparison_status
    from flowsync.jobs.diff import compared

    reporting = begun(state, "diff", formats=formats, files=files, quiet=quiet, verbose=verbose)
    with repository_here() as repository:
        before, after, rest = _sides(words, repository)
        asked = [_from_root(word, repository) for word in rest]
        comparison = compared(before, after, repository, words=asked)
    reporting.show(comparison)
    return comparison_status(comparison, differences=exit_code)


def _sides(words: tuple[str, ...], repository: "Repository") -> "tuple[Side, Side, tuple[str, ...]]":
    from flowsync.jobs.diff import WORK_TREE, Side

    if words and ".." in words[0]:
        names, rest = words[0].split("..", 1), words[1:]
        before, after = (Side(name or "HEAD", repository.resolve(name or "HEAD")) for name in names)
        return before, after, rest
    revisions: list[Side] = []
    for word in words[:2]:
        commit = None if word.isdigit() else _commit(word, repository)
        if commit is None:
            break
        revisions.append(Side(word, commit))
    defaults = [Side("HEAD", None), Side(WORK_TREE, None)]
    before, after = (revisions + defaults[len(revisions) :])[:2]
    if not revisions:
        before = Side("HEAD", repository.resolve("HEAD"))
    return before, after, words[len(revisions) :]


def _commit(word: str, repository: "Repository") -> str | None:
    try:
        return repository.resolve(word)
    except RepositoryError:
        return None


def _from_root(word: str, repository: "Repository") -> str:
    """A path below the current folder as the repository names it; any other word as it is."""
    path = Path(word)
    if repository.root is None or not path.exists():
        return word
    return path.resolve().relative_to(repository.root.resolve()).as_posix()
