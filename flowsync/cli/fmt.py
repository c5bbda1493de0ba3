"""`flowsync fmt`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DIFFERENT, DONE
from flowsync.errors import CanonicalError, RepositoryError

if TYPE_CHECKING:
    from flowsync.repository.walk import DocumentFile

_STDIN: Final = "-"


@click.command()
@click.argument("words", nargs=-1, metavar="[PATH|FLOW]...", type=click.Path(allow_dash=True))
@options.environments()
@click.option("--check", is_flag=True, help="write nothing; exit 2 if a file is not in canonical form")
@click.option("--flow-id", metavar="N", type=options.Number(1), help="with -: the flow id of the export")
@options.verbosity
def fmt(
    words: tuple[str, ...], environments: tuple[str, ...], flow_id: int | None, *, check: bool, quiet: bool
) -> int:
    """Rewrite documents in canonical form.

    Reads and writes only files. Without arguments, rewrites all files below flows/. --env selects
    environments. With - as PATH, reads a document or a saved export (JSON, with or without its envelope) from
    standard input and writes canonical YAML to standard output.

    Example: flowsync fmt - --flow-id 2924 < export.json
    """
    from flowsync.cli.arguments import require_no_empty
    from flowsync.cli.default_paths import chosen_documents
    from flowsync.commands.fmt import canonical_text

    require_no_empty(words)
    if _STDIN not in words:
        if flow_id is not None:
            raise click.UsageError("--flow-id: only valid with -")
        return _format_files(chosen_documents(words, environments), check=check, quiet=quiet)
    if len(words) > 1 or check:
        raise click.UsageError("-: cannot be combined with other paths or --check")
    console.document(canonical_text(sys.stdin.buffer.read(), flow_id).encode())
    return DONE


def _format_files(files: list[DocumentFile], *, check: bool, quiet: bool) -> int:
    from flowsync.cli.default_paths import NO_DOCUMENTS
    from flowsync.commands.fmt import format_documents
    from flowsync.flow.printable import escape_text, plural
    from flowsync.repository.encoding import from_system

    differing = checked = 0
    unreadable: list[str] = []
    obstacles: list[str] = []
    for file in format_documents(files, write=not check):
        name = escape_text(from_system(file.path))
        if file.obstacle:
            obstacles.append(name)
            console.line(f"{name}: {file.obstacle}", err=True)
            continue
        checked += 1
        differing += file.differs
        if file.error:
            unreadable.append(name)
            line = f":{file.error.line}" if file.error.line else ""
            hint = f"; hint: {file.error.hint}" if file.error.hint else ""
            console.line(f"{name}{line}: {file.error.message}{hint}", err=True)
        elif file.differs and not quiet:
            console.line(f"{'would rewrite' if check else 'rewrote'} {name}")
    if not (checked or obstacles or quiet):
        console.line(NO_DOCUMENTS, err=True)
    what = "not canonical" if check else "rewritten"
    console.line(f"{differing} {what}, {len(unreadable)} unreadable ({plural(checked, 'document')} checked)")
    if unreadable:
        raise CanonicalError(f"not documents: {', '.join(unreadable)}")
    if obstacles and not check:
        raise RepositoryError(f"not plain files: {', '.join(obstacles)}")
    return DIFFERENT if obstacles or (check and differing) else DONE
