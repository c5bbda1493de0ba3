"""`flowsync doctor`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.report import CHECK_FORMATS

if TYPE_CHECKING:
    from flowsync.analysis.check import Check
    from flowsync.cli.reporting import Reporting

_COLOURS: Final = {"ok": "green", "failed": "red", "skipped": "yellow"}


@click.command()
@options.environments(envvar="FLOWSYNC_ENV")
@options.config
@options.reports(CHECK_FORMATS, details="")
def doctor(reporting: Reporting, *, environments: tuple[str, ...], config_file: str | None) -> int:
    """Check everything that a sync needs, and print the next step after each failure.

    Runs in any folder. Reads the repository and the platform, and writes nothing. Exports each flow listed
    under `flows`, and one discovered flow. A check is skipped if a check that it depends on failed. Exits
    with 2 if a check fails; -q hides the checks that pass.

    Example: flowsync doctor --env prod
    """
    from flowsync.cli.wiring import repository_here, run_context, settings_for
    from flowsync.commands.doctor import run_checks
    from flowsync.report.checks import render_checks, summarize_checks

    checks = []
    with run_context(reporting, use_cache=False) as context:
        settings = partial(settings_for, config_file=config_file)
        for check in run_checks(repository_here, settings, environments, context):
            checks.append(check)
            if reporting.has_text and not (reporting.quiet and check.status == "ok"):
                _print(check, colour=reporting.colour)
    status = DIFFERENT if any(check.status == "failed" for check in checks) else DONE
    reporting.page = partial(render_checks, checks=checks, exit_status=status)
    console.line(summarize_checks(checks), err=not reporting.has_text)
    return status


def _print(check: Check, *, colour: bool | None) -> None:
    from flowsync.cli.terminal import stdout_width
    from flowsync.report.checks import check_lines

    first, *others = check_lines(check, stdout_width())
    is_coloured = console.is_terminal() if colour is None else colour
    if is_coloured:
        first = click.style(check.status, fg=_COLOURS[check.status]) + first.removeprefix(check.status)
    console.lines("".join(f"{line}\n" for line in (first, *others)), is_coloured=is_coloured)
