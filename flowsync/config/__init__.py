"""Find and parse flowsync.yaml into frozen settings, and read secrets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flowsync.config.rules import config_schema as config_schema
from flowsync.config.rules import problems_in
from flowsync.document.file_layout import CONFIGURATION
from flowsync.document.reader import Steps, parse_yaml_lines
from flowsync.errors import CanonicalError, ConfigError, UsageError
from flowsync.flow.printable import plural, quote_name
from flowsync.flow.values import decode_utf8

FILE_NAME: Final = CONFIGURATION
_HINT: Final = "flowsync schema config lists all keys"
_TEMPLATE_GATEWAY: Final = re.compile(r"//[^/]*\bexample\.(com|org|net)(?=[:/]|$)", re.IGNORECASE)
_TEMPLATE_PROBLEM: Final = "this is an example; write the address of your gateway"


@dataclass(frozen=True)
class Secret:
    """The source of a secret, never the secret itself: the name of a variable, or the path of a file.

    `key` is the key of flowsync.yaml that names the file, `place` its file and line. Messages quote the key
    instead of the path, because a secret may be written there by mistake.
    """

    variable: str = ""
    file: str = ""
    key: str = field(default="credentials", compare=False)
    place: str = field(default=FILE_NAME, compare=False)


@dataclass(frozen=True)
class Credentials:
    """The sources of the application's key and secret."""

    app_key: Secret
    app_secret: Secret


@dataclass(frozen=True)
class Discover:
    """Globs that find flows; an empty list of directories or names matches any."""

    directories: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guards:
    """The share of an environment's flows that one run may change; checked from `minimum` flows on."""

    change: float = 0.3
    minimum: int = 10


@dataclass(frozen=True)
class Environment:
    """One organisation behind one gateway; `places` contains the file and line of each of its keys."""

    name: str
    gateway: str
    org_id: str
    user_id: str
    credentials: Credentials
    flows: tuple[int, ...] = ()
    discover: Discover | None = None
    jobs: int = 4
    rate: float | None = None
    guards: Guards = field(default_factory=Guards)
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Settings:
    """A whole configuration; `author` is "Name <address>" of the commits, None for git's own identity."""

    source: str
    environments: Mapping[str, Environment]
    author: str | None = None

    def select(self, names: Iterable[str]) -> tuple[Environment, ...]:
        """Return the named environments, all for no names; raises UsageError for an unknown name."""
        wanted = tuple(dict.fromkeys(names)) or tuple(self.environments)
        unknown = [name for name in wanted if name not in self.environments]
        if unknown:
            raise UsageError(
                f"no such environment: {', '.join(map(quote_name, unknown))}",
                word=unknown[0],
                hint=f"use an environment of {self.source}: {', '.join(self.environments)}",
            )
        return tuple(self.environments[name] for name in wanted)


def nearest_file(start: Path, root: Path | None) -> Path | None:
    """Return the nearest flowsync.yaml from `start` upwards, at most up to `root`, None if there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        if folder == root:
            return None
    return None


def parse_settings(data: bytes, source: str, *, folder: Path = Path()) -> Settings:
    """Parse a configuration file; `source` is its name for messages.

    Relative files of secrets are looked up in `folder`, the file's own, so that the current folder does not
    matter. Raises ConfigError with all problems, each with file, line and key.
    """
    try:
        value: Any
        value, lines = parse_yaml_lines(decode_utf8(data))
    except CanonicalError as exc:
        place = f"{source}:{exc.line}" if exc.line else source
        raise ConfigError(f"{place}: {exc.message}", hint=exc.hint or _HINT) from exc
    problems = [
        f"{source}:{_line(lines, steps)}: {'.'.join(map(str, steps)) or 'file'}: {message}"
        for steps, message in problems_in(value)
    ]
    if problems:
        raise ConfigError(
            f"{source} has {plural(len(problems), 'problem')}", problems=tuple(problems), hint=_HINT
        )
    environments = {
        name: _environment(name, item, folder, _places(lines, name, source))
        for name, item in value["environments"].items()
    }
    return Settings(source, environments, value.get("commit", {}).get("author"))


def secret_variables(settings: Settings) -> frozenset[str]:
    """Return the names of the environment variables that contain credentials."""
    credentials = [environment.credentials for environment in settings.environments.values()]
    secrets = [secret for pair in credentials for secret in (pair.app_key, pair.app_secret)]
    return frozenset(secret.variable for secret in secrets if secret.variable)


def read_credentials(
    environments: Iterable[Environment], environ: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return key and secret of each environment.

    Raises ConfigError with everything that is missing in all of them, template gateways included.
    """
    values: list[tuple[str, str]] = []
    problems: list[str] = []
    hints: list[str] = []
    for environment in environments:
        if _TEMPLATE_GATEWAY.search(environment.gateway):
            key = f"environments.{environment.name}.gateway"
            problems.append(f"{environment.places.get('gateway', FILE_NAME)}: {key}: {_TEMPLATE_PROBLEM}")
            hints.append("find the address in the console: Help > Environment Information")
        pair = [environment.credentials.app_key, environment.credentials.app_secret]
        found: list[str] = []
        for secret in pair:
            try:
                found.append(secret_value(secret, environ))
            except ConfigError as exc:
                problems.append(f"{secret.place}: {secret.key}: {exc.message}")
                hints.append(exc.hint)
        values.append((found[0], found[-1]) if len(found) == len(pair) else ("", ""))
    if problems:
        raise ConfigError(
            f"not ready to connect: {plural(len(problems), 'problem')}",
            problems=tuple(dict.fromkeys(problems)),
            hint="; ".join(filter(None, dict.fromkeys(hints))),
        )
    return values


def secret_value(secret: Secret, environ: Mapping[str, str]) -> str:
    """Return the secret; raises ConfigError, which names only its source, if it is missing or unusable."""
    if secret.variable:
        text = environ.get(secret.variable, "").strip()
        name = secret.variable if secret.variable.isupper() else f"that {secret.key} names"
        place = f"the environment variable {name}"
    else:
        place = f"the file that {secret.key} names"
        try:
            text = Path(secret.file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, ValueError, RuntimeError) as exc:  # not text, a NUL in the path, no home of ~name
            reason = f": {exc.strerror}" if isinstance(exc, OSError) else ""
            raise ConfigError(
                f"the secret cannot be read from {place}{reason}",
                hint="name a file that contains the secret; never write the secret itself there",
            ) from None  # the cause contains the path
    if not text:
        hint = "write the secret there, never into flowsync.yaml"
        hint = f"export {secret.variable}=..." if secret.variable.isupper() else hint
        raise ConfigError(f"{place} is {'not set or ' if secret.variable else ''}empty", hint=hint)
    if not text.isprintable():
        raise ConfigError(f"{place} is not printable text", hint="write the secret there as one line")
    return text


def _places(lines: Mapping[Steps, int], environment: str, source: str) -> Mapping[str, str]:
    """Return the file and line of each key of an environment."""
    return {
        str(steps[-1]): f"{source}:{line}"
        for steps, line in lines.items()
        if steps[:2] == ("environments", environment)
    }


def _environment(name: str, value: Mapping[str, Any], folder: Path, places: Mapping[str, str]) -> Environment:
    credentials, discover = value["credentials"], value.get("discover")
    return Environment(
        name=name,
        gateway=value["gateway"],
        org_id=value["orgId"],
        user_id=value["userId"],
        credentials=Credentials(
            *(
                _secret(credentials[key], folder, f"environments.{name}.credentials.{key}", places[key])
                for key in ("appKey", "appSecret")
            )
        ),
        flows=tuple(dict.fromkeys(value.get("flows", ()))),
        discover=Discover(**{key: tuple(globs) for key, globs in discover.items()}) if discover else None,
        jobs=value.get("jobs", Environment.jobs),
        rate=value.get("rate"),
        guards=_guards(value.get("guards", {})),
        places=places,
    )


def _secret(value: Mapping[str, str], folder: Path, key: str, place: str) -> Secret:
    file = value.get("file", "")
    is_relative = file and not file.startswith("~")
    return Secret(value.get("env", ""), str(folder / file) if is_relative else file, key, place)


def _guards(value: Mapping[str, Any]) -> Guards:
    change = float(value["change"].rstrip(" %")) / 100 if "change" in value else Guards.change
    return Guards(change, value.get("minimum", Guards.minimum))


def _line(lines: Mapping[Steps, int], steps: Steps) -> int:
    while steps not in lines:
        steps = steps[:-1]
    return lines[steps]
