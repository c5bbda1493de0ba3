"""Figures of a run and their table."""

from collections.abc import Iterable
from dataclasses import dataclass

from .measuring import Cost


@dataclass(frozen=True)
class Figure:
    """One row of the table: a measurement with its unit and, if any, its bound.

    `at_least` turns the bound round. `ours` and `theirs` are the costs that a ratio was made of.
    """

    name: str
    value: float
    unit: str = "x"
    bound: float | None = None
    at_least: bool = False
    ours: Cost | None = None
    theirs: Cost | None = None

    @property
    def mark(self) -> str:
        if self.bound is None:
            return ""
        is_met = self.value >= self.bound if self.at_least else self.value <= self.bound
        return "pass" if is_met else "FAIL"


_HEAD = ("figure", "measured", "bound", "", "wall s", "cpu s", "against: wall s", "cpu s")


def table(figures: Iterable[Figure]) -> str:
    """Format all figures in columns."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    sign = ">=" if figure.at_least else "<="
    bound = "" if figure.bound is None else f"{sign} {figure.bound:g}"
    measured = f"{_number(figure.value)} {figure.unit}"
    return (figure.name, measured, bound, figure.mark, *_seconds(figure.ours), *_seconds(figure.theirs))


def _seconds(spent: Cost | None) -> tuple[str, str]:
    return (_number(spent.wall), _number(spent.cpu)) if spent else ("", "")


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
