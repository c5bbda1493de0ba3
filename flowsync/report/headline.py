"""The first lines of a report: the verdict, the sides and the counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from flowsync.analysis.comparison import Comparison, FlowStatus, Side
from flowsync.analysis.wording.names import format_name, join_names
from flowsync.flow.field_types import Impact
from flowsync.flow.printable import plural, short_id
from flowsync.report.severity import count_impacts

_COUNTED: Final = (FlowStatus.CHANGED, FlowStatus.NEW, FlowStatus.REMOVED, FlowStatus.MISSING)


def format_headline(*comparisons: Comparison) -> str:
    """Return the verdict and the scope on one line."""
    verdict, *scope = headline_lines(*comparisons)
    return f"{verdict} ({scope[0]})" if scope else verdict


def headline_lines(*comparisons: Comparison) -> list[str]:
    """Return the verdict and, unless the verdict contains it, the scope."""
    if len(comparisons) != 1 or comparisons[0].commit:
        return [_history(comparisons)]
    return [*filter(None, (format_verdict(comparisons[0]), format_scope(comparisons[0])))]


def format_verdict(comparison: Comparison) -> str:
    """Return whether to stop, and the number of findings of each impact.

    Only a complete run without differences says "No changes", and of which sides.
    """
    unknown, new = (comparison.counts[status] for status in (FlowStatus.UNKNOWN, FlowStatus.NEW))
    if not comparison.differs and not unknown:
        return f"No changes: {_agreement(comparison)}"
    if new == comparison.checked:
        return plural(new, "new flow")
    impacts = _impacts(comparison)
    found, breaking = count_impacts(impacts), impacts[Impact.BREAKING]
    noun = "breaking change" if breaking == 1 else "breaking changes"
    others = f"{'n' if unknown else 'N'}o breaking changes{': ' if found else ''}{found}"
    parts = (
        f"STOP: {found.replace('breaking', noun, 1)}" if breaking else "",
        f"INCOMPLETE: {unknown:,} of {plural(comparison.checked, 'flow')} unknown" if unknown else "",
        others if comparison.differs and not breaking else "",
    )
    return "; ".join(filter(None, parts))


def format_counts(comparison: Comparison) -> str:
    """Return the numbers of findings by impact and of added flows: `1 breaking, 2 behaviour, 3 new`."""
    new = comparison.counts[FlowStatus.NEW]
    found = [count_impacts(_impacts(comparison)), f"{new:,} new" if new else ""]
    return ", ".join(filter(None, found)) or "no findings"


def format_scope(comparison: Comparison) -> str:
    """Return the sides and the number of flows of each status; empty if the verdict has them."""
    counts = [f"{count:,} {status}" for status in _COUNTED if (count := comparison.counts[status])]
    if not counts and comparison.is_complete:
        return ""
    sides = f"{format_side(comparison.before)} → {format_side(comparison.after)}"
    return f"{sides}: {', '.join(counts) or 'none changed'} of {plural(comparison.checked, 'flow')}"


def format_side(side: Side) -> str:
    """Return a side by its branch and commit, and by what the user typed if that is something else."""
    if side.is_live:
        assert side.time is not None
        return f"live {join_names([*side.gateways])} ({format_time(side.time)})"
    if side.commit is None:
        return format_name(side.name)
    commit = short_id(side.commit)
    known = f"{format_name(side.ref)}@{commit}" if side.ref else commit
    is_evident = (
        (side.name == "HEAD" and side.ref) or side.name == side.ref or side.commit.startswith(side.name)
    )
    return known if is_evident else f"{known} ({format_name(side.name)})"


def format_time(time: datetime) -> str:
    """Return day, time and offset: `26 Nov 18:05 GMT+8`; no offset if it is not known."""
    offset = time.utcoffset()
    return f"{time.day} {time:%b %H:%M}{'' if offset is None else f' {_zone(offset)}'}"


def _zone(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"GMT{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "GMT"


def _agreement(comparison: Comparison) -> str:
    """Return which sides are the same, and how many flows they have."""
    before, after = comparison.before, comparison.after
    flows = plural(comparison.checked, "flow")
    if not after.is_live:
        return f"{format_side(before)} → {format_side(after)} ({flows})"
    assert after.time is not None
    verb = "is" if len(after.gateways) == 1 else "are"
    committed = f"as committed in {format_side(before)}"
    return f"{join_names([*after.gateways])} {verb} {committed} ({flows}, {format_time(after.time)})"


def _impacts(comparison: Comparison) -> Mapping[Impact, int]:
    """Return the numbers of findings by impact; an added flow is counted as a flow, not as a finding."""
    new = [flow for flow in comparison.flows if flow.status is FlowStatus.NEW]
    counts = Counter(comparison.impacts)
    counts.subtract(finding.impact for flow in new for finding in comparison.own_findings(flow))
    return counts


def _history(comparisons: Sequence[Comparison]) -> str:
    flows = {flow.key for comparison in comparisons for flow in comparison.flows}
    unknown = sum(comparison.counts[FlowStatus.UNKNOWN] for comparison in comparisons)
    breaking = sum(comparison.impacts[Impact.BREAKING] for comparison in comparisons)
    counts = ((breaking, "breaking"), (unknown, "unknown"))
    described = "".join(f", {count:,} {word}" for count, word in counts if count)
    return f"{plural(len(comparisons), 'commit')} changed {plural(len(flows), 'flow')}{described}"
