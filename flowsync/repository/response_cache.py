"""Remember which response of the platform became which blob, to skip work; each entry is verified."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flowsync.repository.repository import FlowFile


class ResponseCache:
    """The digest of the last response for every flow, and the file that the response became.

    Digests and lines are keyed with a secret of the environment, so that no one without it can write a valid
    line. `form` names everything except the response that decides the bytes: format, writer, kind of object
    id. `path` None remembers nothing.
    """

    def __init__(self, path: Path | None, *, secret: str, form: str) -> None:
        self._path = path
        self._key = hashlib.blake2b(f"flowsync digests {form}\0{secret}".encode()).digest()
        self._known = dict(self._load())
        self._changed = False

    def digest(self, flow_id: int, response: bytes) -> str:
        """Return the digest of one response to one request."""
        mac = hashlib.blake2b(b"%d\0" % flow_id, key=self._key, digest_size=20)
        mac.update(response)
        return mac.hexdigest()

    def file(self, flow_id: int, digest: str) -> FlowFile | None:
        """Return the file that exactly this response became before, None if it is not known."""
        known_digest, file = self._known.get(flow_id, ("", None))
        return file if known_digest == digest else None

    def remember(self, flow_id: int, digest: str, file: FlowFile) -> None:
        """Remember the file that a response became."""
        self._known[flow_id] = (digest, file)
        self._changed = True

    def save(self) -> None:
        """Write the cache if it has changed; a folder that cannot be written only costs time."""
        if self._path is None or not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            temporary.write_text("".join(self._lines()), encoding="utf-8")
            temporary.replace(self._path)

    def _lines(self) -> Iterator[str]:
        for flow_id, (digest, file) in self._known.items():
            row = f"{flow_id}\t{digest}\t{file.blob}\t{file.path}"
            yield f"{row}\t{self._checksum(row)}\n"

    def _load(self) -> Iterator[tuple[int, tuple[str, FlowFile]]]:
        text = ""
        if self._path is not None:
            with suppress(OSError, UnicodeDecodeError):
                text = self._path.read_text(encoding="utf-8")
        for stored in text.split("\n"):
            row, _, checksum = stored.rpartition("\t")
            if hmac.compare_digest(checksum.encode(), self._checksum(row).encode()):
                flow_id, digest, blob, path = row.split("\t")
                yield int(flow_id), (digest, FlowFile(path, blob))

    def _checksum(self, row: str) -> str:
        return hashlib.blake2b(row.encode(), key=self._key, digest_size=10).hexdigest()
