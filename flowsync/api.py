"""The public functions of the package; everything else makes no promise."""

import os
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.dependents import Dependent
from flowsync.analysis.model import IMPACTS, Finding
from flowsync.commands.connect import connect
from flowsync.commands.context import RunContext
from flowsync.config import config_schema, parse_settings
from flowsync.diff.model import Change
from flowsync.document.load import flow_name, load_document
from flowsync.enos import client as enos_client
from flowsync.errors import ConfigError, FlowsyncError, GatewayError
from flowsync.flow.canonical import canonicalize as canonicalize_export
from flowsync.flow.envelope import extract_export
from flowsync.flow.field_types import Impact
from flowsync.flow.schema import document_schema
from flowsync.flow.values import Record, Value
from flowsync.graph.view import GraphView
from flowsync.report.formats import FORMATS, render
from flowsync.report.result import RunResult
from flowsync.report.schema import doctor_schema, list_schema, report_schema, show_schema, validate_schema

SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "document": document_schema,
    "config": config_schema,
    "report": report_schema,
    "show": show_schema,
    "list": list_schema,
    "doctor": doctor_schema,
    "validate": validate_schema,
}


def load(source: str | bytes | Path) -> Record:
    """Load a document.

    `source` is the path of a file, or the document itself as bytes or as text with a line break. Raises
    CanonicalError for anything that is not a document, and FlowsyncError for a file that cannot be read.
    """
    if isinstance(source, bytes):
        return load_document(source)
    if isinstance(source, str) and "\n" in source:
        return load_document(source.encode())
    try:
        return load_document(Path(source).read_bytes())
    except OSError as exc:
        raise FlowsyncError(f"{source}: cannot be read: {exc.strerror}") from exc


def canonicalize(export: Mapping[str, Value] | bytes, flow_id: int | None = None) -> Record:
    """Return the document of an export: a JSON object, or the bytes of the platform's response.

    `flow_id` is the id that was requested, since an export carries none. Raises CanonicalError.
    """
    return canonicalize_export(extract_export(export) if isinstance(export, bytes) else export, flow_id)


@dataclass(frozen=True)
class Report:
    """The differences between two documents; false if they mean the same."""

    findings: tuple[Finding, ...]
    _comparison: Comparison

    def __bool__(self) -> bool:
        return bool(self.findings)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The change of each finding."""
        return tuple(finding.change for finding in self.findings)

    @property
    def impact(self) -> Impact | None:
        """The most severe impact, None without findings."""
        return min((finding.impact for finding in self.findings), key=IMPACTS.index, default=None)

    def render(self, form: str = "text") -> str:
        """Render the report in one of the formats of `flowsync diff --format`; ValueError for another one."""
        if form not in FORMATS:
            raise ValueError(f"unknown format {form!r}; expected one of {', '.join(FORMATS)}")
        return render(form, RunResult("diff", (self._comparison,)))


def compare(
    before: Record,
    after: Record,
    *,
    environment: str = "local",
    since: datetime | None = None,
    dependents: Callable[[Collection[str]], Sequence[Dependent]] | None = None,
) -> Report:
    """Compare two documents of one flow.

    Reports name the flow by `environment`, the id and the name. Next runs are those after `since`, now by
    default. `dependents` returns the flows that link to a flow of one of the given names.
    """
    flow_id = after.get("flowId")
    key = (environment, flow_id if isinstance(flow_id, int) else 0)
    context = DiffContext(*key, since or datetime.now(), dependents or (lambda _names: ()))  # noqa: DTZ005
    findings = analyze(before, after, context)
    flow = FlowComparison(
        *key,
        flow_name(after),
        FlowStatus.CHANGED,
        findings=findings,
        graph=GraphView((), ()),
    )
    return Report(findings, Comparison(Side("before"), Side("after"), (flow,) if findings else (), 1))


def json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a `document`, the `config` file, a `report`, or the JSON of a command."""
    if kind not in SCHEMAS:
        raise ValueError(f"unknown schema {kind!r}; expected one of {', '.join(SCHEMAS)}")
    return SCHEMAS[kind]()


class Client:
    """A read-only client of one environment; use it as a context manager."""

    def __init__(self, platform: enos_client.Client) -> None:
        self._platform = platform
        self._stack = ExitStack()

    @classmethod
    def from_config(cls, path: str | Path, environment: str) -> Self:
        """Create a client for an environment of a configuration file; raises ConfigError and UsageError."""
        file = Path(path)
        try:
            data = file.read_bytes()
        except OSError as exc:
            raise ConfigError(f"{file}: cannot be read: {exc.strerror}") from exc
        (selected,) = parse_settings(data, str(file), folder=file.parent).select([environment])
        return cls(connect(selected, RunContext(os.environ, time.time, time.sleep, random.random)))

    def __enter__(self) -> Self:
        self._stack.enter_context(self._platform)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def export(self, flow_id: int) -> Record:
        """Export one flow, as the platform returns it without the envelope; raises GatewayError."""
        ((_, response),) = self._platform.exports([flow_id], is_known=lambda _id, _response: False)
        if isinstance(response, GatewayError):
            raise response
        return extract_export(response)
