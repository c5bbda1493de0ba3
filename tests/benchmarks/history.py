"""Compare the semantic history of a flow with git's history of its file."""

import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from flowsync.document.file_layout import document_path
from flowsync.document.load import load_flow_document
from flowsync.document.version_reader import VersionReader
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Value

from .exports import export
from .figures import Figure
from .measuring import Cost, cost, median, ratio, run_command
from .repositories import clean_environment, git, new_repository

_BOUND = 3.0
_LIST_BOUND = 3.0
_FLOW_ID = 10_000
_ENVIRONMENT = "prod"
_FIRST_DAY = 1_600_000_000


def history_figures(folder: Path, commits: int, rounds: int) -> Iterator[Figure]:
    """Measure `flowsync log` of a flow of 20 tasks with edits of settings, commands and schedule."""
    place = new_repository(folder)
    path = _build(place, commits)
    environment = clean_environment(folder)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for _ in range(rounds):
        theirs.append(
            run_command("git", "log", "--follow", "-p", "--", path, cwd=place, environment=environment)
        )
        ours.append(_log(place, environment, str(_FLOW_ID)))
    if ours[0].out.count("\ncommit ") != commits - 1:
        raise RuntimeError("not every commit was listed")
    yield Figure(
        f"log of a flow over {commits:,} commits : git log --follow -p",
        ratio(ours, theirs),
        bound=_BOUND,
        ours=median(ours),
        theirs=median(theirs),
    )
    yield unknown_list_figure(rounds)
    first = [_log(place, environment, "-n", "1") for _ in range(rounds)]
    yield Figure("log of the last commit", median(first).wall, "s", ours=median(first))


def unknown_list_figure(rounds: int, entries: int = 2_000) -> Figure:
    """Measure reading a document with a long list in an unknown field, as `log` reads it."""
    lineage: list[Value] = [{"table": f"t{number}", "columns": [1, number]} for number in range(entries)]
    text = dump(canonicalize({**export(_FLOW_ID), "lineage": lineage}, _FLOW_ID)).encode()
    ours = [cost(lambda: VersionReader().load_flow_document(_FLOW_ID, text)) for _ in range(rounds)]
    theirs = [cost(lambda: load_flow_document(_FLOW_ID, text)) for _ in range(rounds)]
    return Figure(
        f"log reading a list of {entries:,} in an unknown field : diff reading it",
        ratio(ours, theirs),
        bound=_LIST_BOUND,
        ours=median(ours),
        theirs=median(theirs),
    )


def _log(place: Path, environment: Any, *arguments: str) -> Cost:
    return run_command(
        sys.executable, "-m", "flowsync", "log", *arguments, cwd=place, environment=environment
    )


def _build(place: Path, commits: int) -> str:
    """Fill the repository by one fast-import; return the path of the flow's file."""
    flow, dice = export(_FLOW_ID), Random(_FLOW_ID)
    path = document_path(_ENVIRONMENT, flow["name"], _FLOW_ID)
    stream = []
    for number in range(commits):
        _edit(flow, number, dice)
        text = dump(canonicalize(deepcopy(flow), _FLOW_ID)).encode()
        stream.append(
            b"commit refs/heads/main\ncommitter A <a@example.com> %d +0800\ndata 4\nsync\n"
            b"M 644 inline %s\ndata %d\n%s\n" % (_FIRST_DAY + 3_600 * number, path.encode(), len(text), text)
        )
    git(place, "fast-import", "--quiet", stdin=b"".join(stream))
    git(place, "read-tree", "-u", "--reset", "HEAD")
    return path


def _edit(flow: dict[str, Any], number: int, dice: Random) -> None:
    """Return the flow with a frequent kind of edit: a setting, a few lines of a command, the hour."""
    task = dice.choice(flow["tasks"])
    match number % 3:
        case 0:
            task["timeout"] = number
        case 1:
            lines = task["cmd"].splitlines()
            task["cmd"] = "\n".join([*lines[:30], f"echo {number}", *lines[30:60]])
        case _:
            flow["cron"] = f"0 {number % 60} {number % 24} * * ? *"
