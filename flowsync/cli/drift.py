"""`flowsync drift`."""

from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.state import RunState, pass_state

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison


@click.command()
@options.platform
@click.option("--baseline", metavar="REV", type=options.TEXT, help="revision to compare with; default: HEAD")
@options.findings
@options.reports
@options.config
@options.verbosity
@pass_state
def drift(
    state: RunState,
    *,
    environments: tuple[str, ...],
    flows: tuple[int, ...],
    jobs: int | None,
    no_cache: bool,
    baseline: str | None,
    fail_on: str | None,
    group: bool,
    context: int,
    formats: tuple[str, ...],
    files: tuple[str, ...],
    config_file: str | None,
    quiet: bool,
    verbose: int,
) -> int:
    """Compare the platform with the repository.

    Reads the platform and the repository, and changes neither. Exits with 0 if nothing differs, with 2 if
    something differs (with --fail-on: a finding of that impact or a more severe one), with 3 if a flow
    could not be exported.

    Example: flowsync drift --env prod --format json --output drift.json
    """
    from flowsync.cli.exit_codes import comparison_status
    from flowsync.cli.wiring import (
        apply_grouping,
        chosen_environments,
        repository_here,
        run_context,
        settings_for,
        start_reporting,
    )
    from flowsync.commands.annotate_lines import FileVersion, annotate_lines, content_at
    from flowsync.commands.drift import drift as drift_of

    reporting = start_reporting(state, "drift", formats=formats, files=files, quiet=quiet, verbose=verbose)
    reporting.context = context
    with repository_here() as repository, run_context(reporting, use_cache=not no_cache) as here:
        chosen = chosen_environments(settings_for(repository, config_file), environments, jobs)

        def show(found: "Comparison") -> None:
            if reporting.has_lines:
                commit = repository.resolve(baseline) if baseline else repository.head()
                found = annotate_lines(found, FileVersion.BEFORE, content_at(repository, commit))
            reporting.show(apply_grouping(found, group=group))

        comparison = drift_of(chosen, repository, here, only=flows, baseline=baseline, show=show)
    return comparison_status(comparison, differences=True, fail_on=fail_on)
