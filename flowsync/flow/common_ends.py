"""What two sequences have in common at both ends."""

from collections.abc import Sequence


def common_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Count the equal items at the start, then those at the end of the rest."""
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - start
    return start, next((n for n in range(rest) if before[~n] != after[~n]), rest)
