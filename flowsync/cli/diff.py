"""`flowsync diff`."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.exit_codes import comparison_status

if TYPE_CHECKING:
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.flows_version import FlowsVersion
    from flowsync.repository.repository import Repository


@click.command()
@click.argument("words", nargs=-1, type=options.TEXT, metavar="[BEFORE] [AFTER] [PATH|FLOW]...")
@options.environments()
@click.option("--exit-code", is_flag=True, help="exit 2 if anything differs")
@click.option("--stat", "is_brief", is_flag=True, help="print one line for each flow")
@options.findings
@options.reports()
def diff(
    reporting: Reporting,
    *,
    words: tuple[str, ...],
    environments: tuple[str, ...],
    exit_code: bool,
    fail_on: str | None,
) -> int:
    """Report what changed between two revisions, or between a revision and the work tree.

    Reads only the repository. The default of BEFORE is HEAD, that of AFTER is the work tree. BEFORE..AFTER
    means the same as BEFORE AFTER. A...B compares B with the commit where it branched from A. FLOW is an
    id, a name or a pattern ('etl_*'); a word of digits is always an id.

    Example: flowsync diff HEAD~1 HEAD 2924
    """
    from flowsync.cli.arguments import from_root, hinting_at_revisions, require_no_empty
    from flowsync.cli.wiring import now, repository_here
    from flowsync.commands.annotate_lines import FileVersion, annotate_lines, content_of
    from flowsync.commands.diff import compare_versions

    with repository_here() as repository:
        require_no_empty(words)
        before, after, revisions, rest = _sides(words, repository)
        has_revision = len(rest) < len(words)
        with hinting_at_revisions("diff", rest, repository):
            comparison = compare_versions(
                before,
                after,
                repository,
                words={word: from_root(word, repository) for word in rest},
                since=now(),
                environments=environments,
                revisions=revisions,
                instead=() if has_revision else [*takewhile(_is_name, rest)][:2],
                note=reporting.note,
            )
        if reporting.has_lines:
            comparison = annotate_lines(comparison, FileVersion.AFTER, content_of(repository, after))
    reporting.show(comparison)
    return comparison_status(comparison, differences=exit_code, fail_on=fail_on)


def _is_name(word: str) -> bool:
    """Return whether a word is no path: it may be an environment, or an id, a name or a pattern of flows."""
    from flowsync.document.file_layout import FLOWS

    return not (word.startswith((".", "/", f"{FLOWS}/")) or word.endswith(".yaml"))


def _sides(
    words: tuple[str, ...], repository: Repository
) -> tuple[FlowsVersion, FlowsVersion, tuple[str, ...], tuple[str, ...]]:
    """Return before, after, the words that were used as revisions, and the others."""
    from flowsync.cli.arguments import commit_of, range_of, since_branching
    from flowsync.commands.flows_version import WORK_TREE, FlowsVersion

    ends = (since_branching(words[0], repository) or range_of(words[0], repository)) if words else None
    if ends:
        before, after = (FlowsVersion(*end) for end in ends)
        return before, after, (), words[1:]
    sides: list[FlowsVersion] = []
    for word in words[:2]:
        commit = commit_of(word, repository)
        if commit is None:
            break
        sides.append(FlowsVersion(word, commit))
    taken, rest = words[: len(sides)], words[len(sides) :]
    defaults = [FlowsVersion("HEAD", repository.head()), WORK_TREE]
    before, after = (sides + defaults[len(sides) :])[:2]
    return before, after, taken, rest
