"""`flowsync doctor`."""

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.cli.state import RunState, pass_state


@click.command()
@click.option(
    "--env",
    "environments",
    metavar="E",
    type=options.TEXT,
    multiple=True,
    help="environment; repeat for several; default: all",
)
@options.config
@options.verbosity
@pass_state
def doctor(
    state: RunState, *, environments: tuple[str, ...], config_file: str | None, quiet: bool, verbose: int
) -> int:
    """Check what a sync needs: configuration, credentials, platform, clock, identity, repository.

    Reads the platform and writes nothing. Exits with 2 if a check fails; -q hides the checks that pass.

    Example: flowsync doctor --env prod
    """
    from functools import partial

    from flowsync.cli.wiring import author_of, repository_here, run_context, settings_for, start_reporting
    from flowsync.commands.doctor import run_checks

    reporting = start_reporting(state, "doctor", formats=(), files=(), quiet=quiet, verbose=verbose)
    failed = passed = 0
    with repository_here() as repository, run_context(reporting, use_cache=False) as here:
        settings = partial(settings_for, repository, config_file)
        for check in run_checks(settings, environments, repository, here, author_of=author_of):
            passed += check.passed
            failed += not check.passed
            if check.passed and quiet:
                continue
            console.line(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.detail}")
            if check.hint and not check.passed:
                console.line(f"     hint: {check.hint}")
    console.line(f"{passed} passed, {failed} failed")
    return DIFFERENT if failed else DONE
