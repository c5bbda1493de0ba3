"""The state of one run of the program."""

from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import console
from flowsync.errors import FlowsyncError, GuardError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowsync.cli.reporting import Reporting


class RunState:
    """The reporting of the command that runs, once it has begun.

    `colour` True and False are the user's choice, None leaves it to each stream: colour on a terminal.
    """

    def __init__(self, *, colour: bool | None = None) -> None:  # written out: dataclasses are slow to load
        self.colour = colour
        self.reporting: Reporting | None = None

    def fail(self, error: FlowsyncError) -> None:
        """Report an error to the user and in every report that is not written yet."""
        echo_error(error, colour=self.colour)
        if self.reporting is not None:
            self.reporting.error = error

    def stop(self, error: FlowsyncError) -> None:
        """Report in the same way that the run was interrupted."""
        console.line(error.message, err=True)
        if self.reporting is not None:
            self.reporting.error = error

    def cut_short(self) -> None:
        """Leave out the comparisons: rendering them takes too long for an interrupted run."""
        if self.reporting is not None:
            self.reporting.comparisons = ()

    def finish(self, status: int) -> int:
        """Complete every report and return the status, 1 if one cannot be written."""
        if self.reporting is None:
            return status
        errors = self.reporting.write_files(status)
        for error in errors:
            self.fail(error)
            status = error.exit_status
        if errors:
            self.reporting.write_files(status)
        self.reporting.write_stdout(status)
        return status


def echo_error(error: FlowsyncError, *, colour: bool | None) -> None:
    """Print an error and its hint on stderr."""
    refused = "refused" if isinstance(error, GuardError) else "error"
    console.line(f"{refused}: {error.sentence}", err=True, fg="red", colour=colour)
    for problem in getattr(error, "problems", ()):
        console.line(f"  {problem}", err=True)
    if error.hint:
        console.line(f"hint: {error.hint}", err=True)


def colour_choice(environ: "Mapping[str, str]") -> bool | None:
    """Return the user's choice of colour, None if there is none; NO_COLOR wins over FORCE_COLOR."""
    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None


def _set_color(ctx: click.Context, _param: click.Parameter, choice: str | None) -> None:
    if choice in _COLOURS:
        ctx.color = ctx.ensure_object(RunState).colour = _COLOURS[choice]


_COLOURS: Final = {"always": True, "never": False}

color: Final = click.option(
    "--color",
    type=click.Choice(["auto", *_COLOURS]),
    expose_value=False,
    is_eager=True,
    callback=_set_color,
    help="auto: colour on a terminal; NO_COLOR and FORCE_COLOR override this",
)
