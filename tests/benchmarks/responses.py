"""Prepare the responses for every flow and the resulting files on disk."""

import json
import multiprocessing
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flowsync.document.file_layout import document_path
from flowsync.document.writer import dump
from flowsync.emulator.noise import noisy_export
from flowsync.flow.canonical import canonicalize

from .exports import Export, edited, export, flow_ids

ENVIRONMENT = "prod"
BASE, NOISE, EDITED = "base", "noise", "edited"
VARIANTS = (BASE, NOISE, EDITED)
_HEAD = struct.Struct("<QQ")


@dataclass(frozen=True)
class Prepared:
    """A folder with the responses for `count` flows in every variant, and their documents."""

    folder: Path
    count: int

    def responses(self, variant: str) -> Iterator[tuple[int, bytes]]:
        """Yield flowId and response with its envelope."""
        return _records(self.folder / variant)

    def files(self, variant: str = BASE, *, count: int | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield path and text of the documents of the first `count` flows."""
        ids = range(flow_ids(self.count)[count] if count is not None and count < self.count else 2**63)
        for flow_id, record in _records(self.folder / f"{variant}.texts"):
            if flow_id in ids:
                path, _, text = record.partition(b"\0")
                yield path.decode(), text


def prepared(folder: Path, count: int) -> Prepared:
    """Write the responses for `count` flows; two variants mean the same, the third has 1 % edited flows."""
    kinds = [*VARIANTS, f"{BASE}.texts", f"{EDITED}.texts"]
    files = {kind: (folder / kind).open("wb") for kind in kinds}
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count()) as pool:
        for flow_id, records in pool.imap(_build, flow_ids(count), chunksize=100):
            for kind, data in records.items():
                files[kind].write(_HEAD.pack(flow_id, len(data)) + data)
    for file in files.values():
        file.close()
    return Prepared(folder, count)


def is_edited(flow_id: int) -> bool:
    """Return whether the third variant edits the flow."""
    return flow_id % 100 == 50


def response_of(flow: Export) -> bytes:
    """Return the flow in the platform's envelope."""
    envelope = {"code": 0, "msg": "OK", "data": flow}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _build(flow_id: int) -> tuple[int, dict[str, bytes]]:
    flow = export(flow_id)
    later = edited(flow) if is_edited(flow_id) else flow
    return flow_id, {
        BASE: response_of(flow),
        NOISE: response_of(noisy_export(flow, Random(-flow_id))),
        EDITED: response_of(later),
        f"{BASE}.texts": _file(flow, flow_id),
        f"{EDITED}.texts": _file(later, flow_id),
    }


def _file(flow: Export, flow_id: int) -> bytes:
    path = document_path(ENVIRONMENT, flow["name"], flow_id)
    return path.encode() + b"\0" + dump(canonicalize(flow, flow_id)).encode()


def _records(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            key, length = _HEAD.unpack(head)
            yield key, file.read(length)


def total_size(records: Iterable[tuple[object, bytes]]) -> int:
    return sum(len(data) for _, data in records)
