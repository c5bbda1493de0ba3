"""A run that reaches a limit of the system reports an error with a hint, never a traceback."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Live, Program, flows

_LIMIT: Final = 128
_MOST: Final = 14
_NO_THREADS: Final = """\
import sys, threading
from flowsync.cli.main import run
threading.stack_size(1 << 50)
sys.exit(run(sys.argv[1:]))
"""


@contextmanager
def _permit_files(count: int) -> Iterator[None]:
    """Permit `count` more open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_LIMIT, hard))
    opened = []
    try:
        with suppress(OSError):
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(count):
            os.close(opened.pop())
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("arguments", [["validate"], ["fmt"], ["diff"], ["log"], ["show", "1"]], ids=" ".join)
def test_too_many_open_files_is_an_error_with_a_hint(
    arguments: list[str], synced: Path, flowsync: Program
) -> None:
    expected = flowsync(*arguments)
    explained = 0
    for count in range(_MOST):
        with _permit_files(count):
            done = flowsync(*arguments)
        if "oo many open files" in done.err + done.out:
            assert done.status not in {0, 2}
            explained += "ulimit -n" in done.err
        else:
            assert done == expected
    assert explained


@pytest.mark.parametrize("limit", [8, 12])
def test_a_process_with_few_open_files_ends_with_a_hint(limit: int, synced: Path, prod: Live) -> None:
    prod.put(flows(200))
    command = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", sys.executable, "-m", "flowsync"]
    arguments = ["drift", "--no-cache", "--jobs", "16"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "hint: raise the limit of open files (ulimit -n)" in done.stderr


def test_a_thread_that_cannot_start_is_an_error_with_a_hint(synced: Path, prod: Live) -> None:
    command = [sys.executable, "-c", _NO_THREADS, "drift", "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "error: limit of the system: can't start new thread" in done.stderr
    assert "hint: raise the limit of processes and threads" in done.stderr
