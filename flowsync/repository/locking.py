"""Lock a repository for one writing flowsync, including its git commands that outlive it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flowsync.errors import GuardError

FOLDER = "flowsync"


@contextmanager
def writing_lock(common_dir: Path, *, timeout: float) -> Iterator[int]:
    """Acquire the lock within `timeout` seconds; raises GuardError if another flowsync keeps it longer.

    Yields the lock's descriptor. A git command that inherits it keeps the lock until it ends, even if this
    process is killed, so that no command is running when the lock is acquired again.
    """
    folder = common_dir / FOLDER
    folder.mkdir(exist_ok=True)
    descriptors: list[int] = []
    lock = FileLock(folder / "lock", fallback_to_soft=False, on_acquired=descriptors.append)
    try:
        lock.acquire(timeout=timeout)
    except Timeout as exc:
        raise GuardError(
            f"another flowsync is writing to this repository; waited {timeout:g} s",
            hint="wait until it ends, then run again",
        ) from exc
    try:
        yield descriptors[0]
    finally:
        lock.release()
