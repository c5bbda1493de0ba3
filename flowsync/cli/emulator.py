"""`flowsync emulator`."""

import click

from flowsync.cli import console, options


@click.command()
@click.option("--port", type=options.Number(0, 65535), default=0, help="port; default: a free one")
@click.option(
    "--from",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="serve the exports DIR/<flowId>.json instead of the sample organisations",
)
@options.verbosity
def emulator(port: int, folder: str | None, *, quiet: bool) -> int:
    """Run an emulated EnOS gateway on this machine until you press Ctrl-C.

    Serves sample organisations on this machine. Prints settings for flowsync.yaml and curl commands to change
    or delete a flow or to make its export fail. -q hides the commands.

    Example: flowsync emulator --port 8080
    """
    from pathlib import Path

    from flowsync.emulator.examples import examples_text
    from flowsync.emulator.organisation import organisation_from_folder
    from flowsync.emulator.sample import sample_organisations
    from flowsync.emulator.server import serve  # the server may not be installed
    from flowsync.emulator.settings import settings_text

    organisations = [organisation_from_folder(Path(folder))] if folder else [*sample_organisations()]

    def ready(url: str) -> None:
        console.lines(f"{settings_text(url, organisations)}\n")
        if not quiet:
            console.lines(f"{examples_text(url, organisations)}\n")
            console.line(f"gateway: {url}, control API: {url}/_control; press Ctrl-C to stop", err=True)

    serve(organisations, port=port, ready=ready)
    return 0
