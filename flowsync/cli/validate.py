"""`flowsync validate`."""

from typing import TYPE_CHECKING

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE

if TYPE_CHECKING:
    from flowsync.commands.validate import FileProblem


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@options.verbosity
def validate(paths: tuple[str, ...], *, quiet: bool, verbose: int) -> int:
    """Check documents for mistakes: kinds, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH, all of flows/. Exits 2 where there is an error; warnings don't count, and
    -q leaves them out.

    Example: flowsync validate flows/prod
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.default_paths import NOTE_OF_NONE, chosen_documents
    from flowsync.cli.logging_setup import log
    from flowsync.commands.validate import validate_documents
    from flowsync.flow.printable import plural

    log(verbose)
    require_no_empty(paths)
    errors = warnings = checked = 0
    for file, found in validate_documents(chosen_documents(paths)):
        checked += not file.obstacle
        for one in found:
            is_error = one.problem.severity == "error"
            errors += is_error
            warnings += not is_error
            if is_error or not quiet:
                console.line(_line(one))
    if not (checked or errors or quiet):
        console.line(NOTE_OF_NONE, err=True)
    if not paths and not quiet:
        warnings += _protection_warning()
    console.line(
        f"{plural(errors, 'error')}, {plural(warnings, 'warning')} ({plural(checked, 'document')} checked)"
    )
    return DIFFERENT if errors else DONE


def _line(found: "FileProblem") -> str:
    from flowsync.flow.printable import escape_text
    from flowsync.repository.encoding import from_system

    finding = found.problem
    path = f" {escape_text(finding.path)}" if finding.path else ""
    place = f"{escape_text(from_system(found.file))}:{finding.line}"
    return f"{place}: {finding.severity}:{path} {finding.message} [{finding.rule}]"


def _protection_warning() -> int:
    import os
    from pathlib import Path

    from flowsync.commands.validate import find_unprotected
    from flowsync.repository.repository import open_repository

    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = find_unprotected(repository.root) if repository.root else None
    if reason is None:
        return 0
    console.line(f".gitattributes:1: warning: {reason} [unprotected]")
    return 1
