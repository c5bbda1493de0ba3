"""`flowsync sync`."""

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.state import RunState, pass_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flowsync.analysis.comparison import Comparison
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.sync import Options, SyncResult
    from flowsync.repository.preconditions import Target
    from flowsync.repository.repository import Repository


@click.command()
@options.platform
@click.option("--dry-run", is_flag=True, help="report what would be committed; write nothing")
@click.option("--exit-code", is_flag=True, help="with --dry-run: exit 2 if something would be committed")
@click.option("--push", is_flag=True, help="push the branch at the end")
@click.option(
    "--branch", metavar="NAME", type=options.TEXT, help="branch to commit to; default: the current one"
)
@click.option(
    "--on-error",
    type=click.Choice(["continue", "abort"]),
    default="continue",
    show_default=True,
    help="if a flow fails: commit the others, or nothing",
)
@click.option("--allow-mass-change", is_flag=True, help="override the mass-change guard")
@options.reports
@options.config
@options.verbosity
@pass_state
def sync(
    state: RunState,
    *,
    environments: tuple[str, ...],
    flows: tuple[int, ...],
    jobs: int | None,
    no_cache: bool,
    dry_run: bool,
    exit_code: bool,
    push: bool,
    branch: str | None,
    on_error: str,
    allow_mass_change: bool,
    formats: tuple[str, ...],
    files: tuple[str, ...],
    config_file: str | None,
    quiet: bool,
    verbose: int,
) -> int:
    """Export the flows, convert them to canonical form, and commit what changed.

    Reads the platform and writes to the repository. A flow that cannot be exported keeps its file, and the
    exit status is 3. A flow that is no longer listed keeps its file, too.

    Example: flowsync sync --env prod --push
    """
    from flowsync.cli.wiring import start_reporting
    from flowsync.commands.sync import Options

    if exit_code and not dry_run:
        raise click.UsageError("--exit-code: only valid with --dry-run")
    if push and dry_run:
        raise click.UsageError("--push: cannot be combined with --dry-run")
    return _status(
        start_reporting(state, "sync", formats=formats, files=files, quiet=quiet, verbose=verbose),
        Options(frozenset(flows), branch, on_error == "abort", allow_mass_change),
        environments=environments,
        jobs=jobs,
        config_file=config_file,
        use_cache=not no_cache,
        dry_run=dry_run,
        exit_code=exit_code,
        push=push,
    )


def _status(
    reporting: "Reporting",
    asked: "Options",
    *,
    environments: Sequence[str],
    jobs: int | None,
    config_file: str | None,
    use_cache: bool,
    dry_run: bool,
    exit_code: bool,
    push: bool,
) -> int:
    from flowsync.cli.exit_codes import comparison_status
    from flowsync.cli.wiring import (
        apply_grouping,
        author_of,
        chosen_environments,
        repository_here,
        run_context,
        settings_for,
    )
    from flowsync.commands.sync import plan_sync, sync_flows, would_commit

    reporting.facts = {"commit": None, "branch": None, "pushed": None}
    with repository_here() as repository, run_context(reporting, use_cache=use_cache) as here:
        settings = settings_for(repository, config_file)
        chosen = chosen_environments(settings, environments, jobs)
        sides = (chosen, repository, asked, here)
        author, note = author_of(settings), reporting.note

        def show(found: "Comparison") -> None:
            reporting.show(apply_grouping(found, group=True))

        if dry_run:
            plan = plan_sync(*sides, author=author, show=show, note=note)
            return comparison_status(plan, differences=exit_code and would_commit(plan))
        with _commit_reported(reporting) as visible:
            done = sync_flows(*sides, author=author, show=show, note=note, visible=visible)
        _finish(reporting, repository, done, push=push)
        return comparison_status(done.comparison)


@contextmanager
def _commit_reported(reporting: "Reporting") -> "Iterator[Callable[[Target, str], None]]":
    """Report a commit that became visible before the run was interrupted."""

    def visible(target: "Target", commit: str) -> None:
        reporting.facts.update(commit=commit, branch=target.branch)

    try:
        yield visible
    except KeyboardInterrupt:
        commit, branch = reporting.facts["commit"], reporting.facts["branch"]
        if commit:
            reporting.print_end(_committed(str(commit), str(branch)))
        raise


def _committed(commit: str, branch: str) -> str:
    from flowsync.flow.printable import short_id

    return f"Committed {short_id(commit)} on {branch}"


def _finish(reporting: "Reporting", repository: "Repository", done: "SyncResult", *, push: bool) -> None:
    """Print what was committed, then push; if that fails, the report contains the commit and the branch."""
    from flowsync.commands.sync import push_branch

    branch = done.target.branch
    reporting.facts["branch"] = branch
    if done.commit:
        reporting.print_end(_committed(done.commit, branch), commit=done.commit)
    if push:
        to = push_branch(repository, done)
        reporting.print_end(
            f"{to.remote} already has {branch}" if to.up_to_date else f"Pushed {branch} to {to.remote}",
            pushed=to.remote,
        )
