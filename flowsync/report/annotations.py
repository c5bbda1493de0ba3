"""List annotations for a review: each finding with its location, the most severe first."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Group
from flowsync.analysis.model import Finding
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.printable import escape_controls, short_id
from flowsync.report.change_details import describe_change
from flowsync.report.group_summary import group_effects
from flowsync.report.labels import flow_label
from flowsync.report.result import RunResult
from flowsync.report.severity import Severity, flow_severity


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation; every text is on one line and has no effect on a terminal.

    `file` is empty if there is none, `line` counts from 1. `fingerprint` identifies the annotation, also in
    the next run.
    """

    severity: Severity
    rule: str
    title: str
    message: str
    fingerprint: str
    file: str = ""
    line: int = 1


def list_annotations(run: RunResult, *, grouped: bool = False) -> list[Annotation]:
    """List all annotations of a run, the most severe first, otherwise in the order of the run.

    If `grouped`, a group is one annotation at its first member, else each of its findings is one.
    """
    found = [_failure(run.error)] if run.error is not None else []
    for comparison in run.comparisons:
        found += _comparison_annotations(comparison, grouped=grouped)
    return sorted(found, key=lambda one: one.severity.rank)


def describe_finding(finding: Finding) -> str:
    """Join the sentences of a finding and of its effects on one line."""
    effects = [escape_controls(effect.sentence) for effect in finding.effects]
    return "; ".join([describe_change(finding), *effects])


def status_reason(flow: FlowComparison) -> str:
    """Return the reason why a flow without findings is not the same."""
    hint = f"; hint: {flow.hint}" if flow.hint else ""
    return escape_controls(f"{flow.reason}{hint}") or flow.status


def error_lines(error: FlowsyncError) -> list[str]:
    """Return the message of an error, every problem, and the hint."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    hint = [f"hint: {error.hint}"] if error.hint else []
    return [escape_controls(line) for line in (error.sentence, *problems, *hint)]


def _failure(error: FlowsyncError) -> Annotation:
    lines = error_lines(error)
    without_duration = [escape_controls(error.message), *lines[1:]]
    fingerprint = _hash("failed", "; ".join(without_duration))
    return Annotation(Severity.FAILED, "run-failed", "flowsync failed", "; ".join(lines), fingerprint)


def _comparison_annotations(comparison: Comparison, *, grouped: bool) -> Iterator[Annotation]:
    commit = comparison.commit.id if comparison.commit else ""
    if grouped:
        flows = {flow.key: flow for flow in comparison.flows}
        yield from (_group_annotation(group, flows, commit) for group in comparison.groups)
    for flow in comparison.flows:
        if flow.findings and flow.status is not FlowStatus.UNKNOWN:
            own = comparison.own_findings(flow) if grouped else flow.findings
            yield from (_finding_annotation(flow, finding, commit) for finding in own)
        else:
            yield _status_annotation(flow, commit)


def _group_annotation(
    group: Group, flows: Mapping[tuple[str, int], FlowComparison], commit: str
) -> Annotation:
    first, finding = group.members[0]
    return replace(
        _finding_annotation(flows.get(first.key, first), finding, commit),
        title=f"{len({flow.key for flow, _ in group.members})} flows{_in(commit)}",
        message="; ".join([escape_controls(group.sentence), *group_effects(group)]),
        fingerprint=_hash(commit, group.fingerprint) if commit else group.fingerprint,
    )


def _finding_annotation(flow: FlowComparison, finding: Finding, commit: str) -> Annotation:
    return Annotation(
        Severity(finding.impact),
        finding.kind,
        f"{flow_label(*flow.key, flow.name)}{_in(commit)}",
        describe_finding(finding),
        _hash(commit, finding.fingerprint) if commit else finding.fingerprint,
        flow.file,
        flow.lines.get(finding.fingerprint, 1),
    )


def _status_annotation(flow: FlowComparison, commit: str) -> Annotation:
    return Annotation(
        flow_severity(flow, ()),
        f"flow-{flow.status}",
        f"{flow_label(*flow.key, flow.name)}{_in(commit)}",
        f"{flow.status}: {status_reason(flow)}" if flow.reason else flow.status,
        _hash(commit, flow.environment, str(flow.flow_id), flow.status),
        flow.file,
    )


def _in(commit: str) -> str:
    return f" in {short_id(commit)}" if commit else ""


def _hash(*facts: str) -> str:
    return hashlib.blake2b("\0".join(facts).encode(errors="surrogatepass"), digest_size=16).hexdigest()
