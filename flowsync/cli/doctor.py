"""`flowsync doctor`."""

from functools import partial

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.cli.reporting import Reporting, output_pairs
from flowsync.cli.wiring import repository_here, run_context, settings_for
from flowsync.commands.doctor import run_checks


@click.command()
@options.environments()
@options.config
@options.verbosity
def doctor(*, environments: tuple[str, ...], config_file: str | None, quiet: bool) -> int:
    """Check what a sync needs: configuration, credentials, platform, clock, identity, repository.

    Reads the platform and writes nothing. Exits with 2 if a check fails; -q hides the checks that pass.

    Example: flowsync doctor --env prod
    """
    reporting = Reporting("doctor", output_pairs((), ()), quiet=quiet)
    failed = passed = 0
    with repository_here() as repository, run_context(reporting, use_cache=False) as context:
        settings = partial(settings_for, repository, config_file)
        for check in run_checks(settings, environments, repository, context):
            passed += check.passed
            failed += not check.passed
            if check.passed and quiet:
                continue
            console.line(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.detail}")
            if check.hint and not check.passed:
                console.line(f"     hint: {check.hint}")
    console.line(f"{passed} passed, {failed} failed")
    return DIFFERENT if failed else DONE
