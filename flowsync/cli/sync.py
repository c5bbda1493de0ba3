"""`flowsync sync`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.exit_codes import comparison_status

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.sync import SyncPlan, SyncResult
    from flowsync.config import Settings
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
@options.reports()
def sync(
    reporting: Reporting,
    *,
    environments: tuple[str, ...],
    flows: tuple[str, ...],
    jobs: int | None,
    no_cache: bool,
    config_file: str | None,
    dry_run: bool,
    exit_code: bool,
    push: bool,
    branch: str | None,
    on_error: str,
    allow_mass_change: bool,
) -> int:
    """Export the flows, convert them to canonical form, and commit what changed.

    Reads the platform and writes to the repository. A flow that cannot be exported keeps its file, and the
    exit status is 3. The file of a flow that is no longer configured or discovered is kept.

    Example: flowsync sync --env prod --push
    """
    from flowsync.cli.arguments import format_command, words_with_paths
    from flowsync.cli.wiring import chosen_environments, repository_here, run_context, settings_for
    from flowsync.commands.sync import Options, author_of, plan_sync, sync_flows
    from flowsync.repository.preconditions import checked_out_ref, short_branch

    if exit_code and not dry_run:
        raise click.UsageError("--exit-code: only valid with --dry-run")
    if push and dry_run:
        raise click.UsageError("--push: cannot be combined with --dry-run")
    reporting.facts = {"commit": None, "branch": None, "pushed": None}
    with repository_here() as repository, run_context(reporting, use_cache=not no_cache) as context:
        settings = settings_for(repository, config_file)
        chosen = chosen_environments(settings, environments, jobs)
        _note_uncommitted(settings, repository, reporting)
        choices = Options(
            words_with_paths(flows, repository),
            branch,
            on_error == "abort",
            allow_mass_change,
            push,
            author_of(settings),
        )
        if dry_run:
            plan = plan_sync(chosen, repository, choices, context, show=reporting.show)
            command = format_command(
                "sync", env=environments, flow=flows, branch=branch, config=config_file,
                on_error=None if on_error == "continue" else on_error, allow_mass_change=allow_mass_change,
            )  # fmt: skip
            _report_plan(plan, command, branch or short_branch(checked_out_ref(repository) or ""), reporting)
            return comparison_status(plan.comparison, differences=exit_code and bool(plan.flows))
        with _commit_reported(reporting) as visible:
            done = sync_flows(chosen, repository, choices, context, show=reporting.show, visible=visible)
        _finish(reporting, repository, done, push=push)
        return comparison_status(done.comparison)


def _note_uncommitted(settings: Settings, repository: Repository, reporting: Reporting) -> None:
    """Note that the configuration is not part of the commit; others would not have it."""
    from flowsync.cli.arguments import from_root
    from flowsync.config import FILE_NAME

    path = from_root(settings.source, repository)
    if repository.root and not path.startswith("..") and repository.ref(f"HEAD:{path}") is None:
        source = shlex.quote(settings.source)
        commit = f"git add {source} && git commit -m 'Add {FILE_NAME}' {source}"
        reporting.note(f"note: {settings.source} is not committed: {commit}")


def _report_plan(plan: SyncPlan, command: str, branch: str, reporting: Reporting) -> None:
    from flowsync.flow.printable import plural

    for refusal in plan.refusals:
        hint = f"; {refusal.hint}" if refusal.hint else ""
        reporting.note(f"a sync would be refused: {refusal.message}{hint}")
    what = f"commit {plural(len(plan.flows), 'flow')} to {branch}" if plan.flows else "commit nothing"
    would = "be refused" if plan.refusals else what
    reporting.print_steps(f"Dry run: nothing was committed; {command} would {would}")


@contextmanager
def _commit_reported(reporting: Reporting) -> Iterator[Callable[[Target, str], None]]:
    """Report a commit that became visible before the run was interrupted."""

    def visible(target: Target, commit: str) -> None:
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


def _uncommitted(comparison: Comparison) -> Iterator[str]:
    """Yield why a sync with differences made no commit."""
    from flowsync.analysis.comparison import FlowStatus
    from flowsync.flow.printable import plural

    missing = comparison.counts[FlowStatus.MISSING]
    if missing:
        files = "keeps its file" if missing == 1 else "keep their files"
        yield f"Nothing to commit; {plural(missing, 'missing flow')} {files}"


def _finish(reporting: Reporting, repository: Repository, done: SyncResult, *, push: bool) -> None:
    """Print what was committed, then push, also without a new commit: an earlier push may have failed."""
    from flowsync.repository.push import push as push_branch
    from flowsync.repository.push import push_command

    branch = done.target.branch
    reporting.facts["branch"] = branch
    if done.commit:
        command = "" if push or reporting.quiet else push_command(repository, done.target)
        step = f" (not pushed); next: {command}" if command else ""
        reporting.print_end(f"{_committed(done.commit, branch)}{step}", commit=done.commit)
    else:
        reporting.print_steps(*_uncommitted(done.comparison))
    if push:
        to = push_branch(repository, done.target)
        line = f"{to.remote} already has {branch}" if to.is_up_to_date else f"Pushed {branch} to {to.remote}"
        reporting.print_end(line, pushed=to.remote)
