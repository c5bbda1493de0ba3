"""Describe which tasks and relations a graph omits."""

from collections.abc import Iterator, Mapping

from flowsync.graph.view import BY_SEVERITY, Omitted, ViewState


def describe_omitted(omitted: Omitted) -> str:
    """Describe how many tasks and relations a graph omits, with their states; "" for none."""
    return ", and ".join((*_tasks(omitted.nodes), *_relations(omitted.edges)))


def _tasks(counts: Mapping[ViewState, int]) -> Iterator[str]:
    changed = ", ".join(_count_states(counts))
    if counts:
        yield f"{sum(counts.values()):,} more" + (f" ({changed})" if changed else "")


def _relations(counts: Mapping[ViewState, int]) -> Iterator[str]:
    same = counts.get(ViewState.SAME, 0)
    described = [*_count_states(counts), *([f"{same:,} unchanged"] if same else ())]
    if described:
        yield f"{', '.join(described)} relation{'' if sum(counts.values()) == 1 else 's'}"


def _count_states(counts: Mapping[ViewState, int]) -> Iterator[str]:
    for state in BY_SEVERITY:
        if state is not ViewState.SAME and counts.get(state):
            yield f"{counts[state]:,} {state}"
