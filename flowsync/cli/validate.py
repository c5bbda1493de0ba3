"""`flowsync validate`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.report import CHECK_FORMATS

if TYPE_CHECKING:
    from flowsync.analysis.validation import DocumentProblem
    from flowsync.cli.reporting import Reporting


@click.command()
@click.argument("words", nargs=-1, metavar="[PATH|FLOW]...", type=click.Path())
@click.option("--strict", is_flag=True, help="exit 2 for warnings too")
@options.environments()
@options.reports(CHECK_FORMATS, details="notes")
def validate(
    reporting: Reporting, *, words: tuple[str, ...], environments: tuple[str, ...], strict: bool
) -> int:
    """Check documents for errors: types, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files. Without arguments, checks all files below flows/. --env selects environments. Exits with
    2 if there is an error; with --strict, also if there is a warning. -q hides warnings, except with
    --strict. -v lists notes: fields and forms of the platform that nobody has to change.

    Example: flowsync validate flows/prod
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.default_paths import NO_DOCUMENTS, chosen_documents
    from flowsync.commands.validate import validate_documents
    from flowsync.report.validation import Validation, render_validation
    from flowsync.repository.encoding import from_system

    require_no_empty(words)
    checked = 0
    problems: list[tuple[str, DocumentProblem]] = []
    for file, found in validate_documents(chosen_documents(words, environments)):
        checked += not file.obstacle
        problems += [(from_system(file.display_path), problem) for problem in found]
    if not (checked or problems):
        reporting.note(NO_DOCUMENTS)
    problems += () if words else _protection_problems()
    validation = Validation(
        checked, problems, strict=strict, quiet=reporting.quiet, lists_all=reporting.lists_all
    )
    status = DIFFERENT if validation.fails else DONE
    reporting.show_page(partial(render_validation, validation=validation, exit_status=status))
    if not reporting.has_text:
        console.line(validation.summary, err=True)
    return status


def _protection_problems() -> Iterator[tuple[str, DocumentProblem]]:
    from flowsync.analysis.validation import DocumentProblem
    from flowsync.commands.validate import find_unprotected
    from flowsync.repository.repository import open_repository

    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = find_unprotected(repository.root) if repository.root else None
    if reason is not None:
        yield ".gitattributes", DocumentProblem(1, "", "unprotected", "warning", reason)
