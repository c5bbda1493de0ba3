"""`flowsync validate`."""

import os
from collections import Counter
from pathlib import Path

import click

from flowsync.analysis.validation import DocumentProblem
from flowsync.cli import console, options
from flowsync.cli.arguments import require_no_empty
from flowsync.cli.default_paths import NO_DOCUMENTS, chosen_documents
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.commands.validate import find_unprotected, validate_documents
from flowsync.flow.printable import escape_text, plural
from flowsync.repository.encoding import from_system
from flowsync.repository.repository import open_repository


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--strict", is_flag=True, help="exit 2 for warnings too")
@options.quiet
@options.verbose()
def validate(paths: tuple[str, ...], *, strict: bool, quiet: bool, verbose: int) -> int:
    """Check documents for errors: types, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH, all files below flows/. Exits with 2 if there is an error; with --strict,
    also if there is a warning. -q hides warnings, except with --strict. -v lists notes: fields and forms of
    the platform that nobody has to change.

    Example: flowsync validate flows/prod
    """
    require_no_empty(paths)
    counts = Counter[str]()
    checked = 0
    for file, problems in validate_documents(chosen_documents(paths)):
        checked += not file.obstacle
        for problem in problems:
            severity = problem.severity
            counts[severity] += 1
            if severity == "error" or (severity == "warning" and (strict or not quiet)) or verbose:
                console.line(_line(file.display_path, problem))
    if not (checked or counts["error"] or quiet):
        console.line(NO_DOCUMENTS, err=True)
    if not paths and not quiet:
        counts["warning"] += _protection_warning()
    found = [plural(counts[severity], severity) for severity in ("error", "warning")]
    if counts["note"]:
        found.append(f"{plural(counts['note'], 'note')}{'' if verbose else ' (-v lists them)'}")
    console.line(f"{', '.join(found)} ({plural(checked, 'document')} checked)")
    return DIFFERENT if counts["error"] or (strict and counts["warning"]) else DONE


def _line(file: Path, problem: DocumentProblem) -> str:
    rule = f"{problem.rule} {escape_text(problem.path)}".rstrip()
    place = f"{escape_text(from_system(file))}:{problem.line}"
    return f"{place}: {problem.severity}: {problem.message} [{rule}]"


def _protection_warning() -> int:
    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = find_unprotected(repository.root) if repository.root else None
    if reason is None:
        return 0
    console.line(f".gitattributes:1: warning: {reason} [unprotected]")
    return 1
