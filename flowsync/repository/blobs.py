"""Contents of blobs by their ids, from one `git cat-file --batch` that stays open."""

from subprocess import Popen

from flowsync.errors import RepositoryError
from flowsync.repository.git import Git


class BlobReader:
    """Starts git with the first read; `close` ends it. Not for several threads at once.

    GitPython's own reader of this protocol knows SHA-1 repositories only.
    """

    def __init__(self, git: Git) -> None:
        self.reads = 0
        self._git = git
        self._process: Popen[bytes] | None = None

    def read(self, blob_id: str) -> bytes:
        """The bytes of one blob; RepositoryError where there is no such blob."""
        self.reads += 1
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
        try:
            return _exchange(self._process, blob_id)
        except (BrokenPipeError, EOFError) as exc:
            self.close()
            raise RepositoryError(
                f"git stopped while reading {blob_id}", repository=str(self._git.directory)
            ) from exc

    def close(self) -> None:
        """End the process; a later read starts another one."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()


def _exchange(process: Popen[bytes], blob_id: str) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(blob_id.encode("ascii") + b"\n")
    process.stdin.flush()
    header = process.stdout.readline()
    if not header:
        raise EOFError
    kind, _, size = header.rstrip(b"\n").partition(b" ")[2].partition(b" ")
    if not size.isdigit():
        raise RepositoryError(f"no such blob: {blob_id}")
    data = process.stdout.read(int(size))
    if len(data) != int(size) or process.stdout.read(1) != b"\n":
        raise EOFError
    if kind != b"blob":
        raise RepositoryError(f"not a blob: {blob_id}")
    return data
