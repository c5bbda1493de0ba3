"""`flowsync show`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import options
from flowsync.cli.state import RunState, pass_state
from flowsync.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from flowsync.commands.show import Interpretation
    from flowsync.repository.repository import Repository

_FORMATS: Final = ("text", "mermaid", "html", "json")


@click.command()
@click.argument("flow", type=options.TEXT, metavar="FLOW[@REV]")
@click.option("--format", "formats", type=click.Choice(_FORMATS), multiple=True, help="form of the page")
@click.option(
    "--output", "files", metavar="FILE", multiple=True, help="file for the --format of the same place"
)
@options.verbosity
@pass_state
def show(
    state: RunState,
    *,
    flow: str,
    formats: tuple[str, ...],
    files: tuple[str, ...],
    quiet: bool,
    verbose: int,
) -> int:
    """Show one flow: settings, schedule with its next runs, tasks, and links both ways.

    Reads only the repository. FLOW is an id, a name, the first part of a file's name, a path or a pattern,
    with or without ENVIRONMENT/ in front. Without REV the file in the work tree is shown, in a bare
    repository that of HEAD. Next runs are those after now, on this machine's clock.

    Example: flowsync show nflow@HEAD~1
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.exit_codes import DONE
    from flowsync.cli.wiring import now, repository_here, start_reporting
    from flowsync.commands.show import find_flow
    from flowsync.report.show.flow import render_flow

    reporting = start_reporting(state, "show", formats=formats, files=files, quiet=quiet, verbose=verbose)
    require_no_empty((flow,))
    with repository_here() as repository, _hint_for_revision(flow, repository):
        visible = find_flow(repository, _readings(flow, repository), since=now())
    reporting.show_page(lambda form: render_flow(form, visible))
    return DONE


@contextmanager
def _hint_for_revision(asked: str, repository: "Repository") -> Iterator[None]:
    """Return a hint that the part after @ may be meant as a revision, if the word selects no flow."""
    from flowsync.repository.repository import UNSHALLOW

    try:
        yield
    except UsageError as error:
        if "@" not in asked or error.word != asked:
            raise
        hint = f"check the revision after @, which does not exist: {asked.rpartition('@')[2]!r}"
        if repository.is_shallow:
            raise RepositoryError(error.message, revision=asked, hint=f"{hint}; {UNSHALLOW}") from error
        error.hint = hint
        raise


def _readings(text: str, repository: "Repository") -> "list[Interpretation]":
    """Return the interpretations: the whole word, and each split at an @ with a revision after it."""
    from flowsync.cli.arguments import from_root
    from flowsync.commands.show import Interpretation

    visible = ("HEAD", repository.head()) if repository.is_bare else (None, None)
    readings = [Interpretation(text, from_root(text, repository), *visible)]
    for place in (place for place, character in enumerate(text) if character == "@" and place):
        word, revision = text[:place], text[place + 1 :]
        commit = repository.find_commit(revision)
        if commit is not None:
            readings.append(Interpretation(word, from_root(word, repository), revision, commit))
    return readings
