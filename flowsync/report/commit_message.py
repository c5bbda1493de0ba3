"""The message of a sync's commit."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Group
from flowsync.analysis.grouping import group_findings
from flowsync.analysis.model import Consequence, Finding
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import escape_controls, join_first, printable_name
from flowsync.report.change_details import describe_change

_NEW: Final = "new"
_KINDS: Final = (Impact.BREAKING, Impact.BEHAVIOUR, _NEW, Impact.COSMETIC)
_COMMITTED: Final = (FlowStatus.CHANGED, FlowStatus.NEW)
_MAX_ENVIRONMENTS: Final = 3
_MAX_LINES: Final = 50


def format_commit_message(comparison: Comparison) -> str:
    """Return subject, the findings in the committed flows by impact, and trailers."""
    flows = tuple(flow for flow in comparison.flows if flow.status in _COMMITTED)
    unknown = [flow for flow in comparison.flows if flow.status is FlowStatus.UNKNOWN]
    committed = group_findings(replace(comparison, flows=flows))
    paragraphs = [
        _subject(committed),
        "\n".join(_body(committed)),
        "\n".join(_trailers(committed, unknown)),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _subject(committed: Comparison) -> str:
    names = _environments(committed.flows)
    environments = ",".join(names) if len(names) <= _MAX_ENVIRONMENTS else f"{len(names)} environments"
    counts = ", ".join(f"{count} {status}" for status in _COMMITTED if (count := committed.counts[status]))
    breaking = committed.impacts[Impact.BREAKING]
    return f"sync({environments}): {counts}{f'; {breaking} breaking' if breaking else ''}"


def _environments(flows: Iterable[FlowComparison]) -> list[str]:
    return sorted({flow.environment for flow in flows})


def _body(committed: Comparison) -> list[str]:
    """Return one line for each finding, the most severe first, and the numbers of those left out."""
    lines = [(str(group.impact), _group_sentence(group)) for group in committed.groups]
    for flow in committed.flows:
        name = f"{flow.environment} {printable_name(flow.name)} ({flow.flow_id})"
        new = _NEW if flow.status is FlowStatus.NEW else ""
        lines += [(new or one.impact, f"{name}: {_sentence(one)}") for one in committed.own_findings(flow)]
        if not flow.findings:
            lines.append((new or Impact.COSMETIC, f"{name}: {flow.reason or flow.status}"))
    lines.sort(key=lambda line: _KINDS.index(line[0]))
    rest = [kind for kind, _ in lines[_MAX_LINES:]]
    more = ", ".join(f"{rest.count(kind):,} {kind}" for kind in _KINDS if kind in rest)
    listed = [escape_controls(f"{kind:9}  {sentence}") for kind, sentence in lines[:_MAX_LINES]]
    return [*listed, f"and {len(rest):,} more: {more}"] if rest else listed


def _group_sentence(group: Group) -> str:
    """Return the sentence of a group with the environments of its flows."""
    flows = {flow.key: flow for flow, _ in group.members}.values()
    environments = join_first(_environments(flows), _MAX_ENVIRONMENTS)
    return f"{group.sentence} of {environments}" if len(flows) > 1 else group.sentence


def _sentence(finding: Finding) -> str:
    """Return the sentence, of a breaking finding with the consequences that may be the reason."""
    effects = finding.effects if finding.impact is Impact.BREAKING else ()
    reasons = (one.sentence for one in effects if one.consequence is not Consequence.DOWNSTREAM)
    return "; ".join([describe_change(finding), *reasons])


def _trailers(committed: Comparison, unknown: Iterable[FlowComparison]) -> Iterator[str]:
    for environment in _environments(committed.flows):
        yield f"Flowsync-Environment: {environment}"
    yield f"Flowsync-Checked: {committed.checked}"
    for flow in unknown:
        yield f"Flowsync-Unknown: {flow.environment} {flow.flow_id}"
