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


class Number(click.IntRange):
    """A whole number; a wrong one gets a plain sentence."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            limits = f"from {self.min} to {self.max}" if self.max is not None else f"of at least {self.min}"
            return self.fail(f"expected a whole number {limits}, got {value!r}", param, ctx)


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
    help="configuration instead of the nearest flowsync.yaml  [env: FLOWSYNC_CONFIG]",
)

verbosity: Final = _all(
    click.option("-q", "--quiet", is_flag=True, help="no progress and no notes"),
    click.option("-v", "--verbose", count=True, help="say what is done; twice for more"),
)

reports: Final = _all(
    click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, help="form of the report"),
    click.option(
        "--output", "files", metavar="FILE", multiple=True, help="file for the --format of the same place"
    ),
)

grouping: Final = _all(
    click.option(
        "--group/--no-group",
        "group",
        default=True,
        help="tell the same change in several places once  [default: group]",
    ),
    click.option(
        "--context",
        type=Number(0, 1000),
        default=3,
        show_default=True,
        metavar="N",
        help="unchanged lines around a change of a command",
    ),
)

findings: Final = _all(
    click.option(
        "--fail-on",
        type=click.Choice(IMPACTS),
        help="exit 2 only for findings of this impact or a graver one",
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
        help="environment; may be repeated; all by default  [env: FLOWSYNC_ENV]",
    ),
    click.option("--flow", "flows", metavar="ID", type=int, multiple=True, help="flow id; may be repeated"),
    click.option(
        "--jobs",
        type=Number(1, 64),
        envvar="FLOWSYNC_JOBS",
        help="parallel requests  [env: FLOWSYNC_JOBS]",
    ),
    click.option(
        "--no-cache",
        is_flag=True,
        envvar="FLOWSYNC_NO_CACHE",
        help="render every answer anew, remember none  [env: FLOWSYNC_NO_CACHE]",
    ),
)
