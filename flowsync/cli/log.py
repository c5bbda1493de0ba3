"""`flowsync log`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import options
from flowsync.cli.exit_codes import DONE, INCOMPLETE
from flowsync.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.flow_selector import FlowSelector
    from flowsync.commands.flows_version import FlowKey
    from flowsync.commands.history import Entry
    from flowsync.repository.repository import Repository

_WITHOUT_PICTURES: Final = frozenset({"text", "junit", "sarif", "github", "gitlab"})


@click.command()
@click.argument("words", nargs=-1, type=options.TEXT, metavar="[REV|REV..REV] [FLOW]...")
@click.option(
    "-n", "--max-count", "limit", type=options.Number(1), metavar="N", help="list at most N commits"
)
@click.option("--oneline", "is_brief", is_flag=True, help="print one line for each commit")
@options.environments()
@options.grouping
@options.reports()
def log(
    reporting: Reporting, *, words: tuple[str, ...], limit: int | None, environments: tuple[str, ...]
) -> int:
    """List what each commit changed in the flows, newest first.

    Reads only the repository. FLOW is an id, a name, the slug of a file name or a path, optionally with
    ENVIRONMENT/ in front. A pattern such as 'etl_*', a folder or an environment selects several flows.
    FLOW may also be a removed flow or an old name; the log follows a flow through renames. It also
    follows first parents, so a merge is one change. Next runs are computed from the time of each commit.
    Flows that depend on a changed flow are listed only if the change can stop them.

    Example: flowsync log -n 5 2924
    """
    from flowsync.cli.arguments import hinting_at_revisions
    from flowsync.cli.wiring import local_zone, repository_here
    from flowsync.commands.history import history, require_known

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
            zone=local_zone(),
        )
        reporting.show_each(_comparisons(entries, reporting))
    return DONE if all(one.is_complete for one in reporting.comparisons) else INCOMPLETE


def _revisions(
    words: tuple[str, ...], repository: Repository, reporting: Reporting
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
    repository: Repository, commit: str | None, environments: Sequence[str] = ()
) -> FlowSelector:
    """Return the flows of a commit; none if it lacks the environments, or if its files are invalid.

    The history itself reports invalid files.
    """
    from flowsync.commands.flow_selector import selector_for
    from flowsync.commands.flows_version import NO_FLOWS, FlowsVersion

    try:
        return selector_for(FlowsVersion("", commit), repository, environments)
    except (RepositoryError, UsageError):
        return selector_for(NO_FLOWS, repository)


def _flows(
    words: tuple[str, ...], commit: str, environments: Sequence[str], repository: Repository
) -> frozenset[FlowKey] | None:
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


def _comparisons(entries: Iterable[Entry], reporting: Reporting) -> Iterator[Comparison]:
    from flowsync.commands.history import ShallowBoundary
    from flowsync.flow.printable import short_id

    for entry in entries:
        if isinstance(entry, ShallowBoundary):
            reporting.print_end(
                f"The log ends at {short_id(entry.commit.id)} ({entry.commit.when}): this clone is shallow. "
                "Run git fetch --unshallow to get the full history.",
                history_ends_at=entry.commit.id,
            )
        else:
            yield entry
