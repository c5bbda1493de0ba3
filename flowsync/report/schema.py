"""The published JSON Schemas of the JSON that commands print."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import yaml

from flowsync.analysis.check import CheckStatus
from flowsync.analysis.comparison import FlowStatus
from flowsync.analysis.flow_list import ListStatus
from flowsync.analysis.model import IMPACTS, Consequence, Verb
from flowsync.flow.field_types import Subject
from flowsync.flow.values import Value

_ENUMERATIONS: Final[Mapping[str, list[str]]] = {
    "subject": [*map(str, Subject)],
    "verb": [*map(str, Verb)],
    "impact": [*map(str, IMPACTS)],
    "consequence": [*map(str, Consequence)],
    "verdict": [str(status) for status in FlowStatus if status is not FlowStatus.SAME],
    "list status": [*map(str, ListStatus)],
    "check status": [*map(str, CheckStatus)],
}


def report_schema() -> dict[str, Any]:
    """Return the schema of a report (draft 2020-12); one `schema_version` may gain keys, but loses none."""
    return _schema("report")


def show_schema() -> dict[str, Any]:
    """Return the schema of `flowsync show --format json`; a run that failed prints a report instead."""
    schema = _schema("show")
    schema["$defs"]["timetable"] = report_schema()["$defs"]["timetable"]
    return schema


def list_schema() -> dict[str, Any]:
    """Return the schema of `flowsync list --format json`; a run that failed prints a report instead."""
    return _schema("list")


def doctor_schema() -> dict[str, Any]:
    """Return the schema of `flowsync doctor --format json`; an interrupted run prints a report instead."""
    return _schema("doctor")


@cache
def explain_kinds() -> Mapping[str, Sequence[str]]:
    """Return what a kind of finding means, and what to do: by kind, else by subject."""
    return cast("Mapping[str, Sequence[str]]", _data("kinds"))


def _schema(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", _expand(_data(name)))


def _data(name: str) -> Value:
    text = files("flowsync.report").joinpath("schemas", f"{name}.yaml").read_text(encoding="utf-8")
    return cast("Value", yaml.safe_load(text))


def _expand(node: Value) -> Value:
    """Fill in `required` from the keys of `properties`, and the values of enumerations."""
    if isinstance(node, list):
        return [*map(_expand, node)]
    if not isinstance(node, dict):
        return node
    expanded = {key.removesuffix("?"): _expand(value) for key, value in node.items()}
    match node:
        case {"type": "object", "properties": dict(properties)}:
            expanded["required"] = [key for key in properties if not key.endswith("?")]
        case {"enum": str(name)}:
            expanded["enum"] = [*_ENUMERATIONS[name]]
    return expanded
