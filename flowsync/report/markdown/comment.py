"""The comment: findings by severity, and the number of parts that did not fit."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.analysis.model import IMPACTS
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import plural, short_id
from flowsync.report.headline import format_headline, format_side
from flowsync.report.markdown.budget import Block, Priority, fit_blocks, size
from flowsync.report.markdown.escaping import code, excerpt, inline, sentence
from flowsync.report.markdown.findings import effect_lines, flow_block, flow_name, groups_block
from flowsync.report.result import RunResult
from flowsync.report.severity import most_severe

BUDGET: Final = 65_000
"""Bytes; GitHub accepts 65,536 characters."""

_NOTE: Final = 1_000
"""Bytes that are reserved for the list of omitted parts."""

_LONGEST: Final = 1_000
_FIRST_PROBLEMS: Final = 10

_NOUNS: Final = dict(
    zip(
        Priority,
        (
            *("breaking change", "unknown flow", "behaviour change", "cosmetic change"),
            *("effect", "schedule comparison", "flow list"),
            *("breaking-change diff", "breaking-change graph"),
            *("behaviour-change diff", "behaviour-change graph"),
            *("cosmetic-change diff", "cosmetic-change graph"),
        ),
        strict=True,
    )
)


def markdown(run: RunResult, budget: int = BUDGET) -> str:
    """Render the run as a comment of at most `budget` bytes, for GitHub and GitLab.

    Parts that do not fit are left out and counted, those of the last `Priority` first. The first line
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
    return "No flow was compared." if run.error is not None else "nothing was compared"


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
    return f" · {excerpt(format_side(before))} → {excerpt(format_side(after))}"


def _note(omitted: Mapping[Priority, int]) -> str:
    if not omitted:
        return ""
    described = ", ".join(plural(omitted[priority], _NOUNS[priority]) for priority in sorted(omitted))
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
    flows = {status: [flow for flow in comparison.flows if flow.status is status] for status in FlowStatus}
    yield _table("Could not be compared", "why", flows[FlowStatus.UNKNOWN], Priority.UNKNOWN)
    yield _table("Missing on the platform", "file", flows[FlowStatus.MISSING], Priority.BREAKING)
    yield _table("Removed", "file", flows[FlowStatus.REMOVED], Priority.BREAKING)
    changed = [(flow, comparison.own_findings(flow)) for flow in flows[FlowStatus.CHANGED]]
    for rank, impact in enumerate(IMPACTS):
        yield groups_block([group for group in comparison.groups if group.impact is impact], context)
        for flow, own in changed:
            if most_severe(own) == rank:
                yield flow_block(flow, own, context)
        if impact is Impact.BEHAVIOUR:
            yield _table("New", "file", flows[FlowStatus.NEW], Priority.BEHAVIOUR)
    rewritten = [flow for flow in flows[FlowStatus.CHANGED] if not flow.findings]
    yield _table("Written differently, same meaning", "why", rewritten, Priority.COSMETIC)


def _table(title: str, column: str, flows: Iterable[FlowComparison], priority: Priority) -> Block:
    """Return a row for each flow; the second column contains the reason or the file."""
    rows = []
    for flow in flows:
        hint = f"<br>hint: {excerpt(flow.hint, _LONGEST)}" if flow.hint else ""
        reason = f"{excerpt(flow.reason, _LONGEST)}{hint}"
        found = [f"<br>{finding.impact}: {sentence(finding.sentence)}" for finding in flow.findings]
        if column == "file":
            found += [f"<br>{reason}"] if reason else []
        last = code(flow.file) if column == "file" else reason or "no reason known"
        effects = tuple(effect_lines(flow.findings, set()))
        rows.append(Block(f"| {flow_name(flow)}{''.join(found)}", priority, effects, f" | {last} |\n"))
    return Block(f"\n#### {title}\n\n| flow | {column} |\n|---|---|\n", None, tuple(rows))
