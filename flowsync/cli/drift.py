"""`flowsync drift`."""

from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.state import State, pass_state

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison


@click.command()
@options.platform
@click.option("--baseline", metavar="REV", type=options.TEXT, help="revision to compare with instead of HEAD")
@options.findings
@options.reports
@options.config
@options.verbosity
@pass_state
def drift(
    state: State,
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

    Talks to the platform (reads only) and never touches the repository. Exits 0 where nothing differs, 2
    where something does (with --fail-on, something of that impact or a graver one), 3 where a flow could not
    be looked at.

    Example: flowsync drift --env prod --format json --output drift.json
    """
    from flowsync.cli.exit_codes import comparison_status
    from flowsync.cli.wiring import (
        begun,
        chosen_environments,
        repository_here,
        settings_for,
        shown,
        surroundings,
    )
    from flowsync.commands.annotate_lines import FileSide, content_at, located
    from flowsync.commands.drift import drift as drift_of

    reporting = begun(state, "drift", formats=formats, files=files, quiet=quiet, verbose=verbose)
    reporting.context = context
    with repository_here() as repository, surroundings(reporting, use_cache=not no_cache) as here:
        chosen = chosen_environments(settings_for(repository, config_file), environments, jobs)

        def show(found: "Comparison") -> None:
            if reporting.has_lines:
                commit = repository.resolve(baseline) if baseline else repository.head()
                found = located(found, FileSide.BEFORE, content_at(repository, commit))
            reporting.show(shown(found, group=group))

        comparison = drift_of(chosen, repository, here, only=flows, baseline=baseline, show=show)
    return comparison_status(comparison, differences=True, fail_on=fail_on)
