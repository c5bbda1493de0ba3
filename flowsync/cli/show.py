"""`flowsync show`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.exit_codes import DONE
from flowsync.errors import RepositoryError, UsageError
from flowsync.report import SHOW_FORMATS

if TYPE_CHECKING:
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.show import Interpretation
    from flowsync.repository.repository import Repository


@click.command()
@click.argument("flow", type=options.TEXT, metavar="FLOW[@REV]")
@options.environments()
@options.reports(SHOW_FORMATS, details="")
def show(reporting: Reporting, *, flow: str, environments: tuple[str, ...]) -> int:
    """Describe one flow: settings, schedule with next runs, tasks, links in both directions.

    Reads only the repository. FLOW is an id, a name, the slug of a file name, a path or a pattern,
    optionally with ENVIRONMENT/ in front. REV is a revision; the default is the work tree, or HEAD in a
    bare repository. Next runs are computed from the clock of this machine.

    Example: flowsync show nflow@HEAD~1
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.wiring import now, repository_here
    from flowsync.commands.show import find_flow
    from flowsync.report.show.flow import render_flow

    require_no_empty((flow,))
    with repository_here() as repository, _hint_for_revision(flow, repository):
        details = find_flow(repository, _interpretations(flow, environments, repository), since=now())
    reporting.show_page(lambda form: render_flow(form, details))
    return DONE


@contextmanager
def _hint_for_revision(word: str, repository: Repository) -> Iterator[None]:
    """Add a hint to the error about a word that selects no flow: what follows the @ may be a revision."""
    from flowsync.flow.printable import quote_name
    from flowsync.repository.repository import UNSHALLOW

    try:
        yield
    except UsageError as error:
        if "@" not in word or error.word != word:
            raise
        hint = f"check the revision after @, which does not exist: {quote_name(word.rpartition('@')[2])}"
        if repository.is_shallow:
            raise RepositoryError(error.message, revision=word, hint=f"{hint}; {UNSHALLOW}") from error
        error.hint = hint
        raise


def _interpretations(
    text: str, environments: tuple[str, ...], repository: Repository
) -> list[Interpretation]:
    """Return the interpretations: the whole word, and each split at an @ with a revision after it."""
    from flowsync.cli.arguments import from_root
    from flowsync.commands.flows_version import WORK_TREE, FlowsVersion
    from flowsync.commands.show import Interpretation

    default = FlowsVersion("HEAD", repository.head()) if repository.is_bare else WORK_TREE
    interpretations = [Interpretation(text, from_root(text, repository), default, environments)]
    for place in (place for place, character in enumerate(text) if character == "@" and place):
        word, revision = text[:place], text[place + 1 :]
        commit = repository.find_commit(revision)
        if commit is not None:
            version = FlowsVersion(revision, commit)
            interpretations.append(Interpretation(word, from_root(word, repository), version, environments))
    return interpretations
