"""What annotations in a review say: each finding with its place, flat and the gravest first."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowVerdict, Group, Verdict
from flowsync.analysis.model import Finding
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escaped, printable
from flowsync.report.group_summary import group_effects
from flowsync.report.result import Run


class Grade(StrEnum):
    """How grave a mark is: the impact of a finding, or that something could not be looked at."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    BREAKING = Impact.BREAKING.value
    BEHAVIOUR = Impact.BEHAVIOUR.value
    COSMETIC = Impact.COSMETIC.value


GRADES: Final = tuple(Grade)
"""From the gravest to the least."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to say; every text is on one line and has no effect on a terminal.

    `file` is empty where there is none, `line` counts from 1. `fingerprint` tells it from every other mark of
    the run, and is the same in the next run.
    """

    grade: Grade
    rule: str
    title: str
    message: str
    fingerprint: str
    file: str = ""
    line: int = 1


def marks(run: Run, *, grouped: bool = False) -> list[Mark]:
    """Everything that a run has to say, the gravest first, otherwise in the order of the run.

    A group is told as one at the place of its first member where `grouped`, else each of its findings at its
    own.
    """
    told = [mark for comparison in run.comparisons for mark in _comparison_marks(comparison, grouped=grouped)]
    if run.error is not None:
        told.insert(0, _failure(run.error))
    return sorted(told, key=lambda mark: GRADES.index(mark.grade))


def label(flow: FlowVerdict) -> str:
    """A flow in a few words, on one line."""
    return printable(f"{flow.environment} {flow.flow_id} {flow.name}".rstrip())


def told(finding: Finding) -> str:
    """The sentence of a finding and those of its effects, on one line."""
    return escaped("; ".join([finding.sentence, *(effect.sentence for effect in finding.effects)]))


def verdict_reason(flow: FlowVerdict) -> str:
    """Why a flow without findings is not the same."""
    return printable(flow.reason) or flow.verdict


def error_lines(error: FlowsyncError) -> list[str]:
    """What happened, every problem, and what to do about it."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    hint = [f"hint: {error.hint}"] if error.hint else []
    return [printable(line) for line in (error.message, *problems, *hint)]


def _failure(error: FlowsyncError) -> Mark:
    message = "; ".join(error_lines(error))
    return Mark(Grade.FAILED, "run-failed", "flowsync failed", message, _hashed("failed", message))


def _comparison_marks(comparison: Comparison, *, grouped: bool) -> Iterator[Mark]:
    commit = comparison.commit.id if comparison.commit else ""
    if grouped:
        flows = {flow.key: flow for flow in comparison.flows}
        yield from (_group_mark(group, flows, commit) for group in comparison.groups)
    for flow in comparison.flows:
        if flow.findings and flow.verdict is not Verdict.UNKNOWN:
            own = comparison.own_findings(flow) if grouped else flow.findings
            yield from (_finding_mark(flow, finding, commit) for finding in own)
        else:
            yield _verdict_mark(flow, commit)


def _group_mark(group: Group, flows: Mapping[tuple[str, int], FlowVerdict], commit: str) -> Mark:
    first, finding = group.members[0]
    return replace(
        _finding_mark(flows.get(first.key, first), finding, commit),
        title=f"{len({flow.key for flow, _ in group.members})} flows{_in(commit)}",
        message="; ".join([escaped(group.sentence), *group_effects(group)]),
        fingerprint=_hashed(commit, group.fingerprint) if commit else group.fingerprint,
    )


def _finding_mark(flow: FlowVerdict, finding: Finding, commit: str) -> Mark:
    return Mark(
        Grade(finding.impact),
        finding.kind,
        _title(flow, commit),
        told(finding),
        _hashed(commit, finding.fingerprint) if commit else finding.fingerprint,
        flow.file,
        flow.lines.get(finding.fingerprint, 1),
    )


def _verdict_mark(flow: FlowVerdict, commit: str) -> Mark:
    return Mark(
        _GRADES[flow.verdict],
        f"flow-{flow.verdict}",
        _title(flow, commit),
        f"{flow.verdict}: {verdict_reason(flow)}" if flow.reason else flow.verdict,
        _hashed(commit, flow.environment, str(flow.flow_id), flow.verdict),
        flow.file,
    )


_GRADES: Final = {
    Verdict.UNKNOWN: Grade.UNKNOWN,
    Verdict.MISSING: Grade.BREAKING,
    Verdict.NEW: Grade.BEHAVIOUR,
    Verdict.CHANGED: Grade.COSMETIC,  # without findings: written in another way
    Verdict.SAME: Grade.COSMETIC,
}


def _title(flow: FlowVerdict, commit: str) -> str:
    return f"{label(flow)}{_in(commit)}"


def _in(commit: str) -> str:
    return f" in {commit[:_SHORT]}" if commit else ""


_SHORT: Final = 12


def _hashed(*facts: str) -> str:
    return hashlib.blake2b("\0".join(facts).encode(errors="surrogatepass"), digest_size=16).hexdigest()
