"""`flowsync schema`."""

import json

import click

from flowsync.api import SCHEMAS, json_schema
from flowsync.cli import console, options


@click.command()
@click.argument("kind", type=click.Choice([*SCHEMAS]), default="document")
@options.verbosity
def schema(kind: str, *, quiet: bool) -> int:  # noqa: ARG001  # there is no note to suppress
    """Print the JSON Schema of flow documents, flowsync.yaml, or the JSON output of a command.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    console.document(json.dumps(json_schema(kind), ensure_ascii=False, indent=2) + "\n")
    return 0
