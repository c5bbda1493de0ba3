"""`flowsync validate`."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from flowsync.analysis.validation import DocumentProblem
from flowsync.cli import console, options
from flowsync.cli.default_paths import NO_DOCUMENTS, chosen_documents
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.cli.reporting import Reporting
from flowsync.commands.validate import find_unprotected, validate_documents
from flowsync.report.validation import FORMATS, Validation, render_validation
from flowsync.repository.encoding import from_system
from flowsync.repository.repository import open_repository


@click.command()
@click.argument("words", nargs=-1, metavar="[PATH|FLOW]...", type=click.Path())
@options.environments()
@options.reports(FORMATS)
def validate(reporting: Reporting, *, words: tuple[str, ...], environments: tuple[str, ...]) -> int:
    """Check documents for errors: types, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH and FLOW, all files below flows/. --env applies to these and to FLOW. Exits
    with 2 if there is an error. Warnings do not change the exit status; -q hides them.

    Example: flowsync validate flows/prod
    """
    checked = 0
    problems: list[tuple[str, DocumentProblem]] = []
    for file, found in validate_documents(chosen_documents(words, environments)):
        checked += not file.obstacle
        problems += [(from_system(file.display_path), problem) for problem in found]
    if not (checked or problems):
        reporting.note(NO_DOCUMENTS)
    problems += () if words else _protection_problems()
    validation = Validation(checked, problems)
    status = DIFFERENT if validation.counts["error"] else DONE
    reporting.show_page(
        partial(render_validation, validation=validation, exit_status=status, quiet=reporting.quiet)
    )
    if not reporting.has_text:
        console.line(validation.summary, err=True)
    return status


def _protection_problems() -> Iterator[tuple[str, DocumentProblem]]:
    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = find_unprotected(repository.root) if repository.root else None
    if reason is not None:
        yield ".gitattributes", DocumentProblem(1, "", "unprotected", "warning", reason)
