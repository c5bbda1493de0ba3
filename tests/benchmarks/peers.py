"""Count the differences that other tools report for each golden case, next to the true number.

Every tool gets the same: parsed documents or exports, one mapping for a case of one flow, else a mapping by
flow id; git gets the files. A tool that does not end in time, or fails, says nothing.
"""

import importlib
import multiprocessing
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from deepdiff import DeepDiff
from report.cases import Case, cases

from flowsync.analysis.analyze import DiffContext, added_flow_finding, analyze, removed_flow_finding
from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus, Side
from flowsync.analysis.grouping import group_findings
from flowsync.flow.values import Record

from .figures import Figure

_SINCE: Final = datetime(2026, 11, 23)  # noqa: DTZ001  # schedules have no zone
_CHANGED: Final = re.compile(r"(\d+) (?:insertions?|deletions?)")

Flows = Mapping[int, Any]


@dataclass(frozen=True)
class _Cell:
    """The number of differences that a tool reports for a case, or why there is none."""

    count: int | None
    why: str = ""

    def __str__(self) -> str:
        return self.why if self.count is None else f"{self.count:,}"


def peer_figures(limit: float) -> Iterator[Figure]:
    """Return the cases that each tool counts correctly; print the Markdown table."""
    for library in ("jsondiff", "graphtage.json"):  # once, outside the time of the cases
        with suppress(ImportError):
            importlib.import_module(library)
    rows = []
    for case in (one for one in cases() if not one.unknown):
        print(f"  {case.name}", file=sys.stderr, flush=True)
        _preload(case)
        rows.append((case, [_result(tool, case, limit) for tool in _TOOLS.values()]))
    print(_markdown(rows))
    for place, tool in enumerate(_TOOLS):
        right = sum(cells[place].count == case.edits for case, cells in rows)
        bound = len(rows) if tool == "flowsync" else None
        yield Figure(
            f"cases counted correctly by {tool}, of {len(rows)}", right, "cases", bound, at_least=True
        )


def _preload(case: Case) -> None:
    """Read the files of the case in advance, because that is not the work of a tool."""
    assert len(case.values) == len(case.documents)


def _markdown(rows: Sequence[tuple[Case, Sequence[_Cell]]]) -> str:
    lines = [("case", "edits", *_TOOLS), ("---", *["--:"] * (len(_TOOLS) + 1))]
    lines += [(case.title, f"{case.edits:,}", *map(str, cells)) for case, cells in rows]
    right = [sum(cells[place].count == case.edits for case, cells in rows) for place in range(len(_TOOLS))]
    lines.append((f"as many as edits, of {len(rows)} cases", "", *(f"**{count}**" for count in right)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _result(tool: Callable[[Case], int], case: Case, limit: float) -> _Cell:
    """Run a tool in a separate process."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    worker = context.Process(target=_answer, args=(tool, case, theirs))
    worker.start()
    theirs.close()
    cell = _Cell(None, f"> {limit:g} s")
    with suppress(EOFError):
        if ours.poll(limit):
            cell = ours.recv()
    worker.kill()
    worker.join()
    return cell


def _answer(tool: Callable[[Case], int], case: Case, answer: Connection) -> None:
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        sys.stdout = sys.stderr = nowhere
        try:
            cell = _Cell(tool(case))
        except ImportError:
            cell = _Cell(None, "not installed")
        except Exception:  # noqa: BLE001  # a tool that fails has no result
            cell = _Cell(None, "fails")
        answer.send(cell)


def _sides(case: Case) -> tuple[Any, Any]:
    before, after = case.values
    if before.keys() == after.keys() and len(before) == 1:
        return next(iter(before.values())), next(iter(after.values()))
    return ({str(key): value for key, value in side.items()} for side in (before, after))  # type: ignore[return-value]


def _flowsync(case: Case) -> int:
    before, after = case.documents
    flows = [
        FlowComparison("prod", flow_id, "", FlowStatus.CHANGED, findings=_findings(flow_id, before, after))
        for flow_id in sorted(before.keys() | after.keys())
    ]
    return sum(
        group_findings(Comparison(Side("before"), Side("after"), tuple(flows), len(flows))).impacts.values()
    )


def _findings(flow_id: int, before: Mapping[int, Record], after: Mapping[int, Record]) -> tuple[Any, ...]:
    setting = DiffContext("prod", flow_id, _SINCE)
    if flow_id not in before:
        return (added_flow_finding("", setting),)
    if flow_id not in after:
        return (removed_flow_finding("", setting, before=before[flow_id]),)
    return analyze(before[flow_id], after[flow_id], setting)


def _deepdiff(case: Case, **options: Any) -> int:
    return _levels(DeepDiff(*_sides(case), view="tree", **options))


def _levels(tree: Any) -> int:
    return sum(len(levels) for levels in tree.values())


def _deepdiff_grouped(case: Case) -> int:
    """Match tasks by name and relations by both ends, as a user would configure it."""
    before, after = case.values
    both = before.keys() & after.keys()
    return len(before.keys() ^ after.keys()) + sum(_grouped(before[one], after[one]) for one in both)


def _grouped(before: Record, after: Record) -> int:
    keys: dict[str, Any] = {"tasks": "name", "relations": ["sourceTaskName", "targetTaskName"]}
    was, becomes = ({key: flow[key] for key in flow if key not in keys} for flow in (before, after))
    rest = _levels(DeepDiff(was, becomes, view="tree"))
    return rest + sum(
        _levels(DeepDiff(before[key], after[key], group_by=by, view="tree")) for key, by in keys.items()
    )


def _jsondiff(case: Case) -> int:
    module = importlib.import_module("jsondiff")
    return _operations(module.JsonDiffer(syntax="explicit").diff(*_sides(case)), module)


def _operations(result: Any, module: Any) -> int:
    """Count inserted, deleted and replaced values."""
    if not isinstance(result, dict):
        return 1
    count = 0
    for symbol, what in result.items():
        if symbol in (module.insert, module.delete):
            count += len(what)
        elif symbol == module.update:
            count += sum(_operations(inner, module) for inner in what.values())
        else:
            count += _operations(what, module)
    return count


def _graphtage(case: Case) -> int:
    importlib.import_module("graphtage")
    build = importlib.import_module("graphtage.json").build_tree
    before, after = map(build, _sides(case))
    return sum(edit.has_non_zero_cost() for edit in before.get_all_edits(after))


def _git(case: Case) -> int:
    """Count added and removed lines as `git diff --stat` does."""
    with tempfile.TemporaryDirectory() as folder:
        for side, files in zip(("before", "after"), case.files, strict=True):
            for flow_id, data in files.items():
                path = Path(folder, side, f"{flow_id}")
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        command = ["git", "diff", "--no-index", "--stat", "before", "after"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return sum(map(int, _CHANGED.findall(done.stdout)))


_TOOLS: Final[Mapping[str, Callable[[Case], int]]] = MappingProxyType(
    {
        "flowsync": _flowsync,
        "DeepDiff": _deepdiff,
        "DeepDiff ignore_order": lambda case: _deepdiff(case, ignore_order=True),
        "DeepDiff group_by": _deepdiff_grouped,
        "jsondiff": _jsondiff,
        "graphtage": _graphtage,
        "git diff --stat, lines": _git,
    }
)
