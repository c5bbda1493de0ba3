"""Rank findings by their impact."""

from collections.abc import Iterable

from flowsync.analysis.model import IMPACTS, Finding


def severity(finding: Finding) -> int:
    """Return the rank of a finding; 0 is the most severe."""
    return IMPACTS.index(finding.impact)


def most_severe(findings: Iterable[Finding]) -> int:
    """Return the rank of the most severe finding; that of no finding is the last."""
    return min(map(severity, findings), default=len(IMPACTS))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the most severe first."""
    return sorted(findings, key=severity)
