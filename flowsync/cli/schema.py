"""`flowsync schema`."""

import json

import click


@click.command()
@click.argument("kind", type=click.Choice(["document", "config"]), default="document")
def schema(kind: str) -> int:
    """Print the JSON Schema of a document or of flowsync.yaml.

    Reads nothing.

    Example: flowsync schema config > flowsync.schema.json
    """
    from flowsync.config import config_schema
    from flowsync.flow.schema import document_schema

    printed = config_schema() if kind == "config" else document_schema()
    click.echo(json.dumps(printed, ensure_ascii=False, indent=2))
    return 0
