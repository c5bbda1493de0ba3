"""Read blobs by their ids through one `git cat-file --batch` process that stays open."""

from collections.abc import Sequence
from subprocess import Popen
from typing import Final

from flowsync.errors import RepositoryError
from flowsync.repository.git import Git

_BATCH_SIZE: Final = 200
"""A pipe takes this number of ids even if its other end does not read."""


class BlobReader:
    """A git process that reads blobs: the first read starts it, `close` ends it. Not thread-safe.

    GitPython's reader of this protocol supports SHA-1 repositories only.
    """

    def __init__(self, git: Git) -> None:
        self.reads = 0
        self._git = git
        self._process: Popen[bytes] | None = None

    def read(self, blob_id: str) -> bytes:
        """Return the bytes of one blob; raises RepositoryError if it does not exist."""
        return self.read_all([blob_id])[0]

    def read_all(self, blob_ids: Sequence[str]) -> list[bytes]:
        """Return the bytes of several blobs; all are requested before the first is read."""
        read: list[bytes] = []
        for start in range(0, len(blob_ids), _BATCH_SIZE):
            batch = blob_ids[start : start + _BATCH_SIZE]
            self.reads += len(batch)
            read += self._responses(batch)
        return read

    def _responses(self, blob_ids: Sequence[str]) -> list[bytes]:
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("".join(f"{blob_id}\n" for blob_id in blob_ids).encode("ascii"))
            self._process.stdin.flush()
            return [_response(self._process, blob_id) for blob_id in blob_ids]
        except (BrokenPipeError, EOFError) as exc:
            self.close()
            raise RepositoryError(
                f"git stopped while reading {blob_ids[0]}", repository=str(self._git.directory)
            ) from exc
        except RepositoryError:
            self.close()  # unread responses would be read as the responses to later requests
            raise

    def close(self) -> None:
        """End the process; a later read starts another one."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()


def _response(process: Popen[bytes], blob_id: str) -> bytes:
    assert process.stdout is not None
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
