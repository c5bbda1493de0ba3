"""`flowsync diff`."""

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
@options.findings
@options.reports
@options.verbosity
@pass_state
def diff(
    state: State,
    *,
    words: tuple[str, ...],
    exit_code: bool,
    fail_on: str | None,
    group: bool,
    context: int,
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
    from flowsync.cli.session import begun, moment, repository_here, shown
    from flowsync.cli.status import comparison_status
    from flowsync.jobs.diff import compared
    from flowsync.jobs.locating import FileSide, content_of, located

    reporting = begun(state, "diff", formats=formats, files=files, quiet=quiet, verbose=verbose)
    reporting.context = context
    with repository_here() as repository:
        before, after, revisions, rest = _sides(words, repository)
        asked = {word: _from_root(word, repository) for word in rest}
        comparison = compared(before, after, repository, words=asked, revisions=revisions, since=moment())
        if reporting.has_lines:
            comparison = located(comparison, FileSide.AFTER, content_of(repository, after))
    comparison = shown(comparison, group=group)
    reporting.show(comparison)
    return comparison_status(comparison, differences=exit_code, fail_on=fail_on)


def _sides(
    words: tuple[str, ...], repository: "Repository"
) -> "tuple[Side, Side, tuple[str, ...], tuple[str, ...]]":
    """Before, after, the words that were taken for revisions, and the others."""
    from flowsync.jobs.diff import WORK_TREE, Side

    if "" in words:
        raise click.UsageError("an empty word asks for nothing; is a variable not set?")
    range_of_two = _range(words[0], repository) if words else None
    if range_of_two:
        return (*range_of_two, (), words[1:])
    sides: list[Side] = []
    for word in words[:2]:
        commit = None if word.isdigit() else _commit(word, repository)
        if commit is None:
            break
        sides.append(Side(word, commit))
    taken, rest = words[: len(sides)], words[len(sides) :]
    defaults = [Side("HEAD", repository.head()), WORK_TREE]
    before, after = (sides + defaults[len(sides) :])[:2]
    return before, after, taken, rest


def _range(word: str, repository: "Repository") -> "tuple[Side, Side] | None":
    """The sides of BEFORE..AFTER, either HEAD where it is left out; None for a word such as .. or ../prod."""
    from flowsync.jobs.diff import Side

    before, dots, after = word.partition("..")
    if not dots or not (before or after):
        return None
    sides = [Side(name or "HEAD", _commit(name or "HEAD", repository)) for name in (before, after)]
    return (sides[0], sides[1]) if all(side.commit for side in sides) else None


def _commit(word: str, repository: "Repository") -> str | None:
    try:
        return repository.resolve(word)
    except RepositoryError:
        return None


def _from_root(word: str, repository: "Repository") -> str:
    """A path from the current folder as the repository names it, whether or not it exists."""
    import os.path
    from pathlib import Path

    if repository.root is None:
        return word
    root = repository.root.resolve()
    return Path(os.path.relpath(Path.cwd().resolve() / word, root)).as_posix()
