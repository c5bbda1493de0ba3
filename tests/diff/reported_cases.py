"""Reported cases: small exports of both sides whose comparison was once wrong, one folder each."""

import json
from pathlib import Path
from typing import Final

from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record

_CASES: Final = Path(__file__).parent / "cases"


def documents(case: str, side: str) -> dict[int, Record]:
    """Return the documents of one side ("before" or "after") of a case, by flow id."""
    files = {int(path.stem): path for path in (_CASES / case / side).glob("*.json")}
    return {
        flow_id: canonicalize(json.loads(files[flow_id].read_text(encoding="utf-8")), flow_id)
        for flow_id in sorted(files)
    }
