"""`flowsync emulator`."""

import click

from flowsync.cli import console, options


@click.command()
@click.option("--port", type=options.Number(0, 65535), default=0, help="port; a free one by default")
@click.option(
    "--from",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="serve the exports in DIR/<flowId>.json instead of the sample organisations",
)
@options.verbosity
def emulator(port: int, folder: str | None, *, quiet: bool, verbose: int) -> int:
    """Run a gateway for trials on this machine until interrupted.

    Serves a sample wind-power company on the loopback address and prints the settings to paste.

    Example: flowsync emulator --port 8080
    """
    from pathlib import Path

    from flowsync.cli.logging_setup import log
    from flowsync.emulator.organisation import organisation_from_folder
    from flowsync.emulator.sample import sample_organisations
    from flowsync.emulator.server import serve
    from flowsync.emulator.settings import settings_text

    log(verbose)
    organisations = [organisation_from_folder(Path(folder))] if folder else [*sample_organisations()]

    def ready(url: str) -> None:
        console.lines(f"{settings_text(url, organisations)}\n")
        if not quiet:
            console.line(f"serving {url}, control API under {url}/_control; Ctrl-C stops it", err=True)

    serve(organisations, port=port, ready=ready)
    return 0
