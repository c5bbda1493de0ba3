"""A run as JUnit XML, which CI servers display as tests."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escape_controls, escape_text, printable_name, short_id
from flowsync.report.annotations import describe_finding, error_lines, status_reason
from flowsync.report.ci_escaping import inert_markup
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.severity import by_severity, count_impacts, flow_order, impacts_of

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN: Final = re.compile("[\ufffe\uffff]")


def junit(run: RunResult) -> str:
    """Return a suite for the run, and one for each environment with its flows that are not the same.

    The suite of the run has one case: passed, or an error if the run failed. So every report has a case, and
    the first line of the text report. A flow that differs is a failure, or a passed case if all its findings
    are below `fail_on`; an unknown flow is an error.
    """
    root = Element("testsuites", name="flowsync")
    _add_run(root, run)
    for comparison in run.comparisons:
        _add_environments(root, run, comparison)
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in root)))
    indent(root)
    return _DECLARATION + inert_markup(tostring(root, encoding="unicode")) + "\n"


def _add_environments(root: Element, run: RunResult, comparison: Comparison) -> None:
    commit = f" {short_id(comparison.commit.id)}" if comparison.commit else ""
    for environment, flows in groupby(comparison.flows, key=lambda flow: flow.environment):
        listed = sorted(flows, key=lambda flow: flow_order(flow, flow.findings))
        unknown = sum(flow.status is FlowStatus.UNKNOWN for flow in listed)
        name = f"flowsync {run.command}{commit} {printable_name(environment)}"
        failures = sum(_is_failure(flow, run.fail_on) for flow in listed)
        suite = _suite(root, name, tests=len(listed), failures=failures, errors=unknown)
        for flow in listed:
            _add_flow(suite, flow, commit, run.fail_on)


def _is_failure(flow: FlowComparison, fail_on: Impact | None) -> bool:
    """Return whether a flow differs, with `fail_on` in a finding of that impact or a more severe one."""
    if flow.status is FlowStatus.UNKNOWN or fail_on is None:
        return flow.status is not FlowStatus.UNKNOWN
    return any(IMPACTS.index(one.impact) <= IMPACTS.index(fail_on) for one in flow.findings)


def _add_flow(suite: Element, flow: FlowComparison, commit: str, fail_on: Impact | None) -> None:
    name = f"{flow.flow_id} {printable_name(flow.name)}" if flow.name else str(flow.flow_id)
    environment = printable_name(flow.environment)
    case = SubElement(suite, "testcase", classname=_text(f"flowsync{commit}.{environment}"), name=name)
    if flow.status is not FlowStatus.UNKNOWN and not _is_failure(flow, fail_on):
        result = SubElement(case, "system-out")
    else:
        result = SubElement(case, "error" if flow.status is FlowStatus.UNKNOWN else "failure")
        result.set("type", flow.status)
        result.set("message", _text(_message(flow)))
    result.text = "\n".join(map(_text, _body(flow)))


def _message(flow: FlowComparison) -> str:
    """Return the reason, or the most severe finding with the number of findings of each impact."""
    if not flow.findings:
        return status_reason(flow)
    counts = count_impacts(impacts_of(flow.findings))
    return f"{counts}: {describe_finding(by_severity(flow.findings)[0])}"


def _body(flow: FlowComparison) -> Iterator[str]:
    if not flow.findings or flow.reason:
        yield status_reason(flow)
    for finding in by_severity(flow.findings):
        yield f"{finding.impact}: {describe_finding(finding)}"
    if flow.file:
        yield printable_name(flow.file)
    if flow.directory:
        yield escape_text(f"in {flow.directory}")


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
