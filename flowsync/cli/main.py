"""The program: its commands, imported when called, and the one place that handles failures."""

import errno
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final, NoReturn

import click

from flowsync import __version__
from flowsync.cli import console
from flowsync.cli.state import RunState, color, colour_choice
from flowsync.errors import FlowsyncError, limit_hint

FAILED: Final = 1
_GARBAGE: Final = 100_000
USAGE: Final = 64

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_PLATFORM: Final = "Platform (read only) and repository"
_REPOSITORY: Final = "Repository (read only)"
_LOCAL: Final = "Files on this machine"

# What each command touches, and its line in the help. Its module and its function have its name.
_COMMANDS: Final = {
    "sync": (_PLATFORM, "export the flows and commit what changed"),
    "drift": (_PLATFORM, "compare the platform with the repository"),
    "doctor": (_PLATFORM, "check everything that a sync needs"),
    "diff": (_REPOSITORY, "report what changed between two versions"),
    "log": (_REPOSITORY, "list what each commit changed in the flows"),
    "list": (_REPOSITORY, "list flows with status and schedule (--live reads the platform)"),
    "show": (_REPOSITORY, "describe one flow"),
    "init": (_LOCAL, "create a repository for flows"),
    "validate": (_LOCAL, "check documents for errors"),
    "fmt": (_LOCAL, "rewrite documents in canonical form"),
    "schema": (_LOCAL, "print a JSON Schema"),
    "emulator": (_LOCAL, "run an emulated gateway"),
    "demo": (_LOCAL, "run an example session on the emulator"),
}


class _Commands(click.Group):
    """Imports a command when it is called, so that the list of commands is quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [*_COMMANDS]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"flowsync.cli.{name}"), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _COMMANDS))
        for section in (_PLATFORM, _REPOSITORY, _LOCAL):
            with formatter.section(section):
                rows = [(name, text) for name, (touched, text) in _COMMANDS.items() if touched == section]
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def _change_folder(_ctx: click.Context, _param: click.Parameter, folders: tuple[str, ...]) -> None:
    for folder in folders:
        try:
            os.chdir(folder)
        except OSError as exc:
            raise click.UsageError(f"-C: cannot change to {folder!r}: {exc.strerror}") from exc


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 success, 1 failure, 2 differences, 3 incomplete, 4 refused, 64 usage error.",
)
@click.option(
    "-C",
    metavar="DIR",
    multiple=True,
    expose_value=False,
    callback=_change_folder,
    help="run as if started in DIR",
)
@color
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Git for EnOS batch data processing workflows.

    Example: flowsync demo
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its status (see the epilog of the help)."""
    signal.signal(signal.SIGTERM, _terminate)
    gc.set_threshold(_GARBAGE)  # documents contain no cycles; the search for cycles takes a tenth of the time
    console.set_up()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; every report is complete then."""
    state = RunState(colour=colour_choice(os.environ))
    status = FAILED
    try:
        status = _status(arguments, state)
    finally:  # also after a bug, whose traceback follows: every report is complete
        status = _finish(state, status)
    return status


def _finish(state: RunState, status: int) -> int:
    if sys.exception() is not None:
        state.fail(FlowsyncError("internal error: a bug in flowsync; the traceback shows the place"))
    try:
        return _flush(state, status)
    except KeyboardInterrupt as stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # what is left to write is short
        state.cut_short()
        return _flush(state, _stop_status(state, stop))


def _flush(state: RunState, status: int) -> int:
    try:
        return state.finish(status)
    except OSError as exc:
        return _system_status(state, exc)


def _status(arguments: Sequence[str] | None, state: RunState) -> int:
    try:
        status = cli.main(
            arguments, prog_name="flowsync", standalone_mode=False, obj=state, color=state.colour
        )
    except FlowsyncError as error:
        state.fail(error)
        return error.exit_status
    except click.ClickException as error:
        _show(error)
        return USAGE if isinstance(error, click.UsageError) else FAILED
    except (KeyboardInterrupt, click.Abort) as stop:
        return _stop_status(state, stop)
    except (OSError, RuntimeError) as exc:
        return _system_status(state, exc)
    except SystemExit:  # click raises it for a broken pipe
        return _closed_pipe_status()
    return status if isinstance(status, int) else 0


def _stop_status(state: RunState, stop: KeyboardInterrupt | click.Abort) -> int:
    """Return the status of a run that was interrupted; click raises Abort from the cause."""
    by_signal = isinstance(stop.__cause__ or stop, _Terminating)
    ended = Terminated("terminated") if by_signal else Interrupted("interrupted")
    state.stop(ended)
    return ended.exit_status


def _show(error: click.ClickException) -> None:
    """Write a usage error: the usage, then one line that may quote the arguments."""
    from flowsync.cli.suggestions import describe_usage_error

    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        console.lines(f"{ctx.get_usage()}\nTry '{ctx.command_path} --help' for help.\n\n", err=True)
    console.line(f"Error: {describe_usage_error(error)}", err=True)


def _system_status(state: RunState, exc: OSError | RuntimeError) -> int:
    """Return the status of a run that reached a limit of the system, or that cannot write its results."""
    hint = limit_hint(exc)
    if hint:
        what = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
        state.fail(FlowsyncError(f"limit of the system: {what}", hint=hint))
        return FAILED
    if not isinstance(exc, BrokenPipeError):
        if not isinstance(exc, OSError) or exc.errno not in _FULL:
            raise exc
        state.fail(FlowsyncError(f"cannot write the output: {exc.strerror}"))
    return _closed_pipe_status()


def _closed_pipe_status() -> int:
    """Return the status of a run whose reader has closed stdout; the rest of the buffer is discarded."""
    console.discard()
    return FAILED


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminating


class _Terminating(KeyboardInterrupt):
    """SIGTERM: the run ends as after Ctrl-C, with another exit status."""


class Interrupted(FlowsyncError):  # noqa: N818 - the name is what the JSON report calls it
    """The user stopped the run."""

    exit_status = 130


class Terminated(FlowsyncError):  # noqa: N818 - likewise
    """The system stopped the run."""

    exit_status = 143
