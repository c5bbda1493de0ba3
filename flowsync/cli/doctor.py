"""`flowsync doctor`."""

from functools import partial
from typing import Final

import click

from flowsync.analysis.check import Check, CheckStatus
from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.cli.reporting import Reporting
from flowsync.cli.terminal import stdout_width
from flowsync.cli.wiring import repository_here, run_context, settings_for
from flowsync.commands.doctor import run_checks
from flowsync.report.checks import FORMATS, check_lines, render_checks, summarize_checks

_COLOURS: Final = {CheckStatus.OK: "green", CheckStatus.FAILED: "red", CheckStatus.SKIPPED: "yellow"}


@click.command()
@options.environments(envvar="FLOWSYNC_ENV")
@options.config
@options.reports(FORMATS, details="")
def doctor(reporting: Reporting, *, environments: tuple[str, ...], config_file: str | None) -> int:
    """Check everything that a sync needs, and print the next step after each failure.

    Runs in any folder. Reads the repository and the platform, and writes nothing. Exports each flow listed
    under `flows`, and one discovered flow. A check is skipped if a check that it depends on failed. Exits
    with 2 if a check fails; -q hides the checks that pass.

    Example: flowsync doctor --env prod
    """
    checks = []
    with run_context(reporting, use_cache=False) as context:
        settings = partial(settings_for, config_file=config_file)
        for check in run_checks(repository_here, settings, environments, context):
            checks.append(check)
            if reporting.has_text and not (reporting.quiet and check.status is CheckStatus.OK):
                _print(check, colour=reporting.colour)
    status = DIFFERENT if any(check.status is CheckStatus.FAILED for check in checks) else DONE
    reporting.page = partial(render_checks, checks=checks, exit_status=status)
    console.line(summarize_checks(checks), err=not reporting.has_text)
    return status


def _print(check: Check, *, colour: bool | None) -> None:
    first, *others = check_lines(check, stdout_width())
    is_coloured = console.is_terminal() if colour is None else colour
    if is_coloured:
        first = click.style(check.status, fg=_COLOURS[check.status]) + first.removeprefix(check.status)
    console.lines("".join(f"{line}\n" for line in (first, *others)), is_coloured=is_coloured)
