"""Our own lock: one writing flowsync per repository, and git's calls that outlive a killed one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flowsync.errors import GuardError

FOLDER = "flowsync"


@contextmanager
def writing_lock(common_dir: Path, *, clock: float) -> Iterator[int]:
    """Hold the lock, waiting up to `patience` seconds; GuardError when another flowsync keeps it longer.

    Yields its descriptor. A call of git that inherits it keeps the lock until it ends, even when this process
    is killed: so whoever holds the lock next sees the repository at rest.
    """
    folder = common_dir / FOLDER
    folder.mkdir(exist_ok=True)
    descriptors: list[int] = []
    lock = FileLock(folder / "lock", fallback_to_soft=False, on_acquired=descriptors.append)
    try:
        lock.acquire(timeout=clock)
    except Timeout as exc:
        raise GuardError(
            f"another flowsync is writing to this repository; waited {clock:g} s",
            hint="wait until it has ended, then run again",
        ) from exc
    try:
        yield descriptors[0]
    finally:
        lock.release()
