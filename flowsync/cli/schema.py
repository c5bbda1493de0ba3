"""`flowsync schema`."""

import json
from typing import Final

import click

from flowsync.cli import console, options

KINDS: Final = ("document", "config", "report", "show", "list", "doctor", "validate")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), default="document")
@options.verbosity
def schema(kind: str, *, quiet: bool) -> int:  # noqa: ARG001  # there is no note to suppress
    """Print the JSON Schema of flow documents, flowsync.yaml, or the JSON output of a command.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    from flowsync.api import json_schema

    console.document(json.dumps(json_schema(kind), ensure_ascii=False, indent=2) + "\n")
    return 0
