"""Object ids of git."""

import hashlib


def blob_id(data: bytes, hash_name: str) -> str:
    """Return the id of a blob in a repository whose object format is `hash_name` (sha1 or sha256)."""
    digest = hashlib.new(hash_name, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()
