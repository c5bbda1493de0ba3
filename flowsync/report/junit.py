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
    for suite in (*root, root):
        counts = {tag: sum(1 for _ in suite.iter(tag)) for tag in ("testcase", "failure", "error")}
        for name, count in zip(("tests", "failures", "errors"), counts.values(), strict=True):
            suite.set(name, str(count))
    indent(root)
    return _DECLARATION + inert_markup(tostring(root, encoding="unicode")) + "\n"


def _add_environments(root: Element, run: RunResult, comparison: Comparison) -> None:
    commit = f" {short_id(comparison.commit.id)}" if comparison.commit else ""
    for environment, flows in groupby(comparison.flows, key=lambda flow: printable_name(flow.environment)):
        suite = SubElement(root, "testsuite", name=_text(f"flowsync {run.command}{commit} {environment}"))
        for flow in sorted(flows, key=lambda flow: flow_order(flow, flow.findings)):
            name = f"{flow.flow_id} {printable_name(flow.name)}" if flow.name else str(flow.flow_id)
            place = _text(f"flowsync{commit}.{environment}")
            _add_result(SubElement(suite, "testcase", classname=place, name=name), flow, run.fail_on)


def _add_result(case: Element, flow: FlowComparison, fail_on: Impact | None) -> None:
    if flow.status is not FlowStatus.UNKNOWN and not _is_failure(flow, fail_on):
        result = SubElement(case, "system-out")
    else:
        result = SubElement(case, "error" if flow.status is FlowStatus.UNKNOWN else "failure")
        result.set("type", flow.status)
        result.set("message", _text(_message(flow)))
    result.text = "\n".join(map(_text, _body(flow)))


def _is_failure(flow: FlowComparison, fail_on: Impact | None) -> bool:
    """Return whether a flow fails: with `fail_on`, only by a finding of that impact or a more severe one."""
    if fail_on is None:
        return True
    return any(IMPACTS.index(one.impact) <= IMPACTS.index(fail_on) for one in flow.findings)


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
    suite = SubElement(root, "testsuite", name=_text(f"flowsync {run.command}"))
    case = SubElement(suite, "testcase", classname="flowsync", name=run.command)
    if run.error is not None:
        lines = [_text(line) for line in error_lines(run.error)]
        SubElement(case, "error", type=type(run.error).__name__, message=lines[0]).text = "\n".join(lines)
    if run.comparisons:
        SubElement(case, "system-out").text = _text(format_headline(*run.comparisons))


def _text(text: str) -> str:
    """Escape characters that XML cannot contain, and those that affect a terminal."""
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", escape_controls(text))
