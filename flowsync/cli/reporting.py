"""Print the result of a run: text as soon as it is known, machine formats once, at the end."""

import errno
import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import click

from flowsync.analysis.comparison import Comparison
from flowsync.analysis.grouping import group_findings
from flowsync.cli import console
from flowsync.errors import FlowsyncError
from flowsync.flow.field_types import Impact
from flowsync.report.formats import FORMATS, fits, format_of, render
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.text import entry_text, text

STDOUT: Final = "-"

_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "breaking": {"fg": "red"},
    "unknown": {"fg": "magenta"},
    "behaviour": {"fg": "yellow"},
    "new": {"fg": "green"},
    "cosmetic": {"dim": True},
    "+": {"fg": "green"},
    "-": {"fg": "red"},
    "@": {"fg": "cyan"},
}


@dataclass
class Reporting:
    """The outputs of one run, as pairs of format and file (`-` for stdout), and their contents.

    `groups` combines identical changes; `RunResult` describes the other options.
    """

    command: str
    outputs: tuple[tuple[str, str], ...]
    quiet: bool = False
    colour: bool | None = None
    context: int = 3
    groups: bool = True
    fail_on: Impact | None = None
    lists_all: bool = False
    is_brief: bool = False
    comparisons: tuple[Comparison, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
    error: FlowsyncError | None = None
    is_stdout_written: bool = False
    page: Callable[[str], str] | None = None

    @property
    def has_text(self) -> bool:
        """Whether stdout is for people."""
        return ("text", STDOUT) in self.outputs

    @property
    def has_lines(self) -> bool:
        """Whether a format points at lines of flows."""
        return any(FORMATS[form].has_lines for form, _ in self.outputs)

    def show(self, comparison: Comparison) -> None:
        """Report a comparison, and print it now if the output is for people."""
        self.comparisons = (self._group(comparison),)
        if self.has_text:
            console.lines(text(self._screen, self._paint), is_coloured=self._is_coloured)
        else:
            console.line(format_headline(*self.comparisons), err=True)

    def show_each(self, comparisons: Iterable[Comparison]) -> None:
        """Print a long history, each entry as soon as it is known; the headline comes last."""
        found: list[Comparison] = []
        for comparison in map(self._group, comparisons):
            found.append(comparison)
            if self.has_text:
                entry = entry_text(comparison, self._screen, self._paint)
                console.lines(
                    entry if len(found) > 1 else entry.lstrip("\n"),
                    is_coloured=self._is_coloured,
                    flush=console.is_terminal(),  # a pipe or a file gets it when its buffer is full
                )
        self.comparisons = tuple(found)
        if self.has_text and found:
            console.line()
        console.line(format_headline(*found), err=not self.has_text)

    def _group(self, comparison: Comparison) -> Comparison:
        return group_findings(comparison) if self.groups else comparison

    @property
    def _is_coloured(self) -> bool:
        return console.is_terminal() if self.colour is None else self.colour

    def _paint(self, style: str, line: str) -> str:
        return click.style(line, **_STYLES[style]) if self._is_coloured and style in _STYLES else line

    def show_page(self, page: Callable[[str], str]) -> None:
        """Print `page(format)` for people; it replaces the report of this run."""
        self.page = page
        if self.has_text:
            console.lines(page("text"))

    def print_end(self, line: str, **facts: object) -> None:
        """Print a line about the end of the run, and add the same facts to machine formats."""
        self.facts.update(facts)
        console.line(line, err=not self.has_text)

    def print_steps(self, *steps: str) -> None:
        """Print what to do next, apart from a report of differences; -q suppresses it."""
        if self.quiet:
            return
        if steps and self.has_text and any(one.differs for one in self.comparisons):
            console.line()
        for step in steps:
            console.line(step, err=not self.has_text)

    def note(self, line: str) -> None:
        """Print a line on stderr that -q suppresses."""
        if not self.quiet:
            console.line(line, err=True)

    def require_writable_files(self) -> None:
        """Raise FlowsyncError if an output cannot be written; the run then reports to the others."""
        obstacles = {file: _obstacle(Path(file)) for _, file in self.outputs if file != STDOUT}
        self.outputs = tuple((form, file) for form, file in self.outputs if not obstacles.get(file))
        for file, number in obstacles.items():
            if number:
                folder = shlex.quote(os.path.dirname(file))  # noqa: PTH120
                hint = f"create the folder: mkdir -p {folder}" if number == errno.ENOENT else ""
                raise FlowsyncError(f"{file}: cannot write the report: {os.strerror(number)}", hint=hint)

    def write_files(self, status: int) -> list[FlowsyncError]:
        """Write every output that goes to a file; return an error for each that cannot be written."""
        errors: list[FlowsyncError] = []
        for form, file in self.outputs:
            if file != STDOUT:
                report = self._render(form, status)
                try:
                    Path(file).write_text(report, encoding="utf-8")
                except OSError as exc:
                    message = f"{file}: cannot write the report: {exc.strerror}"
                    hint = "create the folder, or name another file with --output"
                    errors.append(FlowsyncError(message, hint=hint))
        return errors

    def write_stdout(self, status: int) -> None:
        """Write what goes to stdout and is not printed yet; only once, whatever interrupts it."""
        for form, file in self.outputs:
            if file == STDOUT and form != "text" and not self.is_stdout_written:
                report = self._render(form, status)
                self.is_stdout_written = True
                console.document(report)
        console.flush()

    def _render(self, form: str, status: int) -> str:
        """Render a format; a page describes no failure, so a failed run is always a report."""
        if self.page is None or self.error is not None:
            return render(form, self._run(status))
        return self.page(form)

    def _run(self, status: int) -> RunResult:
        return RunResult(
            self.command,
            self.comparisons,
            status,
            self.error,
            self.facts,
            context=self.context,
            fail_on=self.fail_on,
            lists_all=self.lists_all,
            is_brief=self.is_brief,
        )

    @property
    def _screen(self) -> RunResult:
        """The run as it is printed on the screen."""
        return replace(self._run(0), width=console.width())


def output_pairs(
    formats: Sequence[str], files: Sequence[str], choices: Sequence[str] = (*FORMATS,)
) -> tuple[tuple[str, str], ...]:
    """Pair formats with files; one format without a file goes to stdout, no format means text.

    Without formats, the suffix of each file selects one of the `choices`.
    """
    if not files and len(formats) <= 1:
        return (((*formats, "text")[0], STDOUT),)
    if "" in files:
        raise click.UsageError("--output: empty file name (is a variable unset?)")
    chosen = tuple(formats) or tuple(_format_of(file, choices) for file in files)
    if len(files) != len(chosen):
        raise click.UsageError(
            f"--output: expected one for each --format ({len(chosen)}), got {len(files)}; - is stdout"
        )
    places = [STDOUT if file == console.DEVICE else file for file in files]
    if len({file if file == STDOUT else os.path.realpath(file) for file in places}) < len(places):
        raise click.UsageError("--output: expected a different file for each --format")
    for form, file in zip(chosen, places, strict=True):
        if not fits(form, file):
            raise click.UsageError(f"--output: {file!r} is not the name of a file in the format {form}")
    return tuple(zip(chosen, places, strict=True))


def _format_of(file: str, choices: Sequence[str]) -> str:
    form = "text" if file in {STDOUT, console.DEVICE} else format_of(file)
    if form is None or form not in choices:
        known = ", ".join(FORMATS[name].suffix for name in choices)
        raise click.UsageError(
            f"--output: the suffix of {file!r} selects no format; expected one of {known}, or --format"
        )
    return form


def _obstacle(file: Path) -> int:
    """Return the error number that writing this file would fail with, 0 if none is foreseeable."""
    if file.is_dir():
        return errno.EISDIR
    if not file.parent.is_dir():
        return errno.ENOENT
    return 0 if os.access(file if file.exists() else file.parent, os.W_OK) else errno.EACCES
