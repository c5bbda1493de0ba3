"""What flowsync.yaml may contain: one set of rules for error messages and for the published schema."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from flowsync.document.file_layout import ENVIRONMENT
from flowsync.document.reader import Steps
from flowsync.flow.values import Value

_Problem: TypeAlias = Callable[[Value], str | None]


@dataclass(frozen=True)
class _Rule:
    """The rule for one key of the file; `problem` returns a message for a bad value, None for a good one.

    The value of a `hidden` rule may be a secret by mistake, so no message quotes it.
    """

    doc: str
    schema: Mapping[str, Any]
    problem: _Problem = lambda _value: None
    required: bool = False
    hidden: bool = False
    keys: Mapping[str, "_Rule"] = field(default_factory=dict)
    each: "_Rule | None" = None
    name: re.Pattern[str] | None = None


def problems_in(value: Value) -> Iterator[tuple[Steps, str]]:
    """Yield the problems of a configuration, each with the steps that lead to it."""
    return _problems(value, _ROOT, ())


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of flowsync.yaml."""
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
            yield (*steps, key), f"invalid name; expected {rule.name.pattern}"
        else:
            yield from _problems(item, below, (*steps, key))


def _suggestion(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _gateway_problem(value: Value) -> str | None:
    """Return why a gateway cannot be used safely; a text with a password is not quoted."""
    text = str(value)
    if "@" in text:
        return "the address must not contain a user name or password"
    if re.match("http://", text, re.IGNORECASE | re.ASCII) and not re.search(_GATEWAY, text, re.ASCII):
        return "expected https://HOST; plain http:// is accepted for localhost, 127.x.x.x and [::1] only"
    good = re.search(_GATEWAY, text, re.ASCII) and _is_address(text)
    return None if good else f"expected https://HOST without query or fragment, got {value!r}"


def _is_address(text: str) -> bool:
    """Return whether a resolver could accept the host."""
    try:
        parts = urlsplit(text)
        return bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:  # UnicodeError for the host is a ValueError too
        return False


def _secret_problem(value: Value) -> str | None:
    named = [key for key in ("env", "file") if isinstance(value, dict) and key in value]
    return None if len(named) == 1 else "name the secret by exactly one of env and file"


def _non_empty(keys: Iterable[str], complaint: str) -> _Problem:
    def problem(value: Value) -> str | None:
        return None if isinstance(value, dict) and any(value.get(key) for key in keys) else complaint

    return problem


def _share_problem(value: Value) -> str | None:
    return None if re.search(_SHARE, str(value)) else f"expected a share like 30%, got {value!r}"


def _author_problem(value: Value) -> str | None:
    return None if re.search(_AUTHOR, str(value)) else f"expected Name <address>, got {value!r}"


def _empty_problem(value: Value) -> str | None:
    return None if value else "is empty"


def _text(doc: str, *, required: bool = False, hidden: bool = False) -> _Rule:
    return _Rule(doc, {"type": "string", "minLength": 1}, _empty_problem, required=required, hidden=hidden)


def _pattern(
    doc: str, pattern: str, problem: _Problem, *, required: bool = False, hidden: bool = False
) -> _Rule:
    return _Rule(doc, {"type": "string", "pattern": pattern}, problem, required=required, hidden=hidden)


def _variable_problem(value: Value) -> str | None:
    return None if re.search(_VARIABLE, str(value)) else "expected the name of an environment variable"


def _require_any(*keys: str) -> list[dict[str, Any]]:
    """Return the schema of an object in which one of the keys is not empty."""
    filled = {"minItems": 1, "minProperties": 1}
    return [{"required": [key], "properties": {key: filled}} for key in keys]


def _at_least(minimum: float) -> _Problem:
    def problem(value: Value) -> str | None:
        small = isinstance(value, (int, float)) and value < minimum
        return f"expected at least {minimum}, got {value}" if small else None

    return problem


def _list(doc: str, each: _Rule) -> _Rule:
    return _Rule(doc, {"type": "array"}, each=each)


HUNDRED: Final = 100.0

# Read by Python here and by ECMAScript in the schema; `$(?!\n)` keeps Python from allowing a last line end.
_HOST: Final = r"(\[[0-9A-Fa-f:.]+\]|[^\]\[\x00-\x20\x7f-\xa0/?#@:\\]+)"
_PORT: Final = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?)?"
_LOOPBACK: Final = r"([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127(\.[0-9]{1,3}){3}|\[::1\])"
_SCHEME_AND_HOST: Final = rf"([Hh][Tt][Tt][Pp][Ss]://{_HOST}|[Hh][Tt][Tt][Pp]://{_LOOPBACK})"
_GATEWAY: Final = rf"^{_SCHEME_AND_HOST}{_PORT}(/[^@?#\x00-\x20\x7f-\xa0]*)?$(?!\n)"
_SHARE: Final = r"^0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?) ?%$(?!\n)"
_AUTHOR: Final = r"^[^<>\n]*[^<>\n ] <[^<>\s]+>$(?!\n)"
_VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$(?!\n)"

_SECRET: Final = _Rule(
    "The source of the secret: an environment variable or a file, never the secret itself",
    {"type": "object", "oneOf": [{"required": ["env"]}, {"required": ["file"]}]},
    _secret_problem,
    required=True,
    hidden=True,
    keys={
        "env": _pattern("Environment variable", _VARIABLE, _variable_problem, hidden=True),
        "file": _text("Path of a file", hidden=True),
    },
)
_GLOBS: Final = _text("A glob; ** crosses directories")
_ENVIRONMENT: Final = _Rule(
    "One organisation behind one gateway",
    {"type": "object", "anyOf": _require_any("flows", "discover")},
    _non_empty(("flows", "discover"), "nothing to export: name ids in flows, or globs in discover"),
    keys={
        "gateway": _pattern("Address of the API gateway", _GATEWAY, _gateway_problem, required=True),
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
            {"type": "object", "anyOf": _require_any("directories", "names")},
            _non_empty(("directories", "names"), "nothing to find: give directories or names"),
            keys={
                "directories": _list("Directory paths", _GLOBS),
                "names": _list("Flow names", _GLOBS),
                "exclude": _list("Names or full paths to leave out", _GLOBS),
            },
        ),
        "jobs": _Rule("Parallel requests", {"type": "integer", "minimum": 1}, _at_least(1)),
        "rate": _Rule("Requests per second", {"type": ["number", "null"], "minimum": 0.01}, _at_least(0.01)),
        "guards": _Rule(
            "When a run stops without a commit",
            {"type": "object"},
            keys={
                "change": _pattern("Largest share of changed flows", _SHARE, _share_problem),
                "minimum": _Rule(
                    "Number of flows from which the share is checked",
                    {"type": "integer", "minimum": 0},
                    _at_least(0),
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
            "Version of the file format",
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
            keys={"author": _pattern("Author, as Name <address>", _AUTHOR, _author_problem)},
        ),
    },
)
