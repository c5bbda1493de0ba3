"""`flowsync validate`."""

from typing import TYPE_CHECKING

import click

from flowsync.cli.status import DIFFERENT, DONE

if TYPE_CHECKING:
    from flowsync.jobs.validate import FileFinding


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("-q", "--quiet", is_flag=True, help="no warnings")
def validate(paths: tuple[str, ...], *, quiet: bool) -> int:
    """Check documents for mistakes: kinds, ranges, unknown fields, dangling names, cycles, schedules.

    Reads only files; without PATH, all of flows/. Exits 2 where there is an error; warnings don't count.

    Example: flowsync validate flows/prod
    """
    from flowsync.cli.paths import flow_paths
    from flowsync.jobs.validate import validated

    errors = warnings = checked = 0
    for _path, found in validated(flow_paths(paths)):
        checked += 1
        for one in found:
            is_error = one.finding.severity == "error"
            errors += is_error
            warnings += not is_error
            if is_error or not quiet:
                place = f"{one.file}:{one.finding.line}"
                path = f" {one.finding.path}" if one.finding.path else ""
                click.echo(
                    f"{place}: {one.finding.severity}:{path} {one.finding.message} [{one.finding.rule}]"
                )
    if not paths and not quiet:
        warnings += _protection_warning()
    click.echo(f"{errors} errors, {warnings} warnings ({checked} documents checked)")
    return DIFFERENT if errors else DONE


def _line(found: "FileFinding") -> str:
    finding = found.finding
    path = f" {finding.path}" if finding.path else ""
    return f"{found.file}:{finding.line}: {finding.severity}:{path} {finding.message} [{finding.rule}]"


def _protection_warning() -> int:
    import os
    from pathlib import Path

    from flowsync.jobs.validate import unprotected
    from flowsync.repository.reading import open_repository

    with open_repository(Path.cwd(), environ=os.environ) as repository:
        reason = unprotected(repository.root) if repository.root else None
    if reason is None:
        return 0
    click.echo(f".gitattributes:1: warning: {reason} [unprotected]")
    return 1
