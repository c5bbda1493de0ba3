"""What a picture of tasks does not show, in words."""

from collections.abc import Iterator, Mapping

from flowsync.graph.view import GRAVEST_FIRST, LeftOut, State


def left_out_in_words(left_out: LeftOut) -> str:
    """How many tasks and relations there are beyond the picture, and what became of them; empty for none."""
    return ", and ".join((*_tasks(left_out.nodes), *_relations(left_out.edges)))


def _tasks(counts: Mapping[State, int]) -> Iterator[str]:
    changed = ", ".join(_changed(counts))
    if counts:
        yield f"{sum(counts.values()):,} more" + (f" ({changed})" if changed else "")


def _relations(counts: Mapping[State, int]) -> Iterator[str]:
    same = counts.get(State.SAME, 0)
    told = [*_changed(counts), *([f"{same:,} unchanged"] if same else ())]
    if told:
        yield f"{', '.join(told)} relation{'' if sum(counts.values()) == 1 else 's'}"


def _changed(counts: Mapping[State, int]) -> Iterator[str]:
    for state in GRAVEST_FIRST:
        if state is not State.SAME and counts.get(state):
            yield f"{counts[state]:,} {state}"
