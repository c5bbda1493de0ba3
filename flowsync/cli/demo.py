"""`flowsync demo`."""

import click

from flowsync.cli import options


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@options.quiet
@options.verbose(expose_value=True)
def demo(folder: str | None, *, quiet: bool, verbose: int) -> int:
    """Run an example session on the emulator: export, canonical YAML, commits, drift, diff, history.

    Contacts only this machine. Creates a repository in DIR, by default in a new temporary folder, and keeps
    it.

    Example: flowsync demo
    """
    import tempfile
    from pathlib import Path

    from flowsync.cli.demo_script import run_demo  # its server may not be installed

    place = Path(folder or tempfile.mkdtemp(prefix="flowsync-demo-"))
    run_demo(place.resolve(), quiet=quiet, verbose=verbose)
    return 0
