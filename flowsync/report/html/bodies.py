"""Two texts side by side, line by line, with what differs inside a line marked."""

from collections.abc import Iterator
from typing import Final

from flowsync.diff.values import common_start
from flowsync.report.html.markup import Markup, element, joined
from flowsync.report.lines import Line, hunks, sides

_MOST_LINES: Final = 2_000
_LONGEST_LINE: Final = 2_000
_LEAD: Final = 80


def side_by_side(before: str, after: str, context: int) -> Markup:
    """Both sides as a table; a note instead where they are too large to be compared line by line."""
    found = hunks(before, after, context)
    if found is None:
        return element("p", "Too large to be compared line by line.", class_="note")
    rows = [row for number, hunk in enumerate(found) for row in (*_skipped(number), *sides(hunk))]
    head = element("tr", *(element("th", side, scope="col", colspan="2") for side in ("before", "after")))
    columns = [element("col", class_=kind) for kind in ("number", "text")] * 2
    table = element(
        "table",
        element("colgroup", *columns),
        element("thead", head),
        element("tbody", *(_row(*row) for row in rows[:_MOST_LINES])),
        class_="lines",
    )
    attributes = {"class_": "scroll", "tabindex": "0", "role": "region", "aria_label": "Before and after"}
    return joined((element("div", table, **attributes), *_rest(len(rows) - _MOST_LINES)))


def _skipped(number: int) -> Iterator[tuple[None, None]]:
    """An empty row between two hunks."""
    if number:
        yield (None, None)


def _rest(rows: int) -> Iterator[Markup]:
    if rows > 0:
        yield element("p", f"{rows} more lines are not shown.", class_="note")


def _row(left: Line | None, right: Line | None) -> Markup:
    if left is None and right is None:
        return element("tr", element("td", "⋯", colspan="4"), class_="skipped")
    inner = _inner(left, right)
    return element(
        "tr",
        *_cells(left, left.before if left else None, inner),
        *_cells(right, right.after if right else None, inner),
    )


def _cells(line: Line | None, number: int | None, inner: tuple[int, int]) -> Iterator[Markup]:
    if line is None:
        yield element("td", class_="none", colspan="2")
        return
    kind = {"-": "removed", "+": "added"}.get(line.mark, "same")
    yield element("td", "" if number is None else str(number), class_=f"number {kind}")
    yield element("td", _marked(line.text, inner), class_=f"text {kind}")


def _inner(left: Line | None, right: Line | None) -> tuple[int, int]:
    """How many characters a changed pair of lines has in common at its start and at its end."""
    if left is None or right is None or left.text == right.text:
        return (0, 0)
    start = common_start(left.text, right.text)
    end = common_start(left.text[start:][::-1], right.text[start:][::-1])
    return (start, end) if start + end else (0, 0)


def _marked(text: str, inner: tuple[int, int]) -> Markup:
    """The line with the part that differs marked; a very long line from shortly before that part on."""
    start, end = inner
    first = max(0, start - _LEAD) if len(text) > _LONGEST_LINE else 0
    last = min(len(text), first + _LONGEST_LINE)
    stop = max(start, len(text) - end)
    more = ", different further on too" if start + end and stop > last else ""
    stop = min(stop, last)
    return joined(
        (
            f"… {text[first:start]}" if first else text[:start],
            element("mark", text[start:stop]) if start + end and stop > start else text[start:stop],
            text[stop:last],
            f"… ({len(text)} characters{more})" if last - first < len(text) else "",
        )
    )
