"""`flowsync init`."""

from typing import TYPE_CHECKING

import click

from flowsync.cli import console, options

if TYPE_CHECKING:
    from flowsync.commands.init import TemplateFile

PRIVATE = "Commands are stored unchanged, including any password in them: keep the repository private."


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@options.verbosity
def init(folder: str, *, quiet: bool, verbose: int) -> int:
    """Create a repository for flows in DIR.

    Copies a template, keeps existing files, and runs git init if DIR is not a repository. Exits with 4 if
    DIR contains a flowsync.yaml or is a folder inside another repository.

    Example: flowsync init flows-of-prod
    """
    import os
    from pathlib import Path

    from flowsync.cli.logging_setup import log
    from flowsync.commands.init import initialize
    from flowsync.repository.encoding import from_system

    log(verbose)
    files = initialize(Path(folder), environ=os.environ)
    if not quiet:
        _report(from_system(folder), files)
    return 0


def _report(folder: str, files: "list[TemplateFile]") -> None:
    for file in files:
        console.line(f"  {file.name}{'  (existing file kept)' if file.kept else ''}")
    console.line()
    console.line(f"Next steps in {folder}:")
    console.line("  edit flowsync.yaml, set ENOS_APP_KEY and ENOS_APP_SECRET")
    console.line("  git add . && git commit -m 'Start'")
    console.line("  flowsync doctor")
    console.line("  flowsync sync")
    console.line()
    console.line(PRIVATE)
