"""`flowsync validate`."""

import os
from pathlib import Path

import click

from flowsync.analysis.validation import DocumentProblem
from flowsync.cli import console, options
from flowsync.cli.default_paths import NO_DOCUMENTS, chosen_documents
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.commands.validate import find_unprotected, validate_documents
from flowsync.flow.printable import escape_text, plural
from flowsync.repository.encoding import from_system
from flowsync.repository.repository import open_repository


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@options.verbosity
def validate(paths: tuple[str, ...], *, quiet: bool) -> int:
    """Check documents for errors: types, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH, all files below flows/. Exits with 2 if there is an error. Warnings do
    not change the exit status; -q hides them.

    Example: flowsync validate flows/prod
    """
    errors = warnings = checked = 0
    for file, problems in validate_documents(chosen_documents(paths)):
        checked += not file.obstacle
        for problem in problems:
            is_error = problem.severity == "error"
            errors += is_error
            warnings += not is_error
            if is_error or not quiet:
                console.line(_line(file.display_path, problem))
    if not (checked or errors or quiet):
        console.line(NO_DOCUMENTS, err=True)
    if not paths and not quiet:
        warnings += _protection_warning()
    console.line(
        f"{plural(errors, 'error')}, {plural(warnings, 'warning')} ({plural(checked, 'document')} checked)"
    )
    return DIFFERENT if errors else DONE


def _line(file: Path, problem: DocumentProblem) -> str:
    path = f" {escape_text(problem.path)}" if problem.path else ""
    place = f"{escape_text(from_system(file))}:{problem.line}"
    return f"{place}: {problem.severity}:{path} {problem.message} [{problem.rule}]"


def _protection_warning() -> int:
    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = find_unprotected(repository.root) if repository.root else None
    if reason is None:
        return 0
    console.line(f".gitattributes:1: warning: {reason} [unprotected]")
    return 1
