"""`flowsync log`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import options
from flowsync.cli.state import RunState, pass_state
from flowsync.errors import RepositoryError

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.flow_selector import FlowKey, FlowSelector
    from flowsync.commands.history import Entry
    from flowsync.repository.repository import Repository

_WITHOUT_PICTURES: Final = frozenset({"text", "junit", "sarif", "github", "gitlab"})


@click.command()
@click.argument("words", nargs=-1, type=options.TEXT, metavar="[REV|REV..REV] [FLOW]...")
@click.option("-n", "--max-count", "limit", metavar="N", type=options.Number(1), help="at most N commits")
@click.option(
    "--env",
    "environments",
    metavar="E",
    type=options.TEXT,
    multiple=True,
    help="environment; may be repeated; all by default",
)
@options.grouping
@options.reports
@options.verbosity
@pass_state
def log(
    state: RunState,
    *,
    words: tuple[str, ...],
    limit: int | None,
    environments: tuple[str, ...],
    group: bool,
    context: int,
    formats: tuple[str, ...],
    files: tuple[str, ...],
    quiet: bool,
    verbose: int,
) -> int:
    """Say what each commit did to the flows, newest first.

    Reads only the repository. FLOW is an id, a name, the first part of a file's name or a path, with or
    without ENVIRONMENT/ in front; a pattern such as 'etl_*', a folder or an environment means several. A
    flow is followed through its renames, and may be gone. Commits are those of the branch itself, first
    parents only: a merge is told as all that it brought. Next runs are those after each commit; flows that
    wait for one that changed are told only where they may be left waiting.

    Example: flowsync log -n 5 2924
    """
    from flowsync.cli.arguments import hinting_at_revisions
    from flowsync.cli.exit_codes import DONE, INCOMPLETE
    from flowsync.cli.wiring import repository_here, start_reporting
    from flowsync.commands.history import history, require_known

    reporting = start_reporting(state, "log", formats=formats, files=files, quiet=quiet, verbose=verbose)
    reporting.context = context
    with repository_here() as repository:
        commit, without, rest = _revisions(words, repository, reporting)
        if commit is None:
            reporting.show_each(())
            return DONE
        require_known(repository, commit, environments)
        with hinting_at_revisions("log", rest, repository):
            flows = _flows(rest, commit, environments, repository)
        entries = history(
            repository,
            commit,
            flows=flows,
            environments=environments,
            without=without,
            limit=limit,
            graphs=any(form not in _WITHOUT_PICTURES for form, _ in reporting.outputs),
            lines=reporting.has_lines,
        )
        reporting.show_each(_comparisons(entries, reporting, group=group))
    return DONE if all(one.is_complete for one in reporting.comparisons) else INCOMPLETE


def _revisions(
    words: tuple[str, ...], repository: "Repository", reporting: "Reporting"
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the commit to start with (None before the first), what to leave out, and the words for flows."""
    from flowsync.cli.arguments import commit_of, range_of, require_no_empty
    from flowsync.commands.flow_selector import ambiguity_notes

    require_no_empty(words)
    if words and (ends := range_of(words[0], repository)):
        (_, without), (_, commit) = ends
        return commit, without, words[1:]
    if words and (found := commit_of(words[0], repository)):
        for note in ambiguity_notes(words[:1], _selector_if_valid(repository, repository.head())):
            reporting.note(note)
        return found, None, words[1:]
    return repository.head(), None, words


def _selector_if_valid(
    repository: "Repository", commit: str | None, environments: Sequence[str] = ()
) -> "FlowSelector":
    """Return the flows of a commit; none if its files are invalid, which the history itself reports."""
    from flowsync.commands.flow_selector import selector_at

    try:
        return selector_at(repository, commit, environments)
    except RepositoryError:
        return selector_at(repository, None)


def _flows(
    words: tuple[str, ...], commit: str, environments: Sequence[str], repository: "Repository"
) -> "frozenset[FlowKey] | None":
    """Return the selected flows: those of the commit, else any that the branch ever contained."""
    from flowsync.cli.arguments import from_root
    from flowsync.commands.history import history_selector

    if not words:
        return None
    now, ever = _selector_if_valid(repository, commit, environments), None
    found: set[FlowKey] = set()
    for word in words:
        path = from_root(word, repository)
        if now.matches(word, path):
            found |= now.resolve(word, path)
        else:
            ever = ever or history_selector(repository, commit, environments)
            found |= ever.resolve(word, path)
    return frozenset(found)


def _comparisons(
    entries: "Iterable[Entry]", reporting: "Reporting", *, group: bool
) -> "Iterator[Comparison]":
    from flowsync.cli.wiring import apply_grouping
    from flowsync.commands.history import ShallowBoundary

    for entry in entries:
        if isinstance(entry, ShallowBoundary):
            reporting.print_end(
                f"The history ends at {entry.commit.id[:10]} ({entry.commit.when}): this clone is shallow; "
                "git fetch --unshallow brings the rest",
                history_ends_at=entry.commit.id,
            )
        else:
            yield apply_grouping(entry, group=group)
