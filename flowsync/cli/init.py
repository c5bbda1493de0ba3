"""`flowsync init`."""

import os
from pathlib import Path
from typing import Final

import click

from flowsync.cli import console, options

PRIVATE: Final = "Commands are stored unchanged, including any password in them: keep the repository private."
_NEXT_STEPS: Final = f"""\
  edit flowsync.yaml, set ENOS_APP_KEY and ENOS_APP_SECRET
  git add . && git commit -m 'Start'
  flowsync doctor
  flowsync sync

{PRIVATE}
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@options.verbosity
def init(folder: str, *, quiet: bool) -> int:
    """Create a repository for flows in DIR.

    Copies a template, keeps existing files, and runs git init if DIR is not a repository. Exits with 4 if
    DIR contains a flowsync.yaml or is a folder inside another repository.

    Example: flowsync init flows-of-prod
    """
    from flowsync.commands.init import initialize
    from flowsync.repository.encoding import from_system

    files = initialize(Path(folder), environ=os.environ)
    if quiet:
        return 0
    for file in files:
        console.line(f"  {file.name}{'  (existing file kept)' if file.kept else ''}")
    console.line()
    console.line(f"Next steps in {from_system(folder)}:")
    console.lines(_NEXT_STEPS)
    return 0
