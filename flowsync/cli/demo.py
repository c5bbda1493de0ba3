"""`flowsync demo`."""

import click

from flowsync.cli import options


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@options.verbosity
def demo(folder: str | None, *, quiet: bool, verbose: int) -> int:
    """Show the whole job against the emulator: export, canonical YAML, commits, a diff, drift.

    Works on this machine only. The repository is made in DIR, by default in a new temporary folder, and
    stays there.

    Example: flowsync demo
    """
    import tempfile
    from pathlib import Path

    from flowsync.cli.demo_script import run_demo

    run_demo(
        Path(folder or tempfile.mkdtemp(prefix="flowsync-demo-")).resolve(), quiet=quiet, verbose=verbose
    )
    return 0
