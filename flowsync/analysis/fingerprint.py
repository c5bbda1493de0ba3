"""Fingerprints of differences: equal in every run, on every machine and with every version."""

import hashlib
from typing import Final, assert_never

from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.values import Value, json_text

_BYTES: Final = 16


def fingerprint(environment: str, flow_id: int, change: Change) -> str:
    """Return 32 hexadecimal digits that depend on location and values, not on wording or impact."""
    return hash_facts([environment, flow_id, *_facts(change)])


def hash_facts(facts: Value) -> str:
    """Return BLAKE2b of 16 bytes over the JSON text of the facts."""
    return hashlib.blake2b(json_text(facts).encode(errors="surrogatepass"), digest_size=_BYTES).hexdigest()


def _facts(change: Change) -> list[Value]:
    match change:
        case Added(path, value):
            return ["added", path, value]
        case Removed(path, value):
            return ["removed", path, value]
        case Changed(path, before, after) | Oversize(path, before, after):
            return ["changed", path, before, after]
        case Rekeyed(path, to, before, after):
            return ["moved", path, to, before, after]
        case _:
            assert_never(change)
