"""The comment: what was found in order of importance, and what did not fit."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import short_id
from flowsync.report.headline import format_headline, format_side
from flowsync.report.markdown.budget import Block, Priority, fit_blocks, size
from flowsync.report.markdown.escaping import code, inline, sentence
from flowsync.report.markdown.findings import effect_lines, flow_block, flow_name, groups_block
from flowsync.report.plural import plural
from flowsync.report.result import RunResult

BUDGET: Final = 65_000
"""Bytes; GitHub takes 65,536 characters, which are never more than that, however it counts them."""

_NOTE: Final = 1_000
"""Bytes that the list of what was left out needs at most."""

_LONGEST: Final = 1_000
_FIRST_PROBLEMS: Final = 10

_NOUNS: Final[Mapping[Priority, tuple[str, str]]] = MappingProxyType(
    {
        Priority.BREAKING: ("breaking change", "breaking changes"),
        Priority.UNKNOWN: ("unknown flow", "unknown flows"),
        Priority.BEHAVIOUR: ("change of behaviour", "changes of behaviour"),
        Priority.COSMETIC: ("cosmetic change", "cosmetic changes"),
        Priority.EFFECT: ("effect on other tasks or flows", "effects on other tasks or flows"),
        Priority.TIMES: ("list of next runs", "lists of next runs"),
        Priority.FLOWS: ("list of flows", "lists of flows"),
        Priority.BREAKING_DETAIL: ("text of a breaking change", "texts of breaking changes"),
        Priority.BREAKING_GRAPH: ("picture of breaking changes", "pictures of breaking changes"),
        Priority.BEHAVIOUR_DETAIL: ("text of a change of behaviour", "texts of changes of behaviour"),
        Priority.BEHAVIOUR_GRAPH: ("picture of changes of behaviour", "pictures of changes of behaviour"),
        Priority.COSMETIC_DETAIL: ("text of a cosmetic change", "texts of cosmetic changes"),
        Priority.COSMETIC_GRAPH: ("picture of cosmetic changes", "pictures of cosmetic changes"),
    }
)
"""One and several of each, as the list of what was left out names them."""


def markdown(run: RunResult, budget: int = BUDGET) -> str:
    """Render the run as a comment of at most `budget` bytes, for GitHub and GitLab.

    What does not fit is left out in the order of `Priority`, the last one first, and counted. The first line
    distinguishes the comments of different commands.
    """
    top = "".join(_top(run))
    blocks = [block for comparison in run.comparisons for block in _comparison(comparison, run)]
    body, omitted = fit_blocks(blocks, budget - size(top) - _NOTE)
    return f"{top}{_note(omitted)}{body}"


def _top(run: RunResult) -> Iterator[str]:
    command = "".join(filter(str.isalnum, run.command))
    yield f"<!-- flowsync:{command} -->\n"
    if run.error is not None:
        yield f"### flowsync {command} failed\n"
        yield "\n> **Error:** " + ">\n> ".join(_error(run.error))
        yield f"\n{'Before the failure: ' if run.comparisons else ''}{_found(run)}\n"
    else:
        yield f"### flowsync {command}: {_found(run)}\n"
    yield from _summary(run)


def _error(error: FlowsyncError) -> Iterator[str]:
    """Return the message, the first problems and the hint, a paragraph each."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    rest = len(problems) - _FIRST_PROBLEMS
    more = [f"and {plural(rest, 'more problem')}"] if rest > 0 else []
    hint = [f"hint: {error.hint}"] if error.hint else []
    for described in (error.sentence, *problems[:_FIRST_PROBLEMS], *more, *hint):
        yield f"{inline(described, _LONGEST)}\n"


def _found(run: RunResult) -> str:
    if run.comparisons:
        return format_headline(*run.comparisons)
    return "Nothing is known of the flows." if run.error is not None else "nothing was compared"


def _summary(run: RunResult) -> Iterator[str]:
    impacts = {impact: sum(one.impacts[impact] for one in run.comparisons) for impact in IMPACTS}
    described = [f"{impacts[impact]:,} {impact}" for impact in IMPACTS]
    if impacts[Impact.BREAKING]:
        described[0] = f"**{described[0]}**"
    if any(impacts.values()):
        yield f"\n{', '.join(described)}{_sides(run)}\n"
    unknown = sum(comparison.counts[FlowStatus.UNKNOWN] for comparison in run.comparisons)
    if unknown:
        whose = "its" if unknown == 1 else "their"
        yield f"\n> **Warning:** {plural(unknown, 'flow')} could not be compared: "
        yield f"{whose} state is unknown.\n"


def _sides(run: RunResult) -> str:
    if len(run.comparisons) != 1 or run.comparisons[0].commit:
        return ""
    before, after = run.comparisons[0].before, run.comparisons[0].after
    return f" · {inline(format_side(before))} → {inline(format_side(after))}"


def _note(omitted: Mapping[Priority, int]) -> str:
    if not omitted:
        return ""
    described = ", ".join(
        f"{omitted[priority]:,} {_NOUNS[priority][omitted[priority] > 1]}" for priority in sorted(omitted)
    )
    return (
        f"\n> **Shortened to fit.** Left out: {described}. "
        "All of it: the same command with `--format html --output report.html`\n"
    )


def _comparison(comparison: Comparison, run: RunResult) -> Iterator[Block]:
    """Return the parts of a comparison, below its commit in a history."""
    blocks = [block for block in _parts(comparison, run.context) if block.children]
    commit = comparison.commit
    if commit is None:
        yield from blocks
    elif blocks:
        title = inline(f"{commit.when[:10]} {commit.author}: {commit.subject}")
        yield Block(f"\n### {code(short_id(commit.id))} {title}\n", None, tuple(blocks))


def _parts(comparison: Comparison, context: int) -> Iterator[Block]:
    """Return unknown flows, removed flows, then by impact: groups, then flow by flow."""
    yield _table("Could not be looked at", "why", comparison, FlowStatus.UNKNOWN)
    yield _table("Missing on the platform", "file", comparison, FlowStatus.MISSING)
    yield _table("Removed", "file", comparison, FlowStatus.REMOVED)
    by_impact = _flows_by_impact(comparison)
    for impact in IMPACTS:
        yield groups_block([group for group in comparison.groups if group.impact is impact], context)
        for flow in by_impact[impact]:
            yield flow_block(flow, comparison.own_findings(flow), context)
        if impact is Impact.BEHAVIOUR:
            yield _table("New", "file", comparison, FlowStatus.NEW)
    yield _rewritten(comparison.flows)


def _flows_by_impact(comparison: Comparison) -> Mapping[Impact, list[FlowComparison]]:
    """Return the changed flows by the most severe impact of their own findings."""
    found: dict[Impact, list[FlowComparison]] = {impact: [] for impact in IMPACTS}
    for flow in comparison.flows:
        own = comparison.own_findings(flow) if flow.status is FlowStatus.CHANGED else ()
        if own:
            found[min((finding.impact for finding in own), key=IMPACTS.index)].append(flow)
    return found


_TABLES: Final[Mapping[FlowStatus, Priority]] = MappingProxyType(
    {
        FlowStatus.UNKNOWN: Priority.UNKNOWN,
        FlowStatus.MISSING: Priority.BREAKING,
        FlowStatus.REMOVED: Priority.BREAKING,
        FlowStatus.NEW: Priority.BEHAVIOUR,
    }
)


def _table(title: str, column: str, comparison: Comparison, status: FlowStatus) -> Block:
    """Flows of one verdict, a row each."""
    rows = (
        Block(
            f"| {flow_name(flow)}{_describe(flow)}{_reason(flow)}",
            _TABLES[status],
            (*effect_lines(flow.findings, set()),),
            f" | {_why(flow)} |\n",
        )
        for flow in comparison.flows
        if flow.status is status
    )
    return Block(f"\n#### {title}\n\n| flow | {column} |\n|---|---|\n", None, (*rows,))


def _describe(flow: FlowComparison) -> str:
    """Describe an added or removed flow with its impact."""
    return "".join(f"<br>{finding.impact}: {sentence(finding.sentence)}" for finding in flow.findings)


def _reason(flow: FlowComparison) -> str:
    return (
        f"<br>{inline(flow.reason, _LONGEST)}"
        if flow.reason and flow.status is not FlowStatus.UNKNOWN
        else ""
    )


def _why(flow: FlowComparison) -> str:
    if flow.status is FlowStatus.UNKNOWN:
        hint = f"<br>hint: {inline(flow.hint, _LONGEST)}" if flow.hint else ""
        return f"{inline(flow.reason, _LONGEST)}{hint}" or "no reason known"
    return code(flow.file)


def _rewritten(flows: Iterable[FlowComparison]) -> Block:
    """Return the flows whose text differs but not their meaning."""
    rows = (
        Block(f"| {flow_name(flow)} | {inline(flow.reason, _LONGEST)} |\n", Priority.COSMETIC)
        for flow in flows
        if flow.status is FlowStatus.CHANGED and not flow.findings
    )
    return Block("\n#### Written differently, same meaning\n\n| flow | why |\n|---|---|\n", None, (*rows,))
