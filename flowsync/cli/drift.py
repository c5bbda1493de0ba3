"""`flowsync drift`."""

import click

from flowsync.analysis.comparison import Comparison
from flowsync.cli import options
from flowsync.cli.exit_codes import comparison_status
from flowsync.cli.reporting import Reporting
from flowsync.cli.wiring import chosen_environments, repository_here, run_context, settings_for
from flowsync.commands.annotate_lines import FileVersion, annotate_lines, content_of
from flowsync.commands.drift import drift as compare_with_baseline
from flowsync.commands.flows_version import FlowsVersion


@click.command()
@options.platform
@click.option("--baseline", metavar="REV", type=options.TEXT, help="revision to compare with; default: HEAD")
@options.findings
@options.reports()
def drift(
    reporting: Reporting,
    *,
    environments: tuple[str, ...],
    flows: tuple[int, ...],
    jobs: int | None,
    no_cache: bool,
    config_file: str | None,
    baseline: str | None,
    fail_on: str | None,
) -> int:
    """Compare the platform with the repository.

    Reads the platform and the repository, and changes neither. Exits with 0 if nothing differs, with 2 if
    something differs (with --fail-on: a finding of that impact or a more severe one), with 3 if a flow
    could not be exported.

    Example: flowsync drift --env prod --format json --output drift.json
    """
    with repository_here() as repository, run_context(reporting, use_cache=not no_cache) as context:
        chosen = chosen_environments(settings_for(repository, config_file), environments, jobs)

        def show(comparison: Comparison) -> None:
            if reporting.has_lines:
                commit = repository.resolve(baseline) if baseline else repository.head()
                content = content_of(repository, FlowsVersion("", commit))
                comparison = annotate_lines(comparison, FileVersion.BEFORE, content)
            reporting.show(comparison)

        found = compare_with_baseline(chosen, repository, context, only=flows, baseline=baseline, show=show)
    return comparison_status(found, differences=True, fail_on=fail_on)
