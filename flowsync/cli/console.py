"""Write to stdout and stderr; only this module does, and it escapes foreign text.

Escaped text has no effect on a terminal, ends no line and is no command for a CI runner that reads the log.
"""

import io
import os
import sys
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from flowsync.report.ci_escaping import escape_line, escape_lines

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

DEVICE: Final = "/dev/stdout"


def set_up() -> None:
    """Prepare stdout, and escape what Python itself writes to stderr: tracebacks and warnings.

    Documents and reports are UTF-8 whatever the locale; a terminal shows as much as it can.
    """
    if sys.stdout is None:
        sys.exit("error: cannot write the output: standard output is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        if isinstance(sys.stdout.buffer, io.RawIOBase):
            sys.stdout = _buffered(sys.stdout)
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    sys.excepthook = _write_traceback
    warnings.showwarning = _write_warning


def line(
    text: str = "",
    *,
    err: bool = False,
    fg: str | None = None,
    bold: bool | None = None,
    colour: bool | None = None,
) -> None:
    """Write one line. Colours are left out without a terminal, unless `colour` is True."""
    shown = escape_line(text)
    click.echo(click.style(shown, fg=fg, bold=bold) if fg or bold else shown, err=err, color=colour)


def lines(text: str, *, err: bool = False, is_coloured: bool = False, flush: bool = True) -> None:
    """Write rendered text with its line ends and, if it is coloured, its colours."""
    shown = escape_lines(text, is_coloured=is_coloured)
    if flush:
        click.echo(shown, nl=False, err=err, color=is_coloured)
    else:
        (sys.stderr if err else sys.stdout).write(shown)


def document(content: str | bytes) -> None:
    """Write a document byte for byte to stdout; its format escapes what it must."""
    click.echo(content, nl=False, color=False)


def progress_bar(label: str, length: int) -> "ProgressBar[int]":
    """Return a bar on stderr, which its `update` draws and its `render_finish` ends."""
    return click.progressbar(length=length, label=escape_line(label), show_pos=True, file=sys.stderr)


def flush() -> None:
    """Write what is still in the buffer of stdout."""
    sys.stdout.flush()


def discard() -> None:
    """Discard what is still in the buffer of stdout, because its reader has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(*, err: bool = False) -> bool:
    """Return whether stdout, or stderr, is a terminal."""
    return (sys.stderr if err else sys.stdout).isatty()


def width() -> int:
    """Return the columns of reports on stdout: those of the terminal within limits, 80 without one."""
    columns = os.get_terminal_size(sys.stdout.fileno()).columns if is_terminal() else 0
    return min(max(columns, 60), 120) if columns else 80


def _buffered(unbuffered: io.TextIOWrapper) -> io.TextIOWrapper:
    """Buffer stdout: under PYTHONUNBUFFERED, Python drops the rest of a partial write."""
    encoding, is_terminal = unbuffered.encoding, unbuffered.isatty()
    raw: Any = unbuffered.detach()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, line_buffering=is_terminal)


def _write_traceback(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    from traceback import format_exception

    lines("".join(format_exception(kind, error, traceback)), err=True)


def _write_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001  # the standard library names it
    line: str | None = None,
) -> None:
    lines(warnings.formatwarning(message, category, filename, lineno, line), err=True)
