"""Print the result of a run: text as soon as it is known, machine formats once, at the end."""

import os
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
from flowsync.report.formats import FORMATS, render
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
        return click.style(line, **_STYLES.get(style, {})) if self._is_coloured else line

    def show_page(self, page: Callable[[str], str]) -> None:
        """Print `page(format)` for people; it replaces the report of this run."""
        self.page = page
        if self.has_text:
            console.lines(page("text"))

    def print_end(self, line: str, **facts: object) -> None:
        """Print a line about the end of the run, and add the same facts to machine formats."""
        self.facts.update(facts)
        console.line(line, err=not self.has_text)

    def note(self, line: str) -> None:
        """Print a line on stderr that -q suppresses."""
        if not self.quiet:
            console.line(line, err=True)

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


def output_pairs(formats: Sequence[str], files: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pair formats with files; one format without a file goes to stdout, no format means text."""
    chosen = tuple(formats) or ("text",)
    if not files and len(chosen) == 1:
        return ((chosen[0], STDOUT),)
    if len(files) != len(chosen):
        raise click.UsageError(
            f"--output: expected one for each --format ({len(chosen)}), got {len(files)}; - is stdout"
        )
    if "" in files:
        raise click.UsageError("--output: empty file name (is a variable unset?)")
    places = [STDOUT if file == console.DEVICE else file for file in files]
    if len({file if file == STDOUT else os.path.realpath(file) for file in places}) < len(places):
        raise click.UsageError("--output: expected a different file for each --format")
    return tuple(zip(chosen, places, strict=True))
