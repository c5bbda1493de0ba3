"""`flowsync schema`."""

import json

import click

from flowsync.cli import options


@click.command()
@click.argument("kind", type=click.Choice(["document", "config", "report"]), default="document")
@options.verbosity
def schema(kind: str, *, quiet: bool, verbose: int) -> int:  # noqa: ARG001  # there is no note to leave out
    """Print the JSON Schema of a document, of flowsync.yaml or of the JSON report.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    from flowsync.cli.logs import log
    from flowsync.config import config_schema
    from flowsync.flow.schema import document_schema
    from flowsync.report.schema import report_schema

    log(verbose)
    schemas = {"document": document_schema, "config": config_schema, "report": report_schema}
    printed = schemas[kind]()
    click.echo(json.dumps(printed, ensure_ascii=False, indent=2))
    return 0
