"""Exit statuses of commands that compare."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flowsync.diff.verdicts import Comparison

DONE: Final = 0
DIFFERENT: Final = 2
INCOMPLETE: Final = 3


def comparison_status(comparison: "Comparison", *, differences: bool = False) -> int:
    """3 where a flow is unknown, else 2 where flows differ and `differences` asks for it, else 0."""
    if not comparison.is_complete:
        return INCOMPLETE
    return DIFFERENT if differences and comparison.differs else DONE
