"""What flowsync.yaml may contain: one set of rules for error messages and for the published schema."""

import difflib
import operator
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
    """The rule for one key of the file: JSON Schema, and what the schema cannot describe.

    `problem` returns a message for an invalid value, None for a valid one; `expected` describes the schema's
    pattern, `instead` replaces the message for a value of another kind. The value of a `hidden` rule may be a
    secret by mistake, so no message quotes it.
    """

    doc: str
    schema: Mapping[str, Any]
    problem: _Problem = lambda _value: None
    expected: str = ""
    instead: str = ""
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


_JSON_KINDS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "object": ((dict,), "keys with values"),
    "array": ((list,), "a list in [ ]"),
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "null": ((type(None),), "null"),
}
_KEYWORDS: Final[Mapping[str, tuple[Callable[[Any, Any], object], str]]] = {
    "const": (operator.eq, "expected {limit}, got {value}"),
    "minimum": (
        lambda value, limit: value is None or value >= limit,
        "expected at least {limit}, got {value}",
    ),
    "minLength": (lambda value, limit: len(value) >= limit, "is empty"),
    "minProperties": (lambda value, limit: len(value) >= limit, "is empty"),
    "pattern": (lambda value, limit: re.search(limit, value, re.ASCII), "expected {expected}"),
}


def _problems(value: Value, rule: _Rule, steps: Steps) -> Iterator[tuple[Steps, str]]:
    kinds = rule.schema["type"] if isinstance(rule.schema["type"], list) else [rule.schema["type"]]
    if isinstance(value, bool) or not any(isinstance(value, _JSON_KINDS[kind][0]) for kind in kinds):
        expected = " or ".join(_JSON_KINDS[kind][1] for kind in kinds)
        yield steps, rule.instead or f"expected {expected}{_quoted(value, rule)}"
        return
    message = rule.problem(value) or _schema_problem(value, rule)
    if message:
        yield steps, message
    if isinstance(value, dict):
        yield from _key_problems(value, rule, steps)
    elif isinstance(value, list) and rule.each:
        for index, item in enumerate(value):
            yield from _problems(item, rule.each, (*steps, index))


def _schema_problem(value: Value, rule: _Rule) -> str | None:
    for keyword, (is_valid, message) in _KEYWORDS.items():
        limit = rule.schema.get(keyword)
        if limit is not None and not is_valid(value, limit):
            return message.format(limit=limit, value=value, expected=f"{rule.expected}{_quoted(value, rule)}")
    return None


def _quoted(value: Value, rule: _Rule) -> str:
    return "" if rule.hidden else f", got {'nothing' if value is None else repr(value)}"


def _key_problems(value: Mapping[str, Value], rule: _Rule, steps: Steps) -> Iterator[tuple[Steps, str]]:
    for key, inner in rule.keys.items():
        if inner.required and key not in value:
            yield steps, f"the key {key} is missing"
    for key, item in value.items():
        below = rule.keys.get(key) or rule.each
        if below is None:
            yield (*steps, key), f"unknown key{_suggestion(key, rule.keys)}"
        elif rule.name and not rule.name.fullmatch(key):
            yield (*steps, key), "invalid name; expected at most 32 of a-z, 0-9 and -, the first not -"
        else:
            yield from _problems(item, below, (*steps, key))


def _suggestion(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _gateway_problem(value: Value) -> str | None:
    """Return why a gateway cannot be used safely; a text with a password is not quoted."""
    text = str(value)
    if re.search(r"[<>…]|\.\.\.", text):
        return f"{value!r} is a placeholder; write the address of your gateway, like https://apim.example.com"
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


def _text(doc: str, *, required: bool = False, hidden: bool = False) -> _Rule:
    return _Rule(doc, {"type": "string", "minLength": 1}, required=required, hidden=hidden)


def _pattern(doc: str, pattern: str, expected: str, *, hidden: bool = False) -> _Rule:
    return _Rule(doc, {"type": "string", "pattern": pattern}, expected=expected, hidden=hidden)


def _at_least(doc: str, minimum: float, kind: str | list[str] = "integer") -> _Rule:
    return _Rule(doc, {"type": kind, "minimum": minimum})


def _object_with_any(doc: str, needed: Iterable[str], problem: str, keys: Mapping[str, _Rule]) -> _Rule:
    """Return the rule for an object in which one of the `needed` keys is not empty."""
    filled = {"minItems": 1, "minProperties": 1}
    any_of = [{"required": [key], "properties": {key: filled}} for key in needed]

    def missing(value: Value) -> str | None:
        return None if isinstance(value, dict) and any(value.get(key) for key in needed) else problem

    return _Rule(doc, {"type": "object", "anyOf": any_of}, missing, keys=keys)


def _list(doc: str, each: _Rule) -> _Rule:
    return _Rule(doc, {"type": "array"}, each=each)


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
    instead="remove the secret: it must not be in this file; name its source: {env: NAME} or {file: PATH}",
    required=True,
    hidden=True,
    keys={
        "env": _pattern(
            "Environment variable",
            _VARIABLE,
            "the name of an environment variable, not the secret itself",
            hidden=True,
        ),
        "file": _text("Path of a file", hidden=True),
    },
)
_GLOBS: Final = _text("A glob; ** crosses directories")
_ENVIRONMENT: Final = _object_with_any(
    "One organisation behind one gateway",
    ("flows", "discover"),
    "nothing to export: name ids in flows, or globs in discover",
    {
        "gateway": _Rule(
            "Address of the API gateway",
            {"type": "string", "pattern": _GATEWAY},
            _gateway_problem,
            required=True,
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
        "flows": _list("Ids of flows to export", _at_least("A flow id", 1)),
        "discover": _object_with_any(
            "Find flows by directory and name",
            ("directories", "names"),
            "nothing to find: give directories or names",
            {
                "directories": _list("Directory paths", _GLOBS),
                "names": _list("Flow names", _GLOBS),
                "exclude": _list("Names or full paths to leave out", _GLOBS),
            },
        ),
        "jobs": _at_least("Parallel requests", 1),
        "rate": _at_least("Requests per second", 0.01, ["number", "null"]),
        "guards": _Rule(
            "When a run stops without a commit",
            {"type": "object"},
            keys={
                "change": _pattern("Largest share of changed flows", _SHARE, "a share like 30%"),
                "minimum": _at_least("Number of flows from which the share is checked", 0),
            },
        ),
    },
)
_ROOT: Final = _Rule(
    "Configuration of flowsync",
    {"type": "object"},
    keys={
        "version": _Rule("Version of the file format", {"type": "integer", "const": 1}, required=True),
        "environments": _Rule(
            "Environments by name",
            {"type": "object", "minProperties": 1},
            required=True,
            each=_ENVIRONMENT,
            name=ENVIRONMENT,
        ),
        "commit": _Rule(
            "How commits are made",
            {"type": "object"},
            keys={"author": _pattern("Author, as Name <address>", _AUTHOR, "Name <address>")},
        ),
    },
)
