"""Configuration: flowsync.yaml and the files and variables it names, as frozen settings."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from flowsync.errors import CanonicalError, ConfigError
from flowsync.flow.layout import ENVIRONMENT
from flowsync.flow.reader import Steps, decoded, parse_yaml_lines
from flowsync.flow.values import Value

FILE_NAME: Final = "flowsync.yaml"


@dataclass(frozen=True)
class Secret:
    """Where a secret is to be found, never the secret: the name of a variable, or a file's path."""

    variable: str = ""
    file: str = ""


@dataclass(frozen=True)
class Credentials:
    """The application that calls the platform, by the places of its key and secret."""

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
    """The share of an environment's flows that one run may change, asked from `minimum` flows on."""

    change: float = 0.3
    minimum: int = 10


@dataclass(frozen=True)
class Environment:
    """One organisation behind one gateway."""

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


@dataclass(frozen=True)
class Settings:
    """A whole configuration; `author` is "Name <address>" of the commits, None for git's own identity."""

    source: str
    environments: Mapping[str, Environment]
    author: str | None = None

    def selected(self, names: Iterable[str]) -> tuple[Environment, ...]:
        """The named environments, all where none is named; raises ConfigError for an unknown name."""
        wanted = tuple(dict.fromkeys(names)) or tuple(self.environments)
        unknown = [name for name in wanted if name not in self.environments]
        if unknown:
            raise ConfigError(
                f"no such environment: {', '.join(unknown)}",
                hint=f"{self.source} has {', '.join(self.environments)}",
            )
        return tuple(self.environments[name] for name in wanted)


def nearest_file(start: Path, root: Path | None) -> Path | None:
    """The nearest flowsync.yaml from `start` upwards, at most up to `root`; None where there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        if folder == root:
            return None
    return None


def parse_settings(data: bytes, source: str, *, folder: Path = Path()) -> Settings:
    """The settings in the bytes of a configuration file; `source` is its name for messages.

    Files of secrets are looked for from `folder`, the file's own, so that they are found from everywhere.
    Raises ConfigError with all problems at once, each with file, line and key.
    """
    try:
        value, lines = parse_yaml_lines(decoded(data))
    except CanonicalError as exc:
        place = f"{source}:{exc.line}" if exc.line else source
        raise ConfigError(f"{place}: {exc.message}", hint=exc.hint) from exc
    problems = [
        f"{source}:{_line(lines, steps)}: {'.'.join(map(str, steps)) or 'file'}: {message}"
        for steps, message in _problems(value, _ROOT, ())
    ]
    if problems:
        raise ConfigError(f"{source} has {len(problems)} problem(s)", problems=tuple(problems))
    return _settings(value, source, folder)


def secret_value(secret: Secret, environ: Mapping[str, str]) -> str:
    """The secret itself; raises ConfigError, naming the place only, where it is absent or empty."""
    if secret.variable:
        text = environ.get(secret.variable, "").strip()
        place = f"the environment variable {secret.variable}"
    else:
        place = f"the file {secret.file}"
        try:
            text = Path(secret.file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"a credential cannot be read from {place}") from exc
    if not text:
        raise ConfigError(f"a credential is missing: {place} is not set or empty")
    if not text.isprintable():
        raise ConfigError(f"a credential cannot be used: {place} holds bytes that are no text")
    return text


_Problem: TypeAlias = Callable[[Value], str | None]


@dataclass(frozen=True)
class _Rule:
    """What one key of the file may hold; `problem` gives a message for a bad value, None for a good one.

    What stands where a `hidden` rule holds may be a secret by mistake, so no message shows it.
    """

    doc: str
    schema: Mapping[str, Any]
    problem: _Problem = lambda _value: None
    required: bool = False
    hidden: bool = False
    keys: Mapping[str, "_Rule"] = field(default_factory=dict)
    each: "_Rule | None" = None
    name: re.Pattern[str] | None = None


def config_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of flowsync.yaml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flowsync.yaml",
        **_schema(_ROOT),
    }


def _schema(rule: _Rule) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": rule.doc, **rule.schema}
    if rule.keys:
        schema["properties"] = {key: _schema(inner) for key, inner in rule.keys.items()}
        schema["required"] = [key for key, inner in rule.keys.items() if inner.required]
        schema["additionalProperties"] = False
    if rule.each and rule.name:
        schema["patternProperties"] = {f"^{rule.name.pattern}$": _schema(rule.each)}
        schema["additionalProperties"] = False
    elif rule.each:
        schema["items"] = _schema(rule.each)
    return schema


_JSON_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def _problems(value: Value, rule: _Rule, steps: Steps) -> Iterator[tuple[Steps, str]]:
    kinds = rule.schema["type"] if isinstance(rule.schema["type"], list) else [rule.schema["type"]]
    if isinstance(value, bool) or not any(isinstance(value, _JSON_KINDS[kind]) for kind in kinds):
        yield steps, f"expected {' or '.join(kinds)}" + ("" if rule.hidden else f", got {value!r}")
        return
    message = rule.problem(value)
    if message:
        yield steps, message
    if isinstance(value, dict):
        yield from _key_problems(value, rule, steps)
    elif isinstance(value, list) and rule.each:
        for index, item in enumerate(value):
            yield from _problems(item, rule.each, (*steps, index))


def _key_problems(value: Mapping[str, Value], rule: _Rule, steps: Steps) -> Iterator[tuple[Steps, str]]:
    for key, inner in rule.keys.items():
        if inner.required and key not in value:
            yield steps, f"the key {key} is missing"
    for key, item in value.items():
        below = rule.keys.get(key) or rule.each
        if below is None:
            yield (*steps, key), f"unknown key{_suggestion(key, rule.keys)}"
        elif rule.name and not rule.name.fullmatch(key):
            yield (*steps, key), f"not a name of the form {rule.name.pattern}"
        else:
            yield from _problems(item, below, (*steps, key))


def _suggestion(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _line(lines: Mapping[Steps, int], steps: Steps) -> int:
    while steps not in lines:
        steps = steps[:-1]
    return lines[steps]


def _gateway_problem(value: Value) -> str | None:
    parts = urlsplit(str(value))
    if "@" in parts.netloc:
        return "a gateway's address holds no user or password"
    good = parts.scheme in {"http", "https"} and parts.hostname
    return None if good else f"expected https://host, got {value!r}"


def _secret_problem(value: Value) -> str | None:
    named = [key for key in ("env", "file") if isinstance(value, dict) and key in value]
    return None if len(named) == 1 else "name the secret by exactly one of env and file"


def _some_of(keys: Iterable[str], complaint: str) -> _Problem:
    def problem(value: Value) -> str | None:
        return None if isinstance(value, dict) and any(value.get(key) for key in keys) else complaint

    return problem


def _share_problem(value: Value) -> str | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", str(value), re.ASCII)
    return None if match and float(match[1]) <= _HUNDRED else f"expected a share like 30%, got {value!r}"


def _author_problem(value: Value) -> str | None:
    match = re.fullmatch(r"[^<>\n]*[^<>\n ] <[^<>\s]+>", str(value))
    return None if match else f"expected Name <address>, got {value!r}"


def _empty_problem(value: Value) -> str | None:
    return None if value else "is empty"


def _text(
    doc: str, problem: _Problem = _empty_problem, *, required: bool = False, hidden: bool = False
) -> _Rule:
    return _Rule(doc, {"type": "string", "minLength": 1}, problem, required=required, hidden=hidden)


def _variable_problem(value: Value) -> str | None:
    named = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(value), re.ASCII)
    return None if named else "expected the name of an environment variable"


def _at_least(minimum: float) -> _Problem:
    def problem(value: Value) -> str | None:
        small = isinstance(value, (int, float)) and value < minimum
        return f"expected at least {minimum}, got {value}" if small else None

    return problem


def _list(doc: str, each: _Rule) -> _Rule:
    return _Rule(doc, {"type": "array"}, each=each)


_HUNDRED: Final = 100.0
_SECRET: Final = _Rule(
    "The secret's place: an environment variable or a file, never the secret itself",
    {"type": "object"},
    _secret_problem,
    required=True,
    hidden=True,
    keys={
        "env": _text("Environment variable", _variable_problem, hidden=True),
        "file": _text("Path of a file", hidden=True),
    },
)
_GLOBS: Final = _text("A glob; ** crosses directories")
_ENVIRONMENT: Final = _Rule(
    "One organisation behind one gateway",
    {"type": "object"},
    _some_of(("flows", "discover"), "nothing to export: name ids in flows, or globs in discover"),
    keys={
        "gateway": _Rule(
            "Address of the API gateway", {"type": "string", "format": "uri"}, _gateway_problem, required=True
        ),
        "orgId": _text("Organisation", required=True),
        "userId": _text("User on whose behalf flows are exported", required=True),
        "credentials": _Rule(
            "The registered application",
            {"type": "object"},
            required=True,
            hidden=True,
            keys={"appKey": _SECRET, "appSecret": _SECRET},
        ),
        "flows": _list(
            "Ids of flows to export", _Rule("A flow id", {"type": "integer", "minimum": 1}, _at_least(1))
        ),
        "discover": _Rule(
            "Find flows by directory and name",
            {"type": "object"},
            _some_of(("directories", "names"), "nothing to find: give directories or names"),
            keys={
                "directories": _list("Directory paths", _GLOBS),
                "names": _list("Flow names", _GLOBS),
                "exclude": _list("Names or full paths to leave out", _GLOBS),
            },
        ),
        "jobs": _Rule("Parallel requests", {"type": "integer", "minimum": 1}, _at_least(1)),
        "rate": _Rule("Requests per second", {"type": ["number", "null"]}, _at_least(0.01)),
        "guards": _Rule(
            "When a run refuses to go on",
            {"type": "object"},
            keys={
                "change": _Rule("Largest share of changed flows", {"type": "string"}, _share_problem),
                "minimum": _Rule(
                    "Flows from which on the share is asked", {"type": "integer", "minimum": 0}, _at_least(0)
                ),
            },
        ),
    },
)
_ROOT: Final = _Rule(
    "Configuration of flowsync",
    {"type": "object"},
    keys={
        "version": _Rule(
            "Version of this file's form",
            {"type": "integer", "const": 1},
            lambda value: None if value == 1 else f"expected 1, got {value}",
            required=True,
        ),
        "environments": _Rule(
            "Environments by name",
            {"type": "object", "minProperties": 1},
            _empty_problem,
            required=True,
            each=_ENVIRONMENT,
            name=ENVIRONMENT,
        ),
        "commit": _Rule(
            "How commits are made",
            {"type": "object"},
            keys={"author": _Rule("Author, as Name <address>", {"type": "string"}, _author_problem)},
        ),
    },
)


def _settings(value: Any, source: str, folder: Path) -> Settings:  # noqa: ANN401  # checked against _ROOT before
    environments = {name: _environment(name, item, folder) for name, item in value["environments"].items()}
    return Settings(source, environments, value.get("commit", {}).get("author"))


def _environment(name: str, value: Mapping[str, Any], folder: Path) -> Environment:
    credentials, discover = value["credentials"], value.get("discover")
    return Environment(
        name=name,
        gateway=value["gateway"],
        org_id=value["orgId"],
        user_id=value["userId"],
        credentials=Credentials(*(_secret(credentials[key], folder) for key in ("appKey", "appSecret"))),
        flows=tuple(dict.fromkeys(value.get("flows", ()))),
        discover=Discover(**{key: tuple(globs) for key, globs in discover.items()}) if discover else None,
        jobs=value.get("jobs", Environment.jobs),
        rate=value.get("rate"),
        guards=_guards(value.get("guards", {})),
    )


def _secret(value: Mapping[str, str], folder: Path) -> Secret:
    file = value.get("file", "")
    is_relative = file and not file.startswith("~")
    return Secret(value.get("env", ""), str(folder / file) if is_relative else file)


def _guards(value: Mapping[str, Any]) -> Guards:
    change = float(value["change"].rstrip(" %")) / _HUNDRED if "change" in value else Guards.change
    return Guards(change, value.get("minimum", Guards.minimum))
