"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from flowsync.cli.formats import FORMATS
from flowsync.repository.encoding import from_system


class _Text(click.ParamType[str]):
    """Text is UTF-8 whatever the locale, as are the flows and revisions that it names."""

    name = "text"

    def convert(self, value: str, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        return from_system(value)


TEXT: Final = _Text()
IMPACTS: Final = ("breaking", "behaviour", "cosmetic")

Function = TypeVar("Function", bound=Callable[..., Any])


def _all(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    def decorated(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorated


config: Final = click.option(
    "--config",
    "config_file",
    metavar="FILE",
    envvar="FLOWSYNC_CONFIG",
    help="configuration file; default: the nearest flowsync.yaml  [env: FLOWSYNC_CONFIG]",
)

verbosity: Final = _all(
    click.option("-q", "--quiet", is_flag=True, help="suppress progress and notes"),
    click.option("-v", "--verbose", count=True, help="log each step; -vv logs more"),
)

reports: Final = _all(
    click.option(
        "--format",
        "formats",
        type=click.Choice(FORMATS),
        multiple=True,
        help="format of the report; repeat for several",
    ),
    click.option(
        "--output",
        "files",
        metavar="FILE",
        multiple=True,
        help="output file; pairs with --format by position",
    ),
)

grouping: Final = _all(
    click.option(
        "--group/--no-group",
        "group",
        default=True,
        help="report identical changes of several flows once  [default: group]",
    ),
    click.option(
        "--context",
        type=click.IntRange(0, 1000),
        default=3,
        show_default=True,
        metavar="N",
        help="unchanged lines around each change in a command",
    ),
)

findings: Final = _all(
    click.option(
        "--fail-on",
        type=click.Choice(IMPACTS),
        help="exit 2 only for findings of this impact or a more severe one",
    ),
    grouping,
)

platform: Final = _all(
    click.option(
        "--env",
        "environments",
        metavar="E",
        type=TEXT,
        multiple=True,
        envvar="FLOWSYNC_ENV",
        help="environment; repeat for several; default: all  [env: FLOWSYNC_ENV]",
    ),
    click.option(
        "--flow", "flows", metavar="ID", type=int, multiple=True, help="flow id; repeat for several"
    ),
    click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        envvar="FLOWSYNC_JOBS",
        help="parallel requests  [env: FLOWSYNC_JOBS]",
    ),
    click.option(
        "--no-cache",
        is_flag=True,
        envvar="FLOWSYNC_NO_CACHE",
        help="do not read or write the cache of responses  [env: FLOWSYNC_NO_CACHE]",
    ),
)
