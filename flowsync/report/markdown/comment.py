"""The comment: what was found in order of importance, and what did not fit."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowVerdict, Verdict
from flowsync.analysis.model import IMPACTS
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.field_types import Impact
from flowsync.report.headline import headline
from flowsync.report.markdown.budget import Block, Worth, fitting, size
from flowsync.report.markdown.escaping import code, inline, sentence
from flowsync.report.markdown.findings import effect_lines, flow_block, flow_name, groups_block
from flowsync.report.plural import counted
from flowsync.report.result import Run

BUDGET: Final = 65_000
"""Bytes; GitHub takes 65,536 characters, which are never more than that, however it counts them."""

_NOTE: Final = 1_000
"""Bytes that the list of what was left out needs at most."""

_LONGEST: Final = 1_000
_SHORT_ID: Final = 12
_FIRST_PROBLEMS: Final = 10

_NOUNS: Final[Mapping[Worth, tuple[str, str]]] = MappingProxyType(
    {
        Worth.BREAKING: ("breaking change", "breaking changes"),
        Worth.UNKNOWN: ("flow that could not be looked at", "flows that could not be looked at"),
        Worth.BEHAVIOUR: ("change of behaviour", "changes of behaviour"),
        Worth.COSMETIC: ("cosmetic change", "cosmetic changes"),
        Worth.EFFECT: ("effect on other tasks or flows", "effects on other tasks or flows"),
        Worth.TIMES: ("list of next runs", "lists of next runs"),
        Worth.FLOWS: ("list of flows", "lists of flows"),
        Worth.BREAKING_DETAIL: ("text of a breaking change", "texts of breaking changes"),
        Worth.BREAKING_GRAPH: ("picture of breaking changes", "pictures of breaking changes"),
        Worth.BEHAVIOUR_DETAIL: ("text of a change of behaviour", "texts of changes of behaviour"),
        Worth.BEHAVIOUR_GRAPH: ("picture of changes of behaviour", "pictures of changes of behaviour"),
        Worth.COSMETIC_DETAIL: ("text of a cosmetic change", "texts of cosmetic changes"),
        Worth.COSMETIC_GRAPH: ("picture of cosmetic changes", "pictures of cosmetic changes"),
    }
)
"""One and several of each, as the list of what was left out names them."""


def markdown(run: Run, budget: int = BUDGET) -> str:
    """The run as a comment of at most `budget` bytes, for GitHub and GitLab.

    What does not fit is left out in the order of `Worth`, the last one first, and counted. The first line
    tells the comment of one command from that of another.
    """
    top = "".join(_top(run))
    blocks = [block for comparison in run.comparisons for block in _comparison(comparison, run)]
    body, left_out = fitting(blocks, budget - size(top) - _NOTE)
    return f"{top}{_note(left_out)}{body}"


def _top(run: Run) -> Iterator[str]:
    command = "".join(filter(str.isalnum, run.command))
    yield f"<!-- flowsync:{command} -->\n"
    if run.error is not None:
        yield f"### flowsync {command} failed\n"
        yield "\n> **Error:** " + ">\n> ".join(_error(run.error))
        yield f"\n{'As far as it came: ' if run.comparisons else ''}{_found(run)}\n"
    else:
        yield f"### flowsync {command}: {_found(run)}\n"
    yield from _summary(run)


def _error(error: FlowsyncError) -> Iterator[str]:
    """What happened, the first of its problems, and what to do about it, a paragraph each."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    left = len(problems) - _FIRST_PROBLEMS
    more = [f"and {counted(left, 'more problem')}"] if left > 0 else []
    hint = [f"hint: {error.hint}"] if error.hint else []
    for told in (error.message, *problems[:_FIRST_PROBLEMS], *more, *hint):
        yield f"{inline(told, _LONGEST)}\n"


def _found(run: Run) -> str:
    if run.comparisons:
        return headline(*run.comparisons)
    return "Nothing is known of the flows." if run.error is not None else "nothing was compared"


def _summary(run: Run) -> Iterator[str]:
    impacts = {impact: sum(one.impacts[impact] for one in run.comparisons) for impact in IMPACTS}
    told = [f"{impacts[impact]:,} {impact}" for impact in IMPACTS]
    if impacts[Impact.BREAKING]:
        told[0] = f"**{told[0]}**"
    if any(impacts.values()):
        yield f"\n{', '.join(told)}{_sides(run)}\n"
    unknown = sum(comparison.counts[Verdict.UNKNOWN] for comparison in run.comparisons)
    if unknown:
        them = "it" if unknown == 1 else "them"
        yield f"\n> **Warning:** {counted(unknown, 'flow')} could not be looked at: "
        yield f"nothing is known of {them}.\n"


def _sides(run: Run) -> str:
    if len(run.comparisons) != 1 or run.comparisons[0].commit:
        return ""
    before, after = run.comparisons[0].before, run.comparisons[0].after
    return f" · {inline(before)} → {inline(after)}"


def _note(left_out: Mapping[Worth, int]) -> str:
    if not left_out:
        return ""
    told = ", ".join(
        f"{left_out[worth]:,} {_NOUNS[worth][left_out[worth] > 1]}" for worth in sorted(left_out)
    )
    return (
        f"\n> **Shortened to fit.** Left out: {told}. "
        "All of it: the same command with `--format html --output report.html`\n"
    )


def _comparison(comparison: Comparison, run: Run) -> Iterator[Block]:
    """The parts of a comparison, below its commit in a history."""
    blocks = [block for block in _parts(comparison, run.context) if block.children]
    commit = comparison.commit
    if commit is None:
        yield from blocks
    elif blocks:
        title = inline(f"{commit.when[:10]} {commit.author}: {commit.subject}")
        yield Block(f"\n### {code(commit.id[:_SHORT_ID])} {title}\n", None, tuple(blocks))


def _parts(comparison: Comparison, context: int) -> Iterator[Block]:
    """What could not be looked at, what is gone, then by impact: the same in several flows, flow by flow."""
    yield _table("Could not be looked at", "why", comparison, Verdict.UNKNOWN)
    yield _table(f"Missing in {inline(comparison.after)}", "file", comparison, Verdict.MISSING)
    by_impact = _flows_by_impact(comparison)
    for impact in IMPACTS:
        yield groups_block([group for group in comparison.groups if group.impact is impact], context)
        for flow in by_impact[impact]:
            yield flow_block(flow, comparison.own_findings(flow), context)
        if impact is Impact.BEHAVIOUR:
            yield _table(f"New in {inline(comparison.after)}", "file", comparison, Verdict.NEW)
    yield _rewritten(comparison.flows)


def _flows_by_impact(comparison: Comparison) -> Mapping[Impact, list[FlowVerdict]]:
    """The flows that changed, with the gravest impact of what no group tells."""
    found: dict[Impact, list[FlowVerdict]] = {impact: [] for impact in IMPACTS}
    for flow in comparison.flows:
        own = comparison.own_findings(flow) if flow.verdict is Verdict.CHANGED else ()
        if own:
            found[min((finding.impact for finding in own), key=IMPACTS.index)].append(flow)
    return found


_TABLES: Final[Mapping[Verdict, Worth]] = MappingProxyType(
    {Verdict.UNKNOWN: Worth.UNKNOWN, Verdict.MISSING: Worth.BREAKING, Verdict.NEW: Worth.BEHAVIOUR}
)


def _table(title: str, column: str, comparison: Comparison, verdict: Verdict) -> Block:
    """Flows of one verdict, a row each."""
    rows = (
        Block(
            f"| {flow_name(flow)}{_told(flow)}{_reason(flow)}",
            _TABLES[verdict],
            (*effect_lines(flow.findings, set()),),
            f" | {_why(flow)} |\n",
        )
        for flow in comparison.flows
        if flow.verdict is verdict
    )
    return Block(f"\n#### {title}\n\n| flow | {column} |\n|---|---|\n", None, (*rows,))


def _told(flow: FlowVerdict) -> str:
    """What came or went, with its impact."""
    return "".join(f"<br>{finding.impact}: {sentence(finding.sentence)}" for finding in flow.findings)


def _reason(flow: FlowVerdict) -> str:
    return (
        f"<br>{inline(flow.reason, _LONGEST)}" if flow.reason and flow.verdict is not Verdict.UNKNOWN else ""
    )


def _why(flow: FlowVerdict) -> str:
    if flow.verdict is Verdict.UNKNOWN:
        return inline(flow.reason, _LONGEST) or "no reason known"
    return code(flow.file)


def _rewritten(flows: Iterable[FlowVerdict]) -> Block:
    """Flows whose text is another and whose meaning is not."""
    rows = (
        Block(f"| {flow_name(flow)} | {inline(flow.reason, _LONGEST)} |\n", Worth.COSMETIC)
        for flow in flows
        if flow.verdict is Verdict.CHANGED and not flow.findings
    )
    return Block(
        "\n#### Written in another way, the same in meaning\n\n| flow | why |\n|---|---|\n", None, (*rows,)
    )
