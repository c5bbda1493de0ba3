"""Exit statuses of commands that compare."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.analysis.comparison import Comparison

DONE: Final = 0
DIFFERENT: Final = 2
INCOMPLETE: Final = 3


def comparison_status(
    comparison: "Comparison", *, differences: bool = False, fail_on: str | None = None
) -> int:
    """Return 3 if a flow is unknown, else 2 if something relevant differs, else 0.

    With `fail_on`, findings of that impact or a more severe one are relevant; else any difference, if
    `differences`.
    """
    if not comparison.is_complete:
        return INCOMPLETE
    minded = _has(comparison, fail_on) if fail_on else differences and comparison.differs
    return DIFFERENT if minded else DONE


def _has(comparison: "Comparison", fail_on: str) -> bool:
    from flowsync.analysis.model import IMPACTS

    minded = IMPACTS[: [impact.value for impact in IMPACTS].index(fail_on) + 1]
    return any(comparison.impacts[impact] for impact in minded)
