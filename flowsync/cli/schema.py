"""`flowsync schema`."""

import json
from typing import Final

import click

from flowsync.cli import console, options
from flowsync.config import config_schema
from flowsync.flow.schema import document_schema
from flowsync.report.schema import report_schema, show_schema

_SCHEMAS: Final = {
    "document": document_schema,
    "config": config_schema,
    "report": report_schema,
    "show": show_schema,
}


@click.command()
@click.argument("kind", type=click.Choice([*_SCHEMAS]), default="document")
@options.verbosity
def schema(kind: str, *, quiet: bool) -> int:  # noqa: ARG001  # there is no note to leave out
    """Print the JSON Schema of a document, of flowsync.yaml, of a JSON report, or of the JSON of show.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    console.document(json.dumps(_SCHEMAS[kind](), ensure_ascii=False, indent=2) + "\n")
    return 0
