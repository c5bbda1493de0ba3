"""The comment: findings by severity, and the number of parts that did not fit."""

from collections.abc import Iterator, Mapping
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.printable import plural, short_id
from flowsync.report.headline import headline_lines
from flowsync.report.markdown.budget import Block, Priority, fit_blocks, size
from flowsync.report.markdown.escaping import code, excerpt, inline, sentence
from flowsync.report.markdown.findings import effect_lines, flow_block, flow_name, groups_block
from flowsync.report.result import RunResult
from flowsync.report.severity import Severity, flow_severity

BUDGET: Final = 65_000
"""Bytes; GitHub accepts 65,536 characters."""

_NOTE: Final = 1_000
"""Bytes that are reserved for the list of omitted parts."""

_LONGEST: Final = 1_000
_FIRST_PROBLEMS: Final = 10


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
    found, *scope = headline_lines(*run.comparisons) if run.comparisons else ["No flow was compared."]
    yield f"<!-- flowsync:{command} -->\n"
    if run.error is not None:
        yield f"### flowsync {command} failed\n"
        yield "\n> **Error:** " + ">\n> ".join(_error(run.error))
        yield f"\n{'Before the failure: ' if run.comparisons else ''}{sentence(found)}\n"
    else:
        yield f"### flowsync {command}: {sentence(found)}\n"
    yield from (f"\n{sentence(line)}\n" for line in scope)


def _error(error: FlowsyncError) -> Iterator[str]:
    """Return the message, the first problems and the hint, a paragraph each."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    rest = len(problems) - _FIRST_PROBLEMS
    more = [f"and {plural(rest, 'more problem')}"] if rest > 0 else []
    hint = [f"hint: {error.hint}"] if error.hint else []
    for described in (error.sentence, *problems[:_FIRST_PROBLEMS], *more, *hint):
        yield f"{inline(described, _LONGEST)}\n"


def _note(omitted: Mapping[Priority, int]) -> str:
    if not omitted:
        return ""
    described = ", ".join(plural(count, priority) for priority, count in omitted.items())
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
    """Return by severity: flows that are removed, unknown or added, groups, then flow by flow."""
    whole = [flow for flow in comparison.flows if flow.status is not FlowStatus.CHANGED or not flow.findings]
    for severity in Severity:
        for title, status in _TITLES.items():
            flows = [one for one in whole if one.status is status and flow_severity(one, ()) is severity]
            yield Block(f"\n#### {title}\n\n", None, tuple(_whole_flow(one) for one in flows))
        yield groups_block([group for group in comparison.groups if group.impact.value == severity], context)
        for flow in comparison.flows:
            own = comparison.own_findings(flow) if flow not in whole else ()
            if own and flow_severity(flow, own) is severity:
                yield flow_block(flow, own, context)


_TITLES: Final = {
    "Removed": FlowStatus.REMOVED,
    "Missing on the platform": FlowStatus.MISSING,
    "Could not be compared": FlowStatus.UNKNOWN,
    "New": FlowStatus.NEW,
    "Written differently, same meaning": FlowStatus.CHANGED,
}


def _whole_flow(flow: FlowComparison) -> Block:
    """Return an entry for a flow that is not compared in detail."""
    reason = [excerpt(flow.reason, _LONGEST)] if flow.reason else []
    reason += [f"hint: {excerpt(flow.hint, _LONGEST)}"] if flow.hint else []
    described = "; ".join([*(sentence(one.sentence) for one in flow.findings), *reason])
    file = f"<br>{code(flow.file)}" if flow.file and flow.status is not FlowStatus.UNKNOWN else ""
    head = f"- {flow_name(flow)}{f': {described}' if described else ''}"
    effects = tuple(effect_lines(flow.findings, set()))
    return Block(head, Priority[flow_severity(flow, ()).name], effects, f"{file}\n")
