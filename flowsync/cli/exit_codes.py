"""Exit statuses of commands that compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison

DONE: Final = 0
DIFFERENT: Final = 2
INCOMPLETE: Final = 3


def comparison_status(
    comparison: Comparison, *, differences: bool = False, fail_on: str | None = None
) -> int:
    """Return 3 if a flow is unknown, else 2 if something relevant differs, else 0.

    With `fail_on`, findings of that impact or a more severe one are relevant; else any difference, if
    `differences`.
    """
    if not comparison.is_complete:
        return INCOMPLETE
    is_different = differences and comparison.differs
    if fail_on:
        from flowsync.analysis.model import IMPACTS

        least = [impact.value for impact in IMPACTS].index(fail_on)
        is_different = any(comparison.impacts[impact] for impact in IMPACTS[: least + 1])
    return DIFFERENT if is_different else DONE
