"""Options that several commands share."""

from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import Any, Final, TypeVar

import click

from flowsync.cli.state import RunState, color
from flowsync.report import REPORT_FORMATS

IMPACT_NAMES: Final = ("breaking", "behaviour", "cosmetic")
"""The values of `Impact`, which takes longer to import than the rest of the options."""


class _Text(click.ParamType[str]):
    """Text is UTF-8 whatever the locale, as are the flows and revisions that it names."""

    name = "text"

    def convert(self, value: str, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        from flowsync.repository.encoding import from_system

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

Function = TypeVar("Function", bound=Callable[..., Any])


def _all(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    def decorated(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorated


def _start_logging(_ctx: click.Context, _param: click.Parameter, verbose: int) -> int:
    from flowsync.cli.logging_setup import start_logging

    start_logging(verbose)
    return verbose


_repeated: Final = partial(click.option, multiple=True)
_variable: Final = partial(click.option, show_envvar=True)

quiet: Final = click.option("-q", "--quiet", is_flag=True, help="suppress progress and notes")
verbose: Final = partial(
    click.option, "-v", "--verbose", count=True, callback=_start_logging, help="log each step; -vv logs more"
)
verbosity: Final = _all(quiet, verbose(expose_value=False), color)

config: Final = _variable(
    "--config",
    "config_file",
    metavar="FILE",
    envvar="FLOWSYNC_CONFIG",
    help="configuration file; default: the nearest flowsync.yaml",
)


def reports(
    formats: Collection[str] = REPORT_FORMATS, details: str = "cosmetic changes and all new flows"
) -> Callable[[Function], Callable[..., int]]:
    """Add the options of reports to a command, which gets the Reporting of this run as its argument.

    `details` are what the report lists only with -v.
    """
    choice = click.Choice([*formats])

    def decorated(function: Function) -> Callable[..., int]:
        @_repeated("-f", "--format", "formats", type=choice, help="report format; repeat for several")
        @_repeated(
            "-o",
            "--output",
            "files",
            metavar="FILE",
            help="output file; the n-th file gets the n-th --format; "
            "without --format, its suffix selects the format",
        )
        @quiet
        @verbose(help=f"{f'list {details}, and ' if details else ''}log each step; -vv logs more")
        @color
        @click.pass_context
        @wraps(function)
        def command(
            ctx: click.Context,
            /,
            *,
            formats: tuple[str, ...],
            files: tuple[str, ...],
            quiet: bool,
            verbose: int,
            **values: Any,  # noqa: ANN401  # the values of the command's own options
        ) -> int:
            from flowsync.cli.reporting import Reporting, output_pairs
            from flowsync.flow.field_types import Impact

            state = ctx.ensure_object(RunState)
            state.reporting = Reporting(
                str(ctx.info_name),
                output_pairs(formats, files, choice.choices),
                quiet=quiet,
                colour=state.colour,
                context=values.pop("context", Reporting.context),
                groups=values.pop("group", Reporting.groups),
                fail_on=Impact(values["fail_on"]) if values.get("fail_on") else None,
                lists_all=verbose > 0,
                is_brief=values.pop("is_brief", False),
            )
            state.reporting.require_writable_files()
            status: int = function(state.reporting, **values)
            return status

        return command

    return decorated


grouping: Final = _all(
    click.option(
        "--group/--no-group",
        default=True,
        help="report identical changes of several flows once  [default: group]",
    ),
    click.option(
        "--context",
        type=Number(0, 1000),
        default=3,
        show_default=True,
        metavar="N",
        help="unchanged lines around each change in a command",
    ),
)

findings: Final = _all(
    click.option(
        "--fail-on",
        type=click.Choice(IMPACT_NAMES),
        help="count only findings of this impact or a more severe one as failures (exit 2, JUnit)",
    ),
    grouping,
)

environments: Final = partial(
    _repeated,
    "-e",
    "--env",
    "environments",
    metavar="E",
    type=TEXT,
    envvar="FLOWSYNC_ENV",
    show_envvar=True,
    help="environment; repeat for several; default: all",
)

platform: Final = _all(
    environments(),
    _repeated(
        "--flow", "flows", metavar="FLOW", type=TEXT, help="id, name or pattern of flows; repeat for several"
    ),
    _variable("--jobs", metavar="N", type=Number(1, 64), envvar="FLOWSYNC_JOBS", help="parallel requests"),
    _variable("--no-cache", is_flag=True, envvar="FLOWSYNC_NO_CACHE", help="do not use the response cache"),
    config,
)
