"""`flowsync init`."""

import click

PRIVATE = "Commands are stored as they are, with any password in them: keep the repository private."


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
def init(folder: str) -> int:
    """Make a repository for flows in DIR.

    Writes only files that are not there yet, and runs git init where DIR is in no repository.

    Example: flowsync init flows-of-prod
    """
    import os
    from pathlib import Path

    from flowsync.jobs.init import initialised

    for name in initialised(Path(folder), environ=os.environ):
        click.echo(f"  {name}")
    click.echo(f"\nNext, in {folder}:")
    click.echo("  edit flowsync.yaml, set ENOS_APP_KEY and ENOS_APP_SECRET")
    click.echo("  git add . && git commit -m 'Start'")
    click.echo("  flowsync doctor\n  flowsync sync")
    click.echo(f"\n{PRIVATE}")
    return 0
