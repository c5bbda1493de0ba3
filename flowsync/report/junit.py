"""A run as JUnit XML, which CI servers display as tests."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS
from flowsync.flow.printable import escape_controls, escape_text, printable_name, short_id
from flowsync.report.annotations import describe_finding, error_lines, status_reason
from flowsync.report.ci_escaping import inert_markup
from flowsync.report.headline import format_headline
from flowsync.report.labels import flow_label
from flowsync.report.result import RunResult
from flowsync.report.severity import by_severity

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN: Final = re.compile("[\ufffe\uffff]")


def junit(run: RunResult) -> str:
    """Return one suite for each environment with its flows that are not the same, and one for the run.

    A flow that differs is a failure, an unknown flow an error. The suite of the run has one case: passed,
    or an error if the run failed. So every report has a case, and the first line of the text report.
    """
    root = Element("testsuites", name="flowsync")
    for comparison in run.comparisons:
        _add_environments(root, run, comparison)
    _add_run(root, run)
    suites = [*root]
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in suites)))
    indent(root)
    return _DECLARATION + inert_markup(tostring(root, encoding="unicode")) + "\n"


def _add_environments(root: Element, run: RunResult, comparison: Comparison) -> None:
    commit = f" {short_id(comparison.commit.id)}" if comparison.commit else ""
    for environment, flows in groupby(comparison.flows, key=lambda flow: flow.environment):
        listed = [*flows]
        unknown = sum(flow.status is FlowStatus.UNKNOWN for flow in listed)
        name = f"flowsync {run.command}{commit} {printable_name(environment)}"
        suite = _suite(root, name, tests=len(listed), failures=len(listed) - unknown, errors=unknown)
        for flow in listed:
            _add_flow(suite, flow, commit)


def _add_flow(suite: Element, flow: FlowComparison, commit: str) -> None:
    name = f"{flow.flow_id} {printable_name(flow.name)}" if flow.name else str(flow.flow_id)
    environment = printable_name(flow.environment)
    case = SubElement(suite, "testcase", classname=_text(f"flowsync{commit}.{environment}"), name=name)
    unknown = flow.status is FlowStatus.UNKNOWN
    result = SubElement(case, "error" if unknown else "failure", type=flow.status)
    result.set("message", _text(_headline(flow)))
    result.text = "\n".join(map(_text, _body(flow)))


def _headline(flow: FlowComparison) -> str:
    """Return the status of a flow with its number of findings of each impact, or the reason."""
    counts = [(impact, sum(one.impact is impact for one in flow.findings)) for impact in IMPACTS]
    found = ", ".join(f"{count} {impact}" for impact, count in counts if count)
    parts = (flow_label(*flow.key, flow.name), flow.status, found or escape_controls(flow.reason))
    return ": ".join(filter(None, parts))


def _body(flow: FlowComparison) -> Iterator[str]:
    if flow.file:
        yield printable_name(flow.file)
    if flow.directory:
        yield escape_text(f"in {flow.directory}")
    if not flow.findings or flow.reason:
        yield status_reason(flow)
    for finding in by_severity(flow.findings):
        yield f"{finding.impact}: {describe_finding(finding)}"


def _add_run(root: Element, run: RunResult) -> None:
    suite = _suite(root, f"flowsync {run.command}", tests=1, errors=int(run.error is not None))
    case = SubElement(suite, "testcase", classname="flowsync", name=run.command)
    if run.error is not None:
        lines = [_text(line) for line in error_lines(run.error)]
        SubElement(case, "error", type=type(run.error).__name__, message=lines[0]).text = "\n".join(lines)
    if run.comparisons:
        SubElement(case, "system-out").text = _text(format_headline(*run.comparisons))


def _suite(root: Element, name: str, *, tests: int, failures: int = 0, errors: int = 0) -> Element:
    counts = {"tests": tests, "failures": failures, "errors": errors}
    return SubElement(root, "testsuite", {"name": _text(name), **{key: str(counts[key]) for key in counts}})


def _text(text: str) -> str:
    """Escape characters that XML cannot contain, and those that affect a terminal."""
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", escape_controls(text))
