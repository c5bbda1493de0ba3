"""The state of one run of the program."""

from typing import TYPE_CHECKING

import click

from flowsync.cli import console
from flowsync.errors import FlowsyncError

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
        from flowsync.cli.reporting import echo_error

        echo_error(error, colour=self.colour)
        self._report(error)

    def stop(self, error: FlowsyncError) -> None:
        """Report in the same way that the run was interrupted."""
        console.line(error.message, err=True)
        self._report(error)

    def _report(self, error: FlowsyncError) -> None:
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


def colour_choice(environ: "Mapping[str, str]") -> bool | None:
    """NO_COLOR wins over FORCE_COLOR; None where neither is set."""
    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None


pass_state = click.make_pass_decorator(RunState, ensure=True)
