"""Suggest what an unknown command or option may mean."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

import click

_CUTOFF: Final = 0.65
_SHORTEST_PREFIX: Final = 2

# Words of git and of similar tools.
_COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check": "drift",
        "commit": "sync",
        "compare": "diff",
        "describe": "show",
        "download": "sync",
        "export": "sync",
        "fetch": "sync",
        "format": "fmt",
        "get": "show",
        "help": "--help",
        "history": "log",
        "import": "sync",
        "lint": "validate",
        "ls": "list",
        "new": "init",
        "plan": "sync --dry-run",
        "pull": "sync",
        "push": "sync --push",
        "status": "drift",
        "verify": "validate",
        "version": "--version",
    }
)
_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--debug": "-vv",
        "--dry": "--dry-run",
        "--environment": "--env",
        "--id": "--flow",
        "--name": "--flow",
        "--no-color": "--color never",
        "--no-colour": "--color never",
        "--colour": "--color",
        "--stdout": "--output -",
    }
)
_SELECTION: Final[Mapping[str, str]] = MappingProxyType({"environments": "--env", "flows": "--flow"})


def describe_usage_error(error: click.ClickException) -> str:
    """Return the message of an error with what the user may have meant."""
    match error:
        case click.NoSuchCommand(ctx=click.Context(command=click.Group() as group) as ctx):
            known = group.list_commands(ctx)
            found = [f"flowsync {name}" for name in _similar_commands(error.command_name, known)]
        case click.NoSuchOption(ctx=click.Context(command=click.Group())):
            return (
                f"{error.message} Options of a command follow its name: flowsync COMMAND --help lists them."
            )
        case click.NoSuchOption(ctx=click.Context(command=command)):
            found = [*_similar_options(error.option_name, command)]
        case click.UsageError(ctx=click.Context(command=command)) if "extra argument" in error.message:
            options = {option for param in command.params for option in param.opts}
            ways = [f"{name} with {option}" for name, option in _SELECTION.items() if option in options]
            return f"{error.message}. Select {' and '.join(ways)}." if ways else error.message
        case _:
            return error.format_message()
    return f"{error.message} Did you mean {' or '.join(map(repr, found))}?" if found else error.message


def _similar_commands(word: str, known: Collection[str]) -> Collection[str]:
    if word in _COMMANDS:
        return [_COMMANDS[word]]
    begun = [name for name in known if len(word) >= _SHORTEST_PREFIX and name.startswith(word)]
    return begun or get_close_matches(word.lower(), known, 1, _CUTOFF)


def _similar_options(word: str, command: click.Command) -> Iterator[str]:
    """Yield options of the command; their dashes do not count, because they make any two options similar."""
    known = {name: option for option in command.params for name in option.opts if name.startswith("--")}
    formats = known["--format"].type if "--format" in known else None
    name = word.lstrip("-")
    if isinstance(formats, click.Choice) and name in formats.choices:
        yield f"--format {name}"
    elif _OPTIONS.get(word, "").partition(" ")[0] in {*known, "-vv"}:
        yield _OPTIONS[word]
    else:
        yield from (f"--{one}" for one in get_close_matches(name, [one[2:] for one in known], 1, _CUTOFF))
