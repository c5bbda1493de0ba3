"""`flowsync validate`."""

from collections import Counter
from typing import TYPE_CHECKING

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE

if TYPE_CHECKING:
    from flowsync.commands.validate import FileProblem


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--strict", is_flag=True, help="exit 2 for warnings too")
@options.verbosity
def validate(paths: tuple[str, ...], *, strict: bool, quiet: bool, verbose: int) -> int:
    """Check documents for mistakes: kinds, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH, all of flows/. Exits 2 if there is an error; with --strict, also if there
    is a warning. -q hides warnings, except with --strict. -v lists notes: fields and forms of the platform
    that nobody has to change.

    Example: flowsync validate flows/prod
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.default_paths import NOTE_OF_NONE, chosen_documents
    from flowsync.cli.logging_setup import log
    from flowsync.commands.validate import validate_documents
    from flowsync.flow.printable import plural

    log(verbose)
    require_no_empty(paths)
    counts = Counter[str]()
    checked = 0
    for file, found in validate_documents(chosen_documents(paths)):
        checked += not file.obstacle
        for one in found:
            severity = one.problem.severity
            counts[severity] += 1
            if severity == "error" or (severity == "warning" and (strict or not quiet)) or verbose:
                console.line(_line(one))
    if not (checked or counts["error"] or quiet):
        console.line(NOTE_OF_NONE, err=True)
    if not paths and not quiet:
        counts["warning"] += _protection_warning()
    counted = [plural(counts[severity], severity) for severity in ("error", "warning")]
    if counts["note"]:
        counted.append(f"{plural(counts['note'], 'note')}{'' if verbose else ' (-v lists them)'}")
    console.line(f"{', '.join(counted)} ({plural(checked, 'document')} checked)")
    return DIFFERENT if counts["error"] or (strict and counts["warning"]) else DONE


def _line(found: "FileProblem") -> str:
    from flowsync.flow.printable import escape_text
    from flowsync.repository.encoding import from_system

    finding = found.problem
    rule = f"{finding.rule} {escape_text(finding.path)}".rstrip()
    place = f"{escape_text(from_system(found.file))}:{finding.line}"
    return f"{place}: {finding.severity}: {finding.message} [{rule}]"


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
