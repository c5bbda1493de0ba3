"""`flowsync drift`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from flowsync.cli import options
from flowsync.cli.exit_codes import comparison_status

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison
    from flowsync.cli.reporting import Reporting
    from flowsync.commands.sync import SyncPlan


@click.command()
@options.platform
@click.option("--baseline", metavar="REV", type=options.TEXT, help="revision to compare with; default: HEAD")
@options.findings
@options.reports()
def drift(
    reporting: Reporting,
    *,
    environments: tuple[str, ...],
    flows: tuple[str, ...],
    jobs: int | None,
    no_cache: bool,
    config_file: str | None,
    baseline: str | None,
    fail_on: str | None,
) -> int:
    """Compare the platform with the repository.

    Reads the platform and the repository, and changes neither. Exits with 0 if nothing differs, with 2 if
    something differs, and with 3 if a flow could not be exported. With --fail-on, exits with 2 only for a
    finding of that impact or a more severe one.

    Example: flowsync drift --env prod --format json --output drift.json
    """
    from flowsync.cli.arguments import words_with_paths
    from flowsync.cli.wiring import chosen_environments, repository_here, run_context, settings_for
    from flowsync.commands.annotate_lines import FileVersion, annotate_lines, content_of
    from flowsync.commands.drift import drift as compare_with_baseline
    from flowsync.commands.flows_version import FlowsVersion
    from flowsync.commands.sync import Options, author_of

    with repository_here() as repository, run_context(reporting, use_cache=not no_cache) as context:
        settings = settings_for(repository, config_file)
        chosen = chosen_environments(settings, environments, jobs)

        def show(comparison: Comparison) -> None:
            if reporting.has_lines:
                commit = repository.resolve(baseline) if baseline else repository.head()
                content = content_of(repository, FlowsVersion("", commit))
                comparison = annotate_lines(comparison, FileVersion.BEFORE, content)
            reporting.show(comparison)

        choices = Options(words_with_paths(flows, repository), author=author_of(settings))
        plan = compare_with_baseline(
            chosen, repository, context, options=choices, baseline=baseline, show=show
        )
    ways = _ways_to_accept(plan, flows, config_file) if baseline is None else ()
    reporting.print_steps(*ways, *_way_to_see_one(plan, config_file))
    return comparison_status(plan.comparison, differences=True, fail_on=fail_on)


def _ways_to_accept(plan: SyncPlan, words: Sequence[str], config_file: str | None) -> Iterator[str]:
    """Yield how to accept the differences; `words` selected the flows."""
    from flowsync.analysis.comparison import FlowStatus
    from flowsync.cli.arguments import format_command

    if plan.flows:
        names = sorted({flow.environment for flow in plan.flows})
        command = format_command("sync", env=names, flow=words, config=config_file)
        if plan.refusals:
            yield f"To see why a sync would be refused: {command} --dry-run"
        else:
            yield f"To accept what the platform has: {command}"
    missing = [flow for flow in plan.comparison.flows if flow.status is FlowStatus.MISSING]
    if missing:
        file, name = shlex.quote(missing[0].file), f"flow {missing[0].flow_id}"
        yield f"To accept that {name} is missing: git rm {file} && git commit -m 'Remove {name}'"


def _way_to_see_one(plan: SyncPlan, config_file: str | None) -> Iterator[str]:
    """Yield how to see the most severe of several flows."""
    from flowsync.analysis.comparison import FlowStatus
    from flowsync.cli.arguments import format_command
    from flowsync.report.severity import flow_order

    flows = [flow for flow in plan.comparison.flows if flow.status is not FlowStatus.UNKNOWN]
    if len(flows) > 1:
        worst = min(flows, key=lambda flow: flow_order(flow, flow.findings))
        one = {"env": worst.environment, "flow": str(worst.flow_id), "config": config_file}
        yield f"To see one flow: {format_command('drift', **one)}"
