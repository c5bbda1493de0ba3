"""What one run of the program keeps until it ends."""

from typing import TYPE_CHECKING

import click

from flowsync.errors import FlowsyncError

if TYPE_CHECKING:
    from flowsync.cli.reporting import Reporting


class State:
    """The reporting of the command that runs, once it has begun."""

    def __init__(self) -> None:  # written out: start-up has no time for dataclasses
        self.reporting: Reporting | None = None

    def fail(self, error: FlowsyncError) -> None:
        """Tell the user of an error, and every report that is still to be written."""
        from flowsync.cli.reporting import echo_error

        echo_error(error)
        if self.reporting is not None:
            self.reporting.error = error

    def finish(self, status: int) -> None:
        """Complete every report."""
        if self.reporting is not None:
            self.reporting.finish(status)


pass_state = click.make_pass_decorator(State, ensure=True)
