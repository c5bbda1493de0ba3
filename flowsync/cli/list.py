"""`flowsync list`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from flowsync.cli import console, options
from flowsync.cli.exit_codes import DONE
from flowsync.report import LIST_FORMATS

if TYPE_CHECKING:
    from flowsync.analysis.flow_list import FlowList
    from flowsync.cli.reporting import Reporting
    from flowsync.repository.repository import Repository


@click.command()
@click.argument("flows", nargs=-1, type=options.TEXT, metavar="[FLOW]...")
@click.option("--live", is_flag=True, help="include the flows of the platform, and their directories")
@options.environments(envvar="FLOWSYNC_ENV")
@options.config
@options.reports(LIST_FORMATS, details="")
def list(  # noqa: A001  # the name of the command
    reporting: Reporting,
    *,
    flows: tuple[str, ...],
    live: bool,
    environments: tuple[str, ...],
    config_file: str | None,
) -> int:
    """List flows: id, name, status, schedule, file.

    Reads only the repository. Status compares the work tree with HEAD: same, changed, new, removed.

    With --live, reads the directories of the platform and exports nothing. It lists every flow that the user
    may see, with its directory, so that you can write `discover` in flowsync.yaml. Status is then:

    \b
      listed      in the repository and on the platform
      changed     it has another name on the platform
      new         the next sync adds it to the repository
      missing     the repository has it; flowsync.yaml or the platform does not
      unselected  the platform has it; flowsync.yaml does not select it
      unknown     the file or the directory cannot be read

    list does not compare contents; drift does.

    Example: flowsync list --live --env prod
    """  # noqa: D301  # click reads the backspace as the start of a list
    from flowsync.cli.arguments import from_root, require_no_empty
    from flowsync.cli.terminal import stdout_width
    from flowsync.cli.wiring import now, repository_here
    from flowsync.commands.flow_list import list_repository
    from flowsync.report.flow_list import render_flow_list

    require_no_empty(flows)
    with repository_here() as repository:
        words = [(word, from_root(word, repository)) for word in flows]
        if live:
            listed = _list_live(words, environments, config_file, repository, reporting)
        else:
            listed = list_repository(repository, environments, words, since=now())
    if not (listed.flows or live):
        reporting.note("note: no flows in flows/ yet; flowsync list --live lists those of the platform")
    reporting.page = lambda form: render_flow_list(form, listed)
    if reporting.has_text:
        console.lines(render_flow_list("text", listed, stdout_width()))
    return DONE


def _list_live(
    words: Sequence[tuple[str, str]],
    environments: tuple[str, ...],
    config_file: str | None,
    repository: Repository,
    reporting: Reporting,
) -> FlowList:
    from flowsync.cli.wiring import run_context, settings_for
    from flowsync.commands.flow_list import list_live

    chosen = settings_for(repository, config_file).select(environments)
    with run_context(reporting, use_cache=False) as context:
        return list_live(chosen, repository, context, words)
