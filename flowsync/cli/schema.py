"""`flowsync schema`."""

import json

import click

from flowsync.cli import console, options


@click.command()
@click.argument("kind", type=click.Choice(["document", "config", "report", "show"]), default="document")
@options.verbosity
def schema(kind: str, *, quiet: bool, verbose: int) -> int:  # noqa: ARG001  # there is no note to leave out
    """Print the JSON Schema of a document, of flowsync.yaml, of a JSON report, or of the JSON of show.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    from flowsync.cli.logging_setup import log
    from flowsync.config import config_schema
    from flowsync.flow.schema import document_schema
    from flowsync.report.schema import report_schema, show_schema

    log(verbose)
    schemas = {
        "document": document_schema,
        "config": config_schema,
        "report": report_schema,
        "show": show_schema,
    }
    printed = schemas[kind]()
    console.document(json.dumps(printed, ensure_ascii=False, indent=2) + "\n")
    return 0
