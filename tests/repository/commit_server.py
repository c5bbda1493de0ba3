"""Run syncs in forked processes, so that tests can kill them; one JSON object per line is one sync."""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from flowsync.errors import FlowsyncError
from flowsync.repository.identity import Identity
from flowsync.repository.objects import FileChange
from flowsync.repository.preconditions import writing_target
from flowsync.repository.recovery import recover
from flowsync.repository.repository import open_repository
from flowsync.repository.transaction import commit


def sync_once(
    path: Path,
    contents: Mapping[str, str | None],
    *,
    branch: str | None = None,
    message: str = "sync(prod): a test",
    author: Identity | None = None,
    timeout: float = 30.0,
) -> str | None:
    """Commit these files to a repository as a sync does; None as content removes a file."""
    with open_repository(path, environ=os.environ) as repository:
        recover(repository, timeout=timeout)
        environments = {name.split("/")[1] for name in contents}
        target = writing_target(repository, branch=branch, environments=environments, author=author)
        files = repository.flow_files(target.parent, environments).values()
        committed = {file.path: file.blob for group in files for file in group.values()}
        changes = [
            FileChange(
                name,
                committed.get(name),
                None if text is None else repository.hash_blob(text.encode()),
                (text or "").encode,
            )
            for name, text in contents.items()
        ]
        return commit(
            repository, target, changes, message=message, author=author, sleep=time.sleep, timeout=timeout
        )


def serve() -> None:
    """Print for each line the id of the process when it starts and its exit status when it ends."""
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run(job)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def run(job: Mapping[str, object]) -> None:
    """Run one sync in this process, then end the process."""
    status = 70
    try:
        environ, contents = job["environ"], job["contents"]
        assert isinstance(environ, dict)
        assert isinstance(contents, dict)
        os.environ.update(environ)
        sync_once(Path(str(job["repository"])), contents)
        status = 0
    except FlowsyncError as error:
        print(f"{type(error).__name__}: {error.message}", file=sys.stderr, flush=True)
        status = error.exit_status
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
