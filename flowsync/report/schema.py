"""The published JSON Schemas of the JSON report and of one flow as JSON."""

from collections.abc import Iterable
from typing import Any, Final

from flowsync.analysis.comparison import FlowStatus
from flowsync.analysis.model import IMPACTS, Consequence, Verb
from flowsync.flow.field_types import Subject
from flowsync.report.json import SCHEMA_VERSION

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_CHANGES: Final = ("added", "removed", "changed", "moved", "too-large")


def report_schema() -> dict[str, Any]:
    """Draft 2020-12. Later versions of one `schema_version` may add keys, and never take any away."""
    return {
        "$schema": _DIALECT,
        "title": f"flowsync report, version {SCHEMA_VERSION}",
        "description": "What a command found: `.comparisons[].flows[]` are the flows that differ.",
        **_record(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "flowsync_version": _TEXT,
                "command": _TEXT,
                "exit_status": {
                    **_COUNT,
                    "description": "0 nothing found, 1 failed, 2 differences, 3 incomplete, 4 refused, "
                    "130 and 143 interrupted",
                },
                "platform_access": {"enum": ["read-only"], "description": "what the run could do there"},
                "comparisons": {
                    **_list("comparison"),
                    "description": "one, or one for each commit of a history, or none where the run failed",
                },
                "facts": {"type": "object", "description": "what else the command has to say"},
                "error": {
                    "anyOf": [_ref("error"), {"type": "null"}],
                    "description": "why the run failed; null where it did not",
                },
            }
        ),
        "$defs": _definitions(),
    }


def show_schema() -> dict[str, Any]:
    """Draft 2020-12, for `flowsync show --format json`; a run that failed prints a report instead."""
    names = {"type": "array", "items": _TEXTS}
    return {
        "$schema": _DIALECT,
        "title": f"one flow as JSON, version {SCHEMA_VERSION}",
        "description": "What `flowsync show` knows of a flow; where it fails, it prints a report instead.",
        **_record(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "command": {"const": "show"},
                "exit_status": {"const": 0},
                "platform_access": {"enum": ["read-only"]},
                "environment": _TEXT,
                "flowId": _INTEGER,
                "name": _TEXT,
                "file": {**_TEXT, "description": "path in the repository"},
                "revision": {**_TEXT, "description": "what was asked for, or `work tree`"},
                "schedule": {**_or_null("timetable"), "description": "null where the flow has none"},
                "steps": {
                    "type": "object",
                    "additionalProperties": {"type": "integer", "minimum": 1},
                    "description": "the step in which each task runs, by its name",
                },
                "cycles": {**names, "description": "tasks that wait for one another, and never start"},
                "waits_for": {**_list("link"), "description": "what tasks here wait for in other flows"},
                "waited_for": {**_list("waiting"), "description": "the flows that wait for this one"},
                "document": {
                    "type": "object",
                    "description": "the flow in canonical form; see `flowsync schema document`",
                },
                "error": {"type": "null"},
            }
        ),
        "$defs": {
            "timetable": _timetable(),
            "link": _record({"flow": _TEXT, "task": _TEXT_OR_NULL, "targets": _TEXTS}),
            "waiting": _record(
                {
                    "environment": _TEXT,
                    "flowId": _INTEGER,
                    "name": _TEXT,
                    "task": {**_TEXT_OR_NULL, "description": "the task here; null for the whole flow"},
                    "targets": {**_TEXTS, "description": "the tasks there"},
                }
            ),
        },
    }


def _timetable() -> dict[str, Any]:
    return _record(
        {
            "words": _TEXT,
            "per_week": {"type": ["number", "null"], "description": "mean number of runs, where known"},
            "coming": {**_TEXTS, "description": "the first times after `since`, on the server's clock"},
            "since": _TEXT,
        }
    )


def _definitions() -> dict[str, Any]:
    return {
        **_comparisons(),
        "finding": _finding(),
        "change": _change(),
        "effect": _record(
            {
                "consequence": _words(Consequence),
                "names": {**_TEXTS, "description": "the tasks or flows it concerns, or leads through"},
                "more": {**_COUNT, "description": "how many names are left out"},
                "sentence": _TEXT,
            }
        ),
        "timetable": _timetable(),
        "error": _record(
            {"type": _TEXT, "message": _TEXT, "problems": _TEXTS, "hint": _TEXT},
            optional={
                "environment": _TEXT,
                "gateway": _TEXT,
                "effort": {**_TEXT, "description": "attempts, their time and the proxy"},
                "method": _TEXT,
                "action": _TEXT,
                "flowId": _INTEGER,
                "status": _INTEGER,
                "code": _INTEGER,
                "pointer": _TEXT,
                "line": _INTEGER,
                "revision": _TEXT,
                "word": {**_TEXT, "description": "what the user typed"},
            },
        ),
    }


def _comparisons() -> dict[str, Any]:
    """Return the schema of comparisons, down to the flow."""
    return {
        "comparison": _record(
            {
                "before": {**_TEXT, "description": "the earlier side as it was asked for"},
                "after": {**_TEXT, "description": "the later side as it was asked for"},
                "sides": _record(dict.fromkeys(("before", "after"), _ref("side"))),
                "commit": {**_or_null("commit"), "description": "of a history"},
                "counts": {
                    **_record(dict.fromkeys(("checked", *FlowStatus), _COUNT)),
                    "description": "how many flows were looked at, and how many have each verdict",
                },
                "impacts": {
                    **_record(dict.fromkeys(IMPACTS, _COUNT)),
                    "description": "how many findings have each impact; a group counts once",
                },
                "groups": {**_list("group"), "description": "the same change in several flows"},
                "flows": {**_list("flow"), "description": "every flow that is not the same"},
            }
        ),
        "side": _record(
            {
                "name": _TEXT,
                "commit": {
                    **_TEXT_OR_NULL,
                    "description": "full id, null for other sides",
                },
                "ref": {**_TEXT, "description": "branch or tag, empty for other revisions"},
                "time": {**_TEXT_OR_NULL, "description": "when the platform was read; null for other sides"},
                "gateways": {
                    "type": "object",
                    "additionalProperties": _TEXT,
                    "description": "host of each environment that was read",
                },
            }
        ),
        "commit": _record(dict.fromkeys(("id", "when", "author", "subject"), _TEXT)),
        "group": _group(),
        "flow": _flow(),
    }


def _group() -> dict[str, Any]:
    member = _record({"environment": _TEXT, "flowId": _INTEGER, "fingerprint": _FINGERPRINT})
    members = {"type": "array", "items": member, "description": "which findings of which flows it tells"}
    return _record({**_JUDGED, "members": members})


def _flow() -> dict[str, Any]:
    return _record(
        {
            "environment": _TEXT,
            "flowId": _INTEGER,
            "name": _TEXT,
            "verdict": _words(one for one in FlowStatus if one is not FlowStatus.SAME),
            "file": {**_TEXT, "description": "path in the repository, empty where there is none"},
            "directory": {**_TEXT, "description": "place in the console, empty where not known"},
            "reason": {**_TEXT, "description": "why it is unknown or missing, or changed without findings"},
            "hint": {**_TEXT, "description": "what to do about the reason, empty where nothing is known"},
            "findings": _list("finding"),
        }
    )


def _finding() -> dict[str, Any]:
    own = {
        **_JUDGED,
        "effects": {**_list("effect"), "description": "what follows for the order of tasks and flows"},
        "timetables": {
            "anyOf": [
                _record(dict.fromkeys(("before", "after"), _or_null("timetable"))),
                {"type": "null"},
            ],
            "description": "of a schedule that changed",
        },
    }
    return _record({**own, **_MOVE}, optional=_VERSIONS)


def _change() -> dict[str, Any]:
    return _record(_MOVE, optional=_VERSIONS)


def _record(keys: dict[str, Any], *, optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": [*map(str, keys)], "properties": {**keys, **(optional or {})}}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(name: str) -> dict[str, Any]:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _words(words: Iterable[str]) -> dict[str, Any]:
    return {"enum": [*map(str, words)]}


_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TEXT_OR_NULL: Final[dict[str, Any]] = {"type": ["string", "null"]}
_TEXTS: Final[dict[str, Any]] = {"type": "array", "items": _TEXT}
_INTEGER: Final[dict[str, Any]] = {"type": "integer"}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 0}
_FINGERPRINT: Final[dict[str, Any]] = {
    "type": "string",
    "description": "the same in every run for the same change of the same flow",
}
_JUDGED: Final[dict[str, Any]] = {
    "kind": {**_TEXT, "description": "subject and verb: `task-renamed`"},
    "subject": _words(Subject),
    "verb": _words(Verb),
    "impact": _words(IMPACTS),
    "sentence": {**_TEXT, "description": "the change in words, on one line; words may improve"},
    "fingerprint": _FINGERPRINT,
}
_MOVE: Final[dict[str, Any]] = {
    "change": _words(_CHANGES),
    "path": {**_TEXT, "description": "where: /tasks/name=load/cmd"},
    "follows": {**_list("change"), "description": "relations and links that changed only because of it"},
}
_VERSIONS: Final[dict[str, Any]] = {
    "to": {**_TEXT, "description": "where a moved entry is now"},
    "before": {"description": "the value, unless it was added"},
    "after": {"description": "the value, unless it was removed"},
}
