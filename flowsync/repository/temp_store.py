"""Store new contents in a temporary file, so that memory does not grow with the number of flows."""

import tempfile
from collections.abc import Callable
from typing import Self


class TempStore:
    """Contents that a commit reads later; leaving the store removes them."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="flowsync-")  # noqa: SIM115  # closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, data: bytes) -> Callable[[], bytes]:
        """Store `data` and return a function that reads it back."""
        offset = self._file.seek(0, 2)
        length = self._file.write(data)

        def read() -> bytes:
            self._file.seek(offset)
            return self._file.read(length)

        return read
